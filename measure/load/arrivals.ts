import type { Random } from "../standIn/random";
import { arrivalsOf } from "../statistics";

/**
 * The times at which requests are due, in seconds from the beginning: a Poisson process of this rate, given that
 * `count` arrive. Such arrivals are `count` independent uniform times in order, so that the offered rate is exactly
 * the one that is asked for, and gaps are as they are without that condition.
 */
export function arrivals(next: Random, count: number, perSecond: number): Float64Array {
  const window = count / perSecond;
  return Float64Array.from({ length: count }, () => next() * window).sort();
}

/** How far arrivals may be from a Poisson process before a tail is not believed; the kind `load` asks the same. */
const tolerance = { coefficientOfVariation: 0.15, lag1Autocorrelation: 0.1 };

/**
 * Why times of arrival are not those of a Poisson process, one sentence each. `times` in any unit, in order. A burst
 * at the start does not show in the gaps' variation alone: so the first tenth of the time is counted.
 */
export function arrivalFaults(times: ArrayLike<number>): string[] {
  const gaps = gapsOf(times);
  if (gaps.length < 30) return ["There are fewer than 31 arrivals: too few to know how they came."];
  const { coefficientOfVariation: variation, lag1Autocorrelation: correlation } = arrivalsOf(gaps);
  const first = times[0] ?? 0;
  const length = (times[times.length - 1] ?? 0) - first;
  const early = Array.from(times).filter((time) => time - first < length / 10).length;
  const expected = times.length / 10;
  // Four standard deviations of a binomial count: by chance once in thirty thousand runs.
  const most = expected + 4 * Math.sqrt(expected * 0.9);
  return [
    ...(Math.abs(variation - 1) > tolerance.coefficientOfVariation
      ? [
          `The gaps between arrivals have a coefficient of variation of ${variation.toFixed(2)}; a Poisson process has 1.`,
        ]
      : []),
    ...(Math.abs(correlation) > tolerance.lag1Autocorrelation
      ? [
          `Gaps depend on the one before: a correlation of ${correlation.toFixed(2)}; a Poisson process has 0.`,
        ]
      : []),
    ...(early > most
      ? [`${early} of ${times.length} requests arrived in the first tenth of the time: a burst at the start.`]
      : []),
  ];
}

export const gapsOf = (times: ArrayLike<number>): number[] =>
  Array.from(
    { length: Math.max(0, times.length - 1) },
    (_, index) => (times[index + 1] ?? 0) - (times[index] ?? 0),
  );
