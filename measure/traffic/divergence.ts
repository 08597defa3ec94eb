/** How many of each side lie in one bin. */
export interface Bin {
  production: number;
  tested: number;
}

/** A distance with its interval at 95 %. */
export interface Distance {
  value: number;
  low: number;
  high: number;
}

/** The normal distribution's, two-sided and one-sided, and Kolmogorov's, at 95 %. */
const [z95, z95OneSided, kolmogorov95] = [1.959964, 1.644854, 1.358099];

const total = (bins: readonly Bin[], side: keyof Bin): number =>
  bins.reduce((sum, bin) => sum + bin[side], 0);

/**
 * Shares of both sides. Half a count is added to each bin where a logarithm of an empty one would be infinite, which is
 * Jeffreys' prior (H. Jeffreys, Theory of Probability, 1961).
 */
function shares(bins: readonly Bin[], added: number): { p: number[]; q: number[]; n: number; m: number } {
  const [n, m] = [total(bins, "production"), total(bins, "tested")];
  return {
    p: bins.map(({ production }) => (production + added) / (n + added * bins.length)),
    q: bins.map(({ tested }) => (tested + added) / (m + added * bins.length)),
    n,
    m,
  };
}

/**
 * The population stability index, Σ (p − q) ln (p / q). Its interval is by the delta method over two multinomial samples,
 * less the expectation that two samples of one source have at its lower end: (B − 1)(1/n + 1/m) of B bins.
 * B. Yurdakul, Statistical Properties of Population Stability Index, Western Michigan University (2018).
 */
export function stabilityIndex(bins: readonly Bin[]): Distance {
  const { p, q, n, m } = shares(bins, 0.5);
  const value = sum(p.map((share, bin) => (share - at(q, bin)) * Math.log(share / at(q, bin))));
  const deviation = spread(
    {
      shares: p,
      slope: p.map((share, bin) => Math.log(share / at(q, bin)) + 1 - at(q, bin) / share),
      count: n,
    },
    {
      shares: q,
      slope: q.map((share, bin) => Math.log(share / at(p, bin)) + 1 - at(p, bin) / share),
      count: m,
    },
  );
  return between(value, (bins.length - 1) * (1 / n + 1 / m), deviation);
}

/**
 * The Jensen–Shannon divergence to base 2, from 0 to 1 (J. Lin, IEEE Transactions on Information Theory 37, 1991), with an
 * interval made as the index's: to second order it is the index by 8 ln 2, and so is its expectation.
 */
export function jensenShannon(bins: readonly Bin[]): Distance {
  const { p, q, n, m } = shares(bins, 0);
  const middle = p.map((share, bin) => (share + at(q, bin)) / 2);
  const half = (of: readonly number[]) =>
    sum(of.map((share, bin) => (share === 0 ? 0 : (share * Math.log2(share / at(middle, bin))) / 2)));
  const slope = (of: readonly number[]) =>
    of.map((share, bin) => (share === 0 ? 0 : Math.log2(share / at(middle, bin)) / 2));
  const deviation = spread(
    { shares: p, slope: slope(p), count: n },
    { shares: q, slope: slope(q), count: m },
  );
  return between(half(p) + half(q), ((bins.length - 1) * (1 / n + 1 / m)) / (8 * Math.LN2), deviation);
}

/**
 * The largest distance between both distribution functions, over bins in the order of their numbers, give or take what
 * chance makes of two samples in one case out of twenty: 1.358 √(1/n + 1/m).
 * N. Smirnov, Annals of Mathematical Statistics 19 (1948).
 */
export function kolmogorovSmirnov(bins: readonly Bin[]): Distance {
  const [n, m] = [total(bins, "production"), total(bins, "tested")];
  let [below, tested, value] = [0, 0, 0];
  for (const bin of bins) {
    below += bin.production;
    tested += bin.tested;
    value = Math.max(value, Math.abs(below / n - tested / m));
  }
  const chance = kolmogorov95 * Math.sqrt(1 / n + 1 / m);
  return { value, low: Math.max(0, value - chance), high: Math.min(1, value + chance) };
}

/**
 * The index that two samples of one source stay below in 19 cases out of 20: (1/n + 1/m) times a χ² of B − 1 degrees of
 * freedom (Yurdakul), by the approximation of Wilson and Hilferty (1931).
 */
export const indexByChance = (bins: number, production: number, tested: number): number =>
  chiSquare95(bins - 1) * (1 / production + 1 / tested);

/** The fewest tested requests with which chance alone stays below this index; undefined where production has too few. */
export function testedNeeded(bins: number, production: number, index: number): number | undefined {
  const left = index / chiSquare95(bins - 1) - 1 / production;
  return left <= 0 ? undefined : Math.ceil(1 / left);
}

function chiSquare95(degrees: number): number {
  if (degrees === 0) return 0;
  const part = 2 / (9 * degrees);
  return degrees * (1 - part + z95OneSided * Math.sqrt(part)) ** 3;
}

const between = (value: number, expectation: number, deviation: number): Distance => ({
  value,
  low: Math.max(0, value - expectation - z95 * deviation),
  high: value + z95 * deviation,
});

interface Side {
  shares: readonly number[];
  /** How the distance changes with each share. */
  slope: readonly number[];
  count: number;
}

/** The deviation of a smooth function of shares that were each counted once. */
const spread = (...sides: readonly Side[]): number =>
  Math.sqrt(
    sum(
      sides.map(({ shares: own, slope, count }) => {
        const center = sum(own.map((share, bin) => share * at(slope, bin)));
        return sum(own.map((share, bin) => share * (at(slope, bin) - center) ** 2)) / count;
      }),
    ),
  );

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const at = (values: readonly number[], index: number): number => values[index] ?? 0;
