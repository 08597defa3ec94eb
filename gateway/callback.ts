import type { Config } from "../config/schema";
import { byName, routeDeployments } from "./deployments";
import type { RenderOptions } from "./litellm";

/** The files beside LiteLLM's that its callback consists of; LiteLLM imports code from its file's own folder. */
export const callbackFiles = { code: "lockstep_callback.py", data: "lockstep_callback.json" } as const;

/** The callback as `litellm_settings.callbacks` names it: module and instance. */
export const callbackName = "lockstep_callback.breaker";

/** What the callback reads: `gateway/callback/lockstep_callback.py`, `read_data`. No credential is part of it. */
export interface CallbackData {
  /** Whether state is shared in Redis. */
  redis: boolean;
  routes: Record<string, CallbackRoute>;
}

export interface CallbackRoute {
  /** The ids of the route's deployments, by which an answer says who gave it. */
  deployments: string[];
  /** `null`: answers are not judged, but for streams that break off. */
  breaker: {
    invalid_responses: number;
    window_seconds: number;
    open_seconds: number;
    answer: string;
  } | null;
  /** The text of the JSON Schema that answers have to satisfy. */
  schema: string | null;
  fallbacks: string[];
  /** Tried before the others where a model refused. */
  content_policy_fallbacks: string[];
}

/** The callback's data for a configuration, whose files `renderGateway` has found to be there. */
export function callbackData(config: Config, options: RenderOptions): CallbackData {
  const deployments = routeDeployments(config, options);
  const routes = byName(config.routes).map(([alias, route]): [string, CallbackRoute] => [
    alias,
    {
      deployments: deployments
        .filter(({ model_name }) => model_name === alias)
        .map(({ model_info }) => String(model_info.id)),
      breaker:
        route.breaker === undefined
          ? null
          : {
              invalid_responses: route.breaker.invalidResponses,
              window_seconds: route.breaker.windowSeconds,
              open_seconds: route.breaker.openSeconds,
              answer: route.breaker.answer,
            },
      schema: route.responseSchema === undefined ? null : (options.files.get(route.responseSchema) ?? null),
      fallbacks: [...route.fallbacks],
      content_policy_fallbacks: [...route.contentPolicyFallbacks],
    },
  ]);
  return { redis: config.gateway.redis, routes: Object.fromEntries(routes) };
}

/** The data as the file's text: the same configuration gives the same bytes. */
export const formatCallbackData = (data: CallbackData): string => `${JSON.stringify(data, null, 2)}\n`;
