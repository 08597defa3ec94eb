import { callbackName, logName } from "../gateway/callback";
import { gatewayFiles } from "../gateway/files";
import type { ProxyConfig } from "../gateway/litellm";
import type { RenderedGateway } from "../gateway/render";
import { formatProxy } from "../gateway/yaml";

/** The variable with the key that the gateway shows to stand-ins; made up at run time. */
export const standInKey = "LOCKSTEP_STAND_IN_KEY";

export interface AdaptOptions {
  /** The address at which a stand-in answers for a deployment: its `api_base`. */
  baseOf(deployment: string): string;
  /** Requests and tokens a minute, and requests in flight. */
  limits: "kept" | "removed";
  /** Whether the callback that breaks the circuit is kept. Default "kept". */
  breaker?: "kept" | "removed";
  /** A Redis without password or TLS on loopback. Default: none, state is in the one process. */
  redisPort?: number;
  /** The folder of the request log, which has no bucket here. Default: none is written. */
  requestLog?: string;
}

/** A gateway as it runs here. */
export interface Adapted {
  proxy: ProxyConfig;
  /** All files of the folder that the proxy is started with. */
  files: Record<string, string>;
  env: Record<string, string>;
  /** Everything in which it differs from what was rendered, one sentence each, for the raw output. */
  adaptations: string[];
}

/**
 * The rendered gateway as it can run on loopback, without an account. Whatever is not named here is as it was
 * rendered: routes, orders, weights, time-outs, retries, fallbacks, cool-downs, prices, back-off.
 */
export function adapt(
  { proxy, env, callbackJson }: Pick<RenderedGateway, "proxy" | "env" | "callbackJson">,
  { baseOf, limits, breaker = "kept", redisPort, requestLog }: AdaptOptions,
): Adapted {
  const { redis_host: _host, redis_port: _port, ...router } = proxy.router_settings;
  const {
    s3_callback_params: _s3,
    callbacks,
    cache,
    cache_params: _cache,
    ...litellm
  } = proxy.litellm_settings;
  const removed = [
    ...(requestLog === undefined ? [logName] : []),
    ...(breaker === "removed" ? [callbackName] : []),
  ];
  const kept = (Array.isArray(callbacks) ? callbacks : []).filter((name) => !removed.includes(name));
  const adapted: ProxyConfig = {
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
    router_settings:
      redisPort === undefined ? router : { ...router, redis_host: "127.0.0.1", redis_port: redisPort },
    litellm_settings: { ...litellm, cache: false, callbacks: kept },
    general_settings:
      limits === "removed" ? without(proxy.general_settings, admission) : proxy.general_settings,
  };
  const data = redisPort === undefined ? { ...JSON.parse(callbackJson), redis: false } : callbackJson;
  return {
    proxy: adapted,
    files: gatewayFiles(
      formatProxy(adapted),
      typeof data === "string" ? data : `${JSON.stringify(data, null, 2)}\n`,
    ),
    env: {
      ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("REDIS_"))),
      ...(redisPort === undefined ? {} : { REDIS_HOST: "127.0.0.1", REDIS_PORT: String(redisPort) }),
      ...(requestLog === undefined ? {} : { LOCKSTEP_REQUEST_LOG_FOLDER: requestLog }),
    },
    adaptations: [
      ...sentences(limits, breaker, redisPort, requestLog),
      ...(cache === true ? ["The semantic cache is off: every request reaches a stand-in."] : []),
    ],
  };
}

const sentences = (
  limits: string,
  breaker: string,
  redisPort: number | undefined,
  requestLog: string | undefined,
): string[] => [
  "Every deployment calls a stand-in on loopback in OpenAI's format (openai/<model id>, api_base, api_key) instead of its own provider; regions and credentials are left out.",
  redisPort === undefined
    ? "router_settings.redis_host and redis_port and the variables REDIS_* are left out: cool-downs, limits and the breaker are counted in the one process."
    : "router_settings.redis_host and redis_port and the variables REDIS_* name a Redis on loopback, without TLS and IAM.",
  requestLog === undefined
    ? `The callback ${logName} and s3_callback_params are left out: there is no bucket.`
    : "s3_callback_params is left out and LOCKSTEP_REQUEST_LOG_FOLDER is set: the request log is written to a folder.",
  ...(breaker === "removed"
    ? [
        `The callback ${callbackName} is left out: invalid answers are measured, so none is replaced by another.`,
      ]
    : []),
  "No DATABASE_* variable is set: no virtual keys, teams and budgets; requests use the master key.",
  ...(limits === "removed"
    ? [
        "rpm, tpm and max_parallel_requests of the deployments and the limits on requests in flight of the worker are left out: limits are each environment's own.",
      ]
    : []),
];

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
