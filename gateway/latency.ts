import type { Config } from "../config/schema";
import { attemptTimeouts, own } from "./timeouts";

type Route = Config["routes"][string];

/** One place in a route's line: the targets of one order, which are tried together. */
export interface Step {
  route: string;
  order: number;
  /** The first call and its retries. */
  attempts: number;
  seconds: number;
}

export interface LatencyOptions {
  /**
   * The longest `Retry-After` to reckon with. LiteLLM waits as long as a provider's header says, up to
   * 60 s, instead of backing off, wherever no other target of the group is healthy. Default: 0, no header.
   */
  retryAfterSeconds?: number;
}

/**
 * The longest that a request to a route can take: every attempt runs into its time-out, every class of error
 * is retried as often as the most retried one, every wait is the longest, and every fallback is walked.
 * A bound, not an expectation. For streams it bounds the time to the first part only.
 */
export function worstCaseSeconds(config: Config, route: string, options: LatencyOptions = {}): number {
  return walkSteps(config, route, options).reduce((sum, { seconds }) => sum + seconds, 0);
}

/**
 * The steps that a failing request can go through, in LiteLLM's order: the route's orders from low to high,
 * then each fallback with its own orders and fallbacks. LiteLLM tries nothing twice for one request, so this
 * ends even where fallbacks form a circle. An error can change its kind on the way, so all three lists of
 * fallbacks count.
 */
export function walkSteps(config: Config, route: string, options: LatencyOptions = {}): Step[] {
  const steps: Step[] = [];
  const seen = new Set<string>();
  // A stack of our own: a chain of fallbacks may be longer than the calls that can wait for each other.
  const open = [route];
  for (let alias = open.pop(); alias !== undefined; alias = open.pop()) {
    const declared = own(config.routes, alias);
    if (declared === undefined || seen.has(alias)) continue;
    seen.add(alias);
    const orders = [...new Set(declared.targets.map(({ order }) => order))].sort((a, b) => a - b);
    for (const order of orders)
      steps.push(stepOf(config, alias, declared, order, options.retryAfterSeconds ?? 0));
    open.push(...fallbacksOf(declared).reverse());
  }
  return steps;
}

export const fallbacksOf = (route: Route): string[] => [
  ...route.fallbacks,
  ...route.contextWindowFallbacks,
  ...route.contentPolicyFallbacks,
];

function stepOf(config: Config, alias: string, route: Route, order: number, retryAfterSeconds: number): Step {
  const timeouts = route.targets
    .filter((target) => target.order === order)
    .map(({ model }) => {
      const declared = own(config.models, model);
      return declared === undefined ? 0 : attemptTimeouts(route, declared).timeoutSeconds;
    });
  const retries = Math.max(...Object.values(route.retries));
  const attempts = retries + 1;
  const seconds = attempts * Math.max(...timeouts) + waitSeconds(config, retries, retryAfterSeconds);
  return { route: alias, order, attempts, seconds };
}

/**
 * The waits of one step. LiteLLM waits before each retry and once more after the last one has failed
 * (`async_function_with_retries`), each wait twice the one before, up to the longest, plus jitter.
 */
function waitSeconds(config: Config, retries: number, retryAfterSeconds: number): number {
  if (retries === 0) return 0;
  const { initialSeconds, maxSeconds, jitterSeconds } = config.gateway.backoff;
  let seconds = 0;
  for (let wait = 0; wait <= retries; wait++) {
    seconds +=
      Math.max(Math.min(initialSeconds * 2 ** wait, maxSeconds), Math.min(retryAfterSeconds, 60)) +
      jitterSeconds;
  }
  return seconds;
}
