import { type Random, shuffle } from "./standIn/random";

/** What is compared within one pool: a number for each of its answers, or how far each is from each other one. */
export type Compared = { values: readonly number[] } | { distances: readonly (readonly number[])[] };

/** The answers to one prompt: those of before come first. */
export interface Pool {
  before: number;
  after: number;
}

/** One statistic: what it compares in the pools that have it, by their index. */
export interface Column {
  name: string;
  parts: readonly { pool: number; compared: Compared }[];
}

/**
 * A permutation test for "before and after come from one source". Labels are exchanged within a pool only, so that
 * differences between prompts count for nothing.
 *
 * A column of values sums the shifts of the mean over its pools, either way; one of distances sums the energy
 * statistic (Székely and Rizzo 2004): twice the mean distance between both sides less the mean ones within them. Each
 * is put into units of its own deviation over all permutations, the observed labels among them, and the largest one
 * decides: single-step maxT (Westfall and Young 1993). So a p-value at or below a rate is seen, for one source, in no
 * more than that share of runs over all columns together, however they depend on each other.
 *
 * Returns the adjusted p-value of each column, never 0. One that never varies has 1.
 */
export function maxTest(
  next: Random,
  pools: readonly Pool[],
  columns: readonly Column[],
  permutations = 4_999,
): number[] {
  const labels = pools.map(({ before, after }) =>
    Array.from({ length: before + after }, (_, index) => index),
  );
  const parts = columns.map((column) => column.parts.map((part) => prepared(part, pools)));
  const statistics = columns.map(() => new Float64Array(permutations + 1));
  for (let round = 0; round <= permutations; round++) {
    if (round > 0) for (const order of labels) shuffle(next, order);
    parts.forEach((own, column) => {
      let sum = 0;
      for (const { pool, of } of own) sum += of(labels[pool] ?? []);
      (statistics[column] as Float64Array)[round] = sum;
    });
  }
  const largest = new Float64Array(permutations + 1).fill(Number.NEGATIVE_INFINITY);
  const observed = columns.map((column, index) => {
    const standard = standardised(statistics[index] as Float64Array, isShift(column));
    standard?.forEach((value, round) => {
      if (value > (largest[round] as number)) largest[round] = value;
    });
    return standard?.[0];
  });
  return observed.map((value) =>
    value === undefined
      ? 1
      : largest.reduce((count, one) => count + (one >= value - 1e-9 ? 1 : 0), 0) / (permutations + 1),
  );
}

const isShift = ({ parts: [first] }: Column): boolean => first !== undefined && "values" in first.compared;

/**
 * In units of its deviation; undefined where it never varies. A shift's mean over all labellings is 0: the mean over
 * those that were drawn would tell two mirrored ones apart.
 */
function standardised(statistic: Float64Array, isShift: boolean): Float64Array | undefined {
  const center = isShift ? 0 : statistic.reduce((sum, value) => sum + value, 0) / statistic.length;
  const spread = Math.sqrt(
    statistic.reduce((sum, value) => sum + (value - center) ** 2, 0) / statistic.length,
  );
  if (spread <= 1e-12 * Math.max(1, Math.abs(center))) return undefined;
  return statistic.map((value) => (isShift ? Math.abs(value) : value - center) / spread);
}

/** A part's statistic as a function of the order of its answers, of which the first are "before". */
function prepared({ pool, compared }: Column["parts"][number], pools: readonly Pool[]) {
  const { before, after } = pools[pool] ?? { before: 0, after: 0 };
  if ("values" in compared) {
    const { values } = compared;
    const total = values.reduce((sum, value) => sum + value, 0);
    return {
      pool,
      of: (order: readonly number[]) => {
        let sum = 0;
        for (let place = before; place < order.length; place++)
          sum += values[order[place] as number] as number;
        return sum / after - (total - sum) / before;
      },
    };
  }
  const { distances } = compared;
  const within = (order: readonly number[], from: number, to: number) => {
    let sum = 0;
    for (let one = from; one < to; one++) {
      const row = distances[order[one] as number] as readonly number[];
      for (let other = one + 1; other < to; other++) sum += row[order[other] as number] as number;
    }
    return sum;
  };
  const all = within(
    distances.map((_, index) => index),
    0,
    distances.length,
  );
  return {
    pool,
    of: (order: readonly number[]) => {
      const first = within(order, 0, before);
      const second = within(order, before, order.length);
      const between = all - first - second;
      return (2 * between) / (before * after) - (2 * first) / before ** 2 - (2 * second) / after ** 2;
    },
  };
}

/**
 * The smallest p-value that a test over these pools can give: labels can lie in so many ways, of which two are the
 * same shift where both sides are equally large.
 */
export function smallestPValue(pools: readonly Pool[], permutations = 4_999): number {
  const ways = pools.reduce((product, { before, after }) => product * choose(before + after, before), 1);
  return Math.min(1, Math.max(2 / ways, 1 / (permutations + 1)));
}

function choose(all: number, some: number): number {
  let ways = 1;
  for (let index = 1; index <= Math.min(some, all - some); index++) ways = (ways * (all - index + 1)) / index;
  return ways;
}

/** The answers to one prompt, each as numbers: one per feature. */
export interface Stratum {
  before: readonly (readonly number[])[];
  after: readonly (readonly number[])[];
}

/** `maxTest` over numbers that every answer has: the smallest of its p-values. */
export function permutationTest(next: Random, strata: readonly Stratum[], permutations = 4_999): number {
  const pools = strata.map(({ before, after }) => ({ before: before.length, after: after.length }));
  const features = strata[0]?.before[0]?.length ?? 0;
  const columns = Array.from({ length: features }, (_, feature) => ({
    name: String(feature),
    parts: strata.map(({ before, after }, pool) => ({
      pool,
      compared: { values: [...before, ...after].map((one) => one[feature] ?? 0) },
    })),
  }));
  return Math.min(1, ...maxTest(next, pools, columns, permutations));
}
