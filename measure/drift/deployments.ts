import { isRecord } from "../../config/record";
import { environmentPrefix, type ProxyDeployment } from "../../gateway/litellm";
import type { DriftDifference } from "../../lifecycle/kinds/drift";
import { modelIdOf } from "../adapt";
import { type Area, type AreaFound, areaFound, differ, plainText, shortDigest, shown } from "./difference";

/** One entry of a running gateway's `/model/info`, or of a provisioned file. */
export interface FoundDeployment {
  model_name: string;
  litellm_params: Record<string, unknown>;
  model_info: Record<string, unknown>;
}

export interface ListOptions {
  /** Where it was found, as the end of a sentence: "in the running gateway". */
  where: string;
  /** `stub`: every model is called by a stand-in, so providers, addresses and limits may be others. */
  providers: "real" | "stub";
}

export interface DeploymentsFound {
  areas: AreaFound[];
  /** The names of the models and prompts that were compared. */
  models: Set<string>;
  prompts: Set<string>;
}

/** The area of a deployment's parameter; those that are not named decide routing. */
const areaOf: Readonly<Record<string, Area>> = {
  model: "models",
  temperature: "models",
  max_tokens: "models",
  seed: "models",
  model_version: "models",
  revision: "models",
  mode: "models",
  max_input_tokens: "models",
  max_output_tokens: "models",
  input_cost_per_token: "models",
  output_cost_per_token: "models",
  cache_read_input_token_cost: "models",
  rpm: "limits",
  tpm: "limits",
  max_parallel_requests: "limits",
};

/** What is another where a stand-in answers for the provider. */
const ofProvider: ReadonlySet<string> = new Set([
  "api_base",
  "api_version",
  "aws_region_name",
  "vertex_project",
  "vertex_location",
  "vertex_credentials",
  "rpm",
  "tpm",
  "max_parallel_requests",
]);

/**
 * Compares deployments with the declared ones: which model each calls and how, its group, its limits, and the digests
 * of the prompts, tools and response schemas that it was given.
 */
export function deploymentDrift(
  declared: readonly ProxyDeployment[],
  found: readonly FoundDeployment[],
  { where, providers }: ListOptions,
): DeploymentsFound {
  const differences: DriftDifference[] = [];
  const compared: Partial<Record<Area, number>> = {};
  const [models, prompts] = [new Set<string>(), new Set<string>()];
  const count = (area: Area) => {
    compared[area] = (compared[area] ?? 0) + 1;
  };
  const add = (area: Area, name: string, difference: string, values: Values = {}) =>
    differences.push(differ(area, { name, difference: `${difference} ${where}`, ...values }));

  for (const own of declared) {
    const id = String(own.model_info.id);
    const info = infoOf(own);
    const others = found.filter(({ model_info }) => model_info.id === id);
    const [other] = others;
    if (other === undefined) {
      count("models");
      add("models", id, "the deployment is missing");
      continue;
    }
    if (others.length > 1) add("models", id, `the deployment is there ${others.length} times`);
    models.add(typeof info.model === "string" ? info.model : id);
    const theirs = parametersOf(other);
    for (const [key, value] of Object.entries(parametersOf(own))) {
      if (isReference(value) || (providers === "stub" && ofProvider.has(key))) continue;
      const area = areaOf[key] ?? "routing";
      count(area);
      const [mine, yours] = [value, theirs[key]].map((one) => comparable(key, one, providers));
      if (!same(mine, yours))
        add(area, id, `${wordsOf(key)} differs`, {
          declared: textOf(key, mine),
          deployed: textOf(key, yours),
        });
    }
    const digests = digestsOf(infoOf(other));
    for (const [what, digest] of digestsOf(info)) {
      count("prompts");
      if (what.startsWith("prompt ")) prompts.add(what.slice("prompt ".length));
      if (digests.get(what) !== digest)
        add(
          "prompts",
          what === "response schema" ? `${what} of ${id}` : what,
          `the content of ${id} differs`,
          {
            declared: shortDigest(digest),
            deployed: shortDigest(digests.get(what)) ?? "none",
          },
        );
    }
  }
  const ids = new Set(declared.map(({ model_info }) => model_info.id));
  for (const { model_info } of found)
    if (!ids.has(model_info.id))
      add(
        "models",
        plainText(String(model_info.id)) ?? "a deployment",
        "the deployment is not declared, and is there",
      );
  return {
    areas: (["prompts", "models", "routing", "limits"] as const).map((area) =>
      areaFound(area, {
        compared: compared[area] ?? 0,
        differences: differences.filter((one) => one.area === area),
      }),
    ),
    models,
    prompts,
  };
}

interface Values {
  declared?: string | undefined;
  deployed?: string | undefined;
}

const infoOf = ({
  model_info: { lockstep },
}: Pick<FoundDeployment, "model_info">): Record<string, unknown> => (isRecord(lockstep) ? lockstep : {});

/** What decides how a deployment is called, flat. */
function parametersOf(one: FoundDeployment): Record<string, unknown> {
  const { id: _id, lockstep: _lockstep, ...info } = one.model_info;
  const { model_version, revision, deadline_seconds, breaker } = infoOf(one);
  return {
    group: one.model_name,
    ...info,
    ...one.litellm_params,
    model_version,
    revision,
    deadline_seconds,
    breaker,
  };
}

/** A stand-in is called in OpenAI's format, whatever the provider. */
const comparable = (key: string, value: unknown, providers: "real" | "stub"): unknown =>
  key === "model" && providers === "stub" && typeof value === "string" ? modelIdOf(value) : value;

const isReference = (value: unknown): boolean =>
  value === undefined || (typeof value === "string" && value.startsWith(environmentPrefix));

function same(a: unknown, b: unknown): boolean {
  if (!isRecord(a) || !isRecord(b)) return Object.is(a, b);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => same(a[key], b[key]));
}

/** Ids of models and groups are no secrets; maps and other texts are told to differ. */
const textOf = (key: string, value: unknown): string | undefined =>
  typeof value === "string" && ["model", "group", "mode", "model_version", "revision"].includes(key)
    ? plainText(value)
    : shown(key.replace(/_(per_)?tokens?(_cost)?$/, ""), value);

const wordsOf = (key: string): string => key.replaceAll("_", " ");

/** The digests of the files that a deployment was given: "prompt support-chat", "tool search", "response schema". */
function digestsOf({ prompt, tools, response_schema }: Record<string, unknown>): Map<string, unknown> {
  const named = (what: string, entry: unknown): [string, unknown][] =>
    isRecord(entry) && typeof entry.name === "string" ? [[`${what} ${entry.name}`, entry.sha256]] : [];
  return new Map([
    ...named("prompt", prompt),
    ...(Array.isArray(tools) ? tools : []).flatMap((tool) => named("tool", tool)),
    ...(isRecord(response_schema) ? [["response schema", response_schema.sha256] as [string, unknown]] : []),
  ]);
}
