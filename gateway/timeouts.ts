import type { Config } from "../config/schema";

type Route = Config["routes"][string];
type Model = Config["models"][string];

/**
 * What an attempt may take where neither route nor model says: ten minutes, the default of OpenAI's client.
 * LiteLLM's own default is 6,000 s. Rules ask for a declared time-out; this only bounds what has none.
 */
export const undeclaredTimeoutSeconds = 600;

/** The time-outs of one attempt at one target: the shortest of the route's, the model's and the deadline. */
export function attemptTimeouts(
  route: Route,
  model: Model,
): { timeoutSeconds: number; streamTimeoutSeconds: number } {
  const declared = [route.timeoutSeconds, model.timeoutSeconds, route.deadlineSeconds].filter(
    (value) => value !== undefined,
  );
  const timeoutSeconds = declared.length === 0 ? undeclaredTimeoutSeconds : Math.min(...declared);
  return {
    timeoutSeconds,
    streamTimeoutSeconds: Math.min(route.streamTimeoutSeconds ?? timeoutSeconds, timeoutSeconds),
  };
}

/** The longest time-out of any attempt: what LiteLLM falls back to, and what a pod waits for as it ends. */
export function longestTimeoutSeconds(config: Config): number {
  const timeouts = Object.values(config.routes).flatMap((route) =>
    route.targets.flatMap(({ model }) => {
      const declared = own(config.models, model);
      return declared === undefined ? [] : [attemptTimeouts(route, declared).timeoutSeconds];
    }),
  );
  return timeouts.length === 0 ? undeclaredTimeoutSeconds : Math.max(...timeouts);
}

/** An entry of a map by a name that came from a file: never something inherited. */
export function own<T>(map: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
