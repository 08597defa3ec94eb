import { isRecord } from "../config/record";
import { formatPath, type Path } from "../config/relation";
import type { Config } from "../config/schema";
import type { ErrorClass } from "../config/schema/routes";
import { renderEnvironment } from "./environment";
import {
  badGatewayFailsKey,
  environmentPrefix,
  errorStems,
  otherRetriesKey,
  type ProxyConfig,
} from "./litellm";
import { renderGateway } from "./render";

/**
 * What a configuration says about routing, in a form in which two of them can be compared: the declared
 * one and the one that is provisioned. `null` stands for what is left to LiteLLM's default.
 */
export interface Routing {
  routes: Record<string, RouteRouting>;
  /** The router's settings that hold for all routes. */
  router: Record<string, unknown>;
  /** Settings of `litellm_settings` and `general_settings`, some of which override the router's. */
  settings: Record<string, unknown>;
  /** The environment without hosts, names and credentials: back-off, and whatever overrides a default. */
  environment: Record<string, unknown>;
}

export interface RouteRouting {
  /** In the order in which they are called. */
  targets: TargetRouting[];
  retries: Record<ErrorClass | "other", unknown>;
  fallbacks: unknown;
  contextWindowFallbacks: unknown;
  contentPolicyFallbacks: unknown;
}

export interface TargetRouting {
  id: unknown;
  model: unknown;
  order: unknown;
  weight: unknown;
  timeoutSeconds: unknown;
  streamTimeoutSeconds: unknown;
  /** Retries by the provider's own client, which multiply the router's. */
  sdkRetries: unknown;
  coolDownSeconds: unknown;
  allowedFails: Record<ErrorClass | "badGateway", unknown>;
  breaker: unknown;
  /** Everything else that is sent or used for a call: sampling, limits, endpoint, credential by reference. */
  parameters: Record<string, unknown>;
}

export interface RoutingDifference {
  /** Where, such as `routes.chat.targets[0].timeoutSeconds`. */
  path: string;
  declared: unknown;
  /** `null`: left to LiteLLM's default. `undefined`: not there at all. */
  provisioned: unknown;
}

/**
 * The routing that a configuration declares: by way of what would be rendered from it, so that it holds
 * whatever is rendered. That the renderer itself says what is declared is for its tests.
 */
export function declaredRouting(config: Config, files: ReadonlyMap<string, string>): Routing {
  const { proxy } = renderGateway(config, { behaviourHash: "", files });
  return routingOf(proxy, renderEnvironment(config));
}

/** What a file and an environment say about routing. Never a credential: a literal one reads "a literal value". */
export function routingOf(proxy: ProxyConfig, env: Readonly<Record<string, string>>): Routing {
  const {
    model_group_retry_policy: policies,
    fallbacks,
    context_window_fallbacks,
    content_policy_fallbacks,
    ...router
  } = proxy.router_settings;
  const groups = new Map<string, TargetRouting[]>();
  for (const deployment of proxy.model_list) {
    const targets = groups.get(deployment.model_name) ?? [];
    targets.push(targetOf(deployment));
    groups.set(deployment.model_name, targets);
  }
  const names = new Set([...groups.keys(), ...Object.keys(policies ?? {}), ...listed(fallbacks)]);
  const routes = [...names].sort().map((name): [string, RouteRouting] => [
    name,
    {
      targets: (groups.get(name) ?? []).sort(inLine),
      retries: counts(policies?.[name], "Retries", "other", otherRetriesKey),
      fallbacks: fallbacksOf(fallbacks, name),
      contextWindowFallbacks: fallbacksOf(context_window_fallbacks, name),
      contentPolicyFallbacks: fallbacksOf(content_policy_fallbacks, name),
    },
  ]);
  return {
    routes: Object.fromEntries(routes),
    router: withoutLiterals(router),
    settings: withoutLiterals({ ...proxy.litellm_settings, ...proxy.general_settings }),
    environment: Object.fromEntries(
      Object.entries(env)
        .filter(([name]) => !isPlace(name))
        .map(([name, value]) => [name, number(value)]),
    ),
  };
}

/** Everything that differs, by path, in the order of the declared routing. */
export function compareRouting(declared: Routing, provisioned: Routing): RoutingDifference[] {
  return [...differences(declared, provisioned, [])];
}

function targetOf({ litellm_params, model_info }: ProxyConfig["model_list"][number]): TargetRouting {
  const { model, order, weight, timeout, stream_timeout, max_retries, ...parameters } = litellm_params;
  const info = isRecord(model_info.lockstep) ? model_info.lockstep : {};
  return {
    id: model_info.id ?? null,
    model,
    order: order ?? null,
    weight: weight ?? null,
    timeoutSeconds: timeout ?? null,
    streamTimeoutSeconds: stream_timeout ?? null,
    sdkRetries: max_retries ?? null,
    coolDownSeconds: model_info.cooldown_time ?? null,
    allowedFails: counts(model_info.allowed_fails_policy, "AllowedFails", "badGateway", badGatewayFailsKey),
    breaker: info.breaker ?? null,
    parameters: {
      ...withoutLiterals(parameters),
      max_input_tokens: model_info.max_input_tokens ?? null,
      // A plain number here overrides the policy for errors that it has no key for.
      ...(model_info.allowed_fails === undefined ? {} : { allowed_fails: model_info.allowed_fails }),
    },
  };
}

function counts<O extends string>(
  policy: unknown,
  suffix: string,
  other: O,
  otherKey: string,
): Record<ErrorClass | O, unknown> {
  const record = isRecord(policy) ? policy : {};
  return Object.fromEntries([
    ...Object.entries(errorStems).map(([key, stem]) => [key, record[stem + suffix] ?? null]),
    [other, record[otherKey] ?? null],
  ]) as Record<ErrorClass | O, unknown>;
}

const listed = (fallbacks: unknown): string[] =>
  Array.isArray(fallbacks) ? fallbacks.filter(isRecord).flatMap((entry) => Object.keys(entry)) : [];

/** The first entry that names the group, as LiteLLM reads it. */
function fallbacksOf(fallbacks: unknown, name: string): unknown {
  if (!Array.isArray(fallbacks)) return null;
  const entry = fallbacks.find((candidate) => isRecord(candidate) && Object.hasOwn(candidate, name));
  return isRecord(entry) ? entry[name] : null;
}

function inLine(a: TargetRouting, b: TargetRouting): number {
  return Number(a.order) - Number(b.order) || (String(a.model) < String(b.model) ? -1 : 1);
}

/** Variables that say where something is or who may use it, not how requests are routed. */
export const isPlace = (name: string): boolean =>
  /^(LOCKSTEP_CREDENTIAL_|LOCKSTEP_STAND_IN_KEY$|DATABASE_|AWS_|VALKEY_PASSWORD$|LITELLM_MASTER_KEY$|LITELLM_SALT_KEY$|REDIS_(HOST|AWS_IAM_))/.test(
    name,
  );

/** "0.50" and "0.5" are one back-off to LiteLLM. */
const number = (text: string): unknown => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);

/** Parameters whose values are credentials: shown only where they are references. */
const credentialKey = /(^|_)(key|token|secret|password|credentials|master_key)$/;

function withoutLiterals(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => {
      const reference = typeof value === "string" && value.startsWith(environmentPrefix);
      if (credentialKey.test(key) && !reference) return [key, "a literal value"];
      return [key, isRecord(value) ? withoutLiterals(value) : value];
    }),
  );
}

function* differences(declared: unknown, provisioned: unknown, path: Path): Generator<RoutingDifference> {
  if (Object.is(declared, provisioned)) return;
  if (isRecord(declared) && isRecord(provisioned)) {
    const keys = [
      ...Object.keys(declared),
      ...Object.keys(provisioned).filter((key) => !Object.hasOwn(declared, key)),
    ];
    for (const key of keys)
      yield* differences(ownValue(declared, key), ownValue(provisioned, key), [...path, key]);
    return;
  }
  if (Array.isArray(declared) && Array.isArray(provisioned) && [...declared, ...provisioned].some(isRecord)) {
    for (let index = 0; index < Math.max(declared.length, provisioned.length); index++) {
      yield* differences(declared[index], provisioned[index], [...path, index]);
    }
    return;
  }
  if (Array.isArray(declared) && Array.isArray(provisioned) && sameList(declared, provisioned)) return;
  yield { path: formatPath(path), declared, provisioned };
}

const ownValue = (record: Record<string, unknown>, key: string): unknown =>
  Object.hasOwn(record, key) ? record[key] : undefined;

const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, index) => Object.is(item, b[index]));
