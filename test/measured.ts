import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { type KindName, kindNames } from "../lifecycle/kind";
import { passingResults } from "./evidence";

export interface Measured {
  hash: string;
  ended: string;
  kinds?: readonly KindName[];
}

/** Adds evidence of some kinds about a hash, as somebody would who measured it with other tools. */
export async function addMeasured(
  dir: string,
  release: string,
  { hash, ended, kinds = kindNames }: Measured,
  run: (...args: string[]) => Promise<unknown>,
): Promise<void> {
  const { pair } = loadPair(projectFiles(dir), "production");
  if (!pair) throw new Error("The pair cannot be read.");
  const results = passingResults(pair.staging.config);
  const file = (path: string) => join(dir, path);
  mkdirSync(file("measured"), { recursive: true });
  for (const kind of kinds) {
    writeFileSync(file("measured/results.json"), JSON.stringify(results[kind]));
    writeFileSync(file("measured/raw.json"), `{"kind":"${kind}","ended":"${ended}"}\n`);
    await run(
      ...["evidence", "add", "--kind", kind, "--release", release],
      ...["--results", "measured/results.json", "--raw", "measured/raw.json"],
      ...["--environment", "staging", "--stack", "staging", "--hash-before", hash, "--hash-after", hash],
      ...["--providers", "real", "--tool", "walk", "--tool-version", "1", "--command", "walk the release"],
      ...["--started", ended, "--ended", ended, "--samples", "100000", "--repeats", "3"],
    );
  }
}
