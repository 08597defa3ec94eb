/** LiteLLM 1.106.2's series, by what they are read for; read from a running gateway. */
export const series = {
  spend: "litellm_spend_metric_total",
  requests: "litellm_proxy_total_requests_metric_total",
  failures: "litellm_proxy_failed_requests_metric_total",
  fallbacks: "litellm_deployment_successful_fallbacks_total",
  failedFallbacks: "litellm_deployment_failed_fallbacks_total",
  /** A counter. `litellm_deployment_state` will not do: it reads 2 after the target has recovered. */
  coolDowns: "litellm_deployment_cooled_down_total",
  latency: "litellm_request_total_latency_metric_bucket",
  /** Of streams only. */
  firstToken: "litellm_llm_api_time_to_first_token_metric_bucket",
  inputTokens: "litellm_input_tokens_metric_total",
  outputTokens: "litellm_output_tokens_metric_total",
  /** Input tokens that the provider read from its prompt cache. */
  cachedTokens: "litellm_provider_cache_read_input_tokens_metric_total",
  inFlight: "litellm_in_flight_requests",
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
