import { z } from "zod";
import { counted } from "../../config/numbers";
import { sentence } from "../../config/schema/names";
import { atLeast, atMost, holds, type Kind } from "../kind";
import { whole } from "../quantities";

const results = z.strictObject({
  days: z.number().min(0).describe("How many days of production's traffic were compared."),
  productionRequests: whole(),
  testedRequests: whole(),
  dimensions: z
    .array(
      z.strictObject({
        name: sentence(1, 100).describe("Input length, language, route …"),
        psi: z
          .number()
          .min(0)
          .describe("The population stability index between production and what is tested."),
      }),
    )
    .max(200),
  missing: z
    .array(sentence(3, 300))
    .max(1_000)
    .describe("What production has and no test case: one sentence each."),
});

/** Whether what staging is tested with is like what production gets. */
export const traffic: Kind<z.infer<typeof results>> = {
  name: "traffic",
  results,
  comparesWithProduction: true,
  random: false,
  minimumSamples: ({ acceptance }) => acceptance.traffic.minRequests,
  minimumRepeats: () => 1,
  criteria({ days, productionRequests, dimensions }, { acceptance }) {
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
      ...dimensions.map(({ name, psi }) => atMost("maxPsi", psi, asked.maxPsi, "", name)),
    ];
  },
};
