import { isRecord } from "./record";
import type { Path } from "./relation";
import { quote } from "./visible";
import { SECRET } from "./yaml";

/** Stands for an encrypted value in parsed configuration. */
export const encrypted = "[encrypted]";

/** A value as it may stand in a message: short, on one line, and never a long text. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === encrypted) return "an encrypted value";
  if (typeof value === "string") return value.length <= 120 ? quote(value) : "a long text";
  if (Array.isArray(value)) {
    const scalars = value.every((item) => typeof item !== "object");
    const text = scalars ? `[${value.map(describeValue).join(", ")}]` : "";
    return scalars && text.length <= 160 ? text : `a list of ${value.length}`;
  }
  if (typeof value === "object") return "a map";
  return String(value);
}

/** The value at a path of plain data; undefined where there is none. */
export function valueAt(data: unknown, path: Path): unknown {
  let current = data;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<Path[number], unknown>)[step];
  }
  return current;
}

/**
 * The first place at which two values of plain data differ; undefined where they are the same. Whatever stands
 * in the second where the first has an encrypted value is the same.
 */
export function firstDifference(file: unknown, engine: unknown, path: Path): Path | undefined {
  if (file === SECRET) return engine === undefined ? path : undefined;
  if (Array.isArray(file) && Array.isArray(engine)) {
    for (let index = 0; index < Math.max(file.length, engine.length); index++) {
      const found = firstDifference(file[index], engine[index], [...path, index]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isRecord(file) && isRecord(engine)) {
    for (const key of new Set([...Object.keys(file), ...Object.keys(engine)])) {
      const found = firstDifference(own(file, key), own(engine, key), [...path, key]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return Object.is(file, engine) || (file === 0 && engine === 0) ? undefined : path;
}

const own = (record: Readonly<Record<string, unknown>>, key: string) =>
  Object.hasOwn(record, key) ? record[key] : undefined;
