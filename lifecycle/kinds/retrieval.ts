import { z } from "zod";
import { readable } from "../../config/numbers";
import { atLeast, atMost, type Criterion, holds, interval, type Kind, withUnit } from "../kind";
import { ratio, seconds, whole } from "../quantities";

/** The multiples of the expected concurrency. */
export const stages = ["at10", "at50", "at100"] as const;
export type Stage = (typeof stages)[number];

/** A value of each stage; a measurement that was ended early has none of the later ones. */
const staged = <T extends z.ZodType>(value: T) =>
  z.strictObject({ at10: value.optional(), at50: value.optional(), at100: value.optional() });
const ends = z
  .strictObject({ low: z.number().min(0), high: z.number().min(0) })
  .describe("The ends of a confidence interval.");
type Ends = z.infer<typeof ends>;
const around = (value: number | undefined, found: Ends | undefined): boolean =>
  found === undefined || (value !== undefined && found.low <= value && value <= found.high);

const results = z
  .strictObject({
    indexAgeHours: z.number().min(0).describe("The age of staging's index against production's corpus."),
    indexNewest: z.iso.datetime().describe("The time of the newest document in the index.").optional(),
    corpusNewest: z.iso
      .datetime()
      .describe("The time of the newest document in production's corpus.")
      .optional(),
    missingSince: z.iso
      .datetime()
      .describe("The time of the oldest document in the corpus that is newer than any in the index.")
      .optional(),
    queries: whole().describe("How many fixed queries recall was measured with."),
    recall: ratio(),
    recallInterval: ends.optional(),
    p99Seconds: staged(seconds()).describe(
      "The 99th percentile at 10, 50 and 100 times the expected concurrency.",
    ),
    p99Interval: staged(ends).optional(),
    p50Seconds: staged(seconds()).describe("The median.").optional(),
    confidence: ratio().describe("The confidence level of the intervals.").optional(),
    method: z.string().min(3).max(500).describe("How the intervals were computed.").optional(),
    expectedConcurrency: whole().min(1).describe("The searches that production has in flight.").optional(),
    searches: staged(whole())
      .describe("How many searches of each stage were measured, failed ones among them.")
      .optional(),
    errors: whole().describe("How many searches failed, of all that were measured.").optional(),
  })
  .refine(
    ({ recall, recallInterval, p99Seconds, p99Interval }) =>
      around(recall, recallInterval) &&
      stages.every((stage) => around(p99Seconds[stage], p99Interval?.[stage])),
    "intervals with the value between their ends",
  );

/** Age, recall and speed of the index that answers are grounded in. */
export const retrieval: Kind<z.infer<typeof results>> = {
  name: "retrieval",
  results,
  comparesWithProduction: false,
  random: false,
  minimumSamples: () => 1,
  minimumRepeats: () => 1,
  criteria({ indexAgeHours, recall, recallInterval, p99Seconds, p99Interval, errors }, { acceptance }) {
    const { maxIndexAgeHours, minRecall, maxP99Seconds } = acceptance.retrieval;
    return [
      atMost("maxIndexAgeHours", indexAgeHours, maxIndexAgeHours, "hours"),
      recallInterval === undefined
        ? atLeast("minRecall", recall, minRecall, "")
        : interval("minRecall", { value: recall, ...recallInterval }, minRecall, "higher", ""),
      ...stages.map((stage) => fastEnough(stage, p99Seconds[stage], p99Interval?.[stage], maxP99Seconds)),
      ...(errors === undefined
        ? []
        : [holds("errors", errors === 0, `${readable(errors)} failed`, "no failed search")]),
    ];
  },
};

function fastEnough(
  stage: Stage,
  value: number | undefined,
  found: Ends | undefined,
  most: number,
): Criterion {
  const subject = `${stage.slice("at".length)} times`;
  if (value === undefined)
    return {
      name: "maxP99Seconds",
      subject,
      measured: "nothing",
      required: `at most ${withUnit(most, "seconds")}`,
      outcome: "inconclusive",
    };
  return found === undefined
    ? atMost("maxP99Seconds", value, most, "seconds", subject)
    : interval("maxP99Seconds", { value, ...found }, most, "lower", "seconds", subject);
}
