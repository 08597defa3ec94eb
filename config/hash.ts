import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { z } from "zod";
import { fieldOf, leaves } from "./relation";
import { type Config, type ConfigKey, configKeys, schema } from "./schema";
import { children } from "./walk";

/** The contents of the files that a configuration points to, by path. */
export type Contents = ReadonlyMap<string, string>;

/**
 * The behaviour hash: SHA-256, in hexadecimal, over the RFC 8785 canonical JSON of all effective mirrored
 * values, with files by content and not by path. Two stacks with the same hash behave alike as far as
 * configuration can say.
 */
export function behaviourHash(config: Config, contents: Contents): string {
  const members = [...configKeys].sort().flatMap((key) => {
    const json = mirroredJson(key, config[key], contents);
    return json === undefined ? [] : [`${JSON.stringify(key)}:${json}`];
  });
  return sha256(`{${members.join(",")}}`);
}

/** The canonical JSON of what is mirrored below one key; undefined where nothing is. */
function mirroredJson(key: ConfigKey, value: Config[ConfigKey], contents: Contents): string | undefined {
  const known = mirrored.get(value);
  if (known?.files.every(([path, text]) => contents.get(path) === text)) return known.json;
  const files: [string, string | undefined][] = [];
  const read = {
    get(path: string) {
      files.push([path, contents.get(path)]);
      return contents.get(path);
    },
  };
  const values = project(schema.shape[key], value, read);
  const json = values === undefined ? undefined : canonicalJson(values);
  mirrored.set(value, { json, files });
  return json;
}

/** Stacks share most of what is mirrored: the same values with the same files are hashed the same. */
const mirrored = new WeakMap<object, { json: string | undefined; files: [string, string | undefined][] }>();

/** SHA-256 in hexadecimal. */
export const sha256 = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

/** The beginning of a hash, for people. */
export const short = (hash: string): string => `${hash.slice(0, 12)}…`;

/** All mirrored values of a configuration, in its own shape, with files replaced by their contents. */
export function mirroredValues(config: Config, contents: Contents): unknown {
  return project(schema, config, contents);
}

/** RFC 8785 canonical JSON. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("Only JSON values have a canonical form.");
  return text;
}

function project(at: z.ZodType, value: unknown, contents: Pick<Contents, "get">): unknown {
  const field = fieldOf(at);
  if (field) {
    if (field.relation !== "mirrored") return undefined;
    return field.file ? { content: contents.get(String(value)) ?? null } : value;
  }
  if (value === undefined || !hasMirrored(at)) return undefined;
  const entries = [...children(at, value)].flatMap(([step, child, inner]) => {
    const projected = inner === undefined ? undefined : project(child, inner, contents);
    return projected === undefined ? [] : [[String(step), projected] as const];
  });
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

const mirroredBelow = new WeakMap<z.ZodType, boolean>();

function hasMirrored(at: z.ZodType): boolean {
  let answer = mirroredBelow.get(at);
  if (answer === undefined) {
    answer = [...leaves(at)].some((leaf) => leaf.field?.relation === "mirrored");
    mirroredBelow.set(at, answer);
  }
  return answer;
}
