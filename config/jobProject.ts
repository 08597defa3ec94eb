import { isMap, parseDocument, type YAMLMap } from "yaml";
import { namespace, readProject } from "./documents";
import type { ProjectFiles } from "./files";
import { readReleases } from "./release";
import { loadStack } from "./stack";

/** What the canary asks, and the answers that were signed off. */
export const canaryFiles = { prompts: "canary/prompts.jsonl", baseline: "canary/baseline.json" } as const;

/**
 * The project's files that a job of a stack needs, with their texts: those that reading the stack reads, and the
 * canary's. Its counterpart's file is not among them: one environment holds nothing of the other.
 * Encrypted values and other tools' configuration are left out.
 */
export function jobProject(files: ProjectFiles, stackName: string): Record<string, string> {
  const texts = new Map<string, string>();
  const read = (path: string) => {
    const file = files.read(path);
    if (!file.found) return file;
    const text = Buffer.from(file.bytes).toString("utf8");
    const own = /(^|\/)Pulumi\.[\w.-]+\.yaml$/.test(path) ? withoutSecrets(text) : text;
    if (own !== undefined) texts.set(path, own);
    return file;
  };
  const reading = { read, list: (folder: string) => files.list(folder) };
  loadStack(reading, readProject(reading), readReleases(reading), stackName);
  for (const path of Object.values(canaryFiles)) read(path);
  return Object.fromEntries([...texts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Undefined for a file that is not read as YAML: it would not be read in the job either. */
function withoutSecrets(text: string): string | undefined {
  const document = parseDocument(text);
  const config = document.get("config");
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  for (const key of ["secretsprovider", "encryptedkey", "encryptionsalt"]) document.delete(key);
  if (!isMap(config)) return document.toString();
  for (const key of keysOf(config)) {
    if (!key.startsWith(`${namespace}:`)) config.delete(key);
    else if (key === `${namespace}:credentialValues`) {
      const values = config.get(key);
      // A value in the clear is refused elsewhere; it is not passed on.
      if (isMap(values)) for (const name of keysOf(values)) values.set(name, { secure: "left out" });
      else config.delete(key);
    }
  }
  return document.toString();
}

const keysOf = (map: YAMLMap): string[] => map.items.map(({ key }) => String(key));
