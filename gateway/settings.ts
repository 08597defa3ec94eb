import type { Config } from "../config/schema";
import { callbackName, headersName, limitsName, logName, sampledName, servedName } from "./callback";
import { byName, concurrencyPerReplica, groupOf } from "./deployments";
import { walkSteps } from "./latency";
import { environmentPrefix, type Fallbacks, type ProxyConfig, requestLogPrefix } from "./litellm";
import { retryPolicy } from "./policies";
import { longestTimeoutSeconds } from "./timeouts";

export function routerSettings(config: Config): ProxyConfig["router_settings"] {
  const routes = byName(config.routes);
  const longest = longestTimeoutSeconds(config);
  const list = (field: "fallbacks" | "contextWindowFallbacks" | "contentPolicyFallbacks"): Fallbacks =>
    // Empty lists are written too: a route that is missing from a list of which another route is part takes
    // another path through LiteLLM than one whose list is missing as a whole.
    routes.map(([alias, route]) => ({ [alias]: [...route[field]] }));
  return {
    routing_strategy: "simple-shuffle",
    model_group_alias: {},
    // Before a call, not after the provider's error: skips targets whose window is too small.
    enable_pre_call_checks: true,
    // Limits are enforced by a callback: LiteLLM's own check makes the router wait for a minute.
    optional_pre_call_checks: [],
    enable_tag_filtering: false,
    enable_weighted_failover: false,
    disable_cooldowns: false,
    // Reached only by errors that have no key in a deployment's allowed_fails_policy; LiteLLM's own values.
    allowed_fails: 3,
    cooldown_time: 5,
    num_retries: 0,
    retry_after: 0,
    timeout: longest,
    stream_timeout: longest,
    max_fallbacks: Math.max(1, ...routes.map(([alias]) => walkSteps(config, alias).length - 1)),
    model_group_retry_policy: Object.fromEntries(routes.map(([alias, route]) => [alias, retryPolicy(route)])),
    fallbacks: list("fallbacks"),
    context_window_fallbacks: list("contextWindowFallbacks"),
    content_policy_fallbacks: list("contentPolicyFallbacks"),
    ...(config.gateway.redis
      ? { redis_host: variable("REDIS_HOST"), redis_port: variable("REDIS_PORT") }
      : {}),
  };
}

export function litellmSettings(config: Config): ProxyConfig["litellm_settings"] {
  return {
    // Before the callbacks: LiteLLM makes them as it comes to their key, and one reads this.
    s3_callback_params: {
      s3_bucket_name: config.environment.requestLogBucket,
      s3_region_name: config.environment.region,
      s3_path: requestLogPrefix,
      s3_partition_granularity: "day",
    },
    callbacks: ["prometheus", logName, callbackName, servedName, limitsName, headersName, sampledName],
    // Open inside the namespace; who reaches it is up to the network policy.
    require_auth_for_metrics_endpoint: false,
    // Otherwise a request could ask not to be logged.
    global_disable_no_log_param: true,
    // Replay and sampling need prompts and answers.
    turn_off_message_logging: false,
    drop_params: false,
    modify_params: false,
    json_logs: true,
    num_retries: 0,
    request_timeout: longestTimeoutSeconds(config),
    ...cacheSettings(config),
  };
}

function cacheSettings(config: Config): Record<string, unknown> {
  const { enabled, similarity, ttlSeconds, embeddingModel } = config.behaviour.semanticCache;
  const model = config.models[embeddingModel];
  if (!enabled || model === undefined) return { cache: false };
  return {
    cache: true,
    cache_params: {
      type: "valkey-semantic",
      mode: "default_on",
      host: variable("REDIS_HOST"),
      port: variable("REDIS_PORT"),
      password: variable("VALKEY_PASSWORD"),
      ssl: true,
      similarity_threshold: similarity,
      ttl: ttlSeconds,
      valkey_semantic_cache_embedding_model: groupOf(embeddingModel, model),
      supported_call_types: ["completion", "acompletion"],
    },
  };
}

export function generalSettings(config: Config): ProxyConfig["general_settings"] {
  return {
    master_key: variable("LITELLM_MASTER_KEY"),
    store_model_in_db: false,
    store_prompts_in_spend_logs: false,
    background_health_checks: false,
    max_in_flight_requests_per_worker: concurrencyPerReplica(config),
    max_queued_requests_per_worker: concurrencyPerReplica(config),
    admission_queue_timeout_seconds: 1,
  };
}

const variable = (name: string): string => environmentPrefix + name;
