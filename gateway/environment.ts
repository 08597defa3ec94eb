import type { Config } from "../config/schema";
import { credentialVariable } from "./target";

/**
 * The gateway's environment variables that are known from the configuration. Some of LiteLLM's routing can be
 * set nowhere else: the back-off, and the defaults that it would otherwise take. They count as configuration:
 * a comparison that leaves them out is wrong.
 */
export function renderEnvironment(config: Config): Record<string, string> {
  const { initialSeconds, maxSeconds, jitterSeconds } = config.gateway.backoff;
  return {
    // As floats: LiteLLM reads these with Python's float().
    INITIAL_RETRY_DELAY: String(initialSeconds),
    JITTER: String(jitterSeconds),
    // Off: it would fetch prices from the internet as it starts; the declared prices count.
    LITELLM_LOCAL_MODEL_COST_MAP: "True",
    LITELLM_LOG: "ERROR",
    LITELLM_MODE: "PRODUCTION",
    MAX_RETRY_DELAY: String(maxSeconds),
    // With Postgres: the database must not override the file.
    STORE_MODEL_IN_DB: "False",
    ...(config.gateway.redis ? { REDIS_PORT: "6379", REDIS_SSL: "True" } : {}),
  };
}

/** The variables that hold credentials: those of models that are called, by the credential's name. */
export function renderSecretEnvironment(
  config: Config,
  models: Iterable<string>,
): Record<string, { credential: string }> {
  const names = new Set<string>();
  for (const model of models) {
    const credential = config.models[model]?.credential;
    if (credential !== undefined && config.models[model]?.provider !== "bedrock") names.add(credential);
  }
  return Object.fromEntries(
    [...names].sort().map((credential) => [credentialVariable(credential), { credential }]),
  );
}

/**
 * The variables whose values only exist once the resources do. Whoever runs the gateway sets them:
 * `components/gateway` does.
 */
export function runtimeVariables(config: Config): string[] {
  return [
    "LITELLM_MASTER_KEY",
    ...(config.gateway.redis
      ? [
          "REDIS_HOST",
          "REDIS_AWS_IAM_AUTH",
          "REDIS_AWS_IAM_USER_NAME",
          "REDIS_AWS_IAM_CACHE_NAME",
          "REDIS_AWS_IAM_REGION",
        ]
      : []),
    ...(config.behaviour.semanticCache.enabled ? ["VALKEY_PASSWORD"] : []),
    ...(config.gateway.postgres
      ? ["DATABASE_HOST", "DATABASE_NAME", "DATABASE_USERNAME", "DATABASE_PASSWORD"]
      : []),
  ].sort();
}
