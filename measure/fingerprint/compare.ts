import { type Column, type Compared, maxTest, type Pool, smallestPValue } from "../permutation";
import { random } from "../standIn/random";
import { mean, rounded } from "../statistics";
import type { Features } from "./features";
import { decodeBytes, decodeFloats, euclidean, sketchDistance } from "./sketch";

/** The answers of one prompt at one target, signed off and new. */
export interface Sides {
  route: string;
  before: readonly Features[];
  after: readonly Features[];
}

export interface FeatureShift {
  feature: string;
  /** Adjusted: over all features of all routes. */
  pValue: number;
  /** Means over the prompts' means; absent for distances. */
  before?: number;
  after?: number;
}

export interface RouteComparison {
  route: string;
  /** New answers that were compared. */
  samples: number;
  /** The smallest of its features'. */
  pValue: number;
  alarm: boolean;
  features: FeatureShift[];
}

export interface Comparison {
  routes: RouteComparison[];
  /** How many statistics share the false-alarm rate. */
  statistics: number;
  inconclusive: string[];
}

export const permutations = 4_999;

export interface CompareOptions {
  /** The false-alarm rate over all features and routes together. */
  rate: number;
  seed: string;
  permutations?: number;
}

/** Whether the new answers come from the source of those that were signed off: one test over all routes. */
export function compare(
  all: readonly Sides[],
  { rate, seed, permutations: rounds = permutations }: CompareOptions,
): Comparison {
  // A mean distance within one side takes two answers.
  const sides = all.filter(({ before, after }) => before.length >= 2 && after.length >= 2);
  const pools = sides.map(({ before, after }): Pool => ({ before: before.length, after: after.length }));
  const routes = [...new Set(all.map(({ route }) => route))];
  const columns = routes.flatMap((route) => columnsOf(route, sides));
  const pValues = maxTest(random("fingerprint", seed), pools, columns, rounds);
  const found = routes.map((route): RouteComparison => {
    const features = columns.flatMap(({ name, parts, route: own }, index): FeatureShift[] =>
      own === route ? [{ feature: name, pValue: rounded(pValues[index] ?? 1), ...means(parts, pools) }] : [],
    );
    const pValue = Math.min(1, ...features.map((one) => one.pValue));
    const samples = sides.reduce((sum, side) => sum + (side.route === route ? side.after.length : 0), 0);
    return { route, samples, pValue, alarm: pValue <= rate, features };
  });
  return {
    routes: found,
    statistics: columns.length,
    inconclusive: [...tooFew(sides, routes, rate, rounds), ...lost(sides)],
  };
}

/** Where no way in which labels can lie would be an alarm, silence says nothing. */
function tooFew(sides: readonly Sides[], routes: readonly string[], rate: number, rounds: number): string[] {
  return routes.flatMap((route) => {
    const pools = sides
      .filter((side) => side.route === route)
      .map(({ before, after }) => ({ before: before.length, after: after.length }));
    return smallestPValue(pools, rounds) > rate
      ? [`${route} has too few answers for an alarm at the rate of ${rate}.`]
      : [];
  });
}

/** What the baseline has of a route and the new answers have not, or not all of them. */
function lost(sides: readonly Sides[]): string[] {
  const missing = new Set<string>();
  for (const { route, before, after } of sides) {
    for (const feature of featureNames(before))
      if (!after.every((one) => has(one, feature))) missing.add(`${route}: ${feature}`);
  }
  return [...missing].map((what) => `The baseline has a feature that the new answers lack: ${what}.`);
}

const distances = ["wording", "meaning"] as const;

const has = (one: Features, feature: string): boolean =>
  feature === "wording" || (feature === "meaning" ? one.embedding !== undefined : feature in one.values);

/** The features that all of these answers have. */
const featureNames = (answers: readonly Features[]): string[] =>
  [...Object.keys(answers[0]?.values ?? {}), ...distances].filter((feature) =>
    answers.every((one) => has(one, feature)),
  );

function columnsOf(route: string, sides: readonly Sides[]): (Column & { route: string })[] {
  const own = sides.flatMap((side, pool) => (side.route === route ? [{ pool, side }] : []));
  const names = new Set(own.flatMap(({ side: { before, after } }) => featureNames([...before, ...after])));
  return Array.from(names, (name) => ({
    route,
    name,
    parts: own.flatMap(({ pool, side: { before, after } }) => {
      const answers = [...before, ...after];
      return answers.every((one) => has(one, name)) ? [{ pool, compared: comparedBy(name, answers) }] : [];
    }),
  }));
}

function comparedBy(name: string, answers: readonly Features[]): Compared {
  if (name === "wording") {
    const sketches = answers.map(({ sketch }) => decodeBytes(sketch));
    return { distances: pairwise(sketches, sketchDistance) };
  }
  if (name === "meaning") {
    const vectors = answers.map(({ embedding }) => decodeFloats(embedding ?? ""));
    return { distances: pairwise(vectors, euclidean) };
  }
  return { values: answers.map(({ values }) => values[name] ?? 0) };
}

/** Every distance once: it is the same both ways. */
function pairwise<T>(items: readonly T[], distance: (one: T, other: T) => number): number[][] {
  const distances = items.map(() => new Array<number>(items.length).fill(0));
  for (const [row, one] of items.entries())
    for (const [column, other] of items.slice(0, row).entries()) {
      const between = distance(one, other);
      (distances[row] as number[])[column] = between;
      (distances[column] as number[])[row] = between;
    }
  return distances;
}

function means(parts: Column["parts"], pools: readonly Pool[]): { before?: number; after?: number } {
  const sides = parts.flatMap(({ pool, compared }) => {
    const before = pools[pool]?.before ?? 0;
    return "values" in compared
      ? [[mean(compared.values.slice(0, before)), mean(compared.values.slice(before))] as const]
      : [];
  });
  if (sides.length === 0) return {};
  return {
    before: rounded(mean(sides.map(([before]) => before)), 4),
    after: rounded(mean(sides.map(([, after]) => after)), 4),
  };
}
