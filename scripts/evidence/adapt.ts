import { callbackName } from "../../gateway/callback";
import type { ProxyConfig } from "../../gateway/litellm";
import type { RenderedGateway } from "../../gateway/render";

/** The variable with the key that the gateway shows to stand-ins; made up at run time. */
export const standInKey = "LOCKSTEP_STAND_IN_KEY";

export interface Adapted {
  proxy: ProxyConfig;
  env: Record<string, string>;
  /** Everything in which it differs from what was rendered, one sentence each, for the raw output. */
  adaptations: string[];
}

/**
 * The rendered gateway as it can run on loopback, without an account and without state. Whatever is not named here
 * is as it was rendered: routes, orders, weights, time-outs, retries, fallbacks, cool-downs, prices, back-off.
 */
export function adapt(
  { proxy, env }: RenderedGateway,
  baseOf: (deployment: string) => string,
  limits: "kept" | "removed",
  breaker: "kept" | "removed" = "removed",
): Adapted {
  const adaptations = [
    "Every deployment calls a stand-in on loopback in OpenAI's format (openai/<model id>, api_base, api_key) instead of its own provider; regions and credentials are left out.",
    "router_settings.redis_host and redis_port and the variables REDIS_* are left out: cool-downs and limits are counted in the one process.",
    "The callback s3_v2 and s3_callback_params are left out: there is no bucket.",
    ...(breaker === "removed"
      ? [
          `The callback ${callbackName} is left out: invalid answers are measured, so none is replaced by another.`,
        ]
      : []),
    "No DATABASE_* variable is set: no virtual keys, teams and budgets; requests use the master key.",
    ...(limits === "removed"
      ? [
          "rpm, tpm and max_parallel_requests of the deployments and the limits on requests in flight of the worker are left out: one process takes the load of all replicas.",
        ]
      : []),
  ];
  const { redis_host: _host, redis_port: _port, ...router } = proxy.router_settings;
  const { s3_callback_params: _s3, callbacks, ...litellm } = proxy.litellm_settings;
  const removed = ["s3_v2", ...(breaker === "removed" ? [callbackName] : [])];
  const kept = (Array.isArray(callbacks) ? callbacks : []).filter((name) => !removed.includes(name));
  return {
    proxy: {
      model_list: proxy.model_list.map((deployment) => {
        const { litellm_params, model_info } = deployment;
        return {
          ...deployment,
          litellm_params: {
            ...without(litellm_params, [...places, ...(limits === "removed" ? rates : [])]),
            model: `openai/${modelIdOf(litellm_params.model)}`,
            api_base: baseOf(String(model_info.id)),
            api_key: `os.environ/${standInKey}`,
          },
        };
      }),
      router_settings: router,
      litellm_settings: { ...litellm, callbacks: kept },
      general_settings:
        limits === "removed" ? without(proxy.general_settings, admission) : proxy.general_settings,
    },
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("REDIS_"))),
    adaptations,
  };
}

/** LiteLLM's model name without the provider before it; the id itself may have slashes. */
export const modelIdOf = (model: string): string => model.slice(model.indexOf("/") + 1);

const places = ["aws_region_name", "vertex_credentials", "vertex_project", "vertex_location", "api_version"];
const rates = ["rpm", "tpm", "max_parallel_requests"];
const admission = [
  "max_in_flight_requests_per_worker",
  "max_queued_requests_per_worker",
  "admission_queue_timeout_seconds",
];

const without = (record: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
