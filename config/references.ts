import type { ValueProblem } from "./issues";
import { readable } from "./numbers";
import { formatPath, type Path } from "./relation";
import type { Config } from "./schema";
import { quote } from "./visible";

/** What a schema of single values cannot say: that names lead somewhere, and that values fit together. */
export function checkReferences(config: Config): ValueProblem[] {
  const problems: ValueProblem[] = [];
  const report = (path: Path, found: string, allowed: string, remedy?: string) =>
    problems.push({ path, found, allowed, remedy: remedy ?? `Correct ${formatPath(path)}.` });
  checkModels(config, report);
  checkRoutes(config, report);
  checkBehaviour(config, report);
  checkLimits(config, report);
  checkGateway(config, report);
  checkRetrievalIndex(config, report);
  for (const [index, arn] of config.environment.administrators.entries()) {
    const { account } = config.environment;
    if (!arn.includes(`::${account}:`)) {
      report(
        ["environment", "administrators", index],
        quote(arn),
        `a role or user of the account ${account}`,
      );
    }
  }
  const cachePassword = semanticCacheCredential(config);
  if (cachePassword !== undefined && !Object.hasOwn(config.credentialValues, cachePassword)) {
    report(
      ["credentialValues"],
      `no ${cachePassword}`,
      "a password of the semantic cache's own, encrypted",
      `Store one: pulumi config set --secret --path 'lockstep:credentialValues.${cachePassword}'. LiteLLM's semantic cache knows no IAM.`,
    );
  }
  for (const key of Object.keys(config.credentialValues)) {
    if (key !== cachePassword && !Object.hasOwn(config.credentials, key)) {
      report(["credentialValues", key], "a credential that is not declared", oneOf(config.credentials));
    }
  }
  return problems;
}

/** The key in `credentialValues` of the semantic cache's password; undefined where there is no such cache. */
export function semanticCacheCredential({ behaviour, gateway }: Config): string | undefined {
  return behaviour.semanticCache.enabled && gateway.redis ? "semantic-cache" : undefined;
}

type Report = (path: Path, found: string, allowed: string, remedy?: string) => void;
type ModelKind = Config["models"][string]["kind"];

/** Of thousands of names nobody reads all, and each finding would have them. */
const mostNamed = 20;

const oneOf = (map: object) => {
  const keys = Object.keys(map);
  if (keys.length === 0) return "nothing: none is declared";
  const shown = keys.slice(0, mostNamed).join(", ");
  return `one of ${shown}${keys.length > mostNamed ? ` and ${readable(keys.length - mostNamed)} more` : ""}`;
};

function checkModel(config: Config, path: Path, key: string, kind: ModelKind, report: Report): void {
  const model = Object.hasOwn(config.models, key) ? config.models[key] : undefined;
  if (model?.kind === kind) return;
  const fitting = Object.fromEntries(
    Object.entries(config.models).filter(([, other]) => other.kind === kind),
  );
  if (!model) report(path, `${quote(key)}, which is no declared model`, oneOf(fitting));
  else report(path, `${quote(key)}, ${kindOf(model.kind)}`, `${kindOf(kind)}: ${oneOf(fitting)}`);
}

const kindOf = (kind: ModelKind) => `${kind === "embedding" ? "an" : "a"} ${kind} model`;

function checkModels(config: Config, report: Report): void {
  for (const [key, model] of Object.entries(config.models)) {
    const path = (field: string) => ["models", key, field];
    if (model.credential === undefined) {
      if (model.provider !== "bedrock") report(path("credential"), "nothing", oneOf(config.credentials));
    } else if (!Object.hasOwn(config.credentials, model.credential)) {
      report(
        path("credential"),
        `${quote(model.credential)}, which is not declared`,
        oneOf(config.credentials),
      );
    } else if (config.credentials[model.credential]?.provider !== model.provider) {
      const provider = config.credentials[model.credential]?.provider ?? "";
      report(path("credential"), `a credential of ${provider}`, `a credential of ${model.provider}`);
    }
    if (model.provider === "azure" && model.apiBase === undefined) {
      report(path("apiBase"), "nothing", "the URL of the Azure resource");
    }
    if ((model.provider === "bedrock" || model.provider === "vertex") && model.region === undefined) {
      report(path("region"), "nothing", "the region that serves the model");
    }
    if (model.kind === "chat") {
      if (model.temperature === undefined)
        report(path("temperature"), "nothing", "a chat model's temperature");
      if (model.maxOutputTokens === undefined)
        report(path("maxOutputTokens"), "nothing", "a chat model's limit");
    }
    if (model.maxOutputTokens !== undefined && model.maxOutputTokens > model.contextWindowTokens) {
      report(
        path("maxOutputTokens"),
        `${model.maxOutputTokens} tokens`,
        `at most the context window, ${model.contextWindowTokens} tokens`,
      );
    }
  }
}

function checkRoutes(config: Config, report: Report): void {
  for (const [alias, route] of Object.entries(config.routes)) {
    const path = (...rest: Path): Path => ["routes", alias, ...rest];
    for (const [index, { model }] of route.targets.entries()) {
      checkModel(config, path("targets", index, "model"), model, "chat", report);
    }
    const named = [
      ["prompt", route.prompt === undefined ? [] : [route.prompt], config.behaviour.prompts],
      ["tools", route.tools ?? [], config.behaviour.tools],
    ] as const;
    for (const [field, keys, declared] of named) {
      for (const key of keys) {
        if (!Object.hasOwn(declared, key))
          report(path(field), `${quote(key)}, which is not declared`, oneOf(declared));
      }
    }
    for (const field of ["fallbacks", "contextWindowFallbacks", "contentPolicyFallbacks"] as const) {
      for (const [index, other] of route[field].entries()) {
        if (!Object.hasOwn(config.routes, other)) {
          report(path(field, index), `${quote(other)}, which is no declared route`, oneOf(config.routes));
        } else if (other === alias) report(path(field, index), "the route itself", "another route");
        else if (reaches(config, field, other, alias)) {
          report(
            path(field, index),
            `${quote(other)}, which falls back to ${quote(alias)} again`,
            "routes without a circle",
          );
        }
      }
    }
    for (const [index, other] of route.contextWindowFallbacks.entries()) {
      const own = smallestWindow(config, alias);
      const theirs = smallestWindow(config, other);
      if (own !== undefined && theirs !== undefined && theirs <= own) {
        report(
          path("contextWindowFallbacks", index),
          `${quote(other)}, whose smallest window is ${theirs} tokens`,
          `a route whose windows are larger than ${own} tokens`,
        );
      }
    }
  }
}

type Fallbacks = "fallbacks" | "contextWindowFallbacks" | "contentPolicyFallbacks";

function reaches(config: Config, field: Fallbacks, from: string, wanted: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let alias = open.pop(); alias !== undefined; alias = open.pop()) {
    if (seen.has(alias) || !Object.hasOwn(config.routes, alias)) continue;
    seen.add(alias);
    const next = config.routes[alias]?.[field] ?? [];
    if (next.includes(wanted)) return true;
    open.push(...next);
  }
  return false;
}

function smallestWindow(config: Config, alias: string): number | undefined {
  const route = Object.hasOwn(config.routes, alias) ? config.routes[alias] : undefined;
  const windows = (route?.targets ?? []).flatMap(({ model }) => {
    const declared = Object.hasOwn(config.models, model) ? config.models[model] : undefined;
    return declared ? [declared.contextWindowTokens] : [];
  });
  return windows.length === 0 ? undefined : Math.min(...windows);
}

function checkBehaviour(config: Config, report: Report): void {
  const { semanticCache, retrieval } = config.behaviour;
  checkModel(
    config,
    ["behaviour", "semanticCache", "embeddingModel"],
    semanticCache.embeddingModel,
    "embedding",
    report,
  );
  if (!retrieval) return;
  const path = (field: string): Path => ["behaviour", "retrieval", field];
  checkModel(config, path("embeddingModel"), retrieval.embeddingModel, "embedding", report);
  if (retrieval.rerankModel !== undefined)
    checkModel(config, path("rerankModel"), retrieval.rerankModel, "rerank", report);
  if ((retrieval.rerankModel === undefined) !== (retrieval.rerankThreshold === undefined)) {
    report(path("rerankThreshold"), "one of rerankModel and rerankThreshold", "both or neither");
  }
  if (retrieval.chunkOverlapTokens >= retrieval.chunkTokens) {
    report(
      path("chunkOverlapTokens"),
      `${retrieval.chunkOverlapTokens} tokens`,
      `less than chunkTokens, ${retrieval.chunkTokens}`,
    );
  }
}

/** An index that nobody looks at grows old in silence; one that is looked at wrongly, too. */
function checkRetrievalIndex({ behaviour, monitoring }: Config, report: Report): void {
  const index = monitoring.retrievalIndex;
  const at: Path = ["monitoring", "retrievalIndex"];
  if (index === undefined) {
    if (behaviour.retrieval !== undefined)
      report(at, "nothing", "where the index of behaviour.retrieval is", "Declare it: docs/retrieval.md.");
    return;
  }
  const { adapter, embed } = index;
  const needs = (field: "url" | "index" | "secretName", needed: boolean, why: string) => {
    if ((index[field] !== undefined) === needed) return;
    report([...at, field], needed ? "nothing" : "a value", why);
  };
  needs("url", adapter !== "pgvector", adapter === "pgvector" ? "none: it is in the secret" : "an address");
  needs("index", adapter !== "http", adapter === "http" ? "none: an endpoint has its own address" : "a name");
  if (adapter === "pgvector") needs("secretName", true, "the secret with the postgres:// address");
  if (embed === "search" && adapter !== "http")
    report([...at, "embed"], "search", "gateway, since the index is searched by vectors");
}

const teamFields = [
  "monthlyUsd",
  "dailyUsd",
  "requestsPerMinute",
  "tokensPerMinute",
  "concurrentRequests",
] as const;

function checkLimits(config: Config, report: Report): void {
  const scopes: [Path, { monthlyUsd: number; dailyUsd: number; alertAtPercent: object }][] = [
    [["limits"], config.limits],
    ...Object.entries(config.limits.teams).map(([team, limits]): [Path, typeof limits] => [
      ["limits", "teams", team],
      limits,
    ]),
  ];
  for (const [path, { monthlyUsd, dailyUsd, alertAtPercent }] of scopes) {
    if (dailyUsd > monthlyUsd) {
      report(
        [...path, "dailyUsd"],
        `${dailyUsd} USD per day`,
        `at most the monthly budget, ${monthlyUsd} USD`,
      );
    }
    if (Object.keys(alertAtPercent).length > 5) {
      report(
        [...path, "alertAtPercent"],
        `${Object.keys(alertAtPercent).length} thresholds`,
        "at most five: an AWS budget has ten notifications, two for each",
      );
    }
    if (Object.keys(alertAtPercent).length === 0) {
      report([...path, "alertAtPercent"], "no threshold", "at least one share of the budget");
    }
  }
  for (const [team, limits] of Object.entries(config.limits.teams)) {
    for (const field of teamFields) {
      if (limits[field] > config.limits[field]) {
        report(
          ["limits", "teams", team, field],
          String(limits[field]),
          `at most the whole environment's, ${config.limits[field]}`,
        );
      }
    }
  }
}

function checkGateway(config: Config, report: Report): void {
  const { gateway, deployment, limits } = config;
  for (const store of ["redis", "postgres"] as const) {
    if (gateway[store] && !deployment[store]) {
      report(["deployment", store], "nothing", `the size of the store, since gateway.${store} is true`);
    }
    if (!gateway[store] && deployment[store]) {
      report(["deployment", store], "a store's size", `nothing, since gateway.${store} is false`);
    }
  }
  if (gateway.backoff.initialSeconds > gateway.backoff.maxSeconds) {
    report(
      ["gateway", "backoff", "initialSeconds"],
      `${gateway.backoff.initialSeconds} seconds`,
      `at most maxSeconds, ${gateway.backoff.maxSeconds}`,
    );
  }
  if (deployment.replicas.min > deployment.replicas.max) {
    report(
      ["deployment", "replicas", "min"],
      `${deployment.replicas.min} pods`,
      `at most max, ${deployment.replicas.max}`,
    );
  }
  if (deployment.replicas.max > 1 && !gateway.redis) {
    report(
      ["deployment", "replicas", "max"],
      `${deployment.replicas.max} pods without Redis`,
      "one pod, or gateway.redis: true",
      "Set gateway.redis to true: without it each replica counts limits and cool-downs for itself.",
    );
  }
  if (Object.keys(limits.teams).length > 0 && !gateway.postgres) {
    report(
      ["limits", "teams"],
      "limits of teams without Postgres",
      "no teams, or gateway.postgres: true",
      "Set gateway.postgres to true: the gateway keeps teams, their keys and their spend there.",
    );
  }
}
