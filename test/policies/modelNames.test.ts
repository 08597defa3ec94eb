import { describe, expect, it } from "vitest";
import { claudeSnapshots, openaiSnapshots, vertexSnapshots } from "../../policies/modelAliases";
import { judgeModelName, type ModelProvider, modelProviders } from "../../policies/modelNames";
import { growth } from "../timing";

const fixed = { status: "fixed" };
const status = (provider: ModelProvider, id: string) => judgeModelName(provider, id).status;

describe("each refused name beside its nearest fixed one", () => {
  it.each<[ModelProvider, string, "floating" | "unknown", string]>([
    ["openai", "gpt-4o", "floating", "gpt-4o-2024-08-06"],
    ["openai", "gpt-4o-2024-02-30", "unknown", "gpt-4o-2024-02-29"],
    ["openai", "GPT-4o-2024-08-06", "unknown", "gpt-4o-2024-08-06"],
    ["openai", "gpt-4\u043e-2024-08-06", "unknown", "gpt-4o-2024-08-06"], // Cyrillic o
    ["openai", "gpt-4o-2024-08-06 ", "unknown", "gpt-4o-2024-08-06"],
    ["openai", "gpt-4o-2024-08-06\n", "unknown", "gpt-4o-2024-08-06"],
    ["openai", "openai/gpt-4o-2024-08-06", "unknown", "gpt-4o-2024-08-06"],
    ["openai", "gpt-4o-2024-08-*", "floating", "gpt-4o-2024-08-06"],
    ["openai", "gpt-4o-latest-2024-08-06", "floating", "gpt-4o-mini-2024-07-18"],
    ["openai", "chatgpt-4o-latest", "floating", "gpt-4o-2024-11-20"],
    ["openai", "gpt-4", "floating", "gpt-4-0613"],
    ["openai", "gpt-4-1399", "floating", "gpt-4-1106-preview"],
    ["openai", "o3", "floating", "o3-2025-04-16"],
    ["openai", "gpt-5-codex", "floating", "gpt-5-2025-08-07"],
    ["openai", "gpt-6-sol", "unknown", "gpt-5.4-2026-03-05"],
    ["openai", "text-embedding-4-large", "unknown", "text-embedding-3-large"],
    ["openai", "llama-2024-08-06", "unknown", "gpt-4.1-2025-04-14"],
    ["openai", "ft:gpt-4o-mini:org::AbC123", "floating", "ft:gpt-4o-mini-2024-07-18:org::AbC123"],
    [
      "openai",
      "ft:gpt-4o-mini-2024-07-18",
      "unknown",
      "ft:gpt-4o-mini-2024-07-18:my-org:kbd:9x:ckpt-step-64",
    ],
    ["anthropic", "claude-haiku-4-5", "floating", "claude-haiku-4-5-20251001"],
    ["anthropic", "claude-3-5-sonnet-latest", "floating", "claude-3-5-sonnet-20241022"],
    ["anthropic", "claude-opus-4-5", "floating", "claude-opus-4-6"], // dateless ids pin from 4.6 on
    ["anthropic", "claude-sonnet-4", "floating", "claude-sonnet-5"],
    ["anthropic", "claude-haiku-4-5-20251301", "unknown", "claude-haiku-4-5-20251001"],
    ["anthropic", "claude-mythos-preview", "unknown", "claude-mythos-5"],
    ["anthropic", "claude-opus-46", "unknown", "claude-opus-4-6"],
    [
      "bedrock",
      "anthropic.claude-3-5-sonnet-20241022",
      "unknown",
      "anthropic.claude-3-5-sonnet-20241022-v2:0",
    ],
    ["bedrock", "anthropic.claude-haiku-4-5-v1:0", "unknown", "us.anthropic.claude-haiku-4-5-20251001-v1:0"],
    ["bedrock", "anthropic.claude-opus-4-5", "unknown", "anthropic.claude-opus-4-7"],
    ["bedrock", "claude-opus-4-6-v1", "unknown", "anthropic.claude-opus-4-6-v1"],
    ["bedrock", "somewhere.amazon.nova-pro-v1:0", "unknown", "us-gov.amazon.nova-pro-v1:0"],
    ["bedrock", "acme.nova-pro-v1:0", "unknown", "amazon.nova-pro-v1:0"],
    ["bedrock", "mistral.ministral-3-8b-instruct", "unknown", "mistral.mistral-7b-instruct-v0:2"],
    ["bedrock", "nvidia.nemotron-nano-9b-v2", "unknown", "amazon.titan-embed-text-v1"],
    ["bedrock", "openai.gpt-5.4", "unknown", "openai.gpt-oss-120b-1:0"],
    ["bedrock", "cohere.rerank", "unknown", "cohere.rerank-v3-5:0"],
    ["bedrock", "meta.llama3-8b-instruct-v1:0-", "unknown", "meta.llama3-8b-instruct-v1:0"],
    ["vertex", "gemini-2.0-flash", "floating", "gemini-2.0-flash-001"],
    ["vertex", "gemini-2.5-pro", "unknown", "gemini-embedding-001"],
    ["vertex", "gemini-2.5-pro-preview-05-06", "floating", "gemini-1.5-pro-002"],
    ["vertex", "gemini-flash-latest", "floating", "gemini-2.0-flash-lite-001"],
    ["vertex", "claude-haiku-4-5", "floating", "claude-haiku-4-5@20251001"],
    ["vertex", "claude-3-5-sonnet-v2", "floating", "claude-3-5-sonnet-v2@20241022"],
    ["vertex", "claude-haiku-4-5@1", "unknown", "claude-haiku-4-5@20251001"],
    ["vertex", "claude-haiku-4-5@20251001@2", "unknown", "claude-opus-4-8"],
    ["vertex", "mistral-large@latest", "floating", "mistral-large@2411-001"],
    ["vertex", "mistral-large@", "unknown", "mistral-large@2407"],
    ["vertex", "acme@001", "unknown", "multimodalembedding@001"],
    ["vertex", "semantic-ranker-default", "unknown", "semantic-ranker-default-004"],
    [
      "vertex",
      "projects/p/locations/us-central1/endpoints/7",
      "unknown",
      "projects/p/locations/us-central1/publishers/google/models/gemini-2.0-flash-001",
    ],
    [
      "vertex",
      "publishers/google/models/gemini-1.5-pro",
      "floating",
      "publishers/google/models/gemini-1.5-pro-001",
    ],
  ])("%s: %s is %s, %s is fixed", (provider, refused, expected, accepted) => {
    expect([status(provider, refused), judgeModelName(provider, accepted)]).toEqual([expected, fixed]);
  });
});

describe("Bedrock ARNs", () => {
  const own = "arn:aws:bedrock:eu-west-1:111122223333:";
  it.each<[string, "fixed" | "floating" | "unknown"]>([
    ["arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0", "fixed"],
    ["arn:aws:bedrock:eu-west-1::foundation-model/mistral.ministral-3-8b-instruct", "unknown"],
    [`${own}foundation-model/amazon.nova-pro-v1:0`, "unknown"], // belongs to no account
    ["arn:aws:sagemaker:eu-west-1::foundation-model/amazon.nova-pro-v1:0", "unknown"],
    [`${own}inference-profile/eu.anthropic.claude-haiku-4-5-20251001-v1:0`, "fixed"],
    [`${own}inference-profile/eu.anthropic.claude-haiku-4-5`, "unknown"],
    [`${own}application-inference-profile/a1b2c3d4e5f6`, "unknown"],
    [`${own}provisioned-model/a1b2c3d4e5f6`, "unknown"],
    [`${own}custom-model/amazon.titan-text-express-v1:0:8k/a1b2c3d4e5f6`, "fixed"],
    [`${own}custom-model/amazon.titan-text-express-v1:0:8k`, "unknown"],
    [`${own}imported-model/a1b2c3d4e5f6`, "fixed"],
    [`${own}custom-model-deployment/a1b2c3d4e5f6`, "floating"],
    [`${own}default-prompt-router/anthropic.claude:1`, "floating"],
    [`${own}constructor/a1b2c3d4e5f6`, "unknown"],
  ])("%s is %s", (arn, expected) => {
    expect(status("bedrock", arn)).toBe(expected);
  });
});

describe("Azure", () => {
  it.each<[string | undefined, string | undefined, "fixed" | "floating" | "unknown"]>([
    ["2024-08-06", "NoAutoUpgrade", "fixed"],
    ["1", "NoAutoUpgrade", "fixed"],
    ["turbo-2024-04-09", "NoAutoUpgrade", "fixed"],
    ["1106-Preview", "NoAutoUpgrade", "fixed"],
    ["2024-08-06", "OnceCurrentVersionExpired", "floating"],
    ["2024-08-06", "OnceNewDefaultVersionAvailable", "floating"],
    ["2024-08-06", "noautoupgrade", "floating"],
    ["2024-08-06", undefined, "floating"],
    [undefined, "NoAutoUpgrade", "floating"],
    ["latest", "NoAutoUpgrade", "floating"],
    ["Auto-update to default", "NoAutoUpgrade", "floating"],
    ["", "NoAutoUpgrade", "unknown"],
    ["4.x", "NoAutoUpgrade", "unknown"],
    [">=1", "NoAutoUpgrade", "unknown"],
  ])("version %s with %s is %s", (modelVersion, versionUpgradeOption, expected) => {
    const details = {
      ...(modelVersion === undefined ? {} : { modelVersion }),
      ...(versionUpgradeOption === undefined ? {} : { versionUpgradeOption }),
    };
    expect(judgeModelName("azure", "Chat-Prod", details).status).toBe(expected);
  });
});

describe("Hugging Face", () => {
  const commit = "894a9adde21d9a3e3843e6d5aeaaf01875c7fade";
  it.each<[string, string | undefined, "fixed" | "floating" | "unknown"]>([
    ["meta-llama/Llama-3.1-8B-Instruct", commit, "fixed"],
    ["meta-llama/Llama-3.1-8B-Instruct", undefined, "floating"],
    ["meta-llama/Llama-3.1-8B-Instruct", "main", "floating"],
    ["meta-llama/Llama-3.1-8B-Instruct", "v1.0", "floating"],
    ["meta-llama/Llama-3.1-8B-Instruct", commit.slice(0, 7), "floating"],
    ["meta-llama/Llama-3.1-8B-Instruct", `${commit}\n`, "floating"],
    ["meta-llama/Llama-3.1-8B-Instruct:fastest", commit, "unknown"],
    ["Llama-3.1-8B-Instruct", commit, "unknown"],
  ])("%s at %s is %s", (id, revision, expected) => {
    expect(judgeModelName("huggingface", id, revision === undefined ? {} : { revision }).status).toBe(
      expected,
    );
  });
});

describe("what the reader is told", () => {
  it("names the dated snapshot of a documented alias", () => {
    expect(judgeModelName("openai", "gpt-5.4-mini")).toEqual({
      status: "floating",
      why: "An OpenAI name without a date points at whichever snapshot is the default.",
      instead: "gpt-5.4-mini-2026-03-17",
    });
    expect(judgeModelName("vertex", "claude-sonnet-4-6@default")).toEqual({
      status: "floating",
      why: "“@default” is the version that Google chooses.",
      instead: "claude-sonnet-4-6",
    });
  });

  it("names none where none is documented", () => {
    expect(judgeModelName("openai", "gpt-5-codex")).toEqual({
      status: "floating",
      why: "An OpenAI name without a date points at whichever snapshot is the default.",
    });
  });

  it("only ever suggests a name that it would accept", () => {
    const aliases: [ModelProvider, string][] = [
      ...[...openaiSnapshots.keys()].map((id): [ModelProvider, string] => ["openai", id]),
      ...[...claudeSnapshots.keys()].map((id): [ModelProvider, string] => ["anthropic", id]),
      ...[...claudeSnapshots.keys()].map((id): [ModelProvider, string] => ["vertex", id]),
      ...[...vertexSnapshots.keys()].map((id): [ModelProvider, string] => ["vertex", id]),
    ];
    const refused = aliases.filter(([provider, id]) => {
      const verdict = judgeModelName(provider, id);
      return verdict.status !== "floating" || status(provider, verdict.instead ?? "") !== "fixed";
    });
    expect(refused).toEqual([]);
  });
});

describe("at every provider", () => {
  const pinned = {
    modelVersion: "1",
    versionUpgradeOption: "NoAutoUpgrade",
    revision: "894a9adde21d9a3e3843e6d5aeaaf01875c7fade",
  };
  const hostile = [
    "",
    " ",
    "*",
    "latest",
    "a/b-LATEST",
    "a/b:latest",
    "a/b\u200b",
    "a/\uff42",
    "a/[b]",
    "a/b,c/d",
    ">=1",
    "~1",
  ];
  it.each([...modelProviders])("%s fixes no empty, blank, wild, ranged or disguised name", (provider) => {
    expect(hostile.filter((id) => judgeModelName(provider, id, pinned).status === "fixed")).toEqual([]);
  });

  it.each([...modelProviders])("%s judges a very long name in time in proportion to it", (provider) => {
    expect(
      growth((size) => judgeModelName(provider, `gpt-4o${"-2024-08".repeat(size)}`), 50_000),
    ).toBeLessThan(10);
    const versions = (size: number) => judgeModelName(provider, `anthropic.claude${"-v1".repeat(size)}`);
    expect(growth(versions, 50_000)).toBeLessThan(10);
  });
});
