import type { Measured } from "../measurement";
import type { Conformance } from "./conform";
import type { Environment } from "./side";
import type { Trace } from "./trace";

/** The raw output of `routing` evidence, which docs/routing.md is generated from. */
export interface RawTraces {
  notes: string[];
  providers: string;
  gateway: { litellm: string; adaptations: readonly string[] };
  timeScale: number;
  traces: Record<Environment, Trace[]>;
}

/** What `routing` evidence says of a comparison. */
export function measuredOf(
  { litellm, faults, routes, differences, traces, unopened }: Conformance,
  { adaptations, timeScale }: { adaptations: readonly string[]; timeScale: number },
): Measured & { raw: RawTraces } {
  return {
    samples: faults.length * routes.length,
    repeats: 1,
    inconclusive: [],
    results: {
      faults: [...faults],
      underConcurrency: [...faults],
      routes,
      differences: differences.map((one) => ({ ...one, difference: one.difference.slice(0, 1_000) })),
    },
    raw: {
      providers: "stand-ins on loopback, no model: measure/standIn/standIn.ts",
      gateway: { litellm, adaptations },
      timeScale,
      notes: [
        "Two gateways, one as rendered for staging and one as rendered for production, each with its own stand-ins, got the same faults at the same time.",
        'A fault hits every call to the first target of a route; "all targets down" also those of the others and of the routes that it falls back to.',
        "alone: one after the other; together: at once; after: when the cool-down or the breaker should be open; recovered: without the fault, when it should be over again.",
        "calls: the deployments whose stand-in was called for a request, in order, in seconds after it was sent. A refused connection is no call.",
        "Compared are the calls' order and number, what the client got, and how far apart calls are where requests went the same way; of requests at once which targets were called, in their order.",
        "Limits are each environment's own and left out.",
        ...unopened.map(
          ({ fault, route }) =>
            `${route} allows so many failures by "${fault}" that its cool-down was not opened.`,
        ),
      ],
      traces,
    },
  };
}
