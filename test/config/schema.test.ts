import { describe, expect, it } from "vitest";
import { z } from "zod";
import { leaves, mirrored, quantity, relations } from "../../config/relation";
import { schema } from "../../config/schema";

const all = [...leaves(schema)];

describe("every leaf of the configuration schema", () => {
  it("declares its relation and says what it is in one sentence", () => {
    const bare = all.filter(({ field }) => !field || !relations.includes(field.relation));
    expect(bare.map(({ pattern }) => pattern)).toEqual([]);
    const mute = all.filter(({ field }) => !/^[A-Z"].{10,}[.;]$/.test(field?.description ?? ""));
    expect(mute.map(({ pattern }) => pattern)).toEqual([]);
  });

  it("has a unit and both bounds when it is a number", () => {
    const numbers = all.filter(({ schema: leaf }) => leaf instanceof z.ZodNumber);
    expect(numbers.length).toBeGreaterThan(80);
    const loose = numbers.filter(({ schema: leaf, field }) => {
      const { minValue, maxValue } = leaf as z.ZodNumber;
      return (
        field?.unit === undefined ||
        !Number.isFinite(minValue) ||
        !Number.isFinite(maxValue) ||
        maxValue === Number.MAX_SAFE_INTEGER
      );
    });
    expect(loose.map(({ pattern }) => pattern)).toEqual([]);
  });

  it("is bounded in length or form when it is a text or a list", () => {
    const unbounded = all.filter(({ schema: leaf }) => {
      if (leaf instanceof z.ZodString) return leaf.maxLength === null && !leaf.def.checks?.length;
      return leaf instanceof z.ZodArray && !leaf.def.checks?.length;
    });
    expect(unbounded.map(({ pattern }) => pattern)).toEqual([]);
  });

  it("is a number where staging has to be stricter: only numbers have an order", () => {
    const odd = all.filter(
      ({ field, schema: leaf }) => field?.relation === "stricter" && !(leaf instanceof z.ZodNumber),
    );
    expect(odd.map(({ pattern }) => pattern)).toEqual([]);
  });
});

describe("the walk over a schema", () => {
  it("reports a leaf without an annotation, so that a forgotten relation is noticed", () => {
    const small = z.strictObject({
      known: mirrored(quantity("seconds", 0, 1), "Known."),
      forgotten: z.string(),
    });
    expect([...leaves(small)].map(({ pattern, field }) => [pattern, field?.relation])).toEqual([
      ["known", "mirrored"],
      ["forgotten", undefined],
    ]);
  });
});
