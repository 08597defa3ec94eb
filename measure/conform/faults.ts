import type { Config } from "../../config/schema";
import type { ErrorClass } from "../../config/schema/routes";
import type { FaultName } from "../../lifecycle/kinds/routing";
import type { Fault } from "../standIn/fault";

type Route = Config["routes"][string];

/** How a fault of the evidence is made, and what the configuration says about it. */
export interface Injection {
  fault: FaultName;
  /** What the stand-in does; "invalid answers" depends on whether the route has a schema. */
  kind(route: Route): Fault;
  /** All targets of the route and of what it falls back to, and not only its first. */
  everywhere?: true;
  /** Asked for as a stream. */
  stream?: true;
  /** The class of error whose retries and failures until the cool-down are declared; absent: none, or LiteLLM's own. */
  errorClass?: ErrorClass;
  /** The breaker counts it. */
  breaker?: true;
  /** The longest wait between calls depends on the provider: too few requests to open a cool-down. */
  few?: true;
}

const always = (kind: Fault) => () => kind;

/** In this order: those that open breakers, which stay open for long, come last. */
export const injections: readonly Injection[] = [
  { fault: "429", kind: always("429"), errorClass: "rateLimit" },
  {
    fault: "429 with retry-after",
    kind: always("429 with retry-after"),
    errorClass: "rateLimit",
    few: true,
  },
  { fault: "500", kind: always("500"), errorClass: "serverError" },
  { fault: "503", kind: always("503"), errorClass: "serviceUnavailable" },
  { fault: "timeout", kind: always("timeout"), errorClass: "timeout" },
  { fault: "slow first token", kind: always("slow first token"), stream: true, few: true },
  { fault: "truncated JSON", kind: always("truncated JSON"), few: true },
  { fault: "connection refused", kind: always("connection refused"), few: true },
  { fault: "401", kind: always("401"), errorClass: "authentication" },
  { fault: "context overflow", kind: always("context overflow"), errorClass: "badRequest" },
  { fault: "all targets down", kind: always("connection refused"), everywhere: true, few: true },
  { fault: "stream cut off", kind: always("stream cut off"), stream: true, breaker: true },
  {
    fault: "invalid answers",
    kind: ({ responseSchema }) => (responseSchema === undefined ? "empty answer" : "not JSON"),
    breaker: true,
  },
];

/** How many requests a route gets under a fault. */
export interface Plan {
  /** One after the other. */
  alone: number;
  /** At once. */
  together: number;
  /** One after the other, afterwards: these find the cool-down or the breaker open. */
  after: number;
  /** Whether these are enough to open it. */
  opens: boolean;
}

/** More at once would not be asked of a route whose cool-down opens after so many failures only. */
const mostTogether = 20;

/**
 * As many failures as are allowed, and one more: so that one allowed failure less or more is seen. A time-out may
 * last longer than its failure is remembered, so there all have to come at once.
 */
export function planOf(route: Route, { breaker, errorClass, few }: Injection): Plan {
  const small = { alone: 1, together: 2, after: 0, opens: false };
  if (few) return small;
  if (breaker) {
    const invalid = route.breaker?.invalidResponses;
    if (invalid === undefined) return small;
    return { alone: 1, together: Math.max(2, invalid - 1), after: 1, opens: true };
  }
  if (errorClass === undefined) return small;
  const allowed = route.coolDown.allowedFails[errorClass];
  if (allowed + 1 > mostTogether) return small;
  if (errorClass === "timeout")
    return { alone: 1, together: Math.max(2, allowed + 1), after: 1, opens: true };
  return { alone: 1, together: Math.max(2, allowed - 1), after: 2, opens: true };
}
