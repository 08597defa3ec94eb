import type { Config } from "../config/schema";
import { type ErrorClass, errorClasses } from "../config/schema/routes";
import { badGatewayFailsKey, errorStems, otherRetriesKey } from "./litellm";

type Route = Config["routes"][string];
type Counts = Readonly<Record<ErrorClass, number>>;

const named = (counts: Counts, suffix: string): Record<string, number> =>
  Object.fromEntries(errorClasses.map((key) => [errorStems[key] + suffix, counts[key]]));

/** Retries by class; an error that LiteLLM has no class for is retried like a server error. */
export function retryPolicy(route: Route): Record<string, number> {
  return { ...named(route.retries, "Retries"), [otherRetriesKey]: route.retries.serverError };
}

/** Failures before the cool-down by class; a bad gateway counts as a server error. */
export function allowedFailsPolicy(route: Route): Record<string, number> {
  const { allowedFails } = route.coolDown;
  return { ...named(allowedFails, "AllowedFails"), [badGatewayFailsKey]: allowedFails.serverError };
}
