import { describe, expect, it } from "vitest";
import { modelIdPinned } from "../../../policies/resource/model-id-pinned";
import { UNKNOWN } from "../../../policies/rule";
import { deployment, foreign, goodContainer, resource, urnOf } from "./resources";

const agentType = "aws:bedrock/agentAgent:AgentAgent";
const functionType = "aws:lambda/function:Function";
const agent = (foundationModel: unknown) =>
  modelIdPinned.check(resource(agentType, "it", { foundationModel }), foreign);
const lambda = (variables: Record<string, unknown>) =>
  modelIdPinned.check(resource(functionType, "it", { environment: { variables } }), foreign);

describe("model-id-pinned, on Bedrock's resources", () => {
  it("accepts a version, refuses a router, and cannot decide on what is not known", () => {
    expect(agent("anthropic.claude-3-5-sonnet-20240620-v1:0")).toEqual([]);
    expect(agent("arn:aws:bedrock:us-east-1:111122223333:prompt-router/abc")).toEqual([
      {
        object: "AgentAgent it's foundationModel",
        path: urnOf(agentType, "it"),
        found:
          '"arn:aws:bedrock:us-east-1:111122223333:prompt-router/abc": A prompt router chooses among several models.',
        allowed: "the id of one fixed version",
        remedy: "Write the id of the version that was evaluated, or call the gateway's route instead.",
      },
    ]);
    expect(agent("anthropic.claude-v2").map(({ status }) => status)).toEqual([]);
    expect(agent("meta.llama3-70b-instruct").map(({ status }) => status)).toEqual(["cannot-decide"]);
    expect(agent(UNKNOWN)).toEqual([
      {
        object: "AgentAgent it's foundationModel",
        path: urnOf(agentType, "it"),
        found: "a value that is only known after the update",
        allowed: "the id of one fixed version",
        remedy: "Write the model's id as a plain value.",
        status: "cannot-decide",
      },
    ]);
    expect(agent(undefined)).toEqual([]);
  });

  it("reads the embedding model of a knowledge base", () => {
    const type = "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase";
    const base = (embeddingModelArn: unknown) =>
      modelIdPinned.check(
        resource(type, "it", {
          knowledgeBaseConfiguration: { vectorKnowledgeBaseConfiguration: { embeddingModelArn } },
        }),
        foreign,
      );
    expect(base("arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0")).toEqual([]);
    expect(base(UNKNOWN)).toHaveLength(1);
  });
});

describe("model-id-pinned, on environment variables", () => {
  it("names the variable, the id and the fixed version that is known for it", () => {
    expect(lambda({ CHAT_MODEL: "gpt-4o" })).toEqual([
      {
        object: 'Function it\'s environment variable "CHAT_MODEL"',
        path: urnOf(functionType, "it"),
        found: '"gpt-4o": An OpenAI name without a date points at whichever snapshot is the default.',
        allowed: 'the id of one fixed version, such as "gpt-4o-2024-08-06"',
        remedy: "Write the id of the version that was evaluated, or call the gateway's route instead.",
      },
    ]);
  });

  it.each([
    "gpt-4o",
    "openai/gpt-4.1-mini",
    "gpt-4-turbo",
    "chatgpt-4o-latest",
    "claude-3-5-sonnet-latest",
    "claude-sonnet-4-5",
    "gemini-2.0-flash",
    "vertex_ai/gemini-1.5-pro",
  ])("refuses %s, whatever the variable is called", (id) => {
    expect(lambda({ ENGINE: id }).map(({ status }) => status)).toEqual([undefined]);
  });

  it.each([
    ["CHAT_MODEL", "gpt-4o-2024-08-06"],
    ["CHAT_MODEL", "claude-sonnet-4-5-20250929"],
    ["EMBEDDING_MODEL", "text-embedding-3-large"],
    ["MODEL_ID", "us.anthropic.claude-haiku-4-5-20251001-v1:0"],
    ["MODEL", "support-chat"],
    ["CHAT_MODEL", "latest"],
    ["TAG", "latest"],
    ["IMAGE", "redis:latest"],
    ["HOST", "gpt-4-proxy.example.com"],
    ["ZONE", "o3"],
    ["MODELS", "gpt-4o, gpt-4.1"],
    ["NOTE", "we used claude-3-opus before"],
    ["SITE", "amazon.com"],
    ["VENDOR", "openai.com"],
  ])("has nothing to say about %s=%s", (name, value) => {
    expect(lambda({ [name]: value })).toEqual([]);
  });

  it("takes o3 for a model under a name that says so, and what a name cannot decide for undecided", () => {
    expect(lambda({ REASONING_MODEL: "o3" })).toHaveLength(1);
    expect(lambda({ REASONING_MODEL: "o3-2025-04-16" })).toEqual([]);
    expect(lambda({ MODEL: "gemini-2.5-pro" }).map(({ status }) => status)).toEqual(["cannot-decide"]);
    expect(lambda({ MODEL: UNKNOWN })).toEqual([]);
  });

  it("reads containers of ECS and of Kubernetes", () => {
    const containerDefinitions = JSON.stringify([
      {
        name: "web",
        environment: [
          { name: "CHAT_MODEL", value: "gpt-4o" },
          { name: "PORT", value: "80" },
        ],
      },
    ]);
    const task = modelIdPinned.check(
      resource("aws:ecs/taskDefinition:TaskDefinition", "it", { containerDefinitions }),
      foreign,
    );
    expect(task.map(({ object }) => object)).toEqual([
      'TaskDefinition it\'s container "web"\'s environment variable "CHAT_MODEL"',
    ]);
    const env = [{ name: "CHAT_MODEL", value: "gpt-4o" }];
    expect(
      modelIdPinned.check(deployment({ ...goodContainer, env }), foreign).map(({ object }) => object),
    ).toEqual(["Deployment web's container app's environment variable \"CHAT_MODEL\""]);
    expect(modelIdPinned.check(deployment(goodContainer), foreign)).toEqual([]);
    const unreadable = { containerDefinitions: "{" };
    expect(
      modelIdPinned.check(resource("aws:ecs/taskDefinition:TaskDefinition", "it", unreadable), foreign),
    ).toEqual([]);
  });
});
