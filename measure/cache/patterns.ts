import type { Config } from "../../config/schema";
import { Latencies } from "../latencies";
import type { LoggedRequest } from "../log/record";
import type { Measured } from "../measurement";
import { rounded } from "../statistics";

/** The fewest streams of which a 95th percentile is told. */
export const enough = 20;

/** What a source found out about one route. */
export interface FoundPattern {
  requests: number;
  promptTokens: number;
  cachedTokens: number;
  hitRatio: number;
  firstTokenP95Seconds: { hit?: number; miss?: number };
  /** Why it is not known what came from the cache, one sentence each. */
  unknown(route: string): string[];
  /** For the raw output. */
  raw: Record<string, unknown>;
}

/** The requests of one route, summed up: memory does not grow with their number. */
export class Pattern implements FoundPattern {
  requests = 0;
  promptTokens = 0;
  cachedTokens = 0;
  /** Answers whose provider does not say what it read from its cache. */
  private silent = 0;
  private readonly hit = Latencies.empty();
  private readonly miss = Latencies.empty();

  add({ success, promptTokens, cachedTokens, firstTokenSeconds }: LoggedRequest): void {
    if (!success) return;
    this.requests++;
    if (cachedTokens === undefined) {
      this.silent++;
      return;
    }
    this.promptTokens += promptTokens;
    // A provider that counts what it read beside the prompt's tokens does not read more than all of them.
    this.cachedTokens += Math.min(cachedTokens, promptTokens);
    if (firstTokenSeconds !== undefined) (cachedTokens > 0 ? this.hit : this.miss).add(firstTokenSeconds);
  }

  get hitRatio(): number {
    return overallRatio([this]);
  }

  get firstTokenP95Seconds(): { hit?: number; miss?: number } {
    const p95 = (name: "hit" | "miss", latencies: Latencies) =>
      latencies.count < enough ? {} : { [name]: latencies.percentile(0.95) };
    return { ...p95("hit", this.hit), ...p95("miss", this.miss) };
  }

  unknown(route: string): string[] {
    return this.silent > this.requests / 100
      ? [
          `The provider did not say what it read from its cache for ${this.silent} of ${this.requests} requests of ${route}.`,
        ]
      : [];
  }

  get raw() {
    const { requests, promptTokens, cachedTokens, silent: unknown } = this;
    return {
      requests,
      promptTokens,
      cachedTokens,
      unknown,
      hit: this.hit.encode(),
      miss: this.miss.encode(),
    };
  }
}

/** The share of all input that came from the cache: what production's alarm counts, of one route or of all. */
export function overallRatio(
  patterns: readonly Pick<FoundPattern, "promptTokens" | "cachedTokens">[],
): number {
  const sum = (of: "promptTokens" | "cachedTokens") => patterns.reduce((all, one) => all + one[of], 0);
  const whole = sum("promptTokens");
  return whole === 0 ? 0 : Math.min(1, rounded(sum("cachedTokens") / whole));
}

/** What is told of each route with a prompt: that is what a provider's cache can hold. */
export function cacheResults(
  { routes }: Pick<Config, "routes">,
  patterns: ReadonlyMap<string, FoundPattern>,
  notes: readonly string[],
): Measured {
  const known = Object.keys(routes).flatMap((route) => {
    const pattern = patterns.get(route);
    return pattern === undefined || pattern.requests === 0 ? [] : [{ route, pattern }];
  });
  const cacheable = known.filter(({ route }) => routes[route]?.prompt !== undefined);
  const counts = cacheable.map(({ pattern }) => pattern.requests);
  return {
    samples: counts.length === 0 ? 0 : Math.min(...counts),
    repeats: 1,
    inconclusive: cacheable.flatMap(({ route, pattern }) => pattern.unknown(route)),
    results: {
      patterns: known.map(({ route, pattern: { requests, hitRatio, firstTokenP95Seconds } }) => ({
        route,
        requests,
        hitRatio,
        firstTokenP95Seconds,
      })),
      overallHitRatio: overallRatio(known.map(({ pattern }) => pattern)),
    },
    raw: {
      notes: [
        ...notes,
        "The hit ratio is the share of input tokens that the provider says it read from its prompt cache.",
      ],
      patterns: known.map(({ route, pattern }) => ({ route, ...pattern.raw })),
    },
  };
}

/** Of what the log tells. */
export const logNotes = [
  "Time to first token is of streams, as the gateway saw it; histograms: HdrHistogram V2, compressed, in base64, microseconds.",
];

/** Of what metrics tell, and of what they do not. */
export const metricsNotes = [
  "From the gateway's metrics: tokens by deployment, answers and streams by route. Metrics do not tell requests apart: a route's hit ratio is of its sums, and which of its prompts missed is not known.",
  "Time to first token is of streams, from the provider's call that was answered; a percentile lies on a straight line between two buckets' bounds.",
  "Input of a provider that does not say what it read from its cache counts as missed, as it does for production's alarm.",
];
