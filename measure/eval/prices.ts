import type { Config } from "../../config/schema";
import type { Run, Tokens } from "./run";

/** What a run cost, and how that is known. */
export interface Cost {
  usd: number;
  by: "gateway" | "tool" | "declared prices";
}

/** The gateway charges by the deployment that answered; a tool knows at most a list price. */
export function costOf(run: Run, config: Pick<Config, "models">, model: string): Cost | undefined {
  if (run.gatewayUsd !== undefined) return { usd: run.gatewayUsd, by: "gateway" };
  if (run.toolUsd !== undefined) return { usd: run.toolUsd, by: "tool" };
  const usd = declaredUsd(run.tokens, config, model);
  return usd === undefined ? undefined : { usd, by: "declared prices" };
}

export function declaredUsd(
  tokens: Tokens | undefined,
  { models }: Pick<Config, "models">,
  model: string,
): number | undefined {
  const prices = models[model]?.usdPerMillionTokens;
  if (tokens === undefined || prices === undefined) return undefined;
  const { input, cached, output } = tokens;
  return ((input - cached) * prices.input + cached * prices.cachedInput + output * prices.output) / 1_000_000;
}
