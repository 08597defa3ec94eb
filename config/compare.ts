import { canonicalJson } from "./hash";
import { within } from "./path";
import type { Field, Path } from "./relation";
import type { Release } from "./release";
import type { Stack } from "./stack";
import { firstDifference, valueAt } from "./value";
import { type Value, walk } from "./walk";
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
  const known = compared.get(staging);
  if (known?.production === production) return known.comparisons;
  const comparisons = compareLeaves(staging, production);
  compared.set(staging, { production, comparisons });
  return comparisons;
}

/** Stacks never change, and several rules and the distance ask about the same pair. */
const compared = new WeakMap<Stack, { production: Stack; comparisons: readonly Comparison[] }>();

function compareLeaves(staging: Stack, production: Stack): Comparison[] {
  const pairs = new Map<string, { staging?: Value; production?: Value }>();
  for (const value of walk(staging.config)) pairs.set(value.name, { staging: value });
  for (const value of walk(production.config)) {
    const pair = pairs.get(value.name);
    if (pair) pair.production = value;
    else pairs.set(value.name, { production: value });
  }
  return Array.from(pairs.values(), (pair): Comparison => {
    const known = (pair.staging ?? pair.production) as Value;
    const judgedStaging = judged(staging, pair.staging);
    const judgedProduction = judged(production, pair.production);
    const equal = same(judgedStaging, judgedProduction);
    const release =
      equal || known.field.relation !== "mirrored" ? undefined : onItsWay(known.path, staging, production);
    return {
      path: known.path,
      name: known.name,
      field: known.field,
      staging: pair.staging?.value,
      production: pair.production?.value,
      equal,
      ...(release === undefined ? {} : { release }),
      holds: release !== undefined || holds(known.field, judgedStaging, judgedProduction, equal),
    };
  });
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
function judged(stack: Stack, value: Value | undefined): unknown {
  if (value === undefined) return undefined;
  return value.field.file ? stack.contents.get(String(value.value)) : value.value;
}

function same(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
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
