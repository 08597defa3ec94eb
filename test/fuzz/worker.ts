import { parentPort, workerData } from "node:worker_threads";
import fc from "fast-check";
import { differential } from "./differential";
import { faulty } from "./faulty";
import { mutated, mutation } from "./mutate";
import { pulumiIn } from "./pulumi";
import { type Target, targets } from "./targets";
import { type Answer, Current, mostSeconds, type Order, type Start } from "./wire";

const { memory, pulumiDir, faulty: isTest } = workerData as Start;
const current = new Current(memory);

/** What is wrong with how a target takes bytes; undefined where nothing is. */
function tried(target: Target, bytes: Uint8Array): string | undefined {
  current.begin(bytes);
  const started = process.cpuUsage();
  try {
    target.run(bytes);
  } catch (error) {
    if (!(error instanceof Error)) return "something that is no error was thrown";
    return error.name === "Breach" ? error.message : `${error.name}: ${error.message}\n${error.stack}`;
  } finally {
    current.end();
  }
  const { user, system } = process.cpuUsage(started);
  const seconds = (user + system) / 1e6;
  return seconds > mostSeconds ? slow(target, bytes) : undefined;
}

/** Timed once more: the first case of a kind pays for what is compiled, and one for the garbage of those before it. */
function slow(target: Target, bytes: Uint8Array): string | undefined {
  const started = process.cpuUsage();
  target.run(bytes);
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6 > mostSeconds ? `it takes more than ${mostSeconds} s` : undefined;
}

function fuzz(target: Target, seed: number, milliseconds: number): Answer {
  let found: { bytes: Uint8Array; what: string } | undefined;
  const property = fc.property(mutation(target.seeds.length), ({ seed: place, changes }) => {
    const bytes = mutated(target.seeds[place] ?? new Uint8Array(), changes);
    const what = tried(target, bytes);
    if (what === undefined) return;
    // The last one that fails is the smallest that fast-check finds.
    found = { bytes, what };
    throw new Error(what);
  });
  const { numRuns } = fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: milliseconds,
    skipAllAfterTimeLimit: milliseconds,
    maxSkipsPerRun: 1,
  });
  return { kind: "fuzzed", cases: numRuns, ...(found === undefined ? {} : { breach: found }) };
}

const pulumi = pulumiDir === undefined ? [] : differential(pulumiIn(pulumiDir));
const known = new Map((isTest ? faulty : [...targets, ...pulumi]).map((target) => [target.name, target]));

parentPort?.on("message", (order: Order) => {
  const target = known.get(order.target);
  if (target === undefined) throw new Error(`there is no target "${order.target}"`);
  const answer: Answer =
    order.kind === "fuzz"
      ? fuzz(target, order.seed, order.milliseconds)
      : { kind: "tried", what: tried(target, order.bytes) };
  parentPort?.postMessage(answer);
});
parentPort?.postMessage({ kind: "ready", targets: [...known.keys()] } satisfies Answer);
