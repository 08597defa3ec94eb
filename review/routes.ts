import type { Pair } from "../config/pair";
import type { Config } from "../config/schema";
import { worstCaseSeconds } from "../gateway/latency";
import { own } from "../gateway/timeouts";
import type { Evidence, EvidenceStore } from "../lifecycle/evidence";
import type { evaluation } from "../lifecycle/kinds/eval";
import type { load } from "../lifecycle/kinds/load";

/** Where a measurement comes from, and whether it is about the behaviour that the change leaves. */
export interface Source {
  file: string;
  /** The behaviour hash that was measured. */
  hash: string;
  /** Whether staging has that hash after the change. */
  isCurrent: boolean;
  providers: "real" | "stub";
}

/** What evaluation evidence says of one model in one route. */
export interface Measured {
  /** The mean score over cases, 0 to 1, and its confidence interval. */
  score: { value: number; low: number; high: number };
  usdPerRequest: number;
  latencyP95Seconds: number;
  cases: number;
  source: Source;
}

/** One model that a request to a route can end at. */
export interface TargetReview {
  model: string;
  modelId: string;
  provider: string;
  region: string | undefined;
  /** The route that calls it: this one, or one that it falls back to. */
  route: string;
  order: number;
  usdPerMillionTokens: { input: number; output: number };
  /** Undefined where no evidence has it. */
  measured: Measured | undefined;
}

export interface RouteReview {
  route: string;
  deadlineSeconds: number | undefined;
  /** How long a request can take with all its attempts, waits and fallbacks; undefined where it is not there. */
  worstSeconds: { before: number | undefined; after: number };
  /** In the order in which they are called, those of fallbacks last. */
  targets: readonly TargetReview[];
}

/** Every route of the pair as staging has it after a change; what is mirrored, production has too. */
export function routesOf(before: Config | undefined, pair: Pair, store: EvidenceStore): RouteReview[] {
  const evaluations = newestFirst(pair, store, "eval");
  const { config } = pair.staging;
  return Object.entries(config.routes).map(([route, { deadlineSeconds }]) => ({
    route,
    deadlineSeconds,
    worstSeconds: {
      before: before && own(before.routes, route) && worstCaseSeconds(before, route),
      after: worstCaseSeconds(config, route),
    },
    targets: targetsOf(config, route).map((target) => ({
      ...target,
      measured: measuredOf(pair, evaluations, target),
    })),
  }));
}

/** The targets by order, then those of each fallback in turn; nothing twice. */
function targetsOf(config: Config, start: string): Omit<TargetReview, "measured">[] {
  const targets: Omit<TargetReview, "measured">[] = [];
  const seen = new Set<string>();
  const open = [start];
  for (let alias = open.pop(); alias !== undefined; alias = open.pop()) {
    const route = own(config.routes, alias);
    if (route === undefined || seen.has(alias)) continue;
    seen.add(alias);
    for (const { model: key, order } of [...route.targets].sort((a, b) => a.order - b.order)) {
      const model = own(config.models, key);
      if (model === undefined) continue;
      const { modelId, provider, region, usdPerMillionTokens } = model;
      const { input, output } = usdPerMillionTokens;
      targets.push({
        model: key,
        modelId,
        provider,
        region,
        route: alias,
        order,
        usdPerMillionTokens: { input, output },
      });
    }
    open.push(...[...route.fallbacks].reverse());
  }
  return targets;
}

type EvalResults = Parameters<typeof evaluation.criteria>[0];
type LoadResults = Parameters<typeof load.criteria>[0];

function measuredOf(
  pair: Pair,
  evaluations: readonly Evidence[],
  { route, model }: { route: string; model: string },
): Measured | undefined {
  for (const evidence of evaluations) {
    const { targets } = evidence.statement.predicate.results as EvalResults;
    const found = targets.find((one) => one.route === route && one.model === model);
    if (found === undefined) continue;
    const { value, low, high } = found.score;
    const { usdPerRequest, latencyP95Seconds, cases } = found;
    // Half of it is nothing that targets can be compared by.
    if (usdPerRequest === undefined || latencyP95Seconds === undefined) continue;
    return {
      score: { value, low, high },
      usdPerRequest,
      latencyP95Seconds,
      cases,
      source: sourceOf(pair, evidence),
    };
  }
  return undefined;
}

/** Latency under load, in seconds, as evidence has it. */
export interface Latency {
  firstToken: Percentiles;
  total: Percentiles;
  requestsPerSecond: number;
  requests: number;
  source: Source;
}

export interface Percentiles {
  p50Seconds: number;
  p95Seconds: number;
  p99Seconds: number;
}

/** The newest measurement of latency under load; undefined where there is none. */
export function latencyOf(pair: Pair, store: EvidenceStore): Latency | undefined {
  const [evidence] = newestFirst(pair, store, "load");
  if (evidence === undefined) return undefined;
  const { firstToken, total, requestsPerSecond, requests } = evidence.statement.predicate
    .results as LoadResults;
  return { firstToken, total, requestsPerSecond, requests, source: sourceOf(pair, evidence) };
}

function sourceOf(pair: Pair, { file, hash, statement }: Evidence): Source {
  return { file, hash, isCurrent: isCurrent(pair, hash), providers: statement.predicate.providers };
}

const isCurrent = ({ staging }: Pair, hash: string) => hash === staging.behaviourHash;

/** Evidence about staging's behaviour comes first, then the newest. */
function newestFirst(pair: Pair, store: EvidenceStore, kind: Evidence["kind"]): Evidence[] {
  const ended = ({ statement }: Evidence) => Date.parse(statement.predicate.ended);
  return [...pair.releases.keys()]
    .flatMap((id) => store.of(id).evidence)
    .filter((one) => one.kind === kind)
    .sort((a, b) => Number(isCurrent(pair, b.hash)) - Number(isCurrent(pair, a.hash)) || ended(b) - ended(a));
}
