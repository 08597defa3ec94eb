import { z } from "zod";
import { namespace } from "./documents";
import { type Field, fields } from "./relation";
import { configKeys, schema } from "./schema";

type Json = Record<string, unknown>;

/**
 * A JSON Schema (draft 2020-12) of the files, for editors: stack files, which have the keys below `config`,
 * and Pulumi.yaml, which has them below `config.<key>.value`. Derived from the zod schema; what a JSON Schema
 * cannot say (references, the pair) it leaves to `lockstep preview`.
 */
export function jsonSchema(): Json {
  const keys = configKeys.map((key) => `${namespace}:${key}`);
  // A key of our namespace that is none of them.
  const misspelt = `^${namespace}:(?!(${configKeys.join("|")})$)`;
  const under = (entry: (key: string) => Json): Json => ({
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(keys.map((key) => [key, entry(key)])),
        patternProperties: { [misspelt]: false },
      },
    },
  });
  const ref = (key: string): Json => ({ $ref: `#/$defs/${key.slice(namespace.length + 1)}` });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Lockstep: Pulumi.yaml and Pulumi.<stack>.yaml",
    if: { required: ["name", "runtime"] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: under((key) => ({
      type: "object",
      properties: { value: ref(key), description: { type: "string" } },
      required: ["value"],
      additionalProperties: false,
    })),
    else: under(ref),
    $defs: Object.fromEntries(configKeys.map((key) => [key, definition(schema.shape[key])])),
  };
}

function definition(part: z.ZodType): Json {
  const json = z.toJSONSchema(part, {
    io: "input",
    unrepresentable: "any",
    override({ zodSchema, jsonSchema: node }) {
      // zod hands over the core type of what was made as the classic one.
      const field = fields.get(zodSchema as unknown as z.ZodType);
      if (field) Object.assign(node, described(field));
      if (field?.secret) {
        for (const key of Object.keys(node)) if (key !== "description") delete (node as Json)[key];
        Object.assign(node, encryptedValue);
      }
    },
  }) as Json;
  const { $schema: _, ...rest } = json;
  return rest;
}

const encryptedValue = {
  type: "object",
  properties: { secure: { type: "string" } },
  required: ["secure"],
  additionalProperties: false,
};

function described({ description, relation, unit, tighter }: Field): Json {
  const how = relation === "stricter" ? `stricter (staging ${tighter ?? "lower"})` : relation;
  const notes = [unit === undefined || unit === "1" ? undefined : `Unit: ${unit}.`, `Relation: ${how}.`];
  return { description: [description, ...notes].filter(Boolean).join(" "), "x-lockstep-relation": relation };
}
