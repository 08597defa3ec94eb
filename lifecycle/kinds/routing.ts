import { z } from "zod";
import { counted } from "../../config/numbers";
import { name, sentence } from "../../config/schema/names";
import { holds, type Kind } from "../kind";

/** The faults that every route must have met: those that retries, fallbacks, cool-down and breaker are for. */
export const requiredFaults = [
  "429",
  "429 with retry-after",
  "500",
  "503",
  "timeout",
  "slow first token",
  "truncated JSON",
  "stream cut off",
  "connection refused",
  "401",
  "context overflow",
  "invalid answers",
  "all targets down",
] as const;
export type FaultName = (typeof requiredFaults)[number];

const results = z.strictObject({
  faults: z.array(sentence(2, 100)).max(200).describe("The faults that were injected."),
  underConcurrency: z
    .array(sentence(2, 100))
    .max(200)
    .describe("Those of the faults that several requests met at once."),
  routes: z.array(name).max(10_000).describe("The routes that they were injected into."),
  differences: z
    .array(z.strictObject({ fault: sentence(2, 100), route: name, difference: sentence(3, 1_000) }))
    .max(10_000)
    .describe("Where the two environments' gateways did not do the same."),
});

/** Whether both running gateways do the same when their providers fail. */
export const routing: Kind<z.infer<typeof results>> = {
  name: "routing",
  results,
  comparesWithProduction: false,
  random: false,
  minimumSamples: () => requiredFaults.length,
  minimumRepeats: () => 1,
  criteria({ faults, underConcurrency, routes: met, differences }, { routes }) {
    const unmet = Object.keys(routes).filter((route) => !met.includes(route));
    return [
      injected("faults", faults),
      injected("underConcurrency", underConcurrency),
      holds(
        "routes",
        unmet.length === 0,
        unmet.length === 0 ? counted(met.length, "route") : `not ${unmet.join(", ")}`,
        "every route",
      ),
      holds("differences", differences.length === 0, counted(differences.length, "difference"), "none"),
    ];
  },
};

function injected(name: string, faults: readonly string[]) {
  const lacking = requiredFaults.filter((fault) => !faults.includes(fault));
  return holds(
    name,
    lacking.length === 0,
    lacking.length === 0 ? counted(faults.length, "fault") : `no ${lacking.join(", no ")}`,
    `all ${requiredFaults.length} faults that lockstep conform injects`,
  );
}
