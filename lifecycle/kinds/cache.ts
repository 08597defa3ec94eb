import { z } from "zod";
import { name } from "../../config/schema/names";
import { atLeast, type Criterion, eachOnce, holds, type Kind } from "../kind";
import { ratio, seconds, whole } from "../quantities";

const results = z.strictObject({
  patterns: z
    .array(
      z.strictObject({
        route: name,
        requests: whole(),
        hitRatio: ratio().describe("The share of input tokens that the provider read from its prompt cache."),
        firstTokenP95Seconds: z.strictObject({ hit: seconds().optional(), miss: seconds().optional() }),
      }),
    )
    .max(10_000)
    .refine((patterns) => eachOnce(patterns, ({ route }) => route), "every route once"),
  overallHitRatio: ratio()
    .optional()
    .describe("The same over all routes together, as production's alarm counts it."),
});

/** The prompt cache's hit rate for each traffic pattern: a route and its prompt. */
export const cache: Kind<z.infer<typeof results>> = {
  name: "cache",
  results,
  comparesWithProduction: false,
  random: false,
  minimumSamples: ({ acceptance }) => acceptance.cache.minRequests,
  minimumRepeats: () => 1,
  criteria({ patterns }, { acceptance, routes }) {
    const asked = acceptance.cache;
    const cacheable = Object.entries(routes).filter(([, { prompt }]) => prompt !== undefined);
    return cacheable.flatMap(([route]): Criterion[] => {
      const found = patterns.find((one) => one.route === route);
      if (found === undefined)
        return [holds("patterns", false, "no request", "requests of every route with a prompt", route)];
      return [
        atLeast("minRequests", found.requests, asked.minRequests, "requests", route),
        atLeast("minHitRatio", found.hitRatio, asked.minHitRatio, "", route),
      ];
    });
  },
};
