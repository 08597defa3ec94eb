import { z } from "zod";
import { counted } from "../../config/numbers";
import type { Config } from "../../config/schema";
import { sentence } from "../../config/schema/names";
import { atLeast, atMost, type Criterion, holds, interval, type Kind } from "../kind";
import { ratioInterval, whole } from "../quantities";

const dimension = z
  .strictObject({
    name: sentence(1, 100).describe("Input length, language, route …"),
    psi: z.number().min(0).describe("The population stability index between production and what is tested."),
    psiInterval: z
      .strictObject({ low: z.number().min(0), high: z.number().min(0) })
      .describe("Its confidence interval, where one was computed.")
      .optional(),
    jensenShannon: ratioInterval
      .describe("The Jensen–Shannon divergence to base 2, with its interval. Absent: not measured.")
      .optional(),
    kolmogorovSmirnov: ratioInterval
      .describe("The largest distance of the distribution functions, of numbers, with its interval.")
      .optional(),
    bins: z.int().min(1).max(10_000).describe("How many bins the index is over.").optional(),
  })
  .refine(
    ({ psi, psiInterval }) =>
      psiInterval === undefined || (psiInterval.low <= psi && psi <= psiInterval.high),
    "an interval with the index between its ends",
  );
export type TrafficDimension = z.infer<typeof dimension>;

const outputs = z
  .strictObject({
    sent: whole().describe("How many of production's requests staging was sent."),
    answered: whole().describe("How many of them it answered."),
    speed: z.number().gt(0).describe("How many times faster than they were recorded."),
    dimensions: z
      .array(dimension)
      .max(200)
      .describe("Of staging's answers, against production's to the same."),
  })
  .refine(({ sent, answered }) => answered <= sent, "no more answers than requests");

const results = z.strictObject({
  days: z.number().min(0).describe("How many days of production's traffic were compared."),
  productionRequests: whole(),
  testedRequests: whole(),
  dimensions: z.array(dimension).max(200),
  outputs: outputs
    .describe("What staging answered to a replayed sample. Absent: none was replayed.")
    .optional(),
  missing: z
    .array(sentence(3, 300))
    .max(1_000)
    .describe("What production has and no test case: one sentence each."),
});
export type TrafficResults = z.infer<typeof results>;

/**
 * What is asked of the other two distances where the stack says nothing. For two normal distributions an index of 0.2 is
 * a divergence of 0.035 and a largest distance of 0.18.
 */
const otherwise = { maxJensenShannon: 0.05, maxKolmogorovSmirnov: 0.2 };
/** The share of replayed requests that have to be answered: what fails is left out of the distributions. */
const minAnsweredRatio = 0.99;

/** Whether what staging is tested with is like what production gets. */
export const traffic: Kind<TrafficResults> = {
  name: "traffic",
  results,
  comparesWithProduction: true,
  random: false,
  minimumSamples: ({ acceptance }) => acceptance.traffic.minRequests,
  minimumRepeats: () => 1,
  criteria({ days, productionRequests, dimensions, outputs: replayed }, { acceptance }) {
    const asked = acceptance.traffic;
    return [
      atLeast("minDays", days, asked.minDays, "days"),
      atLeast("minRequests", productionRequests, asked.minRequests, "requests"),
      holds(
        "dimensions",
        dimensions.length > 0,
        counted(dimensions.length, "dimension"),
        "at least one dimension",
      ),
      ...dimensions.flatMap((one) => distances(one, one.name, asked)),
      ...(replayed === undefined
        ? []
        : [
            atLeast(
              "answered",
              replayed.sent === 0 ? 0 : replayed.answered / replayed.sent,
              minAnsweredRatio,
              "",
              "replay",
            ),
            ...replayed.dimensions.flatMap((one) => distances(one, `replay: ${one.name}`, asked)),
          ]),
    ];
  },
};

/** By their intervals where they have them: a few cases say little of a distribution. */
function distances(
  { psi, psiInterval, jensenShannon, kolmogorovSmirnov }: TrafficDimension,
  on: string,
  asked: Config["acceptance"]["traffic"],
): Criterion[] {
  const { maxJensenShannon, maxKolmogorovSmirnov } = otherwise;
  const within = (name: string, found: z.infer<typeof ratioInterval> | undefined, most: number) =>
    found === undefined ? [] : [interval(name, found, most, "lower", "", on)];
  return [
    psiInterval === undefined
      ? atMost("maxPsi", psi, asked.maxPsi, "", on)
      : interval("maxPsi", { value: psi, ...psiInterval }, asked.maxPsi, "lower", "", on),
    ...within("maxJensenShannon", jensenShannon, asked.maxJensenShannon ?? maxJensenShannon),
    ...within("maxKolmogorovSmirnov", kolmogorovSmirnov, asked.maxKolmogorovSmirnov ?? maxKolmogorovSmirnov),
  ];
}
