import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Comparison, compare } from "../../config/compare";
import { behaviourHash } from "../../config/hash";
import type { Config } from "../../config/schema";
import type { Stack } from "../../config/stack";
import { declared, pathOf, production, staging, withValue } from "./leaves";

/** A stack of its own with another configuration; it carries nothing, so that no release explains a difference. */
const stackOf = (base: Stack, config: Config): Stack => ({ ...base, config, carried: [], data: {} });

/** Values of which two edits are often the same one; `undefined` takes the leaf out. Files are there: others are refused. */
const files = fc.constantFrom<unknown>(...production.contents.keys(), undefined);
const value = fc.constantFrom<unknown>(1, 2, 0.5, "a", "b", true, false, undefined);
const edit = fc
  .constantFrom(...declared)
  .chain((leaf) => fc.record({ leaf: fc.constant(leaf), value: leaf.field.file ? files : value }));
const edits = fc.array(edit, { maxLength: 5 });

type Edits = readonly { leaf: (typeof declared)[number]; value: unknown }[];

function edited(base: Stack, list: Edits): Stack {
  const config = list.reduce(
    // The same entries on both sides, by the production's keys: otherwise every pair would differ.
    (before, { leaf, value }) =>
      withValue(
        before,
        pathOf(leaf.pattern, production.config),
        leaf.pattern.includes(".") ? value : [value],
      ),
    structuredClone(base.config),
  );
  return stackOf(base, config);
}

const unequal = (comparisons: readonly Comparison[], relation: string) =>
  comparisons.filter(({ field, equal }) => field.relation === relation && !equal).map(({ name }) => name);

const limits = declared.filter(({ field }) => field.relation === "stricter");

describe("the comparison", () => {
  it("finds no mirrored difference exactly where the hashes are equal", () => {
    let equals = 0;
    fc.assert(
      fc.property(edits, edits, edits, (both, left, right) => {
        const [one, other] = [
          edited(production, [...both, ...left]),
          edited(production, [...both, ...right]),
        ];
        const [hash, otherHash] = [one, other].map(({ config, contents }) => behaviourHash(config, contents));
        equals += hash === otherHash ? 1 : 0;
        expect(unequal(compare(one, other), "mirrored").length === 0).toBe(hash === otherHash);
      }),
      { numRuns: 400 },
    );
    // A property that one side of is never reached would say nothing.
    expect(equals).toBeGreaterThan(20);
    expect(equals).toBeLessThan(380);
  }, 120_000);

  it("reports the same leaves, with the two values exchanged, in whichever order it is asked", () => {
    fc.assert(
      fc.property(edits, edits, (left, right) => {
        const [one, other] = [edited(staging, left), edited(production, right)];
        const told = (list: readonly Comparison[], swap: boolean) =>
          list
            .map(({ name, staging, production, equal, field, holds }) => ({
              name,
              values: swap ? [production, staging] : [staging, production],
              equal,
              // Only strictness has a direction.
              holds: field.relation === "stricter" ? "directed" : holds,
            }))
            .sort((a, b) => (a.name < b.name ? -1 : 1));
        expect(told(compare(other, one), true)).toEqual(told(compare(one, other), false));
      }),
      { numRuns: 200 },
    );
  }, 120_000);

  it("holds a stack to itself in all that is mirrored, free or a reference, and in nothing that has to differ", () => {
    const own = stackOf(production, structuredClone(production.config));
    for (const { name, field, holds, equal } of compare(
      own,
      stackOf(production, structuredClone(own.config)),
    )) {
      const expected = field.relation === "mirrored" || field.relation === "free" || field.secret === true;
      expect([name, equal, holds]).toEqual([name, true, expected]);
    }
  });
});

describe("stricter", () => {
  const amount = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: 0, max: 3 }),
  );
  const limit = fc.constantFrom(...limits);

  const isStricter = (leaf: (typeof limits)[number], one: number, other: number): boolean => {
    const path = pathOf(leaf.pattern, production.config);
    const [mine, theirs] = [one, other].map((value) =>
      stackOf(production, withValue(production.config, path, value)),
    ) as [Stack, Stack];
    const found = compare(mine, theirs).find(({ path: at }) => at.join("\0") === path.join("\0"));
    if (found === undefined) throw new Error(`${leaf.pattern} is not compared`);
    return found.holds;
  };

  it("covers every limit of the schema, and both directions", () => {
    expect(limits).toHaveLength(20);
    expect(limits.some(({ field }) => field.tighter === "higher")).toBe(true);
    for (const leaf of limits) {
      const [low, high] = [isStricter(leaf, 1, 2), isStricter(leaf, 2, 1)];
      expect([leaf.pattern, low, high]).toEqual([
        leaf.pattern,
        leaf.field.tighter !== "higher",
        leaf.field.tighter === "higher",
      ]);
    }
  });

  it("is a strict order: nothing is stricter than itself, no two than each other, and it is handed on", () => {
    fc.assert(
      fc.property(limit, amount, amount, amount, (leaf, a, b, c) => {
        expect(isStricter(leaf, a, a)).toBe(false);
        expect(isStricter(leaf, a, b) && isStricter(leaf, b, a)).toBe(false);
        if (isStricter(leaf, a, b) && isStricter(leaf, b, c)) expect(isStricter(leaf, a, c)).toBe(true);
        if (a !== b) expect(isStricter(leaf, a, b) || isStricter(leaf, b, a)).toBe(true);
      }),
      { numRuns: 200 },
    );
  }, 120_000);
});
