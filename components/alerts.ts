import { shortHash } from "./hardened";
import { grown, hashLabel, quantile, selector, series } from "./series";
import type { SpendThreshold } from "./spend";

/** What good looks like; alarms are set on it. */
export interface Objectives {
  latencyP95Seconds: number;
  firstTokenP95Seconds: { cacheHit: number; cacheMiss: number };
  /** The share of requests that may fail. */
  errorRatio: number;
  /** The share of requests that fallbacks may answer. */
  fallbackRatio: number;
  /** The share of input tokens that should come from the provider's prompt cache. */
  cacheHitRatio: number;
}

export interface AlertsArgs {
  /** The environment's name, as a label of every alert. */
  environment: string;
  /** The gateway's namespace. */
  namespace: string;
  /** The hash that the gateway's pods should carry, in hexadecimal. */
  behaviourHash: string;
  objectives: Objectives;
  /** The spends at which somebody is told: `spendThresholds(limits)`. */
  spend: readonly SpendThreshold[];
  /** Where runbooks are, without a trailing "/": one page an alert. */
  runbooks: string;
}

/** An alerting rule of Prometheus. Names are stable: silences, routes and runbooks go by them. */
export interface Alert {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: { summary: string; description: string; runbook_url: string };
}

type Severity = "critical" | "warning";

/** Every alert of one environment. */
export function alertsOf(args: AlertsArgs): Alert[] {
  return [
    ...args.spend.map((threshold) => spendAlert(args, threshold)),
    latencyAlert(args),
    firstTokenAlert(args),
    errorAlert(args),
    fallbackAlert(args),
    coolDownAlert(args),
    cacheAlert(args),
    ...absenceAlerts(args),
    hashAlert(args),
  ];
}

/** The page of an alert: `LockstepErrorRatioHigh` is explained in `error-ratio-high.md`. */
export const runbookOf = (alert: string): string =>
  `${alert
    .replace(/^Lockstep/, "")
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, "-")
    .toLowerCase()}.md`;

function make(
  args: AlertsArgs,
  alert: string,
  severity: Severity,
  lasting: string,
  expr: string,
  summary: string,
  description: string,
  labels: Record<string, string> = {},
): Alert {
  return {
    alert,
    expr,
    for: lasting,
    labels: { severity, environment: args.environment, ...labels },
    annotations: { summary, description, runbook_url: `${args.runbooks}/${runbookOf(alert)}` },
  };
}

/**
 * The gateway's own spend, at declared prices, over the last 24 hours or 30 days: Prometheus knows no
 * calendar. It is early where the day or the month is young, never late.
 */
function spendAlert(args: AlertsArgs, { name, team, percent, usd, period }: SpendThreshold): Alert {
  const window = period === "day" ? "1d" : "30d";
  const select = selector(args.namespace, ...(team === undefined ? [] : [`team_alias="${team}"`]));
  const whose = team === undefined ? args.environment : `team ${team} in ${args.environment}`;
  return make(
    args,
    "LockstepSpendThreshold",
    percent >= 100 ? "critical" : "warning",
    "5m",
    `${grown(series.spend, select, window)} > ${usd}`,
    `${whose} has spent ${percent}% of its ${period === "day" ? "daily" : "monthly"} budget.`,
    `Spend over the last ${period === "day" ? "24 hours" : "30 days"} is {{ $value | printf "%.2f" }} USD; ` +
      `${usd} USD is ${percent}% of the budget (${name}).`,
    { period, threshold: name, ...(team === undefined ? {} : { team }) },
  );
}

function latencyAlert(args: AlertsArgs): Alert {
  const { latencyP95Seconds } = args.objectives;
  return make(
    args,
    "LockstepLatencyP95High",
    "warning",
    "10m",
    `${quantile(0.95, series.latency, selector(args.namespace), "10m", ["requested_model"])} > ${latencyP95Seconds}`,
    `The route {{ $labels.requested_model }} is slow in ${args.environment}.`,
    `The 95th percentile of a request's whole time is {{ $value | printf "%.2f" }} s; ${latencyP95Seconds} s is the objective.`,
  );
}

/** The series does not tell cache hits from misses, so the objective of a miss is the one that always holds. */
function firstTokenAlert(args: AlertsArgs): Alert {
  const { cacheMiss } = args.objectives.firstTokenP95Seconds;
  return make(
    args,
    "LockstepFirstTokenP95High",
    "warning",
    "10m",
    `${quantile(0.95, series.firstToken, selector(args.namespace), "10m", ["requested_model"])} > ${cacheMiss}`,
    `The first token of the route {{ $labels.requested_model }} comes late in ${args.environment}.`,
    `The 95th percentile of the time to first token is {{ $value | printf "%.2f" }} s; ${cacheMiss} s is the objective on a cache miss.`,
  );
}

function errorAlert(args: AlertsArgs): Alert {
  const select = selector(args.namespace);
  return make(
    args,
    "LockstepErrorRatioHigh",
    "critical",
    "5m",
    `${grown(series.failures, select, "10m")} / ${grown(series.requests, select, "10m")} > ${args.objectives.errorRatio}`,
    `Too many requests fail in ${args.environment}.`,
    `{{ $value | humanizePercentage }} of requests failed in 10 minutes; ${percent(args.objectives.errorRatio)} is the objective.`,
  );
}

function fallbackAlert(args: AlertsArgs): Alert {
  const select = selector(args.namespace);
  return make(
    args,
    "LockstepFallbackRatioHigh",
    "warning",
    "10m",
    `${grown(series.fallbacks, select, "30m")} / ${grown(series.requests, select, "30m")} > ${args.objectives.fallbackRatio}`,
    `Fallbacks answer too many requests in ${args.environment}.`,
    `Fallbacks answered {{ $value | humanizePercentage }} of requests in 30 minutes; ${percent(args.objectives.fallbackRatio)} is the objective.`,
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

/** From 10,000 input tokens in the hour: below, one long prompt decides. */
function cacheAlert(args: AlertsArgs): Alert {
  const select = selector(args.namespace);
  const input = grown(series.inputTokens, select, "1h");
  const cached = `(${grown(series.cachedTokens, select, "1h")} or vector(0))`;
  return make(
    args,
    "LockstepCacheHitRatioLow",
    "warning",
    "30m",
    `${cached} / ${input} < ${args.objectives.cacheHitRatio} and ${input} > 10000`,
    `Prompts miss the provider's cache in ${args.environment}.`,
    `{{ $value | humanizePercentage }} of input tokens came from the cache in an hour; ${percent(args.objectives.cacheHitRatio)} is the objective.`,
  );
}

function absenceAlerts(args: AlertsArgs): Alert[] {
  const select = selector(args.namespace);
  return [
    make(
      args,
      "LockstepMetricsAbsent",
      "critical",
      "5m",
      `absent(${series.inFlight}${select})`,
      `Nothing is known about the gateway in ${args.environment}.`,
      "No metrics have come from the gateway for five minutes: the other alarms see nothing.",
    ),
    make(
      args,
      "LockstepTrafficAbsent",
      "warning",
      "30m",
      `(${grown(series.requests, select, "1h")} or vector(0)) == 0`,
      `The gateway answers nobody in ${args.environment}.`,
      "There was no request in an hour, not even the canary's, which runs all the time.",
    ),
  ];
}

function hashAlert(args: AlertsArgs): Alert {
  const other = selector(args.namespace, `${hashLabel}!="${shortHash(args.behaviourHash)}"`);
  return make(
    args,
    "LockstepBehaviourHashUnexpected",
    "critical",
    "30m",
    `count by (${hashLabel}, pod) (${series.inFlight}${other}) > 0`,
    `A pod of the gateway runs something else than is declared in ${args.environment}.`,
    `The pod {{ $labels.pod }} carries the behaviour hash "{{ $labels.${hashLabel} }}"; "${shortHash(args.behaviourHash)}" is declared.`,
  );
}

const percent = (ratio: number): string => `${Number((ratio * 100).toPrecision(6))}%`;
