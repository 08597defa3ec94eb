import { namespace } from "./documents";
import { isRecord } from "./record";
import type { StackResult } from "./stack";
import { encrypted } from "./value";
import { SECRET, toPlain, type YamlNode } from "./yaml";

/** A stack's configuration in the form in which the engine hands it to programs and packs. */
export interface EngineConfig {
  /** Full key to value; structured values as JSON text. */
  values: Record<string, string>;
  /** The keys whose values are, or hold, secrets. */
  secretKeys: string[];
}

/**
 * What the engine would make of a stack's files, for running the program without it. Encrypted values are
 * not decrypted: a placeholder stands for each.
 */
export function engineConfig({ raw, others }: Pick<StackResult, "raw" | "others">): EngineConfig {
  const nodes = new Map([
    ...others,
    ...Array.from(raw, ([key, node]): [string, YamlNode] => [`${namespace}:${key}`, node]),
  ]);
  const values: Record<string, string> = {};
  const secretKeys: string[] = [];
  for (const [key, node] of nodes) {
    values[key] = text(toPlain(node));
    if (holdsSecret(node)) secretKeys.push(key);
  }
  return { values, secretKeys };
}

function text(value: unknown): string {
  if (value === SECRET) return encrypted;
  if (typeof value === "object" && value !== null) {
    return JSON.stringify(sortKeys(value), (_, inner) => (inner === SECRET ? encrypted : inner));
  }
  return String(value ?? "");
}

/** The engine writes the keys of maps in the order of their bytes (Go's encoding/json). */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}

function holdsSecret(node: YamlNode): boolean {
  switch (node.kind) {
    case "secret":
      return true;
    case "scalar":
      return false;
    case "list":
      return node.items.some(holdsSecret);
    case "map":
      return [...node.entries.values()].some((entry) => holdsSecret(entry.node));
  }
}
