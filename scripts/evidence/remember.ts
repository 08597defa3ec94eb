import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Finished } from "./measurement";

/**
 * Keeps what was measured between runs, so that a kind can be measured again alone. What an earlier run measured
 * counts on while the gateway reported the hash that is asked for; each keeps the times at which it was measured.
 */
export function remember(cache: string, hash: string, measured: readonly Finished[]): Finished[] {
  const file = join(cache, "measured.json");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "[]";
  const earlier = (JSON.parse(text) as Finished[])
    .filter(({ gateway }) => gateway.before === hash && gateway.after === hash)
    .filter(({ kind }) => !measured.some((one) => one.kind === kind))
    .map((one) => ({ ...one, started: new Date(one.started), ended: new Date(one.ended) }));
  const all = [...earlier, ...measured];
  writeFileSync(file, JSON.stringify(all));
  return all;
}
