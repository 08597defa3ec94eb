import { z } from "zod";
import { name } from "../../config/schema/names";
import { atLeast, interval, type Kind } from "../kind";
import { whole } from "../quantities";

const answers = z
  .strictObject({ responses: whole(), passed: whole() })
  .refine(({ responses, passed }) => passed <= responses, "no more passes than responses");

const results = z.strictObject({
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
