import type { Config } from "../config/schema";
import { walkSteps } from "../gateway/latency";
import type { ChatRequest } from "./standIn/chat";

/** Four characters are a token, as everywhere that nothing better is known. */
const charactersPerToken = 4;

/**
 * The most that one request can cost, in USD, by the declared prices: the dearest target that it can reach reads all
 * of the prompt and says as much as it may. An attempt that fails costs nothing.
 */
export function mostUsd(config: Config, request: ChatRequest): number {
  const input = JSON.stringify([request.messages, request.tools ?? []]).length / charactersPerToken;
  const routes = new Set(walkSteps(config, request.model).map(({ route }) => route));
  const models = [...routes].flatMap((route) =>
    (config.routes[route]?.targets ?? []).map(({ model }) => model),
  );
  return Math.max(
    0,
    ...models.map((name) => {
      const model = config.models[name];
      if (model === undefined) return 0;
      const { usdPerMillionTokens: price, maxOutputTokens, contextWindowTokens } = model;
      return (input * price.input + (maxOutputTokens ?? contextWindowTokens) * price.output) / 1e6;
    }),
  );
}

/** The most that embedding texts can cost, in USD, by the model's declared price. */
export const embeddingUsd = (
  { usdPerMillionTokens: { input } }: Config["models"][string],
  texts: readonly string[],
): number => (texts.join("").length / charactersPerToken / 1e6) * input;
