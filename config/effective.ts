import { namespace } from "./documents";
import type { ProjectFiles } from "./files";
import { behaviourHash, type Contents } from "./hash";
import { isNamelessSecret, parseConfig, schemaAt } from "./parse";
import { formatProblem, type Problem } from "./problem";
import { checkReferences } from "./references";
import { fieldOf, type Path } from "./relation";
import { type Config, configKeys } from "./schema";
import { located, readContents } from "./stack";
import { SECRET } from "./yaml";

/** A stack's configuration as the engine gave it to this process. */
export interface Effective {
  config: Config;
  contents: Contents;
  behaviourHash: string;
}

/** Thrown for a configuration that cannot be used; its message lists every problem. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(`The configuration cannot be used:\n${problems.map(formatProblem).join("\n")}`);
    this.name = "ConfigurationError";
  }
}

/**
 * Lockstep's keys of the engine's configuration as plain data, decrypted values replaced by `SECRET`.
 *
 * @param all full key (`lockstep:limits`) to value, structured values as JSON text, as in PULUMI_CONFIG
 */
export function engineData(all: Readonly<Record<string, string>>): Record<string, unknown> {
  const prefix = `${namespace}:`;
  return Object.fromEntries(
    Object.entries(all)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]) => {
        const name = key.slice(prefix.length);
        return [name, hideSecrets(fromText(text), [name])];
      }),
  );
}

/** Checks the engine's configuration and reads the files that it points to. */
export function effective(all: Readonly<Record<string, string>>, files: ProjectFiles): Effective {
  const { config, problems } = parseConfig(engineData(all));
  const position = (path: Path) => ({
    file: configKeys.some((key) => key === path[0]) ? `${namespace}:${path[0]}` : "the stack's configuration",
    line: 1,
    column: 1,
  });
  if (!config) throw new ConfigurationError(problems.map((one) => located(one, position)));
  const { contents, problems: unread } = readContents(files, config, position);
  const wrong = [...unread, ...checkReferences(config).map((one) => located(one, position))];
  if (wrong.length > 0) throw new ConfigurationError(wrong);
  return { config, contents, behaviourHash: behaviourHash(config, contents) };
}

function fromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function hideSecrets(value: unknown, path: Path): unknown {
  const at = schemaAt(path);
  if ((at && fieldOf(at)?.secret) || isNamelessSecret(at, value)) return SECRET;
  if (Array.isArray(value)) return value.map((item, index) => hideSecrets(item, [...path, index]));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, hideSecrets(inner, [...path, key])]),
  );
}
