import { isRecord } from "../config/record";
import { formatPath, type Path } from "../config/relation";
import { errorClasses } from "../config/schema/routes";
import { badGatewayFailsKey, errorStems, otherRetriesKey, type ProxyConfig } from "./litellm";

type Form = "a text" | "a number" | "a whole number" | "true or false" | "a list" | "a map";
type Keys = Readonly<Record<string, Form>>;

const counts = (suffix: string, ...others: string[]): Keys =>
  Object.fromEntries(
    [...errorClasses.map((one) => errorStems[one] + suffix), ...others].map((key) => [key, "a whole number"]),
  );

/**
 * Every key that is written into LiteLLM's file, and its form. LiteLLM 1.106.2 starts with a key that it does
 * not know, and with a value of another form; so nothing else is written. Read in its source (`Router.__init__`,
 * `ConfigGeneralSettings`, `LiteLLM_Params`, `ModelInfo`, `RetryPolicy`, `AllowedFailsPolicy`, `S3Logger`,
 * `Cache`, and the module's own attributes), and compared with it by `test/gateway/litellmKeys.real.test.ts`.
 */
export const litellmKeys = {
  deployment: { model_name: "a text", litellm_params: "a map", model_info: "a map" },
  litellm_params: {
    model: "a text",
    api_key: "a text",
    api_base: "a text",
    api_version: "a text",
    aws_region_name: "a text",
    vertex_credentials: "a text",
    vertex_project: "a text",
    vertex_location: "a text",
    temperature: "a number",
    max_tokens: "a whole number",
    seed: "a whole number",
    order: "a whole number",
    weight: "a number",
    timeout: "a number",
    stream_timeout: "a number",
    max_retries: "a whole number",
    rpm: "a whole number",
    tpm: "a whole number",
    max_parallel_requests: "a whole number",
  },
  model_info: {
    id: "a text",
    mode: "a text",
    max_input_tokens: "a whole number",
    max_output_tokens: "a whole number",
    input_cost_per_token: "a number",
    output_cost_per_token: "a number",
    cache_read_input_token_cost: "a number",
    allowed_fails_policy: "a map",
    cooldown_time: "a number",
    // Of no meaning to LiteLLM, which shows it in /model/info.
    lockstep: "a map",
  },
  allowed_fails_policy: counts("AllowedFails", badGatewayFailsKey),
  router_settings: {
    routing_strategy: "a text",
    model_group_alias: "a map",
    enable_pre_call_checks: "true or false",
    optional_pre_call_checks: "a list",
    enable_tag_filtering: "true or false",
    enable_weighted_failover: "true or false",
    disable_cooldowns: "true or false",
    allowed_fails: "a whole number",
    cooldown_time: "a number",
    num_retries: "a whole number",
    retry_after: "a whole number",
    timeout: "a number",
    stream_timeout: "a number",
    max_fallbacks: "a whole number",
    model_group_retry_policy: "a map",
    fallbacks: "a list",
    context_window_fallbacks: "a list",
    content_policy_fallbacks: "a list",
    redis_host: "a text",
    redis_port: "a text",
  },
  model_group_retry_policy: counts("Retries", otherRetriesKey),
  litellm_settings: {
    s3_callback_params: "a map",
    callbacks: "a list",
    require_auth_for_metrics_endpoint: "true or false",
    global_disable_no_log_param: "true or false",
    turn_off_message_logging: "true or false",
    drop_params: "true or false",
    modify_params: "true or false",
    json_logs: "true or false",
    num_retries: "a whole number",
    request_timeout: "a number",
    cache: "true or false",
    cache_params: "a map",
  },
  s3_callback_params: {
    s3_bucket_name: "a text",
    s3_region_name: "a text",
    s3_path: "a text",
    s3_partition_granularity: "a text",
  },
  cache_params: {
    type: "a text",
    mode: "a text",
    host: "a text",
    port: "a text",
    password: "a text",
    ssl: "true or false",
    similarity_threshold: "a number",
    ttl: "a number",
    valkey_semantic_cache_embedding_model: "a text",
    supported_call_types: "a list",
  },
  general_settings: {
    master_key: "a text",
    store_model_in_db: "true or false",
    store_prompts_in_spend_logs: "true or false",
    background_health_checks: "true or false",
    max_in_flight_requests_per_worker: "a whole number",
    max_queued_requests_per_worker: "a whole number",
    admission_queue_timeout_seconds: "a number",
  },
} as const satisfies Record<string, Keys>;

export interface KeyProblem {
  path: string;
  reason: string;
}

/** What of a file LiteLLM would pass over or misread: keys that are not known, values of another form. */
export function keyProblems(proxy: ProxyConfig): KeyProblem[] {
  const { router_settings: router, litellm_settings: litellm, general_settings: general } = proxy;
  return [
    ...proxy.model_list.flatMap((_, index) => deploymentProblems(proxy, index)),
    ...mapProblems(router, litellmKeys.router_settings, ["router_settings"]),
    ...entries(router.model_group_retry_policy).flatMap(([group, policy]) =>
      mapProblems(policy, litellmKeys.model_group_retry_policy, [
        "router_settings",
        "model_group_retry_policy",
        group,
      ]),
    ),
    ...groupProblems(proxy),
    ...mapProblems(litellm, litellmKeys.litellm_settings, ["litellm_settings"]),
    ...innerProblems(litellm, "s3_callback_params", litellmKeys.s3_callback_params),
    ...innerProblems(litellm, "cache_params", litellmKeys.cache_params),
    ...mapProblems(general, litellmKeys.general_settings, ["general_settings"]),
  ];
}

/** The same of one deployment only: what a comparison of routing does not look at. */
export function deploymentProblems({ model_list }: ProxyConfig, index: number): KeyProblem[] {
  const deployment = model_list[index];
  if (deployment === undefined) return [];
  const path: Path = ["model_list", index];
  const policy = deployment.model_info.allowed_fails_policy;
  return [
    ...mapProblems(deployment, litellmKeys.deployment, path),
    ...mapProblems(deployment.litellm_params, litellmKeys.litellm_params, [...path, "litellm_params"]),
    ...mapProblems(deployment.model_info, litellmKeys.model_info, [...path, "model_info"]),
    ...(policy === undefined
      ? []
      : mapProblems(policy, litellmKeys.allowed_fails_policy, [
          ...path,
          "model_info",
          "allowed_fails_policy",
        ])),
  ];
}

/** A group that no deployment is in is called by nobody, and a fallback to one fails as it is needed. */
function groupProblems({ model_list, router_settings }: ProxyConfig): KeyProblem[] {
  const groups = new Set(model_list.map(({ model_name }) => model_name));
  const named: [Path, string][] = entries(router_settings.model_group_retry_policy).map(([group]) => [
    ["router_settings", "model_group_retry_policy", group],
    group,
  ]);
  for (const list of ["fallbacks", "context_window_fallbacks", "content_policy_fallbacks"] as const) {
    for (const [index, entry] of (router_settings[list] ?? []).entries()) {
      for (const [group, others] of entries(entry)) {
        const path: Path = ["router_settings", list, index, group];
        named.push([path, group], ...(others as string[]).map((other): [Path, string] => [path, other]));
      }
    }
  }
  return named
    .filter(([, group]) => !groups.has(group))
    .map(([path, group]) => ({ path: formatPath(path), reason: `"${group}" is no group of model_list` }));
}

const innerProblems = (settings: Record<string, unknown>, key: string, keys: Keys): KeyProblem[] =>
  settings[key] === undefined ? [] : mapProblems(settings[key], keys, ["litellm_settings", key]);

function mapProblems(value: unknown, keys: Keys, path: Path): KeyProblem[] {
  if (!isRecord(value)) return [{ path: formatPath(path), reason: "is not a map" }];
  return Object.entries(value).flatMap(([key, inner]): KeyProblem[] => {
    const at = formatPath([...path, key]);
    const form = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (form === undefined) return [{ path: at, reason: "is no key that is written for LiteLLM 1.106.2" }];
    return has(inner, form) ? [] : [{ path: at, reason: `is not ${form}` }];
  });
}

function has(value: unknown, form: Form): boolean {
  switch (form) {
    case "a text":
      return typeof value === "string";
    case "a number":
      return Number.isFinite(value);
    case "a whole number":
      return Number.isSafeInteger(value);
    case "true or false":
      return typeof value === "boolean";
    case "a list":
      return Array.isArray(value);
    case "a map":
      return isRecord(value);
  }
}

const entries = (value: unknown): [string, unknown][] => (isRecord(value) ? Object.entries(value) : []);
