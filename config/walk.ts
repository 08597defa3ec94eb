import type { z } from "zod";
import { type Field, fieldOf, formatPath, type Path, unwrap } from "./relation";
import { type Config, type ConfigKey, configKeys, schema } from "./schema";

/** One leaf of one configuration with its value. Absent optional leaves are not visited. */
export interface Value {
  path: Path;
  /** `path` as text: `routes.chat.targets[0].model`. */
  name: string;
  field: Field;
  value: unknown;
}

/** All leaves of a configuration that have a value, in the order of the schema and of the data. */
export function* walk(config: Config): Generator<Value> {
  for (const key of configKeys) yield* walkKey(config, key);
}

/** Those below one key. Stacks share most of their values, and nobody changes one. */
export function walkKey(config: Config, key: ConfigKey): readonly Value[] {
  const value = config[key];
  const known = walked.get(value) ?? [...visit(schema.shape[key], value, [key])];
  walked.set(value, known);
  return known;
}

const walked = new WeakMap<object, readonly Value[]>();

function* visit(at: z.ZodType, value: unknown, path: Path): Generator<Value> {
  if (value === undefined) return;
  const field = fieldOf(at);
  if (field) {
    yield { path, name: formatPath(path), field, value };
    return;
  }
  for (const [step, child, inner] of children(at, value)) yield* visit(child, inner, [...path, step]);
}

/** The entries of a container: the step that leads there, its schema and its value. */
export function* children(at: z.ZodType, value: unknown): Generator<[string | number, z.ZodType, unknown]> {
  const container = unwrap(at) as z.ZodType & {
    shape?: Record<string, z.ZodType>;
    valueType?: z.ZodType;
    element?: z.ZodType;
  };
  if (container.shape) {
    const values = value as Record<string, unknown>;
    for (const [key, child] of Object.entries(container.shape)) yield [key, child, values[key]];
  } else if (container.valueType) {
    for (const [key, inner] of Object.entries(value as Record<string, unknown>))
      yield [key, container.valueType, inner];
  } else if (container.element) {
    for (const [index, inner] of (value as unknown[]).entries()) yield [index, container.element, inner];
  }
}
