import { namespace } from "../config/documents";
import { engineConfig } from "../config/engine";
import { isRecord } from "../config/record";
import { formatPath } from "../config/relation";
import type { StackResult } from "../config/stack";
import { firstDifference } from "../config/value";
import { visible } from "../config/visible";
import { nearestPosition } from "../config/yaml";
import { EngineError } from "./pulumi";

/** A key of the configuration that the engine would use and that is not what the reviewed files say. */
export interface ConfigurationDifference {
  /** `lockstep:limits`. */
  key: string;
  /** Where it differs first; never with a value. */
  message: string;
}

/** What `pulumi config --json` prints of one key: without a value where it is, or holds, a secret. */
interface Printed {
  value: string | undefined;
  secret: boolean;
}

/** Reads what `pulumi config --json` printed, which decrypts nothing. */
export function readPrintedConfig(text: string): Map<string, Printed> {
  const data = parsed(text);
  if (!isRecord(data))
    throw new EngineError("pulumi config --json printed something else than a map of keys.");
  return new Map(
    Object.entries(data).map(([key, entry]) => {
      const { value, secret } = isRecord(entry) ? entry : {};
      return [key, { value: typeof value === "string" ? value : undefined, secret: secret === true }];
    }),
  );
}

/**
 * Where the configuration that the engine would use is not that of the files: key by key, secret values by whether they
 * are there. Of a key with a secret in it the command line prints nothing else, so the rest of such a key is for
 * `config-valid`, which compares it in the pack.
 */
export function compareConfiguration(
  own: StackResult,
  printed: ReadonlyMap<string, Printed>,
): ConfigurationDifference[] {
  const { values, secretKeys } = engineConfig(own);
  const keys = [...new Set([...Object.keys(values), ...printed.keys()])].sort();
  return keys.flatMap((key) => {
    const [file, engine] = [values[key], printed.get(key)];
    const where = placeOf(own, key);
    const told = (what: string, at = where): ConfigurationDifference[] => [
      { key, message: `${visible(key)} ${what} (${at}).` },
    ];
    if (file === undefined) return told("is set, and not in the files", own.file);
    if (engine === undefined) return told("is in the files, and not set");
    const isSecret = secretKeys.includes(key);
    if (isSecret !== engine.secret)
      return told(
        isSecret ? "is encrypted in the files, and not in the engine" : "is a secret in the engine only",
      );
    if (isSecret) return [];
    const path = firstDifference(parsed(file), parsed(engine.value ?? ""), []);
    if (path === undefined) return [];
    return told(
      path.length === 0 ? "differs" : `differs at ${visible(formatPath(path))}`,
      placeOf(own, key, path),
    );
  });
}

function placeOf(
  { raw, others, file }: StackResult,
  key: string,
  path: readonly (string | number)[] = [],
): string {
  const node = key.startsWith(`${namespace}:`) ? raw.get(key.slice(namespace.length + 1)) : others.get(key);
  if (node === undefined) return file;
  const at = nearestPosition(node, path);
  return `${at.file}:${at.line}`;
}

/** Structured values are JSON on both sides; any other text is itself. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
