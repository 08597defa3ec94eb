import { z } from "zod";
import { counted } from "../../config/numbers";
import { sentence } from "../../config/schema/names";
import { holds, type Kind } from "../kind";
import { whole } from "../quantities";

const areas = ["prompts", "models", "policies"] as const;

const results = z.strictObject({
  audited: z
    .strictObject({ prompts: whole(), models: whole(), policies: whole() })
    .describe("How many of each were compared with what is declared."),
  differences: z
    .array(z.strictObject({ area: sentence(2, 100), name: sentence(1, 300), difference: sentence(3, 1_000) }))
    .max(10_000),
});

/** Whether what runs is still what is declared: prompts, model versions, policy configuration. */
export const drift: Kind<z.infer<typeof results>> = {
  name: "drift",
  results,
  comparesWithProduction: false,
  random: false,
  minimumSamples: () => 1,
  minimumRepeats: () => 1,
  criteria({ audited, differences }, { models, behaviour }) {
    const expected = {
      prompts: Object.keys(behaviour.prompts).length,
      models: Object.keys(models).length,
      policies: 1,
    };
    return [
      ...areas.map((area) =>
        holds(
          area,
          audited[area] >= expected[area],
          `${audited[area]} audited`,
          area === "policies" ? "the policy configuration" : `all ${expected[area]}`,
        ),
      ),
      holds("differences", differences.length === 0, counted(differences.length, "difference"), "none"),
    ];
  },
};
