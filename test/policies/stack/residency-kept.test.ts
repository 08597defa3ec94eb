import { describe, expect, it } from "vitest";
import { bedrockRegions } from "../../../policies/bedrockRegions";
import { residencyKept } from "../../../policies/stack/residency-kept";
import { type Edit, override, replace, withoutBlock } from "../../shipped";
import { judged, place, production, project, staging } from "./judged";

const regions = (list: string) => replace(project, "[us-east-1, us-east-2, us-west-2, global]", list);
const allowed = (list: string) => `one of residency.regions: ${list}`;
const profile = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const bedrock = (id: string, region = "us-east-1") =>
  replace(
    project,
    `modelId: ${profile}\n        region: us-east-1`,
    `modelId: ${id}\n        region: ${region}`,
  );
const openai = (more: string) =>
  replace(project, "modelId: gpt-5.4-2026-03-05\n", `modelId: gpt-5.4-2026-03-05\n${more}`);
const told = (...edits: Edit[]) => judged(residencyKept, edits).map(({ path, found }) => [path, found]);

describe("residency-kept", () => {
  it("passes the shipped pair", () => {
    expect(judged(residencyKept)).toEqual([]);
  });

  it("names the regions of a profile that are not allowed", () => {
    const edits = [regions("[us-east-1, us-west-2, global]")];
    expect(judged(residencyKept, edits)).toEqual([
      {
        rule: "residency-kept",
        status: "violation",
        object: "models.chat-in-account.modelId",
        path: "models.chat-in-account.modelId",
        found: `"${profile}", served in us-east-2`,
        allowed: allowed("us-east-1, us-west-2, global"),
        remedy: "Use a model that is served in these alone, or add us-east-2 to residency.regions.",
        at: place(project, "      chat-in-account:\n", "modelId:", edits),
      },
    ]);
    expect(told(regions("[us-east-1, global]"))).toEqual([
      ["models.chat-in-account.modelId", `"${profile}", served in us-east-2 and us-west-2`],
    ]);
  });

  it("accepts the same model without a geography in a region that is allowed, and in no other", () => {
    const only = regions("[us-east-1, global]");
    const model = profile.slice(3);
    expect(told(only, bedrock(model))).toEqual([]);
    expect(told(only, bedrock(model, "us-west-2"))).toEqual([
      ["models.chat-in-account.region", '"us-west-2", served in us-west-2'],
    ]);
  });

  it("wants the region from which a profile is called too", () => {
    expect(told(bedrock(profile, "us-west-1"))).toEqual([
      ["models.chat-in-account.modelId", `"${profile}", served in us-west-1`],
    ]);
  });

  it.each([
    ["of a geography whose regions are not known", "ca.anthropic.claude-haiku-4-5-20251001-v1:0"],
    [
      "behind an opaque ARN",
      "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdefghijkl",
    ],
  ])("cannot decide a profile %s", (_, id) => {
    const edits = [bedrock(id)];
    expect(judged(residencyKept, edits)).toEqual([
      {
        rule: "residency-kept",
        status: "cannot-decide",
        object: "models.chat-in-account.modelId",
        path: "models.chat-in-account.modelId",
        found: `"${id}", which does not say in which regions it is served`,
        allowed: "the id of a model or of a profile whose regions AWS documents",
        remedy:
          'Write the model\'s own id, or the id of a profile that begins with "us.", "eu.", "apac.", "jp.", "au." or "global.".',
        at: place(project, "      chat-in-account:\n", "modelId:", edits),
      },
    ]);
  });

  it("wants global for a provider that names no region, once for each model in use", () => {
    const edits = [regions("[us-east-1, us-east-2, us-west-2]")];
    const found = judged(residencyKept, edits);
    expect(found.map(({ path }) => path)).toEqual([
      "models.chat-large.region",
      "models.chat-small.region",
      "models.chat-fast.region",
      "models.embed-documents.region",
    ]);
    expect(found[0]).toEqual({
      rule: "residency-kept",
      status: "violation",
      object: "models.chat-large.region",
      path: "models.chat-large.region",
      found: "nothing, served in any region",
      allowed: allowed("us-east-1, us-east-2, us-west-2"),
      remedy: 'Use a model that is served in one of these, or add "global" to residency.regions.',
      at: place(project, "  lockstep:models:\n", "chat-large:", edits),
    });
  });

  it("believes a region of the model's own endpoint, and none at a shared one", () => {
    const only = regions("[us-east-1, us-east-2, us-west-2]");
    const region = "        region: us-east-1\n";
    const large = (...edits: Edit[]) => told(...edits).filter(([path]) => path?.includes("chat-large"));
    expect(large(only, openai(`${region}        apiBase: https://models.example.com/v1\n`))).toEqual([]);
    expect(large(only, openai(region))).toEqual([
      ["models.chat-large.region", `"us-east-1", but openai's shared endpoint, served in any region`],
    ]);
    expect(
      large(openai("        region: eu-west-1\n        apiBase: https://models.example.com/v1\n")),
    ).toEqual([["models.chat-large.region", '"eu-west-1", served in eu-west-1']]);
  });

  it("leaves a model alone that nothing uses", () => {
    const unused = [
      regions("[us-east-1, global]"),
      replace(project, "          - { model: chat-in-account, order: 2, weight: 1 }\n", ""),
    ];
    expect(told(...unused)).toEqual([]);
  });

  it("judges the models that embed, where they are used", () => {
    const away = replace(
      project,
      "modelId: text-embedding-3-large\n",
      "modelId: text-embedding-3-large\n        region: eu-west-1\n        apiBase: https://models.example.com/v1\n",
    );
    const alone = replace(
      project,
      "      retrieval:\n        embeddingModel: embed-documents\n        chunkTokens: 400\n        chunkOverlapTokens: 60\n        topK: 8\n",
      "",
    );
    const unlooked = [staging, production].map((file) => withoutBlock(file, "    retrievalIndex:"));
    expect(told(away).map(([path]) => path)).toEqual(["models.embed-documents.region"]);
    expect(told(away, alone, ...unlooked)).toEqual([]);
  });

  it.each([
    ["vertex", "        region: us-east-1\n", []],
    [
      "vertex",
      "        region: europe-west1\n",
      [["models.chat-large.region", '"europe-west1", served in europe-west1']],
    ],
    [
      "azure",
      "        apiBase: https://example.openai.azure.com\n",
      [["models.chat-large.region", "nothing, served in any region"]],
    ],
    ["azure", "        apiBase: https://example.openai.azure.com\n        region: us-west-2\n", []],
    [
      "azure",
      "        apiBase: https://example.openai.azure.com\n        region: westeurope\n",
      [["models.chat-large.region", '"westeurope", served in westeurope']],
    ],
  ])("believes the region of a model at %s:\n%s", (provider, more, findings) => {
    const at = ["openai", "anthropic"].map((key) =>
      [staging, production].map((file) =>
        replace(file, `      provider: ${key}\n`, `      provider: ${provider}\n`),
      ),
    );
    const edits = [
      regions("[us-east-1, us-east-2, us-west-2]"),
      ...(at[0] ?? []),
      openai(more),
      replace(
        project,
        "        provider: openai\n        kind: chat\n        modelId: gpt-5.4-2026-03-05\n",
        `        provider: ${provider}\n        kind: chat\n        modelId: gpt-5.4-2026-03-05\n`,
      ),
      replace(
        project,
        "        provider: openai\n        kind: chat\n        modelId: gpt-5.4-mini-2026-03-17\n        credential: openai\n",
        "        provider: bedrock\n        kind: chat\n        modelId: anthropic.claude-haiku-4-5-20251001-v1:0\n        region: us-east-1\n",
      ),
      replace(
        project,
        "        provider: openai\n        kind: embedding\n        modelId: text-embedding-3-large\n        credential: openai\n",
        "        provider: bedrock\n        kind: embedding\n        modelId: amazon.titan-embed-text-v2:0\n        region: us-east-1\n",
      ),
    ];
    expect(told(...edits).filter(([path]) => !path?.includes("chat-fast"))).toEqual(findings);
  });

  it("judges the model of the semantic cache where that is enabled, and the one that reranks", () => {
    const retrieval =
      "      retrieval:\n        embeddingModel: embed-documents\n        chunkTokens: 400\n        chunkOverlapTokens: 60\n        topK: 8\n";
    const away = (id: string) =>
      replace(
        project,
        `modelId: ${id}\n`,
        `modelId: ${id}\n        region: eu-west-1\n        apiBase: https://models.example.com/v1\n`,
      );
    const unlooked = [staging, production].map((file) => withoutBlock(file, "    retrievalIndex:"));
    const alone = [away("text-embedding-3-large"), replace(project, retrieval, ""), ...unlooked];
    expect(told(...alone)).toEqual([]);
    const stored = [staging, production].map((file) => (entries: Record<string, string>) => ({
      ...entries,
      [file]: `${entries[file]}\n  lockstep:credentialValues:\n    semantic-cache: { secure: AAAB }\n`,
    }));
    expect(told(...alone, ...stored, replace(project, "enabled: false", "enabled: true"))).toEqual([
      ["models.embed-documents.region", '"eu-west-1", served in eu-west-1'],
    ]);
    const reranked = [
      replace(
        project,
        "        topK: 8\n",
        "        topK: 8\n        rerankModel: sort\n        rerankThreshold: 0.5\n",
      ),
      replace(
        project,
        "      embed-documents:\n        provider",
        "      sort:\n        provider: bedrock\n        kind: rerank\n        modelId: cohere.rerank-v3-5:0\n        region: eu-west-1\n        contextWindowTokens: 4096\n        usdPerMillionTokens: { input: 0, output: 0, cachedInput: 0 }\n        retires: not announced\n      embed-documents:\n        provider",
      ),
    ];
    expect(told(...reranked)).toEqual([["models.sort.region", '"eu-west-1", served in eu-west-1']]);
  });

  it('lists three regions and more with commas, and an "and" before the last', () => {
    expect(
      told(
        regions("[us-west-1, global]"),
        replace(staging, "region: us-east-1", "region: us-west-1"),
        replace(production, "region: us-east-1", "region: us-west-1"),
      ),
    ).toEqual([
      ["models.chat-in-account.modelId", `"${profile}", served in us-east-1, us-east-2 and us-west-2`],
    ]);
  });

  it("wants the environment's own region, whose request log holds prompts", () => {
    const edits = [replace(production, "region: us-east-1", "region: eu-west-1")];
    expect(judged(residencyKept, edits)).toEqual([
      {
        rule: "residency-kept",
        status: "violation",
        object: "production's environment.region",
        path: "environment.region",
        found: '"eu-west-1", where the request log keeps prompts and answers',
        allowed: allowed("us-east-1, us-east-2, us-west-2, global"),
        remedy: 'Move the environment, or add "eu-west-1" to residency.regions.',
        at: place(production, "  lockstep:environment:\n", "region:", edits),
      },
    ]);
    expect(told(replace(staging, "region: us-east-1", "region: us-west-2"))).toEqual([]);
  });

  it("names the environment whose own file has the model", () => {
    const edits = [override("staging", "models", "region: us-east-1", "region: us-west-1")];
    expect(judged(residencyKept, edits).map(({ object, at }) => [object, at?.file])).toEqual([
      ["staging's models.chat-in-account.modelId", staging],
    ]);
  });
});

describe("the regions of a Bedrock id", () => {
  it.each([
    ["anthropic.claude-haiku-4-5-20251001-v1:0", "eu-west-2", ["eu-west-2"]],
    ["jp.anthropic.claude-haiku-4-5-20251001-v1:0", "ap-northeast-1", ["ap-northeast-1", "ap-northeast-3"]],
    ["global.anthropic.claude-haiku-4-5-20251001-v1:0", "eu-west-2", ["eu-west-2", "global"]],
    ["arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-pro-v1:0", "us-west-2", ["us-west-2"]],
    [
      "arn:aws:bedrock:us-west-2:111122223333:inference-profile/us.amazon.nova-pro-v1:0",
      "us-west-2",
      ["us-west-2", "us-east-1", "us-east-2"],
    ],
    ["arn:aws:bedrock:us-west-2:111122223333:custom-model/abc", "us-east-1", ["us-east-1", "us-west-2"]],
    ["arn:aws:bedrock:us-west-2:111122223333:prompt-router/abc", "us-west-2", undefined],
    ["arn:aws:sagemaker:us-west-2:111122223333:endpoint/abc", "us-west-2", undefined],
    ["sa.amazon.nova-pro-v1:0", "sa-east-1", undefined],
  ])("%s, called in %s", (id, source, regionsOfId) => {
    expect(bedrockRegions(id, source)).toEqual(regionsOfId);
  });

  it("of a European profile may be any of Europe's, and of an Asian one the Emirates'", () => {
    expect(bedrockRegions("eu.amazon.nova-pro-v1:0", "eu-west-1")).toEqual([
      "eu-west-1",
      "eu-central-1",
      "eu-central-2",
      "eu-north-1",
      "eu-south-1",
      "eu-south-2",
      "eu-west-2",
      "eu-west-3",
    ]);
    expect(bedrockRegions("apac.amazon.nova-pro-v1:0", "ap-south-1")).toContain("me-central-1");
  });
});
