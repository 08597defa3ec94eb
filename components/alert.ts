import type { SpendBudget, SpendThreshold } from "./spend";

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
  /** The share of answers that may be invalid though they came with status 200. */
  silentFailureRatio: number;
  retrievalP99Seconds: number;
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
  /** The budgets that a forecast is held to: `spendBudgets(limits)`. */
  budgets: readonly SpendBudget[];
  /** The gateway's names of the models that a retrieval calls, such as "embedding/documents". Empty: no retrieval. */
  retrieval: readonly string[];
  /** The canary's CronJob and its interval. Absent: there is none, and nobody misses it. */
  canary?: { cronJob: string; everyMinutes: number };
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

export type Severity = "critical" | "warning";

/** The page of an alert: `LockstepErrorRatioHigh` is explained in `error-ratio-high.md`. */
export const runbookOf = (alert: string): string =>
  `${alert
    .replace(/^Lockstep/, "")
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, "-")
    .toLowerCase()}.md`;

export function make(
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

export const percent = (ratio: number): string => `${Number((ratio * 100).toPrecision(6))}%`;
