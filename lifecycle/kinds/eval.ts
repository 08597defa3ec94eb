import { z } from "zod";
import { name } from "../../config/schema/names";
import { atLeast, atMost, type Criterion, eachOnce, holds, interval, type Kind } from "../kind";
import { ratio, ratioInterval } from "../quantities";

const target = z.strictObject({
  route: name,
  model: name.describe("The key of the target in `models`."),
  cases: z.int().min(0).describe("How many cases were evaluated."),
  repeats: z.int().min(1).describe("How often each case was."),
  score: ratioInterval.describe("The mean score over cases, 0 to 1, with its confidence interval."),
  schemaValidRatio: ratio().describe("The share of answers that satisfy the route's schema; 1 without one."),
  latencyP95Seconds: z.number().min(0),
  usdPerRequest: z.number().min(0).describe("The mean cost of a request."),
});

const results = z.strictObject({
  confidence: ratio().describe("The confidence level of the intervals."),
  method: z.string().min(3).max(500).describe("How the intervals were computed."),
  targets: z
    .array(target)
    .max(10_000)
    .refine(
      (targets) => eachOnce(targets, ({ route, model }) => `${route} ${model}`),
      "every route and model once",
    ),
});

/** Quality, schema, latency and cost of every target of every route, fallbacks too. */
export const evaluation: Kind<z.infer<typeof results>> = {
  name: "eval",
  results,
  comparesWithProduction: false,
  random: true,
  minimumSamples: ({ acceptance }) => acceptance.eval.minCases,
  minimumRepeats: ({ acceptance }) => acceptance.eval.minRepeats,
  criteria({ targets }, { acceptance, routes }) {
    const asked = acceptance.eval;
    return Object.entries(routes).flatMap(([route, { targets: declared }]) =>
      [...new Set(declared.map(({ model }) => model))].flatMap((model): Criterion[] => {
        const on = `${route} on ${model}`;
        const found = targets.find((one) => one.route === route && one.model === model);
        if (found === undefined)
          return [holds("targets", false, "no case", "cases for every target of a route", on)];
        return [
          atLeast("minCases", found.cases, asked.minCases, "cases", on),
          atLeast("minRepeats", found.repeats, asked.minRepeats, "repeats of each case", on),
          interval("minScore", found.score, asked.minScore, "higher", "", on),
          atLeast("minSchemaValidRatio", found.schemaValidRatio, asked.minSchemaValidRatio, "", on),
          atMost("maxLatencyP95Seconds", found.latencyP95Seconds, asked.maxLatencyP95Seconds, "seconds", on),
          atMost("maxUsdPerRequest", found.usdPerRequest, asked.maxUsdPerRequest, "USD per request", on),
        ];
      }),
    );
  },
};
