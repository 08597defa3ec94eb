import { exponential, type Random } from "./standIn/random";

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

export function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}

/** The smallest value that at least this share of the values does not exceed: no interpolation into a tail. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
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

/**
 * The mean of values from 0 to 1 with Gaffke's interval: a Bayesian bootstrap over the values and the worst value that
 * there could be, 0 for the lower end and 1 for the upper. The plain bootstrap of twenty equal values has no width,
 * as if there could be no other; this one is as wide as Clopper and Pearson's where all values are 0 or 1.
 * N. Gaffke, Three test statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative variable,
 * Mathematical Methods of Statistics 14 (2005).
 */
export function boundedMean(next: Random, values: readonly number[], confidence: number) {
  // The ends are then known to two thousandths or so; of many values, where the interval is narrow, by fewer draws.
  const draws = Math.max(2_000, Math.min(20_000, Math.floor(20_000_000 / Math.max(1, values.length))));
  const lows: number[] = [];
  const highs: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const worst = exponential(next, 1);
    let weights = worst;
    let sum = 0;
    for (const value of values) {
      const weight = exponential(next, 1);
      weights += weight;
      sum += weight * value;
    }
    lows.push(sum / weights);
    highs.push((sum + worst) / weights);
  }
  const value = rounded(mean(values));
  return {
    value,
    low: Math.min(value, rounded(percentile(lows, (1 - confidence) / 2))),
    high: Math.max(value, rounded(percentile(highs, (1 + confidence) / 2))),
  };
}

/** A percentile bootstrap of any statistic of runs, over cases: a case is drawn with all of its runs. */
export function clusterBootstrap(
  next: Random,
  cases: readonly (readonly number[])[],
  statistic: (values: readonly number[]) => number,
  confidence: number,
  draws = 2_000,
) {
  const found = Array.from({ length: draws }, () =>
    statistic(cases.flatMap(() => cases[Math.floor(next() * cases.length)] ?? [])),
  );
  return {
    low: percentile(found, (1 - confidence) / 2),
    high: percentile(found, (1 + confidence) / 2),
  };
}

export const rounded = (value: number, digits = 6): number => Number(value.toFixed(digits));
