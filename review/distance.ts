import { type Comparison, compare } from "../config/compare";
import type { Pair } from "../config/pair";
import type { Relation } from "../config/relation";

/** A limit of both environments; `undefined` where one has none. */
export interface Limit {
  path: string;
  unit: string;
  staging: number | undefined;
  production: number | undefined;
  /** Whether staging's is strictly tighter. */
  holds: boolean;
}

/** How far the two environments are apart, by relation. */
export interface Distance {
  limits: Limit[];
  /** All leaves whose values differ, and those that are equal but must not be. */
  differences: Comparison[];
  /** For each relation: how many leaves there are, how many differ, and for how many it does not hold. */
  counts: Record<Relation, { leaves: number; differ: number; broken: number }>;
}

export function distance({ staging, production }: Pair): Distance {
  const all = compare(staging, production).filter(({ field }) => !field.secret);
  const empty = () => ({ leaves: 0, differ: 0, broken: 0 });
  const counts = { mirrored: empty(), stricter: empty(), separate: empty(), free: empty() };
  for (const { field, equal, holds } of all) {
    const count = counts[field.relation];
    count.leaves++;
    if (!equal) count.differ++;
    if (!holds) count.broken++;
  }
  return {
    limits: all
      .filter(({ field }) => field.relation === "stricter")
      .map(({ name, field, ...values }) => ({
        path: name,
        unit: field.unit ?? "",
        staging: number(values.staging),
        production: number(values.production),
        holds: values.holds,
      })),
    differences: all.filter(({ equal, holds }) => !equal || !holds),
    counts,
  };
}

const number = (value: unknown) => (typeof value === "number" ? value : undefined);
