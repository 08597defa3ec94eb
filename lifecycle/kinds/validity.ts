import { z } from "zod";
import { name } from "../../config/schema/names";
import { atLeast, interval, type Kind } from "../kind";
import { whole } from "../quantities";

const answers = z
  .strictObject({ responses: whole(), passed: whole() })
  .refine(({ responses, passed }) => passed <= responses, "no more passes than responses");

const ratio = ({ responses, passed }: z.infer<typeof answers>): number =>
  responses === 0 ? 0 : passed / responses;

/** What a value may differ by that is written with four digits after the point. */
const rounding = 0.00005;

const counted = z.strictObject({
  staging: answers,
  production: answers,
  drop: z
    .strictObject({ value: z.number(), low: z.number(), high: z.number() })
    .refine(
      ({ value, low, high }) => low <= value && value <= high,
      "an interval with the value between its ends",
    )
    .describe("Production's pass rate less staging's, with its confidence interval."),
  confidence: z.number().min(0).max(1),
  method: z.string().min(3).max(500),
  causes: z
    .record(name, whole())
    .describe("Staging's failures by cause: invalid-format, cut-off, empty, refusal …"),
});

const results = counted.refine(
  ({ staging, production, drop }) =>
    // What is told of the counts themselves is not told twice.
    [staging, production].some(({ responses, passed }) => passed > responses) ||
    Math.abs(ratio(production) - ratio(staging) - drop.value) <= rounding + Number.EPSILON,
  {
    path: ["drop", "value"],
    error: "production's pass rate less staging's, by the counts beside it",
  },
);

/** Silent failures: answers that came with status 200 and do not pass the route's validators. */
export const validity: Kind<z.infer<typeof results>> = {
  name: "validity",
  results,
  comparesWithProduction: true,
  random: false,
  minimumSamples: ({ acceptance }) => acceptance.validity.minResponses,
  minimumRepeats: () => 1,
  criteria({ staging, production, drop }, { acceptance }) {
    const asked = acceptance.validity;
    return [
      atLeast("minResponses", staging.responses, asked.minResponses, "responses", "staging"),
      atLeast("minResponses", production.responses, asked.minResponses, "responses", "production"),
      interval("maxPassRatioDrop", drop, asked.maxPassRatioDrop, "lower", ""),
    ];
  },
};
