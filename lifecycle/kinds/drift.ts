import { z } from "zod";
import { counted } from "../../config/numbers";
import { isoDate, sentence } from "../../config/schema/names";
import { holds, type Kind } from "../kind";
import { whole } from "../quantities";

/** What the evidence has to have looked at; an audit looks at more. */
const required = ["prompts", "models", "policies"] as const;

const difference = z.strictObject({
  area: sentence(2, 100),
  name: sentence(1, 300),
  difference: sentence(3, 1_000),
  declared: sentence(1, 300).describe("What is declared, where it can be shown.").optional(),
  deployed: sentence(1, 300).describe("What was found, where it can be shown.").optional(),
  since: isoDate().describe("The day of the first audit in a row that found it (UTC).").optional(),
});
export type DriftDifference = z.infer<typeof difference>;

const results = z.strictObject({
  audited: z
    .strictObject({ prompts: whole(), models: whole(), policies: whole() })
    .describe("How many of each were compared with what is declared."),
  differences: z.array(difference).max(10_000),
  areas: z
    .array(
      z.strictObject({
        area: sentence(2, 100),
        compared: whole().describe("How many values were compared."),
        notAudited: z
          .array(sentence(3, 500))
          .max(100)
          .describe("Why part of it was not looked at, one sentence a reason."),
        leftAside: z.array(sentence(3, 500)).max(100).describe("What of it cannot be compared, in words."),
      }),
    )
    .max(50)
    .optional(),
  sources: z
    .array(sentence(2, 100))
    .max(10)
    .describe("What was read, where the audit was limited to some sources; absent where it was not.")
    .optional(),
  expiring: z
    .array(z.strictObject({ area: sentence(2, 100), name: sentence(1, 300), ends: isoDate() }))
    .max(10_000)
    .describe("What ends soon, with the last day on which it counts (UTC).")
    .optional(),
  last: isoDate().describe("The day of the audit before, where one was given.").optional(),
  gone: z
    .array(difference)
    .max(10_000)
    .describe("What the audit before found, and this one does not any more.")
    .optional(),
});
export type DriftResults = z.infer<typeof results>;

/** Whether what runs is still what is declared: prompts, model versions, policy configuration. */
export const drift: Kind<DriftResults> = {
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
      ...required.map((area) =>
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
