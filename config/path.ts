import type { z } from "zod";
import { fieldOf, leaves, type Path, type Step, unwrap } from "./relation";
import { schema } from "./schema";

const step = /(?:(?<!^)\.|^)([A-Za-z_][\w-]*)|\[(0|[1-9]\d{0,5})\]|\["((?:[^"\\]|\\["\\])*)"\]/y;

/** The inverse of `formatPath`: undefined for what is no path. */
export function parsePath(text: string): Path | undefined {
  const path: Step[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) return undefined;
    const [, key, index, quoted] = match;
    if (key !== undefined) path.push(key);
    else if (index !== undefined) path.push(Number(index));
    else path.push((quoted ?? "").replace(/\\(.)/g, "$1"));
  }
  return typeof path[0] === "string" ? path : undefined;
}

/**
 * Why a release may not change what stands at a path, as a sentence's object; undefined where it may: a
 * mirrored value, or an entry of mirrored values (with those that are free to differ among them).
 */
export function unpatchable(path: Path): string | undefined {
  let at: z.ZodType = schema;
  for (const part of path) {
    if (fieldOf(at)) return "a part of a single value";
    const inner = childOf(at, part);
    if (inner === undefined) return "no path of the configuration";
    at = inner;
  }
  const relations = new Set([...leaves(at)].map(({ field }) => field?.relation ?? "free"));
  if (relations.has("stricter")) return "a stricter value, which each stack file has for itself";
  if (relations.has("separate")) return "a separate value, which each stack file has for itself";
  if (!relations.has("mirrored")) return "a free value, which each stack file has for itself";
  return undefined;
}

function childOf(at: z.ZodType, part: Step): z.ZodType | undefined {
  const inner = unwrap(at) as z.ZodType & {
    shape?: Record<string, z.ZodType>;
    valueType?: z.ZodType;
    element?: z.ZodType;
  };
  if (typeof part === "number") return inner.element;
  if (inner.shape) return Object.hasOwn(inner.shape, part) ? inner.shape[part] : undefined;
  return inner.valueType;
}

/** Whether one path is the other, or leads to something inside it. */
export function overlap(a: Path, b: Path): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((part, index) => part === b[index]);
}

/** Whether `path` is `outer` or leads to something inside it. */
export const within = (path: Path, outer: Path): boolean =>
  path.length >= outer.length && overlap(path, outer);
