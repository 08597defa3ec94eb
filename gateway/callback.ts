import type { Config } from "../config/schema";
import { byName, modelDeployments, routeDeployments } from "./deployments";
import type { ProxyDeployment, RenderOptions } from "./litellm";
import { tellsModel } from "./served";

/** The files beside LiteLLM's that its callbacks consist of; LiteLLM imports code from its file's own folder. */
export const callbackFiles = {
  code: "lockstep_callback.py",
  data: "lockstep_callback.json",
  served: "lockstep_served.py",
  limits: "lockstep_limits.py",
  log: "lockstep_log.py",
  redact: "lockstep_redact.json",
  headers: "lockstep_headers.py",
  sampled: "lockstep_sampled.py",
} as const;

/** The callback as `litellm_settings.callbacks` names it: module and instance. */
export const callbackName = "lockstep_callback.breaker";
/** The callback that counts what providers served. */
export const servedName = "lockstep_served.served";
/** The callback that enforces requests and tokens a minute, in place of LiteLLM's own. */
export const limitsName = "lockstep_limits.limits";
/** The callback that writes the request log: LiteLLM's S3 logger behind a redaction. */
export const logName = "lockstep_log.requests";
/** The callback that keeps all but named headers from clients. */
export const headersName = "lockstep_headers.headers";
/** The callback that takes the reports of `lockstep sample`, and exposes them. */
export const sampledName = "lockstep_sampled.sampled";
/** Where it takes them. */
export const reportPath = "/lockstep/sampled";

/** What the callback reads: `gateway/callback/lockstep_callback.py`, `read_data`. No credential is part of it. */
export interface CallbackData {
  /** What the gateway is: SHA-256 in hexadecimal. Every record of the request log has it. */
  behaviour_hash: string;
  /** Whether state is shared in Redis. */
  redis: boolean;
  routes: Record<string, CallbackRoute>;
  /** By the id of each deployment, which model its answers should come from. */
  models: Record<string, PinnedModel>;
  /** What is taken out of the request log: known kinds, and the team's own patterns. */
  redact: { kinds: string[]; patterns: Record<string, string> };
}

export interface PinnedModel {
  /** The route, or the group of a model that is called without one. */
  route: string;
  /** The pinned id. */
  model: string;
  /** Whether answers name the model by the provider's word. */
  told: boolean;
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
  return {
    behaviour_hash: options.behaviourHash,
    redis: config.gateway.redis,
    routes: Object.fromEntries(routes),
    models: pinnedModels(config, [...deployments, ...modelDeployments(config, options)]),
    redact: {
      kinds: [...config.monitoring.redact.kinds].sort(),
      patterns: Object.fromEntries(byName(config.monitoring.redact.patterns)),
    },
  };
}

function pinnedModels(config: Config, deployments: readonly ProxyDeployment[]): Record<string, PinnedModel> {
  return Object.fromEntries(
    deployments.flatMap(({ model_name, model_info }): [string, PinnedModel][] => {
      const { model } = model_info.lockstep as { model: string };
      const { modelId, provider } = config.models[model] ?? {};
      if (modelId === undefined || provider === undefined) return [];
      return [[String(model_info.id), { route: model_name, model: modelId, told: tellsModel(provider) }]];
    }),
  );
}

/** The data as the file's text: the same configuration gives the same bytes. */
export const formatCallbackData = (data: CallbackData): string => `${JSON.stringify(data, null, 2)}\n`;
