import { z } from "zod";
import { quote } from "./visible";

/**
 * How a field's values in staging and in production must relate. Written once, at the field, and read by
 * everything else: the rules, the review, the behaviour hash, the JSON Schema and the reference.
 *
 * - `mirrored`: equal in both environments.
 * - `stricter`: staging's value strictly tighter than production's.
 * - `separate`: different, and never shared.
 * - `free`: may differ.
 */
export const relations = ["mirrored", "stricter", "separate", "free"] as const;
export type Relation = (typeof relations)[number];

/** What a leaf of the configuration says about itself. */
export interface Field {
  relation: Relation;
  /** One sentence, shown in editors, in the reference and in findings. */
  description: string;
  /** The unit of a number, as a person says it: "USD", "seconds", "requests per minute". */
  unit?: string;
  /** For `stricter`: which way is tighter. Default "lower". */
  tighter?: "lower" | "higher";
  /** The value is the path of a file in the project; what counts is the file's content. */
  file?: true;
  /** The value is only ever stored encrypted, and is never read or shown. */
  secret?: true;
}

/** Every annotated leaf, by schema instance. */
export const fields = z.registry<Field>();

type Extra = Omit<Field, "relation" | "description">;

const annotate =
  (relation: Relation) =>
  <S extends z.ZodType>(schema: S, description: string, extra: Extra = {}): S => {
    const unit = extra.unit ?? units.get(schema);
    fields.add(schema, { relation, description, ...extra, ...(unit === undefined ? {} : { unit }) });
    return schema;
  };

export const mirrored = annotate("mirrored");
export const stricter = annotate("stricter");
export const separate = annotate("separate");
export const free = annotate("free");

const units = new WeakMap<z.ZodType, string>();

/** A number with its unit and both bounds (inclusive). */
export function quantity(unit: string, minimum: number, maximum: number): z.ZodNumber {
  const schema = z.number().min(minimum).max(maximum);
  units.set(schema, unit);
  return schema;
}

/** A whole number with its unit and both bounds (inclusive). */
export function count(unit: string, minimum: number, maximum: number): z.ZodNumber {
  const schema = z.number().int().min(minimum).max(maximum);
  units.set(schema, unit);
  return schema;
}

/** A step of a path into the configuration: a key, or an index into a list. */
export type Step = string | number;
export type Path = readonly Step[];

/** `["routes", "chat", "targets", 0]` as `routes.chat.targets[0]`. */
export function formatPath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${quote(step)}]`;
  }
  return text;
}

/** The schema under `optional()`, `default()` and the like. */
export function unwrap(schema: z.ZodType): z.ZodType {
  const inner = inners.get(schema) ?? unwrapped(schema);
  inners.set(schema, inner);
  return inner;
}

const inners = new WeakMap<z.ZodType, z.ZodType>();

function unwrapped(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodNullable ||
    inner instanceof z.ZodReadonly
  ) {
    inner = inner.unwrap() as z.ZodType;
  }
  return inner;
}

/** The annotation of a schema, looked for through `optional()` and `default()`. */
export function fieldOf(schema: z.ZodType): Field | undefined {
  return fields.get(schema) ?? fields.get(unwrap(schema));
}

/**
 * A leaf of the schema. `*` in `pattern` stands for any key of a map, `[]` for any item of a list.
 * `field` is undefined only where somebody forgot the annotation; a test fails on that.
 */
export interface Leaf {
  pattern: string;
  schema: z.ZodType;
  field: Field | undefined;
  optional: boolean;
  /** What stands for an absent value; undefined where nothing does. */
  default?: unknown;
}

/** All leaves of a schema, in the order in which they are written. */
export function* leaves(schema: z.ZodType, pattern = "", optional = false): Generator<Leaf> {
  const field = fieldOf(schema);
  const inner = unwrap(schema);
  const isOptional = optional || inner !== schema;
  if (field === undefined && inner instanceof z.ZodObject) {
    for (const [key, value] of Object.entries(inner.shape)) {
      yield* leaves(value as z.ZodType, pattern === "" ? key : `${pattern}.${key}`, isOptional);
    }
  } else if (field === undefined && inner instanceof z.ZodRecord) {
    yield* leaves(inner.valueType as z.ZodType, `${pattern}.*`, isOptional);
  } else if (field === undefined && inner instanceof z.ZodArray) {
    yield* leaves(inner.element as z.ZodType, `${pattern}[]`, isOptional);
  } else {
    const fallback = schema instanceof z.ZodDefault ? { default: schema.def.defaultValue } : {};
    yield { pattern, schema: inner, field, optional: isOptional, ...fallback };
  }
}
