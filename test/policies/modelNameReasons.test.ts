import { expect, it } from "vitest";
import { judgeModelName, type ModelNameDetails, type ModelProvider } from "../../policies/modelNames";

const commit = "894a9adde21d9a3e3843e6d5aeaaf01875c7fade";
const noDate = "An OpenAI name without a date points at whichever snapshot is the default.";
const noOpenai = "This is not a model name in OpenAI's scheme.";
const fineTune = "A fine-tune is named ft:<base>:<organisation>:<suffix>:<id>.";
const noDay = "The name ends in a date that does not exist.";
const claude = "Before Claude 4.6, a name without a date is an alias of the most recent snapshot.";
const noAnthropic = "This is not a model name in Anthropic's scheme.";
const noArn = "This is not the ARN of a model in Bedrock's scheme.";
const noVersion = "The id names no version such as “-v1:0”, and AWS does not say that it stays.";
const router = "A prompt router chooses among several models.";
const at = "The name has “@” without one version after it.";
const byGoogle = "“@default” is the version that Google chooses.";
const noGoogle = "The version is not in Google's scheme.";
const preview = "Google has pointed a dated preview at a newer model.";
const auto = "The name without a version is Google's auto-updated alias.";
const noVertex = "This is not a model name with a version in Vertex AI's scheme.";
const noRevision = "The revision is no full commit id of 40 hexadecimal digits; branches and tags move.";
const noRepository = "A Hugging Face model is named <organisation>/<model>.";

const own = "arn:aws:bedrock:eu-west-1:111122223333:";

it.each<[ModelProvider, string, "floating" | "unknown", string, ModelNameDetails?]>([
  ["openai", "", "unknown", "The model name is empty."],
  ["openai", `gpt-4o${"-".repeat(2_042)}`, "floating", noDate],
  ["openai", `gpt-4o${"-".repeat(2_043)}`, "unknown", "The name is longer than any model id or ARN."],
  [
    "openai",
    "gpt 4o",
    "unknown",
    "The name has white space or a character outside ASCII: it only looks like a model id.",
  ],
  ["openai", "gpt-*", "floating", "The name is a pattern or a range, not one model."],
  ["openai", "gpt'4o", "unknown", "The name has a character that model ids do not have."],
  ["openai", "gpt-LATEST", "floating", "“latest” moves with every new version."],
  ["openai", "latest", "floating", "“latest” moves with every new version."],
  ["openai", "gpt-4o-latestx", "floating", noDate],
  ["openai", "gpt-xlatest", "floating", noDate],
  ["openai", "GPT-4o", "unknown", "This provider's model ids are lower case."],
  ["openai", "gpt-4o-2024-02-30", "unknown", noDay],
  ["openai", "gpt-4-1306", "floating", noDate],
  ["openai", "gpt-4-0613x", "floating", noDate],
  ["openai", "o4-mini", "floating", noDate],
  ["openai", "computer-use-preview", "floating", noDate],
  ["openai", "xcomputer-use-preview", "unknown", noOpenai],
  ["openai", "computer-use-previews", "unknown", noOpenai],
  ["openai", "xgpt-4o", "unknown", noOpenai],
  ["openai", "xo3", "unknown", noOpenai],
  ["openai", "o3-2025-04-166", "unknown", noOpenai],
  ["openai", "davinci-002", "unknown", noOpenai],
  [
    "openai",
    "gpt-5.6-sol",
    "unknown",
    "OpenAI dates no snapshot of this model and does not promise that its name stays.",
  ],
  ["openai", "gpt-5.6-solar", "floating", noDate],
  ["openai", "ft:gpt-4o", "unknown", fineTune],
  ["openai", "ft:gpt-4o-2024-08-06:org::abc:ckpt-step-", "unknown", fineTune],
  ["openai", "ft:gpt-4o-2024-08-06:org::abc:ckpt-step-1x", "unknown", fineTune],
  ["openai", "ft:gpt-4o:org:suffix:abc", "floating", "The fine-tune's base has no date."],
  ["openai", "ft:gpt-4o-2024-02-30:org::abc", "unknown", noDay],
  ["openai", "ft:davinci:org::abc", "unknown", noOpenai],
  ["anthropic", "claude-3-5-sonnet", "floating", claude],
  ["anthropic", "claude-3-opus-v1", "floating", claude],
  ["anthropic", "claude-haiku-4-5-20251301", "unknown", noDay],
  ["anthropic", "claude-haiku-4-5-202510011", "unknown", noAnthropic],
  ["anthropic", "claude-opus-4-5-v1", "unknown", noAnthropic],
  ["anthropic", "xclaude-opus-4-6", "unknown", noAnthropic],
  ["anthropic", "gpt-4", "unknown", noAnthropic],
  [
    "bedrock",
    `${own}custom-model-deployment/a1b2`,
    "floating",
    "UpdateCustomModelDeployment replaces the deployed model.",
  ],
  ["bedrock", `${own}prompt-router/a1b2`, "floating", router],
  ["bedrock", `${own}default-prompt-router/a1b2`, "floating", router],
  [
    "bedrock",
    `${own}application-inference-profile/a1b2`,
    "unknown",
    "The ARN does not say which model the profile copies.",
  ],
  [
    "bedrock",
    `${own}provisioned-model/a1b2`,
    "unknown",
    "The ARN does not say which model it serves, and it may be moved to another.",
  ],
  ["bedrock", `${own}custom-model/a1b2`, "unknown", noArn],
  ["bedrock", `${own}custom-model/a1b2c3d4e5f67`, "unknown", noArn],
  ["bedrock", `${own}guardrail/a1b2c3d4e5f6`, "unknown", noArn],
  ["bedrock", `x${own}custom-model/a1b2c3d4e5f6`, "unknown", "This is not a model id in Bedrock's scheme."],
  ["bedrock", "arn:aws:bedrock:eu-west-1::custom-model/a1b2c3d4e5f6", "unknown", noArn],
  ["bedrock", "arn:aws:bedrock:eu-west-1::inference-profile/amazon.nova-pro-v1:0", "unknown", noArn],
  ["bedrock", `${own}foundation-model/amazon.nova-pro-v1:0`, "unknown", noArn],
  ["bedrock", "nova", "unknown", "This is not a model id in Bedrock's scheme."],
  ["bedrock", "amazon.nova-pro", "unknown", noVersion],
  ["bedrock", "qwen.qwen3-v1", "unknown", noVersion],
  ["bedrock", "anthropic.claude-haiku-4-5-20251001", "unknown", noVersion],
  ["vertex", "a@b@c", "unknown", at],
  ["vertex", "a@", "unknown", at],
  ["vertex", "claude-haiku-4-5@default", "floating", byGoogle],
  ["vertex", "mistral-large@x1", "unknown", noGoogle],
  ["vertex", "mistral-large@24110", "unknown", noGoogle],
  ["vertex", "xmistral@2411", "unknown", noGoogle],
  ["vertex", "llama@2411", "unknown", noGoogle],
  ["vertex", "gemini-2.5-pro-preview-05-06", "floating", preview],
  ["vertex", "gemini-2.5-pro-exp", "floating", preview],
  ["vertex", "gemini-2.5-pro-experimental-x", "floating", preview],
  ["vertex", "gemini-2.0-flash-thinking", "floating", auto],
  ["vertex", "gemini-1.5-flash-8b", "floating", auto],
  [
    "vertex",
    "gemini-2.5-pro-expert",
    "unknown",
    "Google numbers no version of this model; stable models “usually don't change”.",
  ],
  [
    "vertex",
    "gemini-3.1-pro",
    "unknown",
    "Google numbers no version of this model; stable models “usually don't change”.",
  ],
  ["vertex", "xgemini-3.1-pro", "unknown", noVertex],
  ["vertex", "xgemini-2.0-flash", "unknown", noVertex],
  ["vertex", "xgemini-2.0-flash-001", "unknown", noVertex],
  ["vertex", "xpublishers/google/models/gemini-2.0-flash-001", "unknown", noVertex],
  ["vertex", "publishers/google/models/a/b", "unknown", noVertex],
  ["vertex", "acme", "unknown", noVertex],
  ["azure", "d", "floating", "Without a version the deployment takes Azure's default."],
  ["azure", "d", "floating", "The version is one that Azure moves.", { modelVersion: "Latest" }],
  ["azure", "d", "floating", "The version is one that Azure moves.", { modelVersion: "auto-1" }],
  [
    "azure",
    "d",
    "unknown",
    "The version is not written as Azure writes one, such as “2024-08-06” or “1”.",
    { modelVersion: "x1", versionUpgradeOption: "NoAutoUpgrade" },
  ],
  [
    "azure",
    "d",
    "unknown",
    "The version is not written as Azure writes one, such as “2024-08-06” or “1”.",
    { modelVersion: "1x", versionUpgradeOption: "NoAutoUpgrade" },
  ],
  [
    "azure",
    "d",
    "floating",
    "Azure upgrades the deployment unless versionUpgradeOption is NoAutoUpgrade.",
    { modelVersion: "1" },
  ],
  ["huggingface", "m", "unknown", noRepository, { revision: commit }],
  ["huggingface", "o/m/x", "unknown", noRepository, { revision: commit }],
  ["huggingface", "@o/m", "unknown", noRepository, { revision: commit }],
  ["huggingface", "o/m", "floating", "Without a revision the model is the head of “main”."],
  ["huggingface", "o/m", "floating", noRevision, { revision: `${commit}0` }],
  ["huggingface", "o/m", "floating", noRevision, { revision: `0${commit}` }],
])("%s: %s is %s: %s", (provider, id, status, why, details) => {
  expect(judgeModelName(provider, id, details)).toEqual({ status, why });
});

it.each<[ModelProvider, string, string, string]>([
  ["openai", "gpt-4o", "gpt-4o-2024-08-06", noDate],
  ["openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", noDate],
  ["openai", "gpt-4.1", "gpt-4.1-2025-04-14", noDate],
  ["openai", "gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", noDate],
  ["openai", "gpt-5", "gpt-5-2025-08-07", noDate],
  ["openai", "gpt-5-mini", "gpt-5-mini-2025-08-07", noDate],
  ["openai", "gpt-5-nano", "gpt-5-nano-2025-08-07", noDate],
  ["openai", "gpt-5-pro", "gpt-5-pro-2025-10-06", noDate],
  ["openai", "gpt-5.1", "gpt-5.1-2025-11-13", noDate],
  ["openai", "gpt-5.2", "gpt-5.2-2025-12-11", noDate],
  ["openai", "gpt-5.2-pro", "gpt-5.2-pro-2025-12-11", noDate],
  ["openai", "gpt-5.4", "gpt-5.4-2026-03-05", noDate],
  ["openai", "gpt-5.4-pro", "gpt-5.4-pro-2026-03-05", noDate],
  ["openai", "gpt-5.4-mini", "gpt-5.4-mini-2026-03-17", noDate],
  ["openai", "gpt-5.4-nano", "gpt-5.4-nano-2026-03-17", noDate],
  ["openai", "gpt-5.5", "gpt-5.5-2026-04-23", noDate],
  ["openai", "gpt-5.5-pro", "gpt-5.5-pro-2026-04-23", noDate],
  ["openai", "o3", "o3-2025-04-16", noDate],
  ["openai", "o3-pro", "o3-pro-2025-06-10", noDate],
  ["anthropic", "claude-opus-4-1", "claude-opus-4-1-20250805", claude],
  ["anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", claude],
  ["anthropic", "claude-haiku-4-5", "claude-haiku-4-5-20251001", claude],
  ["anthropic", "claude-opus-4-5", "claude-opus-4-5-20251101", claude],
  ["vertex", "claude-opus-4-5", "claude-opus-4-5@20251101", claude],
  ["vertex", "gemini-1.5-pro", "gemini-1.5-pro-002", auto],
  ["vertex", "gemini-1.5-flash", "gemini-1.5-flash-002", auto],
  ["vertex", "gemini-2.0-flash", "gemini-2.0-flash-001", auto],
  ["vertex", "gemini-2.0-flash-lite", "gemini-2.0-flash-lite-001", auto],
  ["vertex", "publishers/google/models/gemini-2.0-flash", "gemini-2.0-flash-001", auto],
  ["vertex", "multimodalembedding", "multimodalembedding@001", auto],
  ["vertex", "claude-opus-4-6@default", "claude-opus-4-6", byGoogle],
])("%s: %s is an alias of %s", (provider, id, instead, why) => {
  expect(judgeModelName(provider, id)).toEqual({ status: "floating", why, instead });
});

it.each<[ModelProvider, string, ModelNameDetails?]>([
  ["openai", "computer-use-preview-2025-03-11"],
  ["openai", "gpt-3.5-turbo-0125"],
  ["openai", "gpt-3.5-turbo-instruct-0914"],
  ["openai", "gpt-3.5-turbo-16k-0613"],
  ["openai", "gpt-4-32k-0613"],
  ["openai", "gpt-5.6-sol-2026-09-22"],
  ["openai", "text-embedding-3-large"],
  ["openai", "text-embedding-3-small"],
  ["openai", "text-embedding-ada-002"],
  ["openai", "ft:gpt-4o-2024-08-06:Org_1:Suffix:AbC1:ckpt-step-12"],
  ["anthropic", "claude-haiku-5"],
  ["anthropic", "claude-opus-4-10"],
  ["anthropic", "claude-3-opus-20240229"],
  ["bedrock", "arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:imported-model/a1b2c3d4e5f6"],
  ["bedrock", `${own}inference-profile/amazon.nova-pro-v1:0`],
  ["bedrock", "amazon.nova-pro-v1"],
  ["bedrock", "amazon.nova-pro-v1:0:300k"],
  ["bedrock", "cohere.embed-v4:0"],
  ["bedrock", "qwen.qwen3-v1:0"],
  ["vertex", "publishers/meta/models/gemini-2.0-flash-001"],
  ["vertex", "text-embedding-005"],
  ["vertex", "text-multilingual-embedding-002"],
  ["vertex", "codestral@2501"],
  ["vertex", "jamba-1.5-large@001"],
  ["azure", "Chat", { modelVersion: "TURBO-2024-04-09-PREVIEW", versionUpgradeOption: "NoAutoUpgrade" }],
  ["huggingface", "Org_1/m.2-x", { revision: commit }],
])("%s: %s is fixed", (provider, id, details) => {
  expect(judgeModelName(provider, id, details)).toEqual({ status: "fixed" });
});
