import { isRecord } from "../../config/record";
import type { Path } from "../../config/relation";
import type { Config } from "../../config/schema";
import { parseProxy } from "../../gateway/yaml";
import { modelIdOf } from "../adapt";
import { at, gatewayOf, objectsInState } from "./objects";
import { resourceNamed, type State } from "./state";

/** A value of the configuration as it was deployed. */
export interface Observed {
  path: Path;
  value: unknown;
  /** For a file: the digest of its content stands for it. */
  file?: true;
}

/** Every value of the configuration that a stack's state shows, by its path. */
export function observe(config: Config, state: State): Observed[] {
  return [...limitsIn(config, state), ...placesIn(config, state), ...gatewayIn(config, state)].filter(
    ({ value }) => value !== undefined,
  );
}

/** Limits that resources hold; those that the gateway enforces are in its file, and what it was given. */
export function limitsIn({ environment: { name }, limits }: Config, state: State): Observed[] {
  const inputs = (type: string, own: string) => resourceNamed(state, type, own)?.inputs;
  const usd = (own: string) => number(inputs("aws:budgets/budget:Budget", own)?.limitAmount);
  const cluster = (own: string, path: Path) => quotaIn(inputs("kubernetes:core/v1:ResourceQuota", own), path);
  const rates = at(resourceNamed(state, "lockstep:index:Quotas", `${name}-quotas`)?.outputs, "rateLimits");
  const rated = (from: unknown, path: Path): Observed[] =>
    ["requestsPerMinute", "tokensPerMinute", "concurrentRequests"].map((key) => ({
      path: [...path, key],
      value: at(from, key),
    }));
  const shares = at(
    resourceNamed(state, "lockstep:index:Budgets", `${name}-budgets`)?.outputs,
    "alertAtPercent",
  );
  return [
    { path: ["limits", "monthlyUsd"], value: usd(`${name}-budgets-monthly`) },
    { path: ["limits", "dailyUsd"], value: usd(`${name}-budgets-daily`) },
    ...Object.keys(limits.alertAtPercent).map((share) => ({
      path: ["limits", "alertAtPercent", share],
      value: at(shares, share),
    })),
    ...rated(at(rates, "environment"), ["limits"]),
    ...cluster(`${name}-quotas-quota`, ["limits", "cluster"]),
    ...Object.entries(limits.teams).flatMap(([team, own]) => [
      ...rated(at(rates, "teams", team), ["limits", "teams", team]),
      ...(own.cluster === undefined
        ? []
        : cluster(`${name}-quotas-${team}-quota`, ["limits", "teams", team, "cluster"])),
    ]),
  ];
}

/** What a ResourceQuota says of `limits.cluster`, by its manifest. */
export function quotaIn(manifest: unknown, path: Path): Observed[] {
  const hard = at(manifest, "spec", "hard");
  return [
    { path: [...path, "cpuCores"], value: cores(at(hard, "limits.cpu")) },
    { path: [...path, "memoryGib"], value: gib(at(hard, "limits.memory")) },
    { path: [...path, "pods"], value: number(at(hard, "pods")) },
  ];
}

/** Names that must never be shared with the other environment. */
function placesIn({ environment: { name }, credentials }: Config, state: State): Observed[] {
  const input = (type: string, own: string, key: string) => resourceNamed(state, type, own)?.inputs[key];
  const namespace = resourceNamed(state, "kubernetes:core/v1:Namespace", `${name}-namespace`)?.inputs;
  return [
    { path: ["environment", "namespace"], value: text(at(namespace, "metadata", "name")) },
    {
      path: ["environment", "kmsAlias"],
      value: text(input("aws:kms/alias:Alias", `${name}-secrets-alias`, "name")),
    },
    {
      path: ["environment", "alarmTopic"],
      value: text(input("aws:sns/topic:Topic", `${name}-budgets-topic`, "name")),
    },
    {
      path: ["environment", "requestLogBucket"],
      value: text(input("aws:s3/bucket:Bucket", `${name}-request-log-bucket`, "bucket")),
    },
    ...Object.keys(credentials).map((credential) => ({
      path: ["credentials", credential, "secretName"],
      value: text(input("aws:secretsmanager/secret:Secret", `${name}-secrets-${credential}`, "name")),
    })),
  ];
}

/** Image, models and prompts of the gateway that the state has. */
function gatewayIn({ environment, behaviour, routes }: Config, state: State): Observed[] {
  const gateway = gatewayOf(objectsInState(state), environment.namespace);
  const containers = at(gateway?.deployment.manifest, "spec", "template", "spec", "containers");
  const [container] = (Array.isArray(containers) ? containers : []).filter(
    (one) => at(one, "name") === "litellm",
  );
  const file = gateway?.files?.["config.yaml"];
  const parsed = typeof file === "string" ? parseProxy(file) : { problems: [] };
  const list = "proxy" in parsed ? parsed.proxy.model_list : [];
  const seen = new Set<string>();
  const models = list.flatMap(({ litellm_params, model_info }): Observed[] => {
    const name = at(model_info, "lockstep", "model");
    if (typeof name !== "string" || seen.has(name)) return [];
    seen.add(name);
    return [
      { path: ["models", name, "modelId"], value: modelIdOf(litellm_params.model) },
      { path: ["models", name, "modelVersion"], value: at(model_info, "lockstep", "model_version") },
      { path: ["models", name, "revision"], value: at(model_info, "lockstep", "revision") },
      ...(at(model_info, "mode") === "chat"
        ? [
            { path: ["models", name, "temperature"], value: litellm_params.temperature },
            { path: ["models", name, "maxOutputTokens"], value: litellm_params.max_tokens },
            { path: ["models", name, "seed"], value: litellm_params.seed },
          ]
        : []),
    ];
  });
  const prompts = Object.keys(behaviour.prompts).flatMap((name): Observed[] => {
    const route = Object.entries(routes).find(([, { prompt }]) => prompt === name)?.[0];
    const digest = list
      .filter(({ model_name }) => model_name === route)
      .map(({ model_info }) => at(model_info, "lockstep", "prompt"))
      .filter(isRecord)[0]?.sha256;
    return [{ path: ["behaviour", "prompts", name, "file"], value: digest, file: true }];
  });
  return [{ path: ["gateway", "image"], value: text(at(container, "image")) }, ...models, ...prompts];
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

function number(value: unknown): number | undefined {
  const found = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof found === "number" ? found : undefined;
}

/** Kubernetes quantities, as components write them: "8", "500m"; "24Gi", "512Mi". */
function cores(value: unknown): number | undefined {
  const [, amount, milli] = typeof value === "string" ? (/^(\d+(?:\.\d+)?)(m?)$/.exec(value) ?? []) : [];
  return amount === undefined ? undefined : Number(amount) / (milli === "m" ? 1000 : 1);
}

function gib(value: unknown): number | undefined {
  const [, amount, unit] = typeof value === "string" ? (/^(\d+(?:\.\d+)?)(Gi|Mi)$/.exec(value) ?? []) : [];
  return amount === undefined ? undefined : Number(amount) / (unit === "Mi" ? 1024 : 1);
}
