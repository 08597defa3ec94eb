import type { Path } from "../../config/relation";
import type { Config } from "../../config/schema";
import type { Stack } from "../../config/stack";
import { describeValue } from "../../config/value";
import { bedrockRegions } from "../bedrockRegions";
import { inEach } from "../environments";
import type { Report, StackRule } from "../rule";

/**
 * What is not proven: that a provider keeps to the region that its endpoint is in. An Azure deployment of a
 * global or data-zone type, for one, is served elsewhere, and its name does not show it.
 */
export const residencyKept: StackRule = {
  kind: "stack",
  name: "residency-kept",
  description: "Every model in use, and the request log, is in a region where prompts may be processed.",
  protects: "From customers' data that leaves the regions that were promised to them.",
  severity: "critical",
  exceptions: true,
  check: ({ pair }) =>
    inEach(pair, (stack, name) => [
      ...environmentReports(stack, name),
      ...modelsInUse(stack.config).flatMap((key) => modelReports(stack, name, key)),
    ]),
};

type Name = (path: Path) => string;
type Model = Config["models"][string];

/** A fallback is a route too, so the routes' targets are all that a request can reach. */
function modelsInUse({ routes, behaviour }: Config): string[] {
  const { semanticCache, retrieval } = behaviour;
  const keys = [
    ...Object.values(routes).flatMap(({ targets }) => targets.map(({ model }) => model)),
    ...(semanticCache.enabled ? [semanticCache.embeddingModel] : []),
    ...(retrieval ? [retrieval.embeddingModel] : []),
    ...(retrieval?.rerankModel === undefined ? [] : [retrieval.rerankModel]),
  ];
  return [...new Set(keys)];
}

function environmentReports(stack: Stack, name: Name): Report[] {
  const { environment, residency } = stack.config;
  if (residency.regions.includes(environment.region)) return [];
  const path = ["environment", "region"];
  return [
    {
      object: name(path),
      path: path.join("."),
      found: `"${environment.region}", where the request log keeps prompts and answers`,
      allowed: oneOf(residency.regions),
      remedy: `Move the environment, or add "${environment.region}" to residency.regions.`,
      at: stack.position(path),
    },
  ];
}

function modelReports(stack: Stack, name: Name, key: string): Report[] {
  const { models, residency } = stack.config;
  const model = Object.hasOwn(models, key) ? models[key] : undefined;
  if (model === undefined) return [];
  const { field, found, regions } = served(model);
  const path = ["models", key, field];
  const report = { object: name(path), path: path.join("."), at: stack.position(path) };
  if (regions === undefined) {
    return [
      {
        ...report,
        status: "cannot-decide",
        found: `${found}, which does not say in which regions it is served`,
        allowed: "the id of a model or of a profile whose regions AWS documents",
        remedy: `Write the model's own id, or the id of a profile that begins with "us.", "eu.", "apac.", "jp.", "au." or "global.".`,
      },
    ];
  }
  const outside = regions.filter((region) => !residency.regions.includes(region));
  if (outside.length === 0) return [];
  return [
    {
      ...report,
      found: `${found}, served in ${outside.includes("global") ? "any region" : listed(outside)}`,
      allowed: oneOf(residency.regions),
      remedy: outside.includes("global")
        ? `Use a model that is served in one of these, or add "global" to residency.regions.`
        : `Use a model that is served in these alone, or add ${listed(outside)} to residency.regions.`,
    },
  ];
}

interface Served {
  /** The field that decides it. */
  field: "modelId" | "region";
  found: string;
  /** Undefined where it cannot be told; "global" for anywhere. */
  regions: readonly string[] | undefined;
}

function served({ provider, modelId, region, apiBase }: Model): Served {
  const declared = region === undefined ? [] : [region];
  switch (provider) {
    case "bedrock": {
      const regions = bedrockRegions(modelId, region ?? "global");
      const byRegion = regions?.length === 1 && regions[0] === region;
      return byRegion
        ? { field: "region", found: describeValue(region), regions }
        : { field: "modelId", found: describeValue(modelId), regions };
    }
    case "vertex":
    case "azure":
      return region === undefined
        ? { field: "region", found: "nothing", regions: ["global"] }
        : { field: "region", found: describeValue(region), regions: declared };
    default:
      // The gateway tells these no region: only an endpoint of the model's own can be in one.
      if (region === undefined) return { field: "region", found: "nothing", regions: ["global"] };
      return apiBase === undefined
        ? {
            field: "region",
            found: `${describeValue(region)}, but ${provider}'s shared endpoint`,
            regions: ["global"],
          }
        : { field: "region", found: describeValue(region), regions: declared };
  }
}

const listed = (regions: readonly string[]) =>
  regions.length < 2
    ? regions.join("")
    : `${regions.slice(0, -1).join(", ")} and ${regions[regions.length - 1]}`;

const oneOf = (regions: readonly string[]) => `one of residency.regions: ${regions.join(", ")}`;
