import { z } from "zod";
import type { Config } from "../../config/schema";
import { isoDate, name, sentence } from "../../config/schema/names";
import { tellsModel } from "../../gateway/served";
import { atLeast, atMost, eachOnce, holds, type Kind } from "../kind";
import { ratio, whole } from "../quantities";

export const servedModel = z.strictObject({
  model: name.describe("The key in `models`."),
  served: z
    .array(z.string().min(1).max(300))
    .min(1)
    .max(20)
    .describe("The ids that the provider said it served."),
  by: z
    .enum(["provider", "request"])
    .optional()
    .describe(
      "`request` where the ids are only those that were asked for, which is all that is known of a provider that names none.",
    ),
});

const results = z.strictObject({
  falseAlarmRate: ratio().describe("The rate at which the test calls an unchanged model changed."),
  method: z.string().min(3).max(500).describe("The test, and the features that it compares."),
  baseline: z.strictObject({
    signedOffBy: sentence(3, 200).describe("Who took these answers for the baseline."),
    date: isoDate(),
  }),
  routes: z
    .array(z.strictObject({ route: name, samples: whole(), pValue: ratio(), alarm: z.boolean() }))
    .max(10_000)
    .refine((routes) => eachOnce(routes, ({ route }) => route), "every route once"),
  models: z.array(servedModel).max(10_000),
});

/** Whether the models behave as the signed-off baseline did, and are those that are pinned. */
export const fingerprint: Kind<z.infer<typeof results>> = {
  name: "fingerprint",
  results,
  comparesWithProduction: false,
  random: true,
  minimumSamples: ({ acceptance }) => acceptance.fingerprint.minSamples,
  minimumRepeats: () => 2,
  criteria({ falseAlarmRate, routes: measured, models: seen }, { acceptance, routes, models }) {
    const asked = acceptance.fingerprint;
    return [
      atMost("maxFalseAlarmRate", falseAlarmRate, asked.maxFalseAlarmRate, ""),
      atLeast(
        "minSamples",
        measured.reduce((sum, { samples }) => sum + samples, 0),
        asked.minSamples,
        "samples",
      ),
      ...Object.keys(routes).map((route) => {
        const found = measured.find((one) => one.route === route);
        return found === undefined
          ? holds("routes", false, "no sample", "samples of every route", route)
          : holds(
              "alarm",
              !found.alarm,
              found.alarm ? `an alarm (p = ${found.pValue})` : "no alarm",
              "no alarm",
              route,
            );
      }),
      ...targetModels(routes).map((model) => {
        const { modelId: pinned = "", provider } = models[model] ?? {};
        const { served = [], by = "provider" } = seen.find((one) => one.model === model) ?? {};
        const other = served.filter((id) => !sameModel(id, pinned));
        const measured = served.length === 0 ? "no answer" : other.length === 0 ? pinned : other.join(", ");
        const asked = by === "request" ? `${measured}, as asked for: nobody said what was served` : measured;
        const criterion = holds(
          "served",
          served.length > 0 && other.length === 0,
          asked,
          `the pinned ${pinned}`,
          model,
        );
        // Of a provider that names its models, what was asked for is not enough.
        const known = by === "provider" || (provider !== undefined && !tellsModel(provider));
        return known || criterion.outcome === "fails"
          ? criterion
          : { ...criterion, outcome: "inconclusive" as const };
      }),
    ];
  },
};

/** Every model that a request can reach, fallbacks too: a fallback is a route. */
const targetModels = (routes: Config["routes"]): string[] => [
  ...new Set(Object.values(routes).flatMap(({ targets }) => targets.map(({ model }) => model))),
];

/** Gateways put the provider before the id, and Bedrock the geography of a profile. */
function sameModel(served: string, pinned: string): boolean {
  return served === pinned || served.endsWith(`/${pinned}`) || pinned.endsWith(`.${served}`);
}
