import { formatPath, type Path } from "../config/relation";
import type { Config } from "../config/schema";
import { environmentPrefix } from "./litellm";
import { own } from "./timeouts";

/** A configuration that no gateway can be rendered from; all of its problems at once. */
export class GatewayProblems extends Error {
  constructor(readonly problems: readonly { path: string; reason: string }[]) {
    super(problems.map(({ path, reason }) => `${path}: ${reason}`).join("\n"));
    this.name = "GatewayProblems";
  }
}

type Report = (path: Path, reason: string) => void;

/**
 * LiteLLM starts with a fallback that leads nowhere, and drops what it does not know. So whatever would be
 * dropped is refused here. `config/` checks most of it too; this also holds for a configuration from elsewhere.
 */
export function checkGateway(config: Config, files: ReadonlyMap<string, string>): void {
  const problems: { path: string; reason: string }[] = [];
  const report: Report = (path, reason) => problems.push({ path: formatPath(path), reason });
  for (const alias of Object.keys(config.routes)) checkRoute(config, alias, files, report);
  checkModels(config, report);
  checkStores(config, report);
  for (const [path, text] of strings(config, [])) {
    if (text.startsWith(environmentPrefix)) {
      report(
        path,
        `starts with "${environmentPrefix}", which LiteLLM replaces by a variable of its environment`,
      );
    }
  }
  throwProblems(problems);
}

export function throwProblems(problems: readonly { path: string; reason: string }[]): void {
  if (problems.length > 0) throw new GatewayProblems(problems);
}

function checkRoute(config: Config, alias: string, files: ReadonlyMap<string, string>, report: Report): void {
  const route = own(config.routes, alias);
  if (route === undefined) return;
  const at = (...rest: Path): Path => ["routes", alias, ...rest];
  const seen = new Set<string>();
  for (const [index, { model, order }] of route.targets.entries()) {
    if (own(config.models, model) === undefined)
      report(at("targets", index, "model"), `"${model}" is no declared model`);
    const key = `${model} ${order}`;
    if (seen.has(key))
      report(at("targets", index), `"${model}" stands twice at order ${order}; add up the weights`);
    seen.add(key);
  }
  for (const field of ["fallbacks", "contextWindowFallbacks", "contentPolicyFallbacks"] as const) {
    for (const [index, other] of route[field].entries()) {
      if (other === alias) report(at(field, index), "is the route itself");
      else if (own(config.routes, other) === undefined)
        report(at(field, index), `"${other}" is no declared route`);
    }
  }
  const read = (path: Path, file: string | undefined, what: string) => {
    if (file === undefined) report(path, what);
    else if (!files.has(file)) report(path, `the content of "${file}" is not given`);
  };
  if (route.prompt !== undefined) {
    read(
      at("prompt"),
      own(config.behaviour.prompts, route.prompt)?.file,
      `"${route.prompt}" is no declared prompt`,
    );
  }
  for (const [index, tool] of (route.tools ?? []).entries()) {
    read(at("tools", index), own(config.behaviour.tools, tool)?.file, `"${tool}" is no declared tool`);
  }
  if (route.responseSchema !== undefined) read(at("responseSchema"), route.responseSchema, "");
}

function checkModels(config: Config, report: Report): void {
  for (const [key, model] of Object.entries(config.models)) {
    const path: Path = ["models", key, "credential"];
    if (model.provider === "bedrock") continue;
    if (model.credential === undefined) report(path, `a model of ${model.provider} needs a credential`);
    else if (own(config.credentials, model.credential) === undefined) {
      report(path, `"${model.credential}" is no declared credential`);
    }
  }
}

function checkStores(config: Config, report: Report): void {
  const { semanticCache, retrieval } = config.behaviour;
  const named: [Path, string | undefined][] = [
    [["behaviour", "semanticCache", "embeddingModel"], semanticCache.embeddingModel],
    [["behaviour", "retrieval", "embeddingModel"], retrieval?.embeddingModel],
    [["behaviour", "retrieval", "rerankModel"], retrieval?.rerankModel],
  ];
  for (const [path, model] of named) {
    if (model !== undefined && own(config.models, model) === undefined)
      report(path, `"${model}" is no declared model`);
  }
  if (semanticCache.enabled && !config.gateway.redis) {
    report(["behaviour", "semanticCache", "enabled"], "needs gateway.redis: answers are kept there");
  }
  if (Object.keys(config.limits.teams).length > 0 && !config.gateway.postgres) {
    report(["limits", "teams"], "needs gateway.postgres: keys, budgets and limits of teams are kept there");
  }
  const { max } = config.deployment.replicas;
  if (max > 1 && !config.gateway.redis) {
    report(
      ["deployment", "replicas", "max"],
      `${max} replicas need gateway.redis: each would count limits for itself`,
    );
  }
  if (config.limits.concurrentRequests < max) {
    report(
      ["limits", "concurrentRequests"],
      `is less than ${max}, the most replicas, each of which admits one or more`,
    );
  }
}

/** Every string in plain data, with its path. */
function* strings(value: unknown, path: Path): Generator<[Path, string]> {
  if (typeof value === "string") yield [path, value];
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* strings(item, [...path, index]);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* strings(item, [...path, key]);
  }
}
