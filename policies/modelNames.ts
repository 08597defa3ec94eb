import { claudeSnapshots, openaiEmbeddings, openaiSnapshots, vertexSnapshots } from "./modelAliases";

export const modelProviders = ["openai", "anthropic", "bedrock", "vertex", "azure", "huggingface"] as const;
export type ModelProvider = (typeof modelProviders)[number];

/** "unknown" means that the name alone cannot decide; it is no pass. `instead` is the id to write, when known. */
export type ModelNameVerdict =
  | { status: "fixed" }
  | { status: "floating"; why: string; instead?: string }
  | { status: "unknown"; why: string };

export interface ModelNameDetails {
  /** Azure: the version that the deployment pins. */
  modelVersion?: string;
  /** Azure: the deployment's upgrade policy. */
  versionUpgradeOption?: string;
  /** Hugging Face: the commit. */
  revision?: string;
}

/**
 * Whether a provider's model id names one version for good, or whatever the provider points it at.
 * The id is the provider's own, without a gateway's route prefix ("openai/…", "bedrock/…").
 */
export function judgeModelName(
  provider: ModelProvider,
  id: string,
  details: ModelNameDetails = {},
): ModelNameVerdict {
  return judgeAnyName(provider, id) ?? judges[provider](id, details);
}

const judges: Record<ModelProvider, (id: string, details: ModelNameDetails) => ModelNameVerdict> = {
  openai: judgeOpenai,
  anthropic: judgeAnthropic,
  bedrock: judgeBedrock,
  vertex: judgeVertex,
  azure: judgeAzure,
  huggingface: judgeHuggingFace,
};

const fixed: ModelNameVerdict = { status: "fixed" };
const unknown = (why: string): ModelNameVerdict => ({ status: "unknown", why });
const floating = (why: string, instead?: string): ModelNameVerdict =>
  instead === undefined ? { status: "floating", why } : { status: "floating", why, instead };

/** What no provider's fixed name looks like, whatever the rest of it says. */
function judgeAnyName(provider: ModelProvider, id: string): ModelNameVerdict | undefined {
  if (id === "") return unknown("The model name is empty.");
  if (id.length > 2048) return unknown("The name is longer than any model id or ARN.");
  if (/[^\x21-\x7e]/.test(id)) {
    return unknown("The name has white space or a character outside ASCII: it only looks like a model id.");
  }
  if (/[*?[\]{}<>^~|,=!]/.test(id)) return floating("The name is a pattern or a range, not one model.");
  if (!/^[A-Za-z0-9._:@/-]+$/.test(id))
    return unknown("The name has a character that model ids do not have.");
  if (/(?:^|[^a-z0-9])latest(?:[^a-z0-9]|$)/i.test(id))
    return floating("“latest” moves with every new version.");
  const anyCase = provider === "azure" || provider === "huggingface" || id.startsWith("ft:");
  return !anyCase && /[A-Z]/.test(id) ? unknown("This provider's model ids are lower case.") : undefined;
}

// OpenAI lists these too as their own "default snapshot" (…/docs/models/gpt-5.6-sol, gpt-6-sol). That alone
// proves nothing: so is …/docs/models/chat-latest, which "will be regularly updated", and so was gpt-5-codex.
// Azure has dated versions of them (gpt-6-sol-2026-09-22; LiteLLM 1.106.2's list).
const openaiOwnSnapshot = /^gpt-\d(?:\.\d)?-(?:sol|terra|luna|astra)$/;

/** https://developers.openai.com/api/docs/models: dated snapshots "lock in a specific version". */
function judgeOpenai(id: string): ModelNameVerdict {
  if (id.startsWith("ft:")) return judgeOpenaiFineTune(id);
  if (openaiEmbeddings.has(id)) return fixed;
  const [, family, date] =
    /^(gpt-[a-z0-9][a-z0-9.-]*|o\d[a-z-]*|computer-use-preview)-(\d{4}-\d\d-\d\d)$/.exec(id) ?? [];
  if (family !== undefined && date !== undefined) {
    return isDate(date) ? fixed : unknown("The name ends in a date that does not exist.");
  }
  // -MMDD: https://developers.openai.com/api/docs/deprecations, "gpt-4-0613".
  const [, month, day] =
    /^gpt-(?:4|4-32k|3\.5-turbo(?:-16k|-instruct)?)-(\d\d)(\d\d)(?:-preview)?$/.exec(id) ?? [];
  if (month !== undefined && isDate(`2024-${month}-${day}`)) return fixed;
  if (openaiOwnSnapshot.test(id)) {
    return unknown("OpenAI dates no snapshot of this model and does not promise that its name stays.");
  }
  if (/^(?:chat)?gpt-[a-z0-9][a-z0-9.-]*$|^o\d[a-z-]*$|^computer-use-preview$/.test(id)) {
    const snapshot = openaiSnapshots.get(id);
    const why = "An OpenAI name without a date points at whichever snapshot is the default.";
    return floating(why, snapshot && `${id}-${snapshot}`);
  }
  return unknown("This is not a model name in OpenAI's scheme.");
}

/**
 * ft:<base>:<organisation>:<suffix>:<id>[:ckpt-step-<n>], no more fixed than its base.
 * https://developers.openai.com/api/reference/python/resources/fine_tuning/subresources/jobs/subresources/checkpoints
 */
function judgeOpenaiFineTune(id: string): ModelNameVerdict {
  const [, base] = /^ft:([a-z0-9.-]+):[\w-]+:[\w-]*:[A-Za-z0-9]+(?::ckpt-step-\d+)?$/.exec(id) ?? [];
  if (base === undefined) return unknown("A fine-tune is named ft:<base>:<organisation>:<suffix>:<id>.");
  const verdict = judgeOpenai(base);
  return verdict.status === "floating" ? floating("The fine-tune's base has no date.") : verdict;
}

function judgeAnthropic(id: string): ModelNameVerdict {
  const [, name = id, date] = /^(.+?)(?:-(\d{8}))?$/.exec(id) ?? [];
  return judgeClaude(name, date, "-") ?? unknown("This is not a model name in Anthropic's scheme.");
}

const claudeFamilies = "opus|sonnet|haiku|fable|mythos";
const claudeName = new RegExp(
  `^claude-(?:\\d(?:-\\d)?-(?:${claudeFamilies})(?:-v\\d)?|(?:${claudeFamilies})-(\\d)(?:-(\\d{1,2}))?)$`,
);

/**
 * https://platform.claude.com/docs/en/about-claude/models/model-ids-and-versions: from the 4.6 generation on,
 * the id has no date and is a pinned snapshot; earlier, the date pins and the shorter name is an alias.
 */
function judgeClaude(name: string, date: string | undefined, join: "-" | "@"): ModelNameVerdict | undefined {
  const match = claudeName.exec(name);
  if (match === null) return undefined;
  if (date !== undefined) {
    const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
    return isDate(day) ? fixed : unknown("The name ends in a date that does not exist.");
  }
  const [major, minor] = [Number(match[1] ?? 3), Number(match[2] ?? 0)];
  if (major > 4 || (major === 4 && minor >= 6)) return fixed;
  const snapshot = claudeSnapshots.get(name);
  const why = "Before Claude 4.6, a name without a date is an alias of the most recent snapshot.";
  return floating(why, snapshot && name + join + snapshot);
}

// Resources of ARNs and what may change under them: operations of the `bedrock` service, botocore 1.44.5.
const bedrockResources: ReadonlyMap<string, ModelNameVerdict> = new Map([
  // No operation updates a custom or an imported model.
  ["custom-model", fixed],
  ["imported-model", fixed],
  ["custom-model-deployment", floating("UpdateCustomModelDeployment replaces the deployed model.")],
  ["default-prompt-router", floating("A prompt router chooses among several models.")],
  ["prompt-router", floating("A prompt router chooses among several models.")],
  // CreateInferenceProfile.modelSource; there is no update, but the ARN is opaque.
  ["application-inference-profile", unknown("The ARN does not say which model the profile copies.")],
  // UpdateProvisionedModelThroughput.desiredModelId, for throughput of custom models.
  [
    "provisioned-model",
    unknown("The ARN does not say which model it serves, and it may be moved to another."),
  ],
]);

function judgeBedrock(id: string): ModelNameVerdict {
  if (!id.startsWith("arn:")) return judgeBedrockModel(id);
  // Shapes ModelIdentifier, InferenceProfileArn, CustomModelArn, ProvisionedModelArn of the same model.
  const arn = /^arn:aws(?:-[a-z-]+)?:bedrock:[a-z0-9-]{1,20}:(\d{12})?:([a-z-]+)\/([a-z0-9.:/-]+)$/.exec(id);
  const [, account, kind = "", name = ""] = arn ?? [];
  if (account === undefined && kind === "foundation-model") return judgeBedrockModel(name);
  if (account !== undefined && kind === "inference-profile") return judgeBedrockModel(name);
  const verdict = account !== undefined ? bedrockResources.get(kind) : undefined;
  const whole = verdict !== fixed || /(?:^|\/)[a-z0-9]{12}$/.test(name);
  return verdict !== undefined && whole
    ? verdict
    : unknown("This is not the ARN of a model in Bedrock's scheme.");
}

const bedrockVendors =
  "ai21|amazon|anthropic|cohere|deepseek|google|luma|meta|minimax|mistral|moonshot|moonshotai|nvidia|openai|qwen|" +
  "stability|twelvelabs|writer|xai|zai";
// <geography>. is a cross-region profile "named after the model"; only the model's own part decides.
// https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
const bedrockModel = new RegExp(
  `^(?:(?:[a-z]{2}|apac|global|us-gov)\\.)?(${bedrockVendors})\\.([a-z0-9][a-z0-9.-]*?)` +
    "(-v\\d{1,2}(?::\\d{1,2}(?::[a-z0-9]{1,8})?)?|-\\d:\\d)?$",
);

/** …-v2:0 is the version: https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html */
function judgeBedrockModel(id: string): ModelNameVerdict {
  const [, vendor, model = "", version] = bedrockModel.exec(id) ?? [];
  if (vendor === undefined) return unknown("This is not a model id in Bedrock's scheme.");
  const [, name = "", date] = /^(.+?)(?:-(\d{8}))?$/.exec(model) ?? [];
  const claude = vendor === "anthropic" ? judgeClaude(name, date, "-") : undefined;
  // “-v2” alone is the version in these vendors' ids; elsewhere it may be a part of the model's name.
  const bare = /^(?:ai21|amazon|anthropic|cohere|meta)$/.test(vendor);
  if (claude === undefined && version !== undefined && (bare || version.includes(":"))) return fixed;
  // The 4.6 generation dropped the date, then the suffix; before it, Bedrock's ids have both.
  if (claude?.status === "fixed" && (date === undefined || version !== undefined)) return fixed;
  return unknown("The id names no version such as “-v1:0”, and AWS does not say that it stays.");
}

/** https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions */
function judgeVertex(id: string): ModelNameVerdict {
  const path =
    /^(?:projects\/[a-z0-9:.-]+\/locations\/[a-z0-9-]+\/)?publishers\/[a-z0-9-]+\/models\/([^/]+)$/;
  const [model = "", version, ...rest] = (path.exec(id)?.[1] ?? id).split("@");
  if (rest.length > 0 || version === "") return unknown("The name has “@” without one version after it.");
  if (version === "default") {
    const dateless = judgeClaude(model, undefined, "@")?.status === "fixed";
    return floating("“@default” is the version that Google chooses.", dateless ? model : undefined);
  }
  const claude = judgeClaude(model, version, "@");
  if (claude !== undefined) return claude;
  // "@" and the version "guarantees consistent behavior" (…/docs/partner-models/claude/use-claude).
  if (version !== undefined) {
    const known = /^(?:codestral|mistral|jamba|multimodalembedding|text)(?:-[a-z0-9.-]+)?$/.test(model);
    if (known && /^\d{3,4}(?:-\d{3})?$/.test(version)) return fixed;
    return unknown("The version is not in Google's scheme.");
  }
  // Even a dated preview moves. Google's announcement of gemini-2.5-pro-preview-05-06, May 2025: "The previous
  // iteration (03-25) now points to the most recent version (05-06)".
  if (/-(?:preview|exp|experimental)(?:-|$)/.test(model)) {
    return floating("Google has pointed a dated preview at a newer model.");
  }
  // "A stable version … does not change … the three-digit number".
  if (/^(?:gemini|text(?:-multilingual)?-embedding|semantic-ranker)(?:-[a-z0-9.-]+)?-\d{3}$/.test(model)) {
    return fixed;
  }
  const snapshot = vertexSnapshots.get(model);
  if (snapshot !== undefined || /^gemini-(?:1\.\d|2\.0)-[a-z0-9-]+$/.test(model)) {
    return floating("The name without a version is Google's auto-updated alias.", snapshot);
  }
  if (/^gemini-\d/.test(model)) {
    // https://ai.google.dev/gemini-api/docs/models
    return unknown("Google numbers no version of this model; stable models “usually don't change”.");
  }
  return unknown("This is not a model name with a version in Vertex AI's scheme.");
}

/** The deployment's name is the user's. https://learn.microsoft.com/azure/ai-foundry/openai/how-to/working-with-models */
function judgeAzure(_deployment: string, details: ModelNameDetails): ModelNameVerdict {
  const { modelVersion, versionUpgradeOption } = details;
  if (modelVersion === undefined) return floating("Without a version the deployment takes Azure's default.");
  if (/latest|auto|default/i.test(modelVersion)) return floating("The version is one that Azure moves.");
  if (!/^(?:turbo-)?\d+(?:-\d+)*(?:-preview)?$/i.test(modelVersion)) {
    return unknown("The version is not written as Azure writes one, such as “2024-08-06” or “1”.");
  }
  if (versionUpgradeOption === "NoAutoUpgrade") return fixed;
  // An absent option is null, which is equivalent to upgrading when the version expires.
  return floating("Azure upgrades the deployment unless versionUpgradeOption is NoAutoUpgrade.");
}

/** A revision may be "a branch name, a tag name, or a commit id": https://huggingface.co/docs/huggingface_hub */
function judgeHuggingFace(id: string, details: ModelNameDetails): ModelNameVerdict {
  if (!/^[\w.-]+\/[\w.-]+$/.test(id)) return unknown("A Hugging Face model is named <organisation>/<model>.");
  if (details.revision === undefined) return floating("Without a revision the model is the head of “main”.");
  if (/^[0-9a-f]{40}$/.test(details.revision)) return fixed;
  return floating("The revision is no full commit id of 40 hexadecimal digits; branches and tags move.");
}

/** YYYY-MM-DD, and such a day exists. */
function isDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
