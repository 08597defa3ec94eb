/**
 * Measures the shipped staging configuration on a real LiteLLM proxy against stand-ins for the providers, and puts
 * what it found into releases/initial/evidence. Run by `npm run evidence`; takes about fourteen minutes, listens and
 * sends on loopback only. With `--again <kinds>` only these are measured, and the others are those of the last run
 * in which production had the same behaviour hash.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { projectFiles } from "../../config/files";
import { loadPair, type Pair } from "../../config/pair";
import { formatProblem } from "../../config/problem";
import type { Stack } from "../../config/stack";
import { type RenderedGateway, renderGateway } from "../../gateway/render";
import { type KindName, kindNames } from "../../lifecycle/kind";
import { adapt } from "../../measure/adapt";
import { withBoth, withStarted } from "../../measure/conform/side";
import { installLitellm, litellm } from "../../measure/litellm";
import { startProxy } from "../../measure/proxy";
import { StandIn } from "../../measure/standIn/standIn";
import { answer } from "./answers";
import { cache as measureCache } from "./measure/cache";
import { drift } from "./measure/drift";
import { evaluate } from "./measure/eval";
import { fingerprint } from "./measure/fingerprint";
import { load } from "./measure/load";
import { retrieval } from "./measure/retrieval";
import { conformed, type Finished, finished, type Measured, type Subject } from "./measurement";
import { build, judge, replace } from "./publish";
import { remember } from "./remember";
import { report } from "./report";

const root = join(__dirname, "..", "..");
const cache = join(root, "node_modules", ".cache", "evidence");
const files = projectFiles(root);

async function main(): Promise<number> {
  const begin = performance.now();
  mkdirSync(cache, { recursive: true });
  const pair = readPair();
  installLitellm();
  const wanted = wantedKinds();
  const measured = remember(cache, pair.production.behaviourHash, await measureAll(pair, wanted));
  const now = new Date();
  const folder = build(root, cache, pair, measured, now);
  const assessments = judge(folder, pair, now);
  console.log(report(assessments));
  const hash = readPair().production.behaviourHash;
  if (hash !== pair.production.behaviourHash) {
    console.error("Production's behaviour hash has changed meanwhile: nothing was replaced. Run it again.");
    return 1;
  }
  if (assessments.some(({ shortfalls }) => shortfalls.length > 0)) {
    console.error("Not every kind passes: nothing was replaced; see node_modules/.cache/evidence/result.");
    return 1;
  }
  replace(root, folder);
  console.log(`Written to releases/initial after ${Math.round((performance.now() - begin) / 1000)} s.`);
  return 0;
}

function readPair(): Pair {
  const { pair, problems } = loadPair(files, "production");
  if (pair === undefined) throw new Error(problems.map(formatProblem).join("\n"));
  return pair;
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
async function measureAll({ staging, production }: Pair, wanted: ReadonlySet<KindName>): Promise<Finished[]> {
  const within = <T>(stack: Stack, name: string, limits: "kept" | "removed", use: Use<T>) =>
    withGateway({ stack, name, limits }, use);
  const kept = inOrder(wanted, {
    drift: (subject, rendered) => drift(subject, rendered, files),
    retrieval: (subject) => retrieval(subject, files),
    eval: evaluate,
    fingerprint,
  });
  const quality = kept && within(staging, "staging", "kept", kept);
  const faults =
    wanted.has("routing") &&
    withBoth<Finished[]>(
      (use) => withStarted({ environment: "staging", stack: staging, litellm, timeScale: 1 }, use),
      (use) => withStarted({ environment: "production", stack: production, litellm, timeScale: 1 }, use),
      async (one, other) => [await conformed(one, other)],
    );
  // Both are waited for, so that no proxy is left behind when one of them fails.
  const settled = await Promise.allSettled([quality || [], faults || []]);
  const first = settled.flatMap((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
  const alone = inOrder(wanted, { cache: measureCache, load });
  return [...first, ...(alone ? await within(staging, "staging-load", "removed", alone) : [])];
}

type Measure = (subject: Subject, rendered: RenderedGateway) => Promise<Measured>;

/** One kind after the other on one gateway; undefined where none of them is wanted. */
function inOrder(
  wanted: ReadonlySet<KindName>,
  measures: Partial<Record<KindName, Measure>>,
): Use<Finished[]> | undefined {
  const kinds = kindNames.filter((kind) => wanted.has(kind) && measures[kind] !== undefined);
  if (kinds.length === 0) return undefined;
  return async (subject, rendered) => {
    const done: Finished[] = [];
    for (const kind of kinds) {
      const measure = measures[kind];
      if (measure) done.push(await finished(kind, subject, (one) => measure(one, rendered)));
    }
    return done;
  };
}

type Use<T> = (subject: Subject, rendered: RenderedGateway) => Promise<T>;

interface GatewayOptions {
  stack: Stack;
  name: string;
  limits: "kept" | "removed";
}

/** Starts stand-ins and a proxy for a stack, and ends both whatever happens. */
async function withGateway<T>({ stack, name, limits }: GatewayOptions, use: Use<T>): Promise<T> {
  const standIn = await new StandIn({
    seed: 20_261_121,
    answer,
    latency: { firstTokenMedianMs: 180, sigma: 0.35, perChunkMs: 15 },
    cache: { blockTokens: 16, minimumTokens: 0 },
    embeddingDimensions: 512,
  }).listen();
  try {
    const { behaviourHash, contents } = stack;
    const rendered = renderGateway(stack.config, { behaviourHash, files: contents });
    const baseOf = (deployment: string) => standIn.baseOf(deployment);
    const adapted = adapt(rendered, { baseOf, limits, breaker: "removed" });
    const { client, stop } = await startProxy({ litellm, folder: join(cache, name), gateway: adapted });
    try {
      return await use({ stack, client, standIn, adaptations: adapted.adaptations }, rendered);
    } finally {
      await stop();
    }
  } finally {
    await standIn.close();
  }
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
