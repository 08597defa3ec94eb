/**
 * `make bench`: what Lockstep costs, always as a ratio to something else that ran in turn with it on the same machine.
 * Prints the figures, and writes them to docs/benchmarks.md and its picture unless they are a try. Parts can be named.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { print, writePage } from "./figures";
import { type Measured, type PartName, parts, type Results, section, withPart } from "./measured";
import { measurePack } from "./parts/pack";
import { measurePreview } from "./parts/preview";
import { measureProgram } from "./parts/program";
import { measureResources } from "./parts/resources";
import { picture } from "./picture";

const root = join(__dirname, "..");
const resultsFile = join(__dirname, "measured.json");

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Small sizes and few runs, for trying; page and picture are left as they are. */
    quick: { type: "boolean", default: false },
    /** Ends with 0 whatever the figures are. */
    "no-goals": { type: "boolean", default: false },
  },
});

const measure: Record<PartName, (quick: boolean, date: string) => Promise<Measured | string>> = {
  preview: measurePreview,
  pack: measurePack,
  resources: measureResources,
  program: measureProgram,
};

async function main(): Promise<void> {
  const unknown = positionals.filter((name) => !(parts as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new Error(`There is no part "${unknown.join('", "')}": ${parts.join(", ")} there are.`);
  if (!existsSync(join(root, "dist", "bundles.json")))
    throw new Error("The bundles of the preview are missing: node scripts/build.mjs");
  let results = JSON.parse(readFileSync(resultsFile, "utf8")) as Results;
  let missed = false;
  for (const part of parts.filter((name) => positionals.length === 0 || positionals.includes(name))) {
    const load = `load at the start ${loadavg()[0]?.toFixed(2)}`;
    const outcome = await measure[part](options.quick, new Date().toISOString().slice(0, 10));
    if (typeof outcome === "string") print(`skipped ${part}: ${outcome}`);
    else {
      outcome.where = `${outcome.where}; ${load}`;
      for (const { what, value, goal, met } of outcome.figures) {
        print(`${met ? "met   " : "missed"} ${what}: ${value}; goal: ${goal}`);
        missed ||= !met;
      }
    }
    results = withPart(results, part, outcome);
    const kept = results[part];
    if (options.quick || kept === undefined) continue;
    writePage(`bench-${part}`, section(kept));
    writeFileSync(resultsFile, `${JSON.stringify(results, null, 2)}\n`);
    writeFileSync(join(root, "docs", "images", "benchmarks.svg"), picture(results));
  }
  if (missed && !options["no-goals"]) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 2;
});
