import { expect, it } from "vitest";
import { modelIdIn } from "../../policies/modelIds";

it.each([
  ["openai", "gpt-4o"],
  ["openai", "gpt-4"],
  ["openai", "gpt-5.4-mini-2026-03-17"],
  ["openai", "gpt-3.5-turbo-16k-0613"],
  ["openai", "gpt-4o:custom"],
  ["openai", "ft:gpt-4o-mini-2024-07-18:org::AbC123"],
  ["openai", "chatgpt-4o-latest"],
  ["openai", "text-embedding-3-small"],
  ["openai", "text-embedding-ada-002"],
  ["anthropic", "claude-3-5-sonnet-20241022"],
  ["anthropic", "claude-opus-4-6"],
  ["anthropic", "claude-instant-1.2"],
  ["bedrock", "anthropic.claude-3-haiku"],
  ["bedrock", "us-gov.amazon.nova-pro-v1:0"],
  ["bedrock", "eu.meta.llama3-8b"],
  ["bedrock", "apac.mistral.pixtral"],
  ["bedrock", "global.cohere.embed-v4:0"],
  ["bedrock", "ai21.jamba-1-5"],
  ["bedrock", "deepseek.r1-v1:0"],
  ["bedrock", "openai.gpt-oss-20b-1:0"],
  ["bedrock", "qwen.qwen3-32b-v1:0"],
  ["bedrock", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"],
  ["bedrock", "arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:inference-profile/us.amazon.nova-pro-v1:0"],
  ["vertex", "gemini-2.0-flash-001"],
  ["vertex", "gemini-3-pro"],
  ["vertex", "publishers/google/models/gemini-2.0-flash"],
  ["vertex", "projects/p/locations/l/publishers/meta/models/llama-4"],
  ["vertex", "claude-haiku-4-5@20251001"],
])("a variable may hold a model of %s: %s", (provider, id) => {
  expect(modelIdIn("X", id)).toEqual({ provider, id });
});

it.each([
  "",
  "gpt",
  "gpt-",
  "gpt-x",
  "gpt-4o-proxy",
  "xgpt-4o",
  "gpt-4o!",
  "gpt-4o-20240806",
  "chatgpt",
  "chatgpt-4o-latest-1",
  "text-embedding-3",
  "text-embedding-3-smaller",
  "claude",
  "claude-proxy",
  "xclaude-opus-4-6",
  "claude-opus-4-6 ",
  "us1.amazon.nova-pro",
  "amazon.s3",
  "xamazon.nova-pro",
  "amazon.nova_pro",
  "arn:aws:bedrock:us-east-1:111122223333:guardrail/abc",
  "xarn:aws:bedrock:us-east-1::foundation-model/a",
  "arn:aws:bedrock:us-east-1::foundation-model/a b",
  "gemini",
  "gemini-2.0",
  "xgemini-2.0-flash",
  "gemini-2.0-flash_1",
  "publishers/google/models/",
  "xpublishers/google/models/a",
  "publishers/google/models/a b",
  "llama@20251001",
  "xclaude@1",
  "claude-x@1-2",
  "o3",
])("a variable's value may be no model: %j", (value) => {
  expect(modelIdIn("X", value)).toBeUndefined();
});

it.each([
  ["openai/gpt-4o", "openai", "gpt-4o"],
  ["anthropic/claude-opus-4-6", "anthropic", "claude-opus-4-6"],
  ["bedrock/amazon.nova-pro-v1:0", "bedrock", "amazon.nova-pro-v1:0"],
  ["gemini/gemini-2.0-flash", "vertex", "gemini-2.0-flash"],
  ["vertex_ai/claude-opus-4-6", "vertex", "claude-opus-4-6"],
])("a route's prefix names the provider: %s", (value, provider, id) => {
  expect(modelIdIn("X", value)).toEqual({ provider, id });
});

it.each(["mistral/gpt-4o", "constructor/gpt-4o", "xopenai!/gpt-4o", "openai/"])(
  "a prefix that is no known provider is a part of the id: %s",
  (value) => {
    expect(modelIdIn("X", value)).toBeUndefined();
  },
);

it.each([
  ["MODEL", "o3", "openai"],
  ["OPENAI_MODEL", "o4-mini", "openai"],
  ["MODEL_ID", "o3-2025-04-16", "openai"],
  ["model_name", "o3-deep-research", "openai"],
  ["MODEL", "openai/o1-preview", "openai"],
  ["MODEL", "vertex_ai/o3", "vertex"],
])("under the name %s, %s is a reasoning model", (variable, value, provider) => {
  expect(modelIdIn(variable, value)).toEqual({ provider, id: value.replace(/^.*\//, "") });
});

it.each([
  ["MODELS", "o3"],
  ["REMODEL", "o3"],
  ["MODEL_KIND", "o3"],
  ["MODEL", "xo3"],
  ["MODEL", "o3x"],
  ["MODEL", "o33"],
  ["MODEL", "o3-2025-04-16x"],
])("under the name %s, %s is none", (variable, value) => {
  expect(modelIdIn(variable, value)).toBeUndefined();
});

it("a value longer than any id is none", () => {
  expect(modelIdIn("X", `claude-3${"0".repeat(2_040)}`)?.provider).toBe("anthropic");
  expect(modelIdIn("X", `claude-3${"0".repeat(2_041)}`)).toBeUndefined();
});
