import { type Random, shuffle } from "./standIn/random";

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

export function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}

/** The smallest value that at least this share of the values does not exceed: no interpolation into a tail. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** How far arrivals are from a Poisson process, whose gaps have 1 and 0. */
export function arrivalsOf(gaps: readonly number[]): {
  coefficientOfVariation: number;
  lag1Autocorrelation: number;
} {
  const center = mean(gaps);
  const spread = gaps.reduce((sum, gap) => sum + (gap - center) ** 2, 0);
  const together = gaps
    .slice(1)
    .reduce((sum, gap, index) => sum + (gap - center) * ((gaps[index] ?? center) - center), 0);
  return {
    coefficientOfVariation: rounded(deviation(gaps) / center),
    lag1Autocorrelation: rounded(together / spread),
  };
}

/** A percentile bootstrap of the mean, over cases: the repeats of a case are no independent observations. */
export function bootstrap(next: Random, values: readonly number[], confidence: number, draws = 4_000) {
  const means = Array.from({ length: draws }, () =>
    mean(values.map(() => values[Math.floor(next() * values.length)] ?? 0)),
  );
  const value = mean(values);
  return {
    value: rounded(value),
    low: rounded(Math.min(value, percentile(means, (1 - confidence) / 2))),
    high: rounded(Math.max(value, percentile(means, (1 + confidence) / 2))),
  };
}

/** Two-sided 95 %, of the normal distribution. */
const z95 = 1.959964;

/**
 * Wilson's score interval of a share, at 95 %. It holds for a mean of values between 0 and 1 too, and is then too wide
 * rather than too narrow: their variance is at most that of a share, p(1 - p).
 */
export function wilson(share: number, count: number): { low: number; high: number } {
  if (count === 0) return { low: 0, high: 1 };
  const square = z95 ** 2 / count;
  const center = (share + square / 2) / (1 + square);
  const half = (z95 / (1 + square)) * Math.sqrt((share * (1 - share)) / count + square / (4 * count));
  // At 0 and 1 one end is the share itself, but for the last digit.
  return {
    low: rounded(Math.max(0, Math.min(share, center - half))),
    high: rounded(Math.min(1, Math.max(share, center + half))),
  };
}

/**
 * The ranks, from 1, of two order statistics with a quantile between them at 95 % or more, whatever the distribution:
 * how many of `count` values lie below it is binomial. By its normal approximation, outwards by a rank, which holds
 * from ten values beyond the quantile on.
 */
export function quantileRanks(share: number, count: number): { low: number; high: number } {
  const half = z95 * Math.sqrt(count * share * (1 - share));
  return {
    low: Math.max(1, Math.floor(count * share - half)),
    high: Math.min(count, Math.ceil(count * share + half) + 1),
  };
}

/** The answers to one prompt, each as numbers: one per feature. */
export interface Stratum {
  before: readonly (readonly number[])[];
  after: readonly (readonly number[])[];
}

/**
 * A permutation test for "both sets of answers come from one source". Labels are exchanged within a prompt only,
 * so that differences between prompts count for nothing. The statistic is the largest shift of any feature, in
 * units of that feature's own deviation. Returns the p-value, which is never 0.
 */
export function permutationTest(next: Random, strata: readonly Stratum[], permutations = 4_999): number {
  const scales = scalesOf(strata);
  const pools = strata.map(({ before, after }) => ({ answers: [...before, ...after], first: before.length }));
  const statistic = () =>
    Math.max(
      ...scales.map((scale, feature) => {
        const shift = pools.reduce((sum, { answers, first }) => {
          const of = (part: readonly (readonly number[])[]) => mean(part.map((one) => one[feature] ?? 0));
          return sum + of(answers.slice(first)) - of(answers.slice(0, first));
        }, 0);
        return Math.abs(shift) / scale;
      }),
    );
  const observed = statistic();
  let asLarge = 0;
  for (let round = 0; round < permutations; round++) {
    for (const { answers } of pools) shuffle(next, answers);
    if (statistic() >= observed - 1e-9) asLarge++;
  }
  return (asLarge + 1) / (permutations + 1);
}

/** Deviation of each feature around its prompt's mean; 1 for one that never varies. */
function scalesOf(strata: readonly Stratum[]): number[] {
  const features = strata[0]?.before[0]?.length ?? 0;
  return Array.from({ length: features }, (_, feature) => {
    const residuals = strata.flatMap(({ before, after }) => {
      const values = [...before, ...after].map((one) => one[feature] ?? 0);
      const center = mean(values);
      return values.map((value) => value - center);
    });
    return deviation(residuals) || 1;
  });
}

export const rounded = (value: number, digits = 6): number => Number(value.toFixed(digits));
