import { credentialIn } from "../../config/credentialPattern";
import { percent, readable } from "../../config/numbers";
import type { TrafficDimension } from "../../lifecycle/kinds/traffic";
import { rounded } from "../statistics";
import { fineBins, type NumberBin, numberBins, type Tally, wordBins } from "./bins";
import type { Dimension } from "./dimensions";
import {
  type Distance,
  indexByChance,
  jensenShannon,
  kolmogorovSmirnov,
  stabilityIndex,
  testedNeeded,
} from "./divergence";

export interface Sides {
  production: Tally;
  tested: Tally;
}

export interface Asked {
  maxPsi: number;
  /** What is named as missing, as a share of production's requests. */
  missingFrom: number;
}

export interface Compared {
  result: TrafficDimension;
  missing: string[];
  /** Why the data do not decide; undefined where they may. */
  inconclusive: string | undefined;
}

/** One dimension of production's requests and of those of a test; undefined where either has nothing to compare. */
export function compared(
  { name, sort, missing: missingWords }: Pick<Dimension, "name" | "sort" | "missing">,
  { production, tested }: Sides,
  { maxPsi, missingFrom }: Asked,
): Compared | undefined {
  const [all, ours] = [total(production), total(tested)];
  if (all === 0 || ours === 0) return undefined;
  const fine = sort === "number" ? fineBins(production, tested) : [];
  const numbers = sort === "number" ? numberBins(fine) : undefined;
  const bins = numbers ?? wordBins(production, tested);
  const psi = told(stabilityIndex(bins));
  const result: TrafficDimension = {
    name,
    psi: psi.value,
    psiInterval: { low: psi.low, high: psi.high },
    jensenShannon: told(jensenShannon(bins), 1),
    ...(sort === "number" ? { kolmogorovSmirnov: told(kolmogorovSmirnov(fine), 1) } : {}),
    bins: bins.length,
  };
  const gaps =
    numbers === undefined
      ? wordGaps(production, tested, missingFrom)
      : numberGaps(numbers, fine, missingFrom);
  return {
    result,
    missing: gaps.map(
      ({ bin, count }) => `No case ${missingWords(bin)}: ${percent(count, all)} of production.`,
    ),
    inconclusive: tooFew(name, bins.length, all, ours, maxPsi),
  };
}

/** What chance alone makes of two samples of one source may not be more than what is asked for. */
function tooFew(name: string, bins: number, all: number, ours: number, maxPsi: number): string | undefined {
  const chance = indexByChance(bins, all, ours);
  if (chance <= maxPsi) return undefined;
  const needed = testedNeeded(bins, all, maxPsi);
  const remedy =
    needed === undefined
      ? "production's are too few for any number of cases"
      : `${readable(needed)} cases are the fewest`;
  return `${name}: ${readable(ours)} tested requests over ${readable(bins)} bins have an index of up to ${readable(rounded(chance, 3))} by chance alone; ${remedy}.`;
}

interface Gap {
  bin: string;
  count: number;
}

function wordGaps(production: Tally, tested: Tally, from: number): Gap[] {
  const all = total(production);
  return [...production]
    .filter(([word, count]) => count >= from * all && (tested.get(word) ?? 0) === 0)
    .sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1))
    .map(([word, count]) => ({ bin: shown(word), count }));
}

/** What lies below and above all tested numbers, and bins between them without one. */
function numberGaps(
  bins: readonly NumberBin[],
  fine: readonly { at: number; production: number; tested: number }[],
  from: number,
): Gap[] {
  const covered = fine.filter(({ tested }) => tested > 0).map(({ at }) => at);
  const [least, most] = [Math.min(...covered), Math.max(...covered)];
  const count = (which: (at: number) => boolean) =>
    fine.reduce((sum, { at, production }) => sum + (which(at) ? production : 0), 0);
  const all = count(() => true);
  const between = bins.filter(({ tested, over, upTo }) => tested === 0 && over >= least && upTo <= most);
  return [
    { bin: `under ${readable(least)}`, count: count((at) => at < least) },
    ...between.map(({ over, upTo, production }) => ({
      bin: `over ${readable(lastOf(over))} and up to ${readable(lastOf(upTo))}`,
      count: production,
    })),
    { bin: `over ${readable(lastOf(most))}`, count: count((at) => at > most) },
  ].filter((gap) => gap.count > 0 && gap.count >= from * all);
}

/** Numbers are counted by three digits: the largest one that is counted as this. */
function lastOf(at: number): number {
  const step = at < 1000 ? 1 : 10 ** Math.min(5, Math.floor(Math.log10(at)) - 2);
  return at + step - 1;
}

/** A word of the log as evidence may show it. What a client made up may be anything. */
export const shown = (word: string): string =>
  /^[\p{L}\p{N} ,._:@/+-]{0,100}$/u.test(word) && credentialIn(word) === undefined ? word : "another name";

const total = (tally: Tally): number => [...tally.values()].reduce((sum, count) => sum + count, 0);

const told = ({ value, low, high }: Distance, most = Number.POSITIVE_INFINITY): Distance => {
  const middle = rounded(Math.min(most, value));
  return {
    value: middle,
    low: Math.min(middle, rounded(low)),
    high: Math.max(middle, rounded(Math.min(most, high))),
  };
};
