import type { Config } from "../config/schema";
import type { ReleaseData } from "../config/schema/release";

/** The expected change of one route's requests, as a release states it, without its price. */
export type RouteDelta = Omit<NonNullable<ReleaseData["tokenDelta"]>[number], "monthlyUsd">;

/** USD per month: with the prompt cache as warm as its objective, and with an empty one. */
export interface MonthlyUsd {
  warm: number;
  cold: number;
}

/**
 * The change of a route's monthly bill, from declared prices, in whole cents. Priced is the target that is called
 * first, before and after; a route that one of them lacks costs nothing there. Undefined where neither has it.
 */
export function monthlyUsd(delta: RouteDelta, before: Config, after: Config): MonthlyUsd | undefined {
  const [old, next] = [pricesOf(before, delta.route), pricesOf(after, delta.route)];
  if (old === undefined && next === undefined) return undefined;
  const change = (warm: boolean) =>
    delta.requestsPerMonth *
    ((next ? requestUsd(delta.after, next, warm ? after.objectives.cacheHitRatio : 0) : 0) -
      (old ? requestUsd(delta.before, old, warm ? before.objectives.cacheHitRatio : 0) : 0));
  return { warm: cents(change(true)), cold: cents(change(false)) };
}

type Prices = Config["models"][string]["usdPerMillionTokens"];

function pricesOf({ routes, models }: Config, alias: string): Prices | undefined {
  const route = Object.hasOwn(routes, alias) ? routes[alias] : undefined;
  const [first] = [...(route?.targets ?? [])].sort((a, b) => a.order - b.order);
  return first && Object.hasOwn(models, first.model) ? models[first.model]?.usdPerMillionTokens : undefined;
}

/** USD of one request, with a share of its input read from the provider's prompt cache. */
export function requestUsd(
  { input, output }: { input: number; output: number },
  prices: Prices,
  cachedShare: number,
): number {
  const cached = input * cachedShare;
  return ((input - cached) * prices.input + cached * prices.cachedInput + output * prices.output) / 1_000_000;
}

/** Half a cent goes away from zero, and never to a negative zero. */
const cents = (usd: number): number => (Math.sign(usd) * Math.round(Math.abs(usd) * 100)) / 100 || 0;
