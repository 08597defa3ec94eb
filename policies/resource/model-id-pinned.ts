import { isRecord } from "../../config/record";
import { modelIdIn } from "../modelIds";
import { judgeModelName, type ModelProvider } from "../modelNames";
import { podSpecOf, workloadTypes } from "../podSpec";
import { at, list, objectOf, shown, unknownFound } from "../props";
import { type Report, type ResourceRule, type ResourceView, UNKNOWN } from "../rule";

/** By type, the fields that hold a Bedrock model. */
const bedrockFields: Readonly<Record<string, readonly string[]>> = {
  "aws:bedrock/agentAgent:AgentAgent": ["foundationModel"],
  "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase": [
    "knowledgeBaseConfiguration",
    "vectorKnowledgeBaseConfiguration",
    "embeddingModelArn",
  ],
};

const functionType = "aws:lambda/function:Function";
const taskType = "aws:ecs/taskDefinition:TaskDefinition";

/**
 * Models that a program chooses past the gateway. In environment variables only values that can be recognised
 * as a model's id are judged, which an unknown one cannot; the gateway's own models are `models-pinned`.
 */
export const modelIdPinned: ResourceRule = {
  kind: "resource",
  name: "model-id-pinned",
  description: "A model's id in an agent or in an environment variable names one fixed version.",
  protects: "From an application whose model changes under it without an update.",
  severity: "high",
  exceptions: true,
  types: [...Object.keys(bedrockFields), functionType, taskType, ...workloadTypes],
  check(resource) {
    const path = bedrockFields[resource.type];
    if (path !== undefined) {
      const value = at(resource.props, ...path);
      const object = `${objectOf(resource)}'s ${path.join(".")}`;
      if (value === UNKNOWN) return [undecided(resource, object)];
      return typeof value === "string" ? judged(resource, object, "bedrock", value, value) : [];
    }
    return variablesOf(resource).flatMap(({ object, name, value }) => {
      const model = typeof value === "string" ? modelIdIn(name, value) : undefined;
      if (model === undefined) return [];
      const variable = `${object}'s environment variable ${shown(name)}`;
      return judged(resource, variable, model.provider, model.id, value);
    });
  },
};

const allowed = "the id of one fixed version";

function judged(
  { urn }: ResourceView,
  object: string,
  provider: ModelProvider,
  id: string,
  written: unknown,
): Report[] {
  const verdict = judgeModelName(provider, id);
  if (verdict.status === "fixed") return [];
  const instead = verdict.status === "floating" ? verdict.instead : undefined;
  return [
    {
      object,
      path: urn,
      found: `${shown(written)}: ${verdict.why}`,
      allowed: instead === undefined ? allowed : `${allowed}, such as "${instead}"`,
      remedy: "Write the id of the version that was evaluated, or call the gateway's route instead.",
      ...(verdict.status === "unknown" ? { status: "cannot-decide" as const } : {}),
    },
  ];
}

const undecided = ({ urn }: ResourceView, object: string): Report => ({
  object,
  path: urn,
  found: unknownFound,
  allowed,
  remedy: "Write the model's id as a plain value.",
  status: "cannot-decide",
});

interface Variable {
  object: string;
  name: string;
  value: unknown;
}

function variablesOf(resource: ResourceView): Variable[] {
  const object = objectOf(resource);
  if (resource.type === functionType) {
    const variables = at(resource.props, "environment", "variables");
    return Object.entries(isRecord(variables) ? variables : {}).map(([name, value]) => ({
      object,
      name,
      value,
    }));
  }
  if (resource.type === taskType) {
    return list(parsed(resource.props.containerDefinitions)).flatMap((container) =>
      entriesOf(`${object}'s container ${shown(at(container, "name"))}`, at(container, "environment")),
    );
  }
  return (podSpecOf(resource)?.containers ?? []).flatMap(({ object, data }) => entriesOf(object, data.env));
}

const entriesOf = (object: string, entries: unknown): Variable[] =>
  list(entries)
    .filter(isRecord)
    .map(({ name, value }) => ({ object, name: String(name), value }));

/** ECS takes its containers as JSON text. */
function parsed(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
