import type { Bin } from "./divergence";

export type Tally = ReadonlyMap<string, number>;

/** A bin of numbers: above `over`, and not above `upTo`. */
export interface NumberBin extends Bin {
  over: number;
  upTo: number;
}

/** Words that fewer of production's requests have are one bin: an index over nearly empty bins is chance. */
const rare = 0.01;
/** A number that this share of production's requests has is a bin of its own. */
const frequent = 0.05;
/** Where numbers are parted: tenths, and the tail once more, in which what nobody tests would not be seen. */
const quantiles = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

/** Every number that either side has, in order: the finest bins there are. */
export function fineBins(production: Tally, tested: Tally): (Bin & { at: number })[] {
  const numbers = new Set([...production.keys(), ...tested.keys()]);
  return [...numbers]
    .map((text) => ({
      at: Number(text),
      production: production.get(text) ?? 0,
      tested: tested.get(text) ?? 0,
    }))
    .sort((one, other) => one.at - other.at);
}

/** Bins between production's quantiles, fewer where many of its numbers are the same. */
export function numberBins(fine: readonly (Bin & { at: number })[]): NumberBin[] {
  const all = fine.reduce((sum, { production }) => sum + production, 0);
  const ends = new Set<number>();
  let [below, next, before] = [0, 0, Number.NEGATIVE_INFINITY];
  for (const { at, production } of fine) {
    below += production;
    if (production >= frequent * all) ends.add(before).add(at);
    // The share of a sum in decimal fractions: a millionth of a request more is none.
    for (; below >= all * (quantiles[next] ?? Number.POSITIVE_INFINITY) - 1e-6; next++) ends.add(at);
    before = at;
  }
  const bins = [...ends, Number.POSITIVE_INFINITY].map(
    (upTo, index, all): NumberBin => ({
      over: all[index - 1] ?? Number.NEGATIVE_INFINITY,
      upTo,
      production: 0,
      tested: 0,
    }),
  );
  for (const { at, production, tested } of fine) {
    const bin = bins.find(({ upTo }) => at <= upTo) as NumberBin;
    bin.production += production;
    bin.tested += tested;
  }
  return bins.filter(({ production, tested }) => production + tested > 0);
}

/** One bin for each word that enough of production's requests have, and one for all others. */
export function wordBins(production: Tally, tested: Tally): Bin[] {
  const all = [...production.values()].reduce((sum, count) => sum + count, 0);
  const words = new Set([...production.keys(), ...tested.keys()]);
  const bins: Bin[] = [];
  const others: Bin = { production: 0, tested: 0 };
  for (const word of [...words].sort()) {
    const [own, theirs] = [production.get(word) ?? 0, tested.get(word) ?? 0];
    if (own >= rare * all) bins.push({ production: own, tested: theirs });
    else {
      others.production += own;
      others.tested += theirs;
    }
  }
  return others.production + others.tested === 0 ? bins : [...bins, others];
}
