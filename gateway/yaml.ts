import { Document, parseDocument, type ScalarTag } from "yaml";
import { isRecord } from "../config/record";
import type { ProxyConfig } from "./litellm";

/**
 * LiteLLM reads its file with PyYAML, which is YAML 1.1 and takes a number for a float only with a point in
 * it: `3e-7` is a string to it. So numbers are written with one, and strings that 1.1 takes for something
 * else (`on`, `1:30`, `1_000`) are quoted.
 */
const number: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value) => typeof value === "number",
  test: /^$/,
  resolve: () => undefined,
  stringify: ({ value }) => {
    const text = String(value);
    return /^-?\d+e/.test(text) ? text.replace("e", ".0e") : text;
  },
};

/** The file's text: keys in the order in which the object has them, no aliases, no line folding. */
export function formatProxy(proxy: ProxyConfig): string {
  const document = new Document(proxy, {
    version: "1.1",
    aliasDuplicateObjects: false,
    customTags: (tags) => [number, ...tags],
  });
  return document.toString({ lineWidth: 0, directives: false });
}

const sections = ["model_list", "router_settings", "litellm_settings", "general_settings"] as const;

/** Reads a provisioned file; `problems` says why it cannot be read. Sections that are absent come back empty. */
export function parseProxy(yaml: string): { proxy: ProxyConfig } | { problems: string[] } {
  const document = parseDocument(yaml, { version: "1.1", uniqueKeys: true });
  if (document.errors.length > 0)
    return { problems: document.errors.map(({ message }) => firstLine(message)) };
  let data: unknown;
  try {
    // LiteLLM resolves aliases; the files that are written here have none, so one is a sign of another hand.
    data = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return {
      problems: [`The file cannot be read: ${error instanceof Error ? error.message : String(error)}`],
    };
  }
  if (!isRecord(data)) return { problems: ["The file is no map of sections."] };
  const problems: string[] = [];
  for (const key of Object.keys(data)) {
    if (!sections.some((section) => section === key))
      problems.push(`The section "${key}" is not written by us.`);
  }
  const models = data.model_list ?? [];
  if (!Array.isArray(models)) problems.push("model_list is no list.");
  for (const [index, entry] of (Array.isArray(models) ? models : []).entries()) {
    const fits =
      isRecord(entry) &&
      typeof entry.model_name === "string" &&
      isRecord(entry.litellm_params) &&
      typeof entry.litellm_params.model === "string" &&
      isRecord(entry.model_info ?? {});
    if (!fits) problems.push(`model_list[${index}] lacks model_name or litellm_params.model.`);
  }
  for (const section of sections.slice(1)) {
    if (!isRecord(data[section] ?? {})) problems.push(`${section} is no map.`);
  }
  if (problems.length > 0) return { problems };
  return {
    proxy: {
      model_list: (models as ProxyConfig["model_list"]).map((entry) => ({
        ...entry,
        model_info: entry.model_info ?? {},
      })),
      router_settings: (data.router_settings ?? {}) as ProxyConfig["router_settings"],
      litellm_settings: (data.litellm_settings ?? {}) as Record<string, unknown>,
      general_settings: (data.general_settings ?? {}) as Record<string, unknown>,
    },
  };
}

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";
