import { z } from "zod";
import { name } from "../../config/schema/names";
import { type CaseKind, caseKinds } from "../../lifecycle/kinds/eval";
import type { Run } from "./run";

/** What only the author of a case knows of it. */
export const tags = z.strictObject({
  case: z
    .string({ error: "a text that names the case" })
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,200}$/u, "1 to 200 characters on one line")
    .optional(),
  kinds: z.array(z.enum(caseKinds, { error: `one of ${caseKinds.join(", ")}` })).optional(),
  tools: z.array(name).optional(),
  team: name.optional(),
  core: z.boolean({ error: "true or false" }).optional(),
});
export type Tags = z.infer<typeof tags>;

export const tagsRemedy = "docs/evals.md has what a case may be tagged with.";

/** The tags as a run has them, all but the case. */
export const tagged = ({
  kinds,
  tools,
  team,
  core,
}: Tags): Pick<Run, "kinds" | "tools" | "team" | "core"> => ({
  kinds: [...new Set<CaseKind>(kinds ?? [])],
  tools: [...new Set(tools ?? [])],
  core: core ?? false,
  ...(team === undefined ? {} : { team }),
});
