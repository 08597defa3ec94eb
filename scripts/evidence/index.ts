/**
 * Measures the shipped staging configuration by the project's own commands, on a real LiteLLM proxy with stand-ins for
 * the providers, in a copy of the project, and puts the evidence into releases/initial once all of it passes. Run by
 * `npm run evidence`; takes half an hour on two cores, listens and sends on loopback only. With `--again <kinds>` only
 * these are measured, and of the others the evidence stays.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Stack } from "../../config/stack";
import { type KindName, kindNames } from "../../lifecycle/kind";
import { installLitellm } from "../../measure/litellm";
import { checkEngine } from "./drift";
import { withGateway } from "./gateway";
import { readPair } from "./own";
import { Copy } from "./project";
import { judge, prepare, replace } from "./publish";
import { report } from "./report";
import { type OnGateway, steps } from "./steps";

const root = join(__dirname, "..", "..");
const cache = join(root, "node_modules", ".cache", "evidence");

async function main(): Promise<number> {
  const begin = performance.now();
  const wanted = wantedKinds();
  if (wanted.has("drift")) checkEngine();
  const pair = readPair(root);
  installLitellm();
  if (spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { stdio: "inherit" }).status !== 0)
    throw new Error("The command line could not be built.");
  const copy = Copy.of(root, join(cache, "project"));
  prepare(copy.dir, pair, wanted, new Date());
  await measureAll(copy, pair.staging, wanted);
  const assessments = judge(copy.dir, pair, new Date());
  console.log(report(assessments));
  if (readPair(root).production.behaviourHash !== pair.production.behaviourHash) {
    console.error("Production's behaviour hash has changed meanwhile: nothing was replaced. Run it again.");
    return 1;
  }
  if (assessments.some(({ shortfalls }) => shortfalls.length > 0)) {
    console.error("Not every kind passes: nothing was replaced; see node_modules/.cache/evidence/project.");
    return 1;
  }
  replace(root, copy.dir);
  console.log(`Written to releases/initial after ${Math.round((performance.now() - begin) / 1000)} s.`);
  return 0;
}

/** All kinds that a first release needs, or those after `--again`. */
function wantedKinds(): ReadonlySet<KindName> {
  const [flag, ...names] = process.argv.slice(2);
  if (flag === undefined) return new Set(kindNames);
  const known = kindNames.filter((kind) => names.includes(kind));
  if (flag !== "--again" || known.length === 0 || known.length !== names.length)
    throw new Error("usage: npm run evidence [-- --again <kind> ...]");
  return new Set(known);
}

/** First what does not need the machine to itself, beside one another; then what does. */
async function measureAll(copy: Copy, stack: Stack, wanted: ReadonlySet<KindName>): Promise<void> {
  const chosen = kindNames.flatMap((kind) => (wanted.has(kind) ? (steps[kind] ?? []) : []));
  const within = async (on: OnGateway["on"], limits: "kept" | "removed") => {
    const some = chosen.filter((step) => step.on === on);
    if (some.length === 0) return;
    await withGateway({ stack, folder: cache, limits }, async (gateway) => {
      for (const step of some) await step.run(copy, gateway);
    });
  };
  const own = chosen.filter((step) => step.on === "own");
  // Both are waited for, so that no process is left behind when one of them fails.
  const settled = await Promise.allSettled([within("beside", "kept"), ...own.map((step) => step.run(copy))]);
  for (const one of settled) if (one.status === "rejected") throw one.reason;
  await within("alone", "removed");
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
