import { type Alert, type AlertsArgs, make, percent } from "./alert";
import { sampleAlerts } from "./alertsOfSample";
import { forecastAlert, spendAlert } from "./alertsOfSpend";
import { absenceAlerts, canaryAlerts, hashAlert, servedAlert } from "./alertsOfState";
import {
  cachedShare,
  failedShare,
  fallbackShare,
  firstTokenOf,
  grown,
  happened,
  invalidShare,
  promptTokens,
  quantile,
  retrievalLatency,
  selector,
  series,
} from "./series";

export { type Alert, type AlertsArgs, type Objectives, runbookOf } from "./alert";

/** Every alert of one environment. */
export function alertsOf(args: AlertsArgs): Alert[] {
  return [
    ...args.spend.map((threshold) => spendAlert(args, threshold)),
    ...args.budgets.map((budget) => forecastAlert(args, budget)),
    latencyAlert(args),
    firstTokenAlert(args, "hit"),
    firstTokenAlert(args, "miss"),
    ...(args.retrieval.length === 0 ? [] : [retrievalAlert(args)]),
    errorAlert(args),
    fallbackAlert(args),
    coolDownAlert(args),
    invalidAlert(args),
    breakerAlert(args),
    cacheAlert(args),
    servedAlert(args),
    ...absenceAlerts(args),
    ...canaryAlerts(args),
    ...sampleAlerts(args),
    hashAlert(args),
  ];
}

/** From 20 requests in the window: below, the 95th percentile is the slowest one. */
const enoughForP95 = 20;
/** From 1,000: of fewer, the 99th percentile is one of the slowest ten. */
const enoughForP99 = 1_000;
/** Fewer than five are no rate: with little traffic one failure is more than any objective. */
const enoughToBeAShare = 5;

function latencyAlert(args: AlertsArgs): Alert {
  const { latencyP95Seconds } = args.objectives;
  const select = selector(args.namespace);
  const by = ["requested_model"];
  return make(
    args,
    "LockstepLatencyP95High",
    "warning",
    "10m",
    `${quantile(0.95, series.latency, select, "10m", by)} > ${latencyP95Seconds} ` +
      `and ${happened(series.latencyCount, select, "10m", by)} >= ${enoughForP95}`,
    `The route {{ $labels.requested_model }} is slow in ${args.environment}.`,
    `The 95th percentile of a request's whole time is {{ $value | printf "%.2f" }} s; ${latencyP95Seconds} s is the objective.`,
  );
}

/** Where the provider does not tell what its cache did, the objective of a miss is the one that always holds. */
function firstTokenAlert(args: AlertsArgs, cache: "hit" | "miss"): Alert {
  const { cacheHit, cacheMiss } = args.objectives.firstTokenP95Seconds;
  const objective = cache === "hit" ? cacheHit : cacheMiss;
  const select = firstTokenOf(args.namespace, cache);
  return make(
    args,
    "LockstepFirstTokenP95High",
    "warning",
    "10m",
    `${quantile(0.95, series.firstToken, select, "10m", ["route"])} > ${objective} ` +
      `and ${happened(series.firstTokenCount, select, "10m", ["route"])} >= ${enoughForP95}`,
    `The first token of the route {{ $labels.route }} comes late in ${args.environment}.`,
    `The 95th percentile of the time to first token is {{ $value | printf "%.2f" }} s; ${objective} s is the objective on a cache ${cache}.`,
    { cache },
  );
}

/** The part of a retrieval that the gateway sees: embedding and reranking. The index is searched elsewhere. */
function retrievalAlert(args: AlertsArgs): Alert {
  const { retrievalP99Seconds } = args.objectives;
  const { p99, count } = retrievalLatency(args.namespace, args.retrieval);
  return make(
    args,
    "LockstepRetrievalP99High",
    "warning",
    "15m",
    `${p99} > ${retrievalP99Seconds} and ${count} >= ${enoughForP99}`,
    `{{ $labels.requested_model }} makes retrievals slow in ${args.environment}.`,
    `The 99th percentile of its whole time is {{ $value | printf "%.3f" }} s; ${retrievalP99Seconds} s is the objective of a whole retrieval.`,
  );
}

function errorAlert(args: AlertsArgs): Alert {
  const { errorRatio } = args.objectives;
  const { share, part } = failedShare(args.namespace);
  return make(
    args,
    "LockstepErrorRatioHigh",
    "critical",
    "5m",
    `${share} > ${errorRatio} and ${part} >= ${enoughToBeAShare}`,
    `Too many requests fail in ${args.environment}.`,
    `{{ $value | humanizePercentage }} of requests failed in 10 minutes; ${percent(errorRatio)} is the objective.`,
  );
}

function fallbackAlert(args: AlertsArgs): Alert {
  const { fallbackRatio } = args.objectives;
  const { share, part } = fallbackShare(args.namespace);
  return make(
    args,
    "LockstepFallbackRatioHigh",
    "warning",
    "10m",
    `${share} > ${fallbackRatio} and ${part} >= ${enoughToBeAShare}`,
    `Fallbacks answer too many requests in ${args.environment}.`,
    `Fallbacks answered {{ $value | humanizePercentage }} of requests in 30 minutes; ${percent(fallbackRatio)} is the objective.`,
  );
}

function coolDownAlert(args: AlertsArgs): Alert {
  return make(
    args,
    "LockstepCoolDownOpened",
    "warning",
    "0m",
    `${grown(series.coolDowns, selector(args.namespace), "15m", ["model_id", "exception_status"])} > 0`,
    `The target {{ $labels.model_id }} was taken out of use in ${args.environment}.`,
    `It failed with status {{ $labels.exception_status }} and cooled down {{ $value | printf "%.0f" }} times in 15 minutes.`,
  );
}

function invalidAlert(args: AlertsArgs): Alert {
  const { silentFailureRatio } = args.objectives;
  const { share, part } = invalidShare(args.namespace);
  return make(
    args,
    "LockstepInvalidRatioHigh",
    "warning",
    "10m",
    `${share} > ${silentFailureRatio} and ${part} >= ${enoughToBeAShare}`,
    `Too many answers of the route {{ $labels.route }} are invalid in ${args.environment}.`,
    `{{ $value | humanizePercentage }} of its answers were invalid in 30 minutes; ${percent(silentFailureRatio)} is the objective.`,
  );
}

function breakerAlert(args: AlertsArgs): Alert {
  return make(
    args,
    "LockstepBreakerOpened",
    "warning",
    "0m",
    `${grown(series.breakerOpen, selector(args.namespace), "15m", ["route"])} > 0`,
    `The circuit breaker of the route {{ $labels.route }} opened in ${args.environment}.`,
    `It kept {{ $value | printf "%.0f" }} requests from the route in 15 minutes; the fallback or the declared answer stood in.`,
  );
}

/** From 10,000 input tokens in the hour: below, one long prompt decides. */
function cacheAlert(args: AlertsArgs): Alert {
  const { cacheHitRatio } = args.objectives;
  return make(
    args,
    "LockstepCacheHitRatioLow",
    "warning",
    "30m",
    `${cachedShare(args.namespace)} < ${cacheHitRatio} and ${promptTokens(args.namespace)} > 10000`,
    `Prompts miss the provider's cache in ${args.environment}.`,
    `{{ $value | humanizePercentage }} of input tokens came from the cache in an hour; ${percent(cacheHitRatio)} is the objective.`,
  );
}
