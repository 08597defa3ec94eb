import type { ModelProvider } from "./modelNames";

/** A model id that somebody wrote into a resource. */
export interface ModelId {
  provider: ModelProvider;
  /** The provider's own id, without a gateway's route prefix. */
  id: string;
}

const geography = "(?:(?:[a-z]{2}|apac|global|us-gov)\\.)?";
const families =
  "anthropic\\.claude|amazon\\.(?:titan|nova)|meta\\.llama|mistral\\.(?:mistral|mixtral|pixtral|ministral)|" +
  "cohere\\.(?:command|embed|rerank)|ai21\\.(?:jamba|j2)|deepseek\\.|openai\\.gpt|qwen\\.qwen";

/**
 * What a model id looks like, by provider: whole values, and only families that are known. Anything may be
 * in a variable; a name of a host or of a route must not be taken for a model.
 */
const forms: readonly [ModelProvider, RegExp][] = [
  [
    "openai",
    /^(?:ft:)?(?:gpt-\d(?:\.\d+)?o?(?:-(?:mini|nano|pro|turbo|codex|chat|audio|realtime|search|preview|latest|16k|32k|sol|terra|luna|astra|\d{4}(?:-\d\d-\d\d)?))*(?::[\w:-]+)?|chatgpt-4o-latest|text-embedding-(?:3-(?:small|large)|ada-002))$/,
  ],
  ["anthropic", /^claude-(?:\d|opus|sonnet|haiku|instant)[a-z0-9.-]*$/],
  ["bedrock", new RegExp(`^${geography}(?:${families})[a-z0-9.:-]*$`)],
  ["bedrock", /^arn:aws[a-z-]*:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)\/\S+$/],
  ["vertex", /^gemini-\d(?:\.\d+)?-(?:pro|flash|ultra|nano)[a-z0-9-]*$/],
  ["vertex", /^(?:projects\/\S+\/)?publishers\/[a-z0-9-]+\/models\/\S+$/],
  ["vertex", /^(?:claude|gemini)-[a-z0-9.-]+@[a-z0-9]+$/],
];

/** As LiteLLM writes providers before ids. */
const routes: Readonly<Record<string, ModelProvider>> = {
  anthropic: "anthropic",
  bedrock: "bedrock",
  gemini: "vertex",
  openai: "openai",
  vertex_ai: "vertex",
};

/** OpenAI's "o3" is a word of two letters: a model only under a name that says so. */
const named = /(^|_)MODEL(_ID|_NAME)?$/i;
const reasoning = /^o\d(?:-(?:mini|pro|preview|deep-research))?(?:-\d{4}-\d\d-\d\d)?$/;

/** The model id that a variable holds; undefined where its value is surely not recognisable as one. */
export function modelIdIn(variable: string, value: string): ModelId | undefined {
  if (value.length > 2048) return undefined;
  const [, route = "", rest = ""] = /^([a-z_]+)\/(.+)$/.exec(value) ?? [];
  const provider = Object.hasOwn(routes, route) ? routes[route] : undefined;
  const id = provider === undefined ? value : rest;
  if (named.test(variable) && reasoning.test(id)) return { provider: provider ?? "openai", id };
  const form = forms.find(([, pattern]) => pattern.test(id));
  return form && { provider: provider ?? form[0], id };
}
