import type { Random } from "./standIn/random";

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

export const rounded = (value: number, digits = 6): number => Number(value.toFixed(digits));
