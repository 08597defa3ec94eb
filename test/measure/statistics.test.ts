import { describe, expect, it } from "vitest";
import { random } from "../../measure/standIn/random";
import { boundedMean, clusterBootstrap, mean, percentile } from "../../measure/statistics";

const zerosAndOnes = (ones: number, all: number) =>
  Array.from({ length: all }, (_, index) => Number(index < ones));

/** How likely at least so many ones are, each with this probability. */
function atLeast(ones: number, all: number, probability: number): number {
  let [sum, ways] = [0, 1];
  for (let k = 0; k <= all; k++) {
    if (k >= ones) sum += ways * probability ** k * (1 - probability) ** (all - k);
    ways = (ways * (all - k)) / (k + 1);
  }
  return sum;
}

/** The probabilities with which so many, or so few, ones are a chance of 2.5 %. */
function clopperPearson(ones: number, all: number): [number, number] {
  const solve = (tail: (probability: number) => number, target: number) => {
    let [from, to] = [0, 1];
    for (let step = 0; step < 60; step++) {
      const middle = (from + to) / 2;
      if (tail(middle) < target) from = middle;
      else to = middle;
    }
    return from;
  };
  return [
    ones === 0 ? 0 : solve((probability) => atLeast(ones, all, probability), 0.025),
    ones === all ? 1 : solve((probability) => atLeast(ones + 1, all, probability), 0.975),
  ];
}

describe("Gaffke's interval", () => {
  // To which it comes down where all values are 0 or 1.
  it.each([
    [20, 20],
    [0, 20],
    [38, 40],
    [20, 40],
    [199, 200],
  ])("of %i ones in %i is as wide as Clopper and Pearson's", (ones, all) => {
    const found = boundedMean(random("test"), zerosAndOnes(ones, all), 0.95);
    const [low, high] = clopperPearson(ones, all);
    expect(found.value).toBe(ones / all);
    expect(Math.abs(found.low - low)).toBeLessThan(0.004);
    expect(Math.abs(found.high - high)).toBeLessThan(0.004);
  });

  it("has a width where all values are the same", () => {
    const { value, low, high } = boundedMean(random("test"), Array(20).fill(0.5), 0.95);
    expect(value).toBe(0.5);
    expect(low).toBeLessThan(0.45);
    expect(high).toBeGreaterThan(0.55);
  });

  it("is never lower where a case is better", () => {
    const lowOf = (last: number) => boundedMean(random("test"), [...Array(39).fill(1), last], 0.95).low;
    expect(lowOf(0)).toBeLessThan(lowOf(0.5));
    expect(lowOf(0.5)).toBeLessThan(lowOf(1));
  });

  it("covers the true mean about as often as it says", () => {
    const next = random("coverage");
    let covered = 0;
    for (let round = 0; round < 100; round++) {
      const values = Array.from({ length: 40 }, () => (next() < 0.9 ? 1 : 0));
      const { low, high } = boundedMean(next, values, 0.95);
      if (low <= 0.9 && 0.9 <= high) covered++;
    }
    expect(covered / 100).toBeGreaterThan(0.94);
  });
});

describe("a bootstrap over cases", () => {
  it("draws a case with all of its runs, which a bootstrap of runs would not", () => {
    const cases = Array.from({ length: 20 }, (_, index) => Array(50).fill(index % 2));
    const { low, high } = clusterBootstrap(random("test"), cases, mean, 0.95);
    // 20 independent values of 0 or 1: about 0.5 ± 1.96 × 0.112. Of 1,000 runs it would be ± 0.031.
    expect(low).toBeGreaterThan(0.24);
    expect(low).toBeLessThan(0.34);
    expect(high).toBeGreaterThan(0.66);
  });

  it("knows nothing beyond the largest value", () => {
    const cases = Array.from({ length: 40 }, (_, index) => [index]);
    const p95 = (values: readonly number[]) => percentile(values, 0.95);
    expect(clusterBootstrap(random("test"), cases, p95, 0.95)).toEqual({ low: 32, high: 39 });
  });
});
