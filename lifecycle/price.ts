import type { Config } from "../config/schema";

/** The mean tokens of one request. */
export interface Tokens {
  input: number;
  output: number;
}

/** What a person expects of one route: how many requests, and their tokens before and after. */
export interface Expectation {
  route: string;
  requestsPerMonth: number;
  before: Tokens;
  after: Tokens;
}

/** The change of a monthly bill in USD, to the cent. */
export interface MonthlyUsd {
  warm: number;
  cold: number;
}

/**
 * What a change costs a month at the declared prices: warm with the objective's share of the input read from the
 * provider's prompt cache, cold with none. A route that is only there before or after costs nothing at the other;
 * undefined where it is there at neither.
 */
export function monthlyUsd(
  { route, requestsPerMonth, before, after }: Expectation,
  configBefore: Config,
  configAfter: Config,
): MonthlyUsd | undefined {
  if (![configBefore, configAfter].some(({ routes }) => Object.hasOwn(routes, route))) return undefined;
  const cost = (config: Config, tokens: Tokens, hitRatio: number) =>
    usdPerMillionRequests(config, route, tokens, hitRatio) * (requestsPerMonth / 1_000_000);
  const delta = (hitRatio: (config: Config) => number) =>
    cents(
      cost(configAfter, after, hitRatio(configAfter)) - cost(configBefore, before, hitRatio(configBefore)),
    );
  return { warm: delta(({ objectives }) => objectives.cacheHitRatio), cold: delta(() => 0) };
}

/** Of targets in the same place each is called by its weight. */
function usdPerMillionRequests(
  { models, routes }: Config,
  route: string,
  { input, output }: Tokens,
  hitRatio: number,
): number {
  const targets = Object.hasOwn(routes, route) ? (routes[route]?.targets ?? []) : [];
  const first = Math.min(...targets.map(({ order }) => order));
  const called = targets.filter(({ order }) => order === first);
  const weights = called.reduce((sum, { weight }) => sum + weight, 0);
  return called.reduce((sum, { model, weight }) => {
    const price = Object.hasOwn(models, model) ? models[model]?.usdPerMillionTokens : undefined;
    if (price === undefined) return sum;
    const inputPrice = (1 - hitRatio) * price.input + hitRatio * price.cachedInput;
    return sum + (weight / weights) * (input * inputPrice + output * price.output);
  }, 0);
}

/** Rounded to the cent; never a negative zero, which no file can hold. */
const cents = (usd: number): number => Math.round(usd * 100) / 100 || 0;
