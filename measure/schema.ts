import Ajv, { type ValidateFunction } from "ajv";
import Ajv2019 from "ajv/dist/2019";
import Ajv2020 from "ajv/dist/2020";
import { isRecord } from "../config/record";
import type { Behaviour } from "../config/stack";

/** A schema that no answer can be judged by; one sentence. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}

/**
 * Whether an answer satisfies a route's schema, as the gateway's breaker judges it: JSON without a fence around it, in
 * the draft that the schema names, else 2020-12; formats are not checked and no `$ref` is fetched. Undefined for a
 * route without a schema.
 */
export function validatorOf(
  { config, contents }: Pick<Behaviour, "config" | "contents">,
  route: string,
): ((text: string) => boolean) | undefined {
  const file = config.routes[route]?.responseSchema;
  if (file === undefined) return undefined;
  const validate = compiled(contents.get(file) ?? "", file);
  return (text) => {
    try {
      return validate(JSON.parse(text)) === true;
    } catch {
      return false;
    }
  };
}

function compiled(text: string, file: string): ValidateFunction {
  const options = { strict: false, validateFormats: false, logger: false } as const;
  try {
    const schema: unknown = JSON.parse(text);
    const draft = isRecord(schema) && typeof schema.$schema === "string" ? schema.$schema : "2020-12";
    if (/draft-0[67]/.test(draft)) return new Ajv(options).compile(schema as object);
    if (draft.includes("2019-09")) return new Ajv2019(options).compile(schema as object);
    return new Ajv2020(options).compile(schema as object);
  } catch {
    throw new SchemaError(
      `${file} is no JSON Schema of draft 6, 7, 2019-09 or 2020-12 by which answers can be judged.`,
    );
  }
}
