import { z } from "zod";
import { atLeast, atMost, type Kind } from "../kind";
import { ratio, seconds, whole } from "../quantities";

const results = z.strictObject({
  indexAgeHours: z.number().min(0).describe("The age of staging's index against production's corpus."),
  queries: whole().describe("How many fixed queries recall was measured with."),
  recall: ratio(),
  p99Seconds: z
    .strictObject({ at10: seconds(), at50: seconds(), at100: seconds() })
    .describe("The 99th percentile at 10, 50 and 100 times the expected concurrency."),
});

/** Age, recall and speed of the index that answers are grounded in. */
export const retrieval: Kind<z.infer<typeof results>> = {
  name: "retrieval",
  results,
  comparesWithProduction: false,
  random: false,
  minimumSamples: () => 1,
  minimumRepeats: () => 1,
  criteria({ indexAgeHours, recall, p99Seconds }, { acceptance }) {
    const asked = acceptance.retrieval;
    return [
      atMost("maxIndexAgeHours", indexAgeHours, asked.maxIndexAgeHours, "hours"),
      atLeast("minRecall", recall, asked.minRecall, ""),
      atMost("maxP99Seconds", p99Seconds.at10, asked.maxP99Seconds, "seconds", "10 times"),
      atMost("maxP99Seconds", p99Seconds.at50, asked.maxP99Seconds, "seconds", "50 times"),
      atMost("maxP99Seconds", p99Seconds.at100, asked.maxP99Seconds, "seconds", "100 times"),
    ];
  },
};
