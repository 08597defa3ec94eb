import type { Config } from "../config/schema";
import { environmentPrefix } from "./litellm";

type Model = Config["models"][string];

/** The environment variable that holds a credential: `openai-main` is in LOCKSTEP_CREDENTIAL_OPENAI_MAIN. */
export const credentialVariable = (credential: string): string =>
  `LOCKSTEP_CREDENTIAL_${credential.toUpperCase().replaceAll("-", "_")}`;

/**
 * Azure's API version, which its URLs name: the one that LiteLLM 1.106.2 would use, written out so that
 * an update of the image cannot change it.
 */
const azureApiVersion = "2025-02-01-preview";

/**
 * What LiteLLM has to know to call a model: its name with the provider's prefix, the credential by
 * reference, and where it is served. Bedrock has no credential: the pod's own role calls it.
 */
export function callParams(config: Config, model: Model): { model: string } & Record<string, unknown> {
  const key =
    model.credential === undefined ? undefined : environmentPrefix + credentialVariable(model.credential);
  const { modelId, region, apiBase } = model;
  switch (model.provider) {
    case "openai":
      return defined({ model: `openai/${modelId}`, api_key: key, api_base: apiBase });
    case "anthropic":
      return defined({ model: `anthropic/${modelId}`, api_key: key, api_base: apiBase });
    case "huggingface":
      return defined({ model: `huggingface/${modelId}`, api_key: key, api_base: apiBase });
    case "azure":
      return defined({
        model: `azure/${modelId}`,
        api_key: key,
        api_base: apiBase,
        api_version: azureApiVersion,
      });
    case "bedrock":
      return defined({ model: `bedrock/${modelId}`, aws_region_name: region });
    case "vertex": {
      const project =
        model.credential === undefined ? undefined : config.credentials[model.credential]?.identity;
      return defined({
        model: `vertex_ai/${modelId}`,
        vertex_credentials: key,
        vertex_project: project,
        vertex_location: region,
      });
    }
  }
}

/** What is sent with each request unless the client says otherwise. */
export function sampling(model: Model): Record<string, unknown> {
  return defined({ temperature: model.temperature, max_tokens: model.maxOutputTokens, seed: model.seed });
}

/**
 * Declared prices, in USD per token: LiteLLM's own price list is neither fetched nor trusted. Twelve
 * decimals, so that `2.5 / 1e6` does not depend on how a machine prints it.
 */
export function prices(model: Model): Record<string, number> {
  const perToken = (usdPerMillion: number) => Number((usdPerMillion / 1e6).toFixed(12));
  const { input, output, cachedInput } = model.usdPerMillionTokens;
  return {
    input_cost_per_token: perToken(input),
    output_cost_per_token: perToken(output),
    cache_read_input_token_cost: perToken(cachedInput),
  };
}

/** The context window as LiteLLM counts it: what is left for input beside the longest answer. */
export function window(model: Model): Record<string, number> {
  const { contextWindowTokens, maxOutputTokens = 0 } = model;
  const input = contextWindowTokens - maxOutputTokens;
  return {
    max_input_tokens: input > 0 ? input : contextWindowTokens,
    ...(maxOutputTokens > 0 ? { max_output_tokens: maxOutputTokens } : {}),
  };
}

function defined<T extends Record<string, unknown>>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}
