import type { Config } from "../../config/schema";
import { Latencies } from "../latencies";
import type { LoggedRequest } from "../log/record";
import type { Measured } from "../measurement";
import { rounded } from "../statistics";

/** The fewest streams of which a 95th percentile is told. */
const enough = 20;

/** The requests of one route, summed up: memory does not grow with their number. */
export class Pattern {
  requests = 0;
  promptTokens = 0;
  cachedTokens = 0;
  /** Answers whose provider does not say what it read from its cache. */
  unknown = 0;
  readonly hit = Latencies.empty();
  readonly miss = Latencies.empty();

  add({ success, promptTokens, cachedTokens, firstTokenSeconds }: LoggedRequest): void {
    if (!success) return;
    this.requests++;
    if (cachedTokens === undefined) {
      this.unknown++;
      return;
    }
    this.promptTokens += promptTokens;
    // A provider that counts what it read beside the prompt's tokens does not read more than all of them.
    this.cachedTokens += Math.min(cachedTokens, promptTokens);
    if (firstTokenSeconds !== undefined) (cachedTokens > 0 ? this.hit : this.miss).add(firstTokenSeconds);
  }

  get hitRatio(): number {
    return this.promptTokens === 0 ? 0 : rounded(this.cachedTokens / this.promptTokens);
  }
}

/** What is told of each route with a prompt: that is what a provider's cache can hold. */
export function cacheResults(
  { routes }: Pick<Config, "routes">,
  patterns: ReadonlyMap<string, Pattern>,
  notes: readonly string[],
): Measured {
  const known = Object.keys(routes).flatMap((route) => {
    const pattern = patterns.get(route);
    return pattern === undefined || pattern.requests === 0 ? [] : [{ route, pattern }];
  });
  const cacheable = known.filter(({ route }) => routes[route]?.prompt !== undefined);
  const p95 = (name: "hit" | "miss", { [name]: latencies }: Pattern) =>
    latencies.count < enough ? {} : { [name]: latencies.percentile(0.95) };
  const counts = cacheable.map(({ pattern }) => pattern.requests);
  return {
    samples: counts.length === 0 ? 0 : Math.min(...counts),
    repeats: 1,
    inconclusive: cacheable
      .filter(({ pattern: { unknown, requests } }) => unknown > requests / 100)
      .map(
        ({ route, pattern: { unknown, requests } }) =>
          `The provider did not say what it read from its cache for ${unknown} of ${requests} requests of ${route}.`,
      ),
    results: {
      patterns: known.map(({ route, pattern }) => ({
        route,
        requests: pattern.requests,
        hitRatio: pattern.hitRatio,
        firstTokenP95Seconds: { ...p95("hit", pattern), ...p95("miss", pattern) },
      })),
    },
    raw: {
      notes: [
        ...notes,
        "The hit ratio is the share of input tokens that the provider says it read from its prompt cache.",
        "Time to first token is of streams, as the gateway saw it; histograms: HdrHistogram V2, compressed, in base64, microseconds.",
      ],
      patterns: known.map(({ route, pattern }) => ({
        route,
        requests: pattern.requests,
        promptTokens: pattern.promptTokens,
        cachedTokens: pattern.cachedTokens,
        unknown: pattern.unknown,
        hit: pattern.hit.encode(),
        miss: pattern.miss.encode(),
      })),
    },
  };
}
