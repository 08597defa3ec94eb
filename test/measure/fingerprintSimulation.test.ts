import { describe, expect, it } from "vitest";
import { compare, type Sides } from "../../measure/fingerprint/compare";
import { random } from "../../measure/standIn/random";
import { before, changed, type Noisy, routes, sampled } from "./noisyModels";

const runs = 200;
const prompts = 15;
/** Answers to each prompt: of the baseline, and of one run. */
const signed = 10;
const repeats = 3;
/** Enough for a p-value of 0.002. */
const permutations = 499;

interface Simulation {
  name: string;
  after: Noisy;
  /** Whose baseline a run is compared with; by default one of its own. */
  baselineOf?: (run: number) => number;
}

/** The smallest p-value of each of 200 runs. */
function simulated({ name, after, baselineOf = (run) => run }: Simulation): number[] {
  return Array.from({ length: runs }, (_, run) => {
    const [first, second] = [random("baseline", name, baselineOf(run)), random("run", name, run)];
    const sides = routes.flatMap((route): Sides[] => {
      const old = sampled(first, route, before, prompts, signed);
      const now = sampled(second, route, after, prompts, repeats);
      return old.map((answers, index) => ({ route: route.route, before: answers, after: now[index] ?? [] }));
    });
    const found = compare(sides, { rate: 0.05, seed: `${run}`, permutations });
    expect(found.inconclusive).toEqual([]);
    return Math.min(...found.routes.map(({ pValue }) => pValue));
  });
}

const alarms = (pValues: readonly number[], rate: number): number =>
  pValues.filter((pValue) => pValue <= rate).length;

/** The largest count that a binomial of 200 draws exceeds with a chance of one in a hundred at the most. */
function tolerated(rate: number): number {
  let chance = (1 - rate) ** runs;
  let sum = chance;
  let count = 0;
  while (sum < 0.99) {
    chance *= ((runs - count) / (count + 1)) * (rate / (1 - rate));
    sum += chance;
    count++;
  }
  return count;
}

describe(`${runs} simulated runs`, () => {
  it("of the model that was signed off alarm as rarely as is stated, over all features and routes", () => {
    const pValues = simulated({ name: "same", after: before });
    expect([tolerated(0.05), tolerated(0.01)]).toEqual([18, 6]);
    expect(alarms(pValues, 0.05)).toBeLessThanOrEqual(tolerated(0.05));
    expect(alarms(pValues, 0.01)).toBeLessThanOrEqual(tolerated(0.01));
    // The seeds are fixed: these are the runs.
    expect([alarms(pValues, 0.05), alarms(pValues, 0.01)]).toEqual([8, 0]);
  });

  it("of a changed model alarm in at least 95 %, at the rate that is shipped", () => {
    const pValues = simulated({ name: "changed", after: changed });
    expect(alarms(pValues, 0.01)).toBeGreaterThanOrEqual(0.95 * runs);
    expect([alarms(pValues, 0.05), alarms(pValues, 0.01)]).toEqual([200, 199]);
  });

  it("of the same model alarm at the rate over baselines, and not after every single one", () => {
    const pValues = simulated({ name: "shared", after: before, baselineOf: (run) => Math.floor(run / 40) });
    const byBaseline = [0, 1, 2, 3, 4].map((one) => alarms(pValues.slice(40 * one, 40 * (one + 1)), 0.05));
    expect(byBaseline).toEqual([5, 1, 1, 2, 0]);
  });
});
