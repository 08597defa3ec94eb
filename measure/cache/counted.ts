import { rounded } from "../statistics";
import type { Growth } from "./growth";
import { enough, type FoundPattern, overallRatio } from "./patterns";
import { MetricsError, numberOf } from "./scrape";

/** The series that the gateway counts caches with: those that production's alarm reads. */
export interface CacheSeries {
  inputTokens: string;
  cachedTokens: string;
  /** By `route`. */
  answers: string;
  /** By `route` and `cache`; a histogram's buckets. */
  firstToken: string;
}

type Cache = "hit" | "miss" | "unknown";
/** Cumulative counts by upper bound. */
type Buckets = Map<number, number>;

/** One route as metrics count it. */
export class CountedPattern implements FoundPattern {
  requests = 0;
  promptTokens = 0;
  cachedTokens = 0;
  readonly streams: Record<Cache, Buckets> = { hit: new Map(), miss: new Map(), unknown: new Map() };

  get hitRatio(): number {
    return overallRatio([this]);
  }

  get firstTokenP95Seconds(): { hit?: number; miss?: number } {
    const p95 = (cache: "hit" | "miss") => {
      const buckets = this.streams[cache];
      return countOf(buckets) < enough ? {} : { [cache]: rounded(bucketQuantile(0.95, buckets), 4) };
    };
    return { ...p95("hit"), ...p95("miss") };
  }

  /** Only streams are counted by what their provider said. */
  unknown(route: string): string[] {
    const [hit, miss, unknown] = [this.streams.hit, this.streams.miss, this.streams.unknown].map(countOf) as [
      number,
      number,
      number,
    ];
    if (this.cachedTokens > this.promptTokens)
      return [`More of ${route}'s input is counted as read from the cache than was sent.`];
    if (unknown > (hit + miss + unknown) / 100)
      return [
        `The provider did not say what it read from its cache for ${Math.round(unknown)} of ${Math.round(hit + miss + unknown)} streams of ${route}.`,
      ];
    if (this.requests > 0 && this.cachedTokens === 0 && hit + miss === 0)
      return [
        `Nothing of ${route} came from the cache and none of it was streamed: metrics do not tell whether the provider says what it read from its cache.`,
      ];
    return [];
  }

  get raw() {
    const { requests, promptTokens, cachedTokens, streams } = this;
    const counts = (buckets: Buckets) =>
      [...buckets].map(([le, count]) => [le === Number.POSITIVE_INFINITY ? "+Inf" : le, count]);
    return {
      requests,
      promptTokens,
      cachedTokens,
      streams: { hit: counts(streams.hit), miss: counts(streams.miss), unknown: counts(streams.unknown) },
    };
  }
}

/**
 * Sums up by route what grew.
 *
 * @param routes each deployment's route, by the id that series name it with
 * @throws MetricsError where a series is missing, by its name.
 */
export function countedPatterns(
  { rows, names }: Growth,
  series: CacheSeries,
  routes: ReadonlyMap<string, string>,
): Map<string, CountedPattern> {
  const patterns = new Map<string, CountedPattern>();
  const missing = (name: string): never => {
    throw new MetricsError(`The series ${name} is missing: nothing can be told of the cache without it.`);
  };
  for (const name of [series.answers, series.inputTokens]) if (!names.has(name)) missing(name);
  const of = (route: string | undefined) => {
    if (route === undefined) return undefined;
    const pattern = patterns.get(route) ?? new CountedPattern();
    patterns.set(route, pattern);
    return pattern;
  };
  const known = new Set(routes.values());
  for (const { name, labels, value } of rows) {
    const label = (one: string) => labels.get(one) ?? "";
    const deployed = () => of(routes.get(label("model_id")));
    const named = () => of(known.has(label("route")) ? label("route") : undefined);
    if (name === series.inputTokens) add(deployed(), "promptTokens", value);
    else if (name === series.cachedTokens) add(deployed(), "cachedTokens", value);
    else if (name === series.answers) add(named(), "requests", value);
    else if (name === series.firstToken) observe(named(), label("cache"), label("le"), value);
  }
  for (const pattern of patterns.values()) pattern.requests = Math.round(pattern.requests);
  // It comes into being with the first hit: without one, streams tell that there was none.
  const told = [...patterns.values()].some(({ streams: { miss } }) => countOf(miss) > 0);
  const hits = [...patterns.values()].some(({ streams: { hit } }) => countOf(hit) > 0);
  if (!names.has(series.cachedTokens) && (hits || !told)) missing(series.cachedTokens);
  for (const [route, { streams }] of patterns)
    for (const buckets of Object.values(streams)) checkRising(buckets, route, series);
  return patterns;
}

function add(
  pattern: CountedPattern | undefined,
  name: "promptTokens" | "cachedTokens" | "requests",
  value: number,
): void {
  if (pattern !== undefined) pattern[name] += value;
}

function observe(pattern: CountedPattern | undefined, cache: string, le: string, value: number): void {
  if (pattern === undefined) return;
  const buckets = pattern.streams[cache === "hit" || cache === "miss" ? cache : "unknown"];
  const bound = numberOf(le);
  if (bound === undefined || Number.isNaN(bound))
    throw new MetricsError("A bucket of the time to first token has no bound.");
  buckets.set(bound, (buckets.get(bound) ?? 0) + value);
}

const sorted = (buckets: Buckets): [number, number][] => [...buckets].sort(([a], [b]) => a - b);

/** Each bucket counts what those below it do; a thousandth for sums that Prometheus extrapolates. */
function checkRising(buckets: Buckets, route: string, { firstToken }: CacheSeries): void {
  if (buckets.size === 0) return;
  const rising = sorted(buckets);
  if (rising.some(([, count], index) => count < (rising[index - 1]?.[1] ?? 0) * 0.999))
    throw new MetricsError(`The buckets of ${firstToken} do not rise for ${route}: that is no histogram.`);
  if (!buckets.has(Number.POSITIVE_INFINITY))
    throw new MetricsError(`The buckets of ${firstToken} have no last one (+Inf) for ${route}.`);
}

const countOf = (buckets: Buckets): number => buckets.get(Number.POSITIVE_INFINITY) ?? 0;

/**
 * A quantile as Prometheus' `histogram_quantile` has it: on a straight line between the bounds of its bucket, the first
 * of which begins at 0. Beyond the last bound it is that bound.
 * https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function bucketQuantile(share: number, buckets: ReadonlyMap<number, number>): number {
  const rising = sorted(new Map(buckets));
  const rank = share * (rising.at(-1)?.[1] ?? 0);
  const index = rising.findIndex(([, count]) => count >= rank);
  const [end = 0, count = 0] = rising[index] ?? [];
  const [begin, below] = rising[index - 1] ?? [0, 0];
  if (end === Number.POSITIVE_INFINITY) return begin;
  return count === below ? end : begin + ((end - begin) * (rank - below)) / (count - below);
}
