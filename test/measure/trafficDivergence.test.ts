import { describe, expect, it } from "vitest";
import { random } from "../../measure/standIn/random";
import { fineBins, numberBins, wordBins } from "../../measure/traffic/bins";
import { compared } from "../../measure/traffic/compare";
import {
  type Bin,
  indexByChance,
  jensenShannon,
  kolmogorovSmirnov,
  stabilityIndex,
  testedNeeded,
} from "../../measure/traffic/divergence";

const bins = (...counts: [production: number, tested: number][]): Bin[] =>
  counts.map(([production, tested]) => ({ production, tested }));
const map = (counts: Record<string, number>) => new Map(Object.entries(counts));

describe("the distances", () => {
  it("are none of equal shares, and known ones of others", () => {
    expect(stabilityIndex(bins([50, 50], [50, 50])).value).toBe(0);
    expect(stabilityIndex(bins([50, 40], [50, 60])).value).toBeCloseTo(0.039736, 5);
    expect(jensenShannon(bins([50, 500], [50, 500])).value).toBe(0);
    expect(jensenShannon(bins([50, 40], [50, 60])).value).toBeCloseTo(0.007299, 5);
    expect(kolmogorovSmirnov(bins([50, 40], [25, 25], [25, 35])).value).toBeCloseTo(0.1, 12);
  });

  it("are finite where a bin is empty, and the divergence is 1 where nothing is shared", () => {
    expect(stabilityIndex(bins([100, 0], [0, 100])).value).toBeGreaterThan(5);
    expect(stabilityIndex(bins([100, 0], [0, 100])).value).toBeLessThan(20);
    expect(jensenShannon(bins([100, 0], [0, 100])).value).toBeCloseTo(1, 12);
    expect(kolmogorovSmirnov(bins([100, 0], [0, 100])).value).toBe(1);
  });

  it("by chance alone are larger for fewer requests", () => {
    // χ² of 9 degrees is 16.919 at 95 %.
    expect(indexByChance(10, 1_000_000, 100)).toBeCloseTo(0.1692, 3);
    expect(indexByChance(2, 1_000_000, 100)).toBeCloseTo(0.0384, 2);
    expect(indexByChance(1, 10, 10)).toBe(0);
    expect(testedNeeded(10, 1_000_000, 0.2)).toBe(85);
    expect(testedNeeded(10, 50, 0.2)).toBeUndefined();
  });

  it("of two samples of one source stay below what chance makes, and their intervals have the true one", () => {
    const next = random("divergence");
    const sample = (shares: readonly number[], count: number) => {
      const counts = shares.map(() => 0);
      for (let drawn = 0; drawn < count; drawn++) {
        let left = next();
        let bin = 0;
        while (bin < shares.length - 1 && left >= (shares[bin] ?? 0)) left -= shares[bin++] ?? 0;
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
      return counts;
    };
    const even = Array.from({ length: 10 }, () => 0.1);
    const tilted = even.map((share, bin) => share + (bin - 4.5) / 90);
    const trueIndex = even.reduce(
      (sum, share, bin) => sum + (share - (tilted[bin] ?? 0)) * Math.log(share / (tilted[bin] ?? 0)),
      0,
    );
    const runs = 400;
    let [same, inside] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const production = sample(even, 1_000);
      const both = (other: readonly number[]) =>
        bins(...production.map((count, bin): [number, number] => [count, other[bin] ?? 0]));
      if (stabilityIndex(both(sample(even, 500))).value <= indexByChance(10, 1_000, 500)) same++;
      const { low, high } = stabilityIndex(both(sample(tilted, 500)));
      if (low <= trueIndex && trueIndex <= high) inside++;
    }
    expect(same / runs).toBeGreaterThan(0.92);
    expect(same / runs).toBeLessThan(0.98);
    expect(inside / runs).toBeGreaterThan(0.93);
  });
});

describe("bins", () => {
  it("of numbers lie between tenths of production, and part its tail once more", () => {
    const even = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [String(at + 1), 1]));
    const ends = numberBins(fineBins(map(even), map({ 5: 1, 500: 2 }))).map(
      ({ upTo, production, tested }) => [upTo, production, tested],
    );
    expect(ends.slice(0, 2)).toEqual([
      [10, 10, 1],
      [20, 10, 0],
    ]);
    expect(ends.slice(-4)).toEqual([
      [90, 10, 0],
      [95, 5, 0],
      [99, 4, 0],
      [Number.POSITIVE_INFINITY, 1, 2],
    ]);
    expect(ends.length).toBe(12);
    const same = numberBins(fineBins(map({ 7: 95, 9: 5 }), map({ 7: 1 })));
    expect(same.map(({ upTo, production }) => [upTo, production])).toEqual([
      [7, 95],
      [9, 5],
    ]);
  });

  it("of words are one for each that 1 % has, and one for all others", () => {
    expect(wordBins(map({ a: 980, b: 10, c: 9, d: 1 }), map({ a: 5, e: 3 }))).toEqual(
      bins([980, 5], [10, 0], [10, 3]),
    );
    expect(wordBins(map({ a: 10 }), map({ a: 5 }))).toEqual(bins([10, 5]));
  });
});

describe("one dimension", () => {
  const asked = { maxPsi: 0.2, missingFrom: 0.01 };
  const tokens = {
    name: "input tokens",
    sort: "number" as const,
    missing: (bin: string) => `${bin} input tokens`,
  };
  const route = { name: "route", sort: "word" as const, missing: (bin: string) => `of the route ${bin}` };

  it("names what is missing, from the share that was asked for", () => {
    const production = map({ 100: 500, 200: 440, 8120: 60 });
    const found = compared(tokens, { production, tested: map({ 100: 500, 200: 500 }) }, asked);
    expect(found?.missing).toEqual(["No case over 200 input tokens: 6.0 % of production."]);
    const whole = compared(tokens, { production, tested: map({ 100: 500, 200: 470, 8120: 30 }) }, asked);
    expect(whole?.missing).toEqual([]);
    const gap = compared(tokens, { production, tested: map({ 100: 500, 8120: 30 }) }, asked);
    expect(gap?.missing).toEqual(["No case over 100 and up to 200 input tokens: 44 % of production."]);
    const upper = compared(tokens, { production, tested: map({ 200: 500, 7000: 30 }) }, asked);
    expect(upper?.missing).toEqual([
      "No case under 200 input tokens: 50 % of production.",
      "No case over 7,009 input tokens: 6.0 % of production.",
    ]);
    const words = { production: map({ a: 989, b: 10, c: 1 }), tested: map({ a: 1_000 }) };
    expect(compared(route, words, asked)?.missing).toEqual(["No case of the route b: 1.0 % of production."]);
    expect(compared(route, words, { ...asked, missingFrom: 0.011 })?.missing).toEqual([]);
  });

  it("sees a tail that nobody tests", () => {
    const even = Array.from({ length: 1_000 }, (_, at): [string, number] => [String(at), 94]);
    const tested = map(Object.fromEntries(even.map(([at]) => [at, 10])));
    const found = compared(tokens, { production: new Map([...even, ["12000", 6_000]]), tested }, asked);
    expect(found?.result.psiInterval?.low).toBeGreaterThan(0.2);
    expect(found?.missing).toEqual(["No case over 999 input tokens: 6.0 % of production."]);
  });

  it("does not decide with fewer requests than chance allows, and says how many it takes", () => {
    const production = map(Object.fromEntries(Array.from({ length: 10 }, (_, at) => [at, 1_000])));
    const tested = (each: number) =>
      map(Object.fromEntries(Array.from({ length: 10 }, (_, at) => [at, each])));
    expect(compared(tokens, { production, tested: tested(8) }, asked)?.inconclusive).toBe(
      "input tokens: 80 tested requests over 10 bins have an index of up to 0.213 by chance alone; 86 cases are the fewest.",
    );
    expect(compared(tokens, { production, tested: tested(9) }, asked)?.inconclusive).toBeUndefined();
  });

  it("is none where either side has nothing of it", () => {
    expect(compared(route, { production: map({ a: 1 }), tested: map({}) }, asked)).toBeUndefined();
    expect(compared(route, { production: map({}), tested: map({ a: 1 }) }, asked)).toBeUndefined();
  });

  it("shows no word that a client made up out of signs, or that has a credential in it", () => {
    const made = `sk-proj-${"Ab1".repeat(16)}`;
    const found = compared(
      route,
      { production: map({ a: 50, "x\u0000<b>": 25, [made]: 25 }), tested: map({ a: 100 }) },
      asked,
    );
    expect(found?.missing).toEqual([
      "No case of the route another name: 25 % of production.",
      "No case of the route another name: 25 % of production.",
    ]);
  });
});
