import { canonicalJson } from "./hash";
import { within } from "./path";
import type { Field, Path } from "./relation";
import type { Release } from "./release";
import { configKeys } from "./schema";
import type { Stack } from "./stack";
import { firstDifference, valueAt } from "./value";
import { type Value, walkKey } from "./walk";
import { toPlain } from "./yaml";

/** A leaf in both environments; `undefined` where one of them does not have it. */
export interface Comparison {
  path: Path;
  name: string;
  field: Field;
  staging: unknown;
  production: unknown;
  equal: boolean;
  /** For mirrored values that differ because one environment carries a release: which one. */
  release?: string;
  /** Whether the declared relation holds, or what breaks it is a release on its way. */
  holds: boolean;
}

/**
 * Every leaf that either environment has, with its relation and whether it holds. Files are compared by
 * content. Encrypted values are not compared: what they are is told by the credential's identity.
 */
export function compare(staging: Stack, production: Stack): readonly Comparison[] {
  const known = comparisonsOf.get(staging.config);
  if (known && isSameStack(known.staging, staging) && isSameStack(known.production, production))
    return known.comparisons;
  const comparisons = compareLeaves(staging, production);
  comparisonsOf.set(staging.config, { staging, production, comparisons });
  return comparisons;
}

/** Stacks never change, and several rules and the distance ask about the same pair. */
const comparisonsOf = new WeakMap<
  Stack["config"],
  { staging: Stack; production: Stack; comparisons: readonly Comparison[] }
>();

/** True for a stack that was loaded once: nothing of it is compared. */
export const isSameStack = (one: Stack, other: Stack): boolean =>
  one.config === other.config && one.contents === other.contents && one.data === other.data;

function compareLeaves(staging: Stack, production: Stack): Comparison[] {
  return configKeys.flatMap((key) => {
    const shared = staging.config[key] === production.config[key];
    const [own, others] = [staging, production].map(({ config }) => walkKey(config, key)) as [Values, Values];
    if (shared) return own.map((value) => compared(staging, production, value, value));
    const theirs = new Map(others.map((value) => [value.name, value]));
    const both = own.map((value) => {
      const other = theirs.get(value.name);
      theirs.delete(value.name);
      return compared(staging, production, value, other);
    });
    return [...both, ...[...theirs.values()].map((value) => compared(staging, production, undefined, value))];
  });
}

type Values = readonly Value[];

function compared(
  staging: Stack,
  production: Stack,
  own: Value | undefined,
  other: Value | undefined,
): Comparison {
  const { path, name, field } = (own ?? other) as Value;
  const judgedStaging = judged(staging, own);
  const judgedProduction = judged(production, other);
  const equal = same(judgedStaging, judgedProduction);
  const release = equal || field.relation !== "mirrored" ? undefined : onItsWay(path, staging, production);
  return {
    path,
    name,
    field,
    staging: own?.value,
    production: other?.value,
    equal,
    ...(release === undefined ? {} : { release }),
    holds: release !== undefined || holds(field, judgedStaging, judgedProduction, equal),
  };
}

/**
 * The release that a difference comes from: one that staging carries and production does not yet, or an inverse
 * that only production carries so far. The environment without it has to have the value that it starts from.
 */
function onItsWay(path: Path, staging: Stack, production: Stack): string | undefined {
  const only = (own: Stack, other: Stack) =>
    own.carried.filter(({ id }) => other.carried.every((one) => one.id !== id));
  const explains = (other: Stack) => (release: Release) =>
    release.changes.some((change) => {
      if (!within(path, change.path)) return false;
      const [before, now] = [change.from && toPlain(change.from), valueAt(other.data, change.path)];
      return firstDifference(before, now, []) === undefined && firstDifference(now, before, []) === undefined;
    });
  const found =
    only(staging, production).find(explains(production)) ??
    only(production, staging)
      .filter(({ data }) => data.reverts !== undefined)
      .find(explains(staging));
  return found?.id;
}

/** What counts of a value: for a file its content. */
export function judged(stack: Stack, value: Value | undefined): unknown {
  if (value === undefined) return undefined;
  return value.field.file ? stack.contents.get(String(value.value)) : value.value;
}

/** Whether two values are the same JSON, or both are not there. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return canonicalJson(a) === canonicalJson(b);
}

function holds(field: Field, staging: unknown, production: unknown, equal: boolean): boolean {
  switch (field.relation) {
    case "mirrored":
      return equal;
    case "separate":
      return field.secret === true || !equal;
    case "free":
      return true;
    case "stricter":
      // A limit that production alone has leaves staging unbounded; one that staging alone has does not.
      if (typeof staging !== "number") return false;
      if (production === undefined) return true;
      if (typeof production !== "number") return false;
      return field.tighter === "higher" ? staging > production : staging < production;
  }
}
