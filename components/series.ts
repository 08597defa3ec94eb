/** LiteLLM 1.106.2's series and those of our callbacks, by what they are read for; read from a running gateway. */
export const series = {
  spend: "litellm_spend_metric_total",
  requests: "litellm_proxy_total_requests_metric_total",
  failures: "litellm_proxy_failed_requests_metric_total",
  fallbacks: "litellm_deployment_successful_fallbacks_total",
  failedFallbacks: "litellm_deployment_failed_fallbacks_total",
  /** A counter. `litellm_deployment_state` will not do: it reads 2 after the target has recovered. */
  coolDowns: "litellm_deployment_cooled_down_total",
  latency: "litellm_request_total_latency_metric_bucket",
  latencyCount: "litellm_request_total_latency_metric_count",
  /** Of streams only. LiteLLM's own does not tell cache hits from misses. */
  firstToken: "lockstep_first_token_seconds_bucket",
  firstTokenCount: "lockstep_first_token_seconds_count",
  inputTokens: "litellm_input_tokens_metric_total",
  outputTokens: "litellm_output_tokens_metric_total",
  /** Input tokens that the provider read from its prompt cache. */
  cachedTokens: "litellm_provider_cache_read_input_tokens_metric_total",
  inFlight: "litellm_in_flight_requests",
  /** By the route whose model gave the answer, the pinned id and the model that the provider named. */
  answers: "lockstep_served_answers_total",
  /** By the route whose model gave the answer. */
  invalid: "lockstep_invalid_responses_total",
  breakerOpen: "lockstep_breaker_open_total",
  /** Sampled answers by what became of them, as `lockstep sample` told the gateway. */
  sampledAnswers: "lockstep_sampled_answers_total",
  /** Windows in which a route's sampled answers were worse than before. */
  sampleShifts: "lockstep_sample_shifts_total",
  sampleRuns: "lockstep_sample_runs_total",
  /**
   * Of kube-state-metrics, not of the gateway.
   * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/cronjob-metrics.md
   */
  jobSucceeded: "kube_cronjob_status_last_successful_time",
} as const;

/** The pods' label with the behaviour hash, as Prometheus names the label of a target. */
export const hashLabel = "lockstep_dev_behaviour_hash";

/** Selects the series of one gateway's namespace. */
export const selector = (namespace: string, ...more: string[]): string =>
  `{${[`namespace="${namespace}"`, ...more].join(",")}}`;

/**
 * How much a counter has grown over a window, in all or by labels. Series by series, the first of these that
 * there is:
 *
 * - where its process began anew in its pod, `increase()`, which knows of resets;
 * - what it reads at last, less what it read as the window began, or at most an hour before: a Prometheus that
 *   was down at that moment must not make an old count a new one;
 * - all that it reads, since it came into being in the window. LiteLLM's series carry the client's address and
 *   agent, and are born with their first count already in them, which `increase()` leaves out; the first
 *   cool-down of a target would never be seen.
 */
export function grown(counter: string, select: string, window: string, by: readonly string[] = []): string {
  const grouped = by.length === 0 ? "sum" : `sum by (${by.join(", ")})`;
  const range = `${counter}${select}[${window}]`;
  const began = `(increase(${range}) and resets(${range}) > 0)`;
  const last = `last_over_time(${range})`;
  const before = `last_over_time(${counter}${select}[1h] offset ${window})`;
  return `${grouped} (clamp_min(${began} or (${last} - ${before}) or ${last}, 0))`;
}

/** A quantile over a window, in all or by labels. Between two buckets' bounds it is interpolated. */
export function quantile(
  share: number,
  buckets: string,
  select: string,
  window: string,
  by: readonly string[] = [],
): string {
  return `histogram_quantile(${share}, sum by (${["le", ...by].join(", ")}) (rate(${buckets}${select}[${window}])))`;
}

/** How many observations a histogram had in a window; `rate()`'s own view, so that it fits the quantile. */
export function happened(count: string, select: string, window: string, by: readonly string[]): string {
  return `sum by (${by.join(", ")}) (increase(${count}${select}[${window}]))`;
}

/** A part of a whole, as a ratio, and the part itself: with a part of two or three a ratio says little. */
interface Share {
  share: string;
  part: string;
}

const shareOf = (part: string, whole: string): Share => ({ share: `${part} / ${whole}`, part });

export function failedShare(namespace: string): Share {
  const select = selector(namespace);
  return shareOf(grown(series.failures, select, "10m"), grown(series.requests, select, "10m"));
}

/**
 * LiteLLM also counts a fallback from a route to itself, where a target of a later order was tried; that is left
 * out, be it that the later target answered or that another route did and was counted as well.
 */
export function fallbackShare(namespace: string): Share {
  const select = selector(namespace);
  const pair = ["requested_model", "fallback_model"];
  const routes = `group by (requested_model) (last_over_time(${series.fallbacks}${select}[30m]))`;
  const toItself = `label_replace(${routes}, "fallback_model", "$1", "requested_model", "(.+)")`;
  const fallbacks = `sum (${grown(series.fallbacks, select, "30m", pair)} unless on (${pair.join(", ")}) ${toItself})`;
  return shareOf(fallbacks, grown(series.requests, select, "30m"));
}

export function invalidShare(namespace: string): Share {
  const select = selector(namespace);
  return shareOf(
    grown(series.invalid, select, "30m", ["route"]),
    grown(series.answers, select, "30m", ["route"]),
  );
}

/** Of one run: they are told once an hour. */
export function badShare(namespace: string): string {
  const bad = grown(series.sampledAnswers, selector(namespace, 'verdict=~"low|failed"'), "1h", ["route"]);
  return `${bad} / ${grown(series.sampledAnswers, selector(namespace, 'verdict!="unscored"'), "1h", ["route"])}`;
}

/** Models that are called without a route have no prompt cache, and the benchmark is measured without them. */
const prompts = (namespace: string): string => selector(namespace, 'model_id!~"(embedding|rerank)[.].+"');

export const promptTokens = (namespace: string): string =>
  grown(series.inputTokens, prompts(namespace), "1h");

export const cachedShare = (namespace: string): string =>
  `(${grown(series.cachedTokens, prompts(namespace), "1h")} or vector(0)) / ${promptTokens(namespace)}`;

export const firstTokenOf = (namespace: string, cache: "hit" | "miss"): string =>
  selector(namespace, cache === "hit" ? 'cache="hit"' : 'cache!="hit"');

/** Of the models that retrievals call through the gateway. */
export function retrievalLatency(
  namespace: string,
  models: readonly string[],
): { p99: string; count: string } {
  const select = selector(namespace, `requested_model=~"${models.join("|")}"`);
  const by = ["requested_model"];
  return {
    p99: quantile(0.99, series.latency, select, "1h", by),
    count: happened(series.latencyCount, select, "1h", by),
  };
}
