import { createHash } from "node:crypto";
import type { Config } from "../config/schema";
import type { ProxyDeployment, RenderOptions } from "./litellm";
import { allowedFailsPolicy } from "./policies";
import { callParams, prices, sampling, window } from "./target";
import { attemptTimeouts, undeclaredTimeoutSeconds } from "./timeouts";

type Route = Config["routes"][string];
type Model = Config["models"][string];

export const byName = <T>(map: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));

export function routeDeployments(config: Config, options: RenderOptions): ProxyDeployment[] {
  return byName(config.routes).flatMap(([alias, route]) =>
    [...route.targets]
      .sort((a, b) => a.order - b.order || (a.model < b.model ? -1 : 1))
      .flatMap((target) => {
        const model = config.models[target.model];
        return model === undefined ? [] : [routeDeployment(config, options, alias, route, target, model)];
      }),
  );
}

function routeDeployment(
  config: Config,
  options: RenderOptions,
  alias: string,
  route: Route,
  target: Route["targets"][number],
  model: Model,
): ProxyDeployment {
  const { timeoutSeconds, streamTimeoutSeconds } = attemptTimeouts(route, model);
  return {
    model_name: alias,
    litellm_params: {
      ...callParams(config, model),
      ...sampling(model),
      order: target.order,
      weight: target.weight,
      timeout: timeoutSeconds,
      stream_timeout: streamTimeoutSeconds,
      // The provider's client must not retry as well: its retries would multiply the router's.
      max_retries: 0,
      ...admission(config, shareOf(route, target)),
    },
    model_info: {
      id: `${alias}.${target.model}.${target.order}`,
      mode: "chat",
      ...window(model),
      ...prices(model),
      // Only here, per deployment, do these work: the router's own settings never open a cool-down.
      allowed_fails_policy: allowedFailsPolicy(route),
      cooldown_time: route.coolDown.seconds,
      lockstep: routeInfo(config, options, alias, route, target.model, model),
    },
  };
}

/**
 * What the gateway knows about a route beyond routing. LiteLLM keeps it and shows it in `/model/info`, so that
 * an audit can read from the running gateway what it was given; files by their digest.
 */
function routeInfo(
  config: Config,
  options: RenderOptions,
  alias: string,
  route: Route,
  name: string,
  model: Model,
) {
  const digest = (file: string | undefined) => sha256(options.files.get(file ?? "") ?? "");
  return {
    behaviour_hash: options.behaviourHash,
    route: alias,
    model: name,
    ...(model.modelVersion === undefined ? {} : { model_version: model.modelVersion }),
    ...(model.revision === undefined ? {} : { revision: model.revision }),
    ...(route.deadlineSeconds === undefined ? {} : { deadline_seconds: route.deadlineSeconds }),
    ...(route.prompt === undefined
      ? {}
      : { prompt: { name: route.prompt, sha256: digest(config.behaviour.prompts[route.prompt]?.file) } }),
    ...(route.tools === undefined || route.tools.length === 0
      ? {}
      : {
          tools: route.tools.map((tool) => ({
            name: tool,
            sha256: digest(config.behaviour.tools[tool]?.file),
          })),
        }),
    ...(route.responseSchema === undefined
      ? {}
      : { response_schema: { sha256: digest(route.responseSchema) } }),
    // Without effect on their own: the callback that breaks the circuit has its own file.
    ...(route.breaker === undefined
      ? {}
      : {
          breaker: {
            invalid_responses: route.breaker.invalidResponses,
            window_seconds: route.breaker.windowSeconds,
            open_seconds: route.breaker.openSeconds,
            answer: route.breaker.answer,
          },
        }),
  };
}

/**
 * The models that the configuration names outside of routes, each as a group `<kind>/<model>`, which no route
 * can be called: so that embeddings and reranking are limited, metered and logged like everything else.
 */
export function modelDeployments(config: Config, options: RenderOptions): ProxyDeployment[] {
  return directModels(config).flatMap((name) => {
    const model = config.models[name];
    if (model === undefined) return [];
    const timeout = model.timeoutSeconds ?? undeclaredTimeoutSeconds;
    return [
      {
        model_name: groupOf(name, model),
        litellm_params: {
          ...callParams(config, model),
          order: 1,
          weight: 1,
          timeout,
          stream_timeout: timeout,
          max_retries: 0,
          ...admission(config, 1),
        },
        model_info: {
          id: `${model.kind}.${name}.1`,
          mode: model.kind,
          ...window(model),
          ...prices(model),
          lockstep: { behaviour_hash: options.behaviourHash, model: name },
        },
      },
    ];
  });
}

export const groupOf = (name: string, model: Model): string => `${model.kind}/${name}`;

/** The models that are called without a route, sorted. */
export function directModels(config: Config): string[] {
  const { semanticCache, retrieval } = config.behaviour;
  const names = [
    ...(semanticCache.enabled ? [semanticCache.embeddingModel] : []),
    ...(retrieval === undefined ? [] : [retrieval.embeddingModel]),
    ...(retrieval?.rerankModel === undefined ? [] : [retrieval.rerankModel]),
  ];
  return [...new Set(names)].sort();
}

/** The part of the calls at a target's order that its weight gives it. */
export function shareOf(route: Route, target: Route["targets"][number]): number {
  const total = route.targets
    .filter(({ order }) => order === target.order)
    .reduce((sum, { weight }) => sum + weight, 0);
  return target.weight / total;
}

/**
 * The environment's limits as LiteLLM knows them: per deployment. Every route may use the whole of them, and
 * within a route each order may: a later order is only called when the one before fails. Targets of one order
 * share by weight. An attempt counts, so a retry counts again. Concurrency is counted by each replica for
 * itself, so each gets its share of the most replicas; without `max_parallel_requests` LiteLLM would derive
 * one from rpm.
 */
export function admission(config: Config, share: number): Record<string, number> {
  const { requestsPerMinute, tokensPerMinute } = config.limits;
  return {
    rpm: Math.max(1, Math.floor(requestsPerMinute * share)),
    tpm: Math.max(1, Math.floor(tokensPerMinute * share)),
    max_parallel_requests: concurrencyPerReplica(config),
  };
}

export const concurrencyPerReplica = (config: Config): number =>
  Math.floor(config.limits.concurrentRequests / config.deployment.replicas.max);

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
