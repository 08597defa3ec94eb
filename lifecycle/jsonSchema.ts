import { z } from "zod";
import { kindNames } from "./kind";
import { statementSchemas } from "./statement";

/**
 * A JSON Schema (draft 2020-12) of every kind of statement, for whoever makes evidence with another tool. What a
 * JSON Schema cannot say (an interval's order, what the results have to show) is left to
 * `lockstep evidence verify`.
 */
export function evidenceJsonSchema(): Record<string, unknown> {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Lockstep: a statement of evidence, as releases/<id>/evidence/*.intoto.json has it",
    oneOf: kindNames.map((kind) => ({ $ref: `#/$defs/${kind}` })),
    $defs: Object.fromEntries(
      kindNames.map((kind) => {
        const { $schema: _, ...definition } = z.toJSONSchema(statementSchemas[kind]);
        return [kind, definition];
      }),
    ),
  };
}
