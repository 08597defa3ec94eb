import { describe, expect, it } from "vitest";
import { maxTest, permutationTest, smallestPValue } from "../../measure/permutation";
import { random } from "../../measure/standIn/random";

describe("the permutation test", () => {
  const pools = [
    { before: 3, after: 3 },
    { before: 3, after: 3 },
  ];
  const shift = (...values: number[][]) => ({
    name: "x",
    parts: values.map((one, pool) => ({ pool, compared: { values: one } })),
  });

  it("gives the share of labellings that are as far apart", () => {
    // Of 20 labellings of one pool two are as far apart as 0, 0, 0 and 1, 1, 1: exactly a tenth.
    const [p = 1] = maxTest(random("exact"), [{ before: 3, after: 3 }], [shift([0, 0, 0, 1, 1, 1])], 9_999);
    expect(Math.abs(p - 0.1)).toBeLessThan(0.01);
  });

  it("counts a shift of all prompts together, and none that cancel out", () => {
    const [same = 0] = maxTest(
      random("p"),
      pools,
      [shift([0, 1, 2, 10, 11, 12], [50, 51, 52, 60, 61, 62])],
      999,
    );
    expect(same).toBeLessThan(0.02);
    const [none = 0] = maxTest(
      random("p"),
      pools,
      [shift([0, 1, 2, 10, 11, 12], [60, 61, 62, 50, 51, 52])],
      999,
    );
    expect(none).toBeGreaterThan(0.5);
  });

  it("sees with distances what cancels out in means", () => {
    const distances = (values: number[]) => values.map((one) => values.map((other) => Math.abs(one - other)));
    const values = [
      [0, 1, 2, 10, 11, 12],
      [60, 61, 62, 50, 51, 52],
    ];
    const parts = values.map((one, pool) => ({ pool, compared: { distances: distances(one) } }));
    expect(maxTest(random("p"), pools, [{ name: "x", parts }], 999)[0]).toBeLessThan(0.02);
  });

  it("sees answers that lie closer together, though none lies further off", () => {
    const values = [0, 6, 12, 18, 24, 30, 15, 15, 15];
    const distances = values.map((one) => values.map((other) => Math.abs(one - other)));
    const narrower = Array.from({ length: 40 }, () => ({ before: 6, after: 3 }));
    const parts = narrower.map((_, pool) => ({ pool, compared: { distances } }));
    expect(maxTest(random("p"), narrower, [{ name: "x", parts }], 999)[0]).toBeLessThan(0.05);
  });

  it("adjusts for every further column, and calls what never varies unchanged", () => {
    const next = random("noise");
    const noise = () => shift(...pools.map(() => Array.from({ length: 6 }, next)));
    const column = shift([0, 1, 2, 3, 4, 5], [0, 1, 5, 2, 3, 4]);
    const alone = maxTest(random("p"), pools, [column], 999)[0] ?? 1;
    const [among = 0] = maxTest(random("p"), pools, [column, ...Array.from({ length: 20 }, noise)], 999);
    expect(among).toBeGreaterThan(2 * alone);
    expect(maxTest(random("p"), pools, [shift([1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0])], 99)).toEqual([1]);
  });

  it("is the same over plain numbers", () => {
    expect(permutationTest(random("p"), [{ before: [[1], [2]], after: [[1], [2]] }], 99)).toBe(1);
  });

  it("cannot give less than the labellings that there are, or were drawn", () => {
    expect(smallestPValue([{ before: 2, after: 2 }])).toBeCloseTo(2 / 6);
    expect(smallestPValue(pools)).toBeCloseTo(2 / 400);
    expect(smallestPValue([...pools, ...pools], 999)).toBe(0.001);
    expect(smallestPValue([])).toBe(1);
  });
});
