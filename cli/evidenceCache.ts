import { readable } from "../config/numbers";
import type { Stack } from "../config/stack";
import { disagreements, tolerance } from "../measure/cache/agreement";
import { cacheResults, logNotes, metricsNotes, Pattern } from "../measure/cache/patterns";
import type { LogRange } from "../measure/log/folder";
import type { Measured } from "../measure/measurement";
import { type AddingOptions, addMeasured, checkAdding } from "./addMeasured";
import { type Counted, countedByPrometheus, countedByScrapes, type MetricsOptions } from "./cacheMetrics";
import { exit, UsageError } from "./exit";
import { type Logged, type LogOptions, loggedNote, rangeOf, readLogged, unreadReason } from "./logged";
import { judged, measuredText, providersOf } from "./measuredText";
import type { Output } from "./output";
import { measuredStack, pairOf } from "./pairAhead";
import { findProject } from "./project";

export interface CacheOptions extends AddingOptions, LogOptions, MetricsOptions {
  cwd: string;
  log?: string;
  stack?: string;
  providers: string;
  json: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `lockstep evidence cache`: the prompt cache's hit rate of every route, from the request log or from metrics. */
export async function evidenceCache(
  options: CacheOptions,
  output: Output,
  version: string,
  env: Environment,
  now: () => Date,
): Promise<number> {
  const root = findProject(options.cwd);
  checkAdding(root, options);
  checkSources(options);
  const providers = providersOf(options.providers);
  const { environment, stack } = measuredStack(
    pairOf(root, options.stack, "Its cache cannot be judged"),
    options.stack,
  );
  const { config, behaviourHash } = stack;
  const counted = await countedOf(options, stack, output, env, now);
  const range = rangeWith(options, counted, now());
  const logged =
    options.log === undefined ? undefined : await patternsOf(options.cwd, options.log, range, stack, output);
  const sources = [
    ...(logged === undefined ? [] : [`${daysOf(range)} of log`]),
    ...(counted === undefined ? [] : [counted.source]),
  ];
  const found = resultsOf(stack, environment, logged, counted);
  const around = counted?.around ?? {
    // Every record says which behaviour wrote it.
    gateway: { before: behaviourHash, after: behaviourHash },
    started: logged?.read.first ?? new Date(range.from * 1000),
    ended: logged?.read.last ?? new Date(range.until * 1000),
  };
  const gateway = {
    environment,
    stack: stack.name,
    gateway: around.gateway,
    providers,
    tool: {
      name: "lockstep evidence cache",
      version,
      command: `lockstep evidence cache (${sources.join(", ")})`,
    },
    started: around.started,
    ended: around.ended,
  };
  const written = addMeasured(root, options, "cache", gateway, found);
  const { passed } = judged("cache", config, found);
  const { out, style } = output;
  out(measuredText("cache", config, found, { written, json: options.json, style }));
  if (!options.json) out(`${style("dim", beside(found, config.objectives.cacheHitRatio))}\n`);
  return passed ? exit.clean : exit.findings;
}

function checkSources({ log, metrics, prometheus, from, until, release, ...around }: CacheOptions): void {
  if (log === undefined && metrics === undefined && prometheus === undefined)
    throw new UsageError("Name what tells of the cache: --log, --metrics or --prometheus.");
  if (metrics !== undefined && prometheus !== undefined)
    throw new UsageError("--metrics and --prometheus are two ways to the same series: name one.");
  const bound = (["url", "run", "hashBefore", "hashAfter", "started", "ended", "command"] as const).some(
    (name) => around[name] !== undefined,
  );
  if (metrics === undefined && bound)
    throw new UsageError(
      "--url, --run, --hash-before and the like go with --metrics: records and Prometheus' series say which behaviour they are of.",
    );
  if (metrics === undefined) return;
  if (from !== undefined || until !== undefined)
    throw new UsageError(
      "--from and --until do not go with --metrics: the scrapes say of which time they are.",
    );
  if (!bound && (release !== undefined || log !== undefined))
    throw new UsageError(
      "Scrapes do not say of which behaviour they are, nor of which time: give --url and --run, or --hash-before and the others.",
    );
}

async function countedOf(
  options: CacheOptions,
  stack: Stack,
  { err }: Output,
  env: Environment,
  now: () => Date,
): Promise<Counted | undefined> {
  const { metrics, prometheus } = options;
  if (prometheus !== undefined)
    return countedByPrometheus(prometheus, rangeOf(options, now()), stack, { env });
  if (metrics !== undefined) return countedByScrapes(metrics, options, stack, { env, now, err });
  return undefined;
}

/** The log is read for the time that metrics are of. */
function rangeWith(options: CacheOptions, counted: Counted | undefined, now: Date): LogRange {
  const { around } = counted ?? {};
  return around === undefined
    ? rangeOf(options, now)
    : { from: around.started.getTime() / 1000, until: around.ended.getTime() / 1000 };
}

interface LoggedPatterns {
  patterns: Map<string, Pattern>;
  read: Logged;
}

async function patternsOf(
  cwd: string,
  folder: string,
  range: LogRange,
  { behaviourHash }: Stack,
  output: Output,
): Promise<LoggedPatterns> {
  const patterns = new Map<string, Pattern>();
  const read = await readLogged({ cwd, folder, range, behaviourHash }, output, (request) => {
    const pattern = patterns.get(request.route) ?? new Pattern();
    patterns.set(request.route, pattern);
    pattern.add(request);
  });
  return { patterns, read };
}

/** The log tells each request, so that it is what counts where both are there; metrics then confirm it. */
function resultsOf(
  { config }: Stack,
  environment: string,
  logged: LoggedPatterns | undefined,
  counted: Counted | undefined,
): Measured {
  const byMetrics =
    counted === undefined
      ? undefined
      : cacheResults(config, counted.patterns, [...counted.growth.notes, ...metricsNotes]);
  byMetrics?.inconclusive.push(...(counted?.growth.inconclusive ?? []));
  if (logged === undefined) {
    if (byMetrics === undefined) throw new Error("Nothing was read.");
    return byMetrics;
  }
  const found = cacheResults(config, logged.patterns, [loggedNote(environment, logged.read), ...logNotes]);
  found.inconclusive.push(...unreadReason(logged.read));
  if (counted === undefined || byMetrics === undefined) return found;
  found.inconclusive.push(
    ...byMetrics.inconclusive,
    ...disagreements(config, logged.patterns, counted.patterns),
  );
  found.raw.metrics = byMetrics.raw;
  found.raw.notes.push(
    `The results are the log's. The gateway's metrics of the same time are beside them; the two may differ by ${tolerance.requestRatio * 100}% of the requests (or ${tolerance.requests}) and by ${tolerance.hitRatio} of the hit ratio.`,
  );
  return found;
}

/** Routes are judged each by itself; the alarm sees them together. */
const beside = ({ results }: Measured, objective: number): string =>
  `Over all routes the hit ratio is ${readable(Number(results.overallHitRatio))}; production's alarm goes off below ${readable(objective)}.`;

const daysOf = ({ from, until }: LogRange): string => {
  const days = Math.round((until - from) / 86_400);
  return days === 0 ? `${Math.round((until - from) / 60)} minutes` : `${days} days`;
};
