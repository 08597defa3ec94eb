import { percent, readable } from "../../config/numbers";
import type { TrafficDimension, TrafficResults } from "../../lifecycle/kinds/traffic";
import type { Measured } from "../measurement";
import { type Asked, type Compared, compared, shown } from "./compare";
import type { Counts } from "./counts";
import { type Dimension, dimensions } from "./dimensions";
import { states } from "./sql";

/** What of a log may be unreadable before nothing is decided by it. */
const mostUnread = 0.01;
/** As many as a statement has room for. */
const [mostReasons, mostMissing, mostBins] = [100, 1_000, 100];

export interface Tested {
  counts: Counts;
  /** What it is: "staging's request log", "eval.json". */
  name: string;
  /** Columns that it cannot tell anything of. */
  silent: readonly string[];
}

/** Whether what was tested is distributed as production's traffic is. */
export function trafficResults(
  production: Counts,
  tested: Tested,
  asked: Asked,
  notes: readonly string[],
): Measured & { results: TrafficResults } {
  const found = dimensions.flatMap((dimension) => {
    if (tested.silent.includes(dimension.column)) return [];
    const one = compared(dimension, sidesOf(dimension, production, tested.counts), asked);
    return one === undefined ? [] : [one];
  });
  const left = dimensions.filter(({ name }) => !found.some(({ result }) => result.name === name));
  return {
    samples: production.requests,
    repeats: 1,
    inconclusive: [
      ...unread("Production's request log", production),
      ...unread(`What was tested (${tested.name})`, tested.counts),
      ...reasonsOf(found),
    ].slice(0, mostReasons),
    results: {
      days: production.days,
      productionRequests: production.requests,
      testedRequests: tested.counts.requests,
      dimensions: resultsOf(found),
      missing: found.flatMap(({ missing }) => missing).slice(0, mostMissing),
    },
    raw: {
      notes: [
        ...notes,
        "Index over tenths of production's numbers, the last one parted at 95 and 99 %, and over words that 1 % of its requests have; half a count is added to each bin (Jeffreys). Intervals at 95 %: delta method (index, divergence), Smirnov's critical value (distance).",
        "Requests of one conversation are not independent of each other, so that intervals are a little narrow.",
        ...(left.length === 0 ? [] : [`Not compared: ${left.map(({ name }) => name).join(", ")}.`]),
      ],
      production: told(production),
      tested: { name: tested.name, ...told(tested.counts) },
    },
  };
}

export const resultsOf = (found: readonly Compared[]): TrafficDimension[] =>
  found.map(({ result }) => result);

export const reasonsOf = (found: readonly Compared[]): string[] =>
  found.flatMap(({ inconclusive }) => (inconclusive === undefined ? [] : [inconclusive]));

const sidesOf = ({ column }: Dimension, production: Counts, tested: Counts) => ({
  production: production.of(column),
  tested: tested.of(column),
});

function unread(what: string, counts: Counts): string[] {
  if (counts.unreadShare <= mostUnread) return [];
  const count = counts.state("unreadable");
  return [
    `${what} has ${readable(count)} records that cannot be read, ${percent(count, count + counts.requests)} of all.`,
  ];
}

/** How many records were left out, and why: one line for people. */
export function leftOut(counts: Counts): string {
  const parts = (Object.keys(states) as (keyof typeof states)[])
    .filter((name) => name !== "counted" && counts.state(name) > 0)
    .map((name) => `${readable(counts.state(name))} ${states[name]}`);
  return parts.length === 0 ? "none was left out" : `left out: ${parts.join(", ")}`;
}

const told = (counts: Counts) => ({
  requests: counts.requests,
  days: counts.days,
  states: Object.fromEntries(counts.of("state")),
  brokenFiles: counts.brokenFiles.length,
  bins: Object.fromEntries(
    dimensions
      .filter(({ sort }) => sort === "word")
      .map(({ name, column }) => [
        name,
        Object.fromEntries(
          [...counts.of(column)]
            .sort(([, a], [, b]) => b - a)
            .slice(0, mostBins)
            .map(([word, count]) => [shown(word), count]),
        ),
      ]),
  ),
});
