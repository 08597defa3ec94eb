import type { z } from "zod";
import { unpatchable } from "../config/path";
import { fieldOf, formatPath, type Path, unwrap } from "../config/relation";
import { schema } from "../config/schema";
import { firstDifference } from "../config/value";
import { children } from "../config/walk";
import type { PlainChange } from "./releaseText";

/** A change whose path is known in steps, too. */
export interface PathChange extends PlainChange {
  steps: Path;
}

/**
 * The smallest list of changes from one to the other: value by value where both have one, whole entries where a
 * model, a route or an optional value comes or goes, and a whole list where its length changes. Only mirrored
 * values count.
 */
export function mirroredChanges(before: unknown, after: unknown): PathChange[] {
  return differences(schema, before, after, []);
}

function differences(at: z.ZodType | undefined, before: unknown, after: unknown, path: Path): PathChange[] {
  if (isSame(before, after)) return [];
  if (at === undefined || before === undefined || after === undefined || isWhole(at, before, after))
    return change(before, after, path);
  const steps = new Map<string | number, { at?: z.ZodType; before?: unknown; after?: unknown }>();
  for (const [step, inner, value] of entries(at, before)) steps.set(step, { at: inner, before: value });
  for (const [step, inner, value] of entries(at, after))
    steps.set(step, { ...steps.get(step), at: inner, after: value });
  return [...steps].flatMap(([step, one]) => differences(one.at, one.before, one.after, [...path, step]));
}

/** A map's or list's entries; those of the wrong kind are a problem of the schema's, not of the comparison's. */
function entries(at: z.ZodType, value: unknown): [string | number, z.ZodType, unknown][] {
  const list = "element" in unwrap(at);
  if (typeof value !== "object" || value === null || Array.isArray(value) !== list) return [];
  return [...children(at, value)];
}

function isWhole(at: z.ZodType, before: unknown, after: unknown): boolean {
  if (fieldOf(at) !== undefined) return true;
  return Array.isArray(before) && Array.isArray(after) && before.length !== after.length;
}

function change(before: unknown, after: unknown, steps: Path): PathChange[] {
  if (unpatchable(steps) !== undefined) return [];
  return [
    {
      path: formatPath(steps),
      ...(before === undefined ? {} : { from: before }),
      ...(after === undefined ? {} : { to: after }),
      steps,
    },
  ];
}

const isSame = (a: unknown, b: unknown) =>
  firstDifference(a, b, []) === undefined && firstDifference(b, a, []) === undefined;
