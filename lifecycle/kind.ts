import type { z } from "zod";
import { readable } from "../config/numbers";
import type { Config } from "../config/schema";

export const kindNames = [
  "eval",
  "fingerprint",
  "load",
  "cache",
  "retrieval",
  "traffic",
  "validity",
  "routing",
  "drift",
] as const;
export type KindName = (typeof kindNames)[number];

/**
 * - `passes` and `fails`: what was measured decides it.
 * - `inconclusive`: the interval of what was measured lies on both sides of the threshold.
 */
export type Outcome = "passes" | "fails" | "inconclusive";

/** One acceptance criterion held against what was measured. */
export interface Criterion {
  /** Path below `acceptance.<kind>`, or another word for a criterion that no threshold has: "arrivals". */
  name: string;
  /** What was measured, where there are several: "support-chat on chat-large". */
  subject?: string;
  /** As a person reads it, with its unit. */
  measured: string;
  /** What is asked for: "at least 0.85". */
  required: string;
  outcome: Outcome;
  /**
   * How far the measured value lies on the good side of the threshold, as a share of the threshold; negative for
   * a failure, absent where nothing can be measured that way.
   */
  margin?: number;
}

/** One kind of evidence: what its results look like, and what they have to show. */
export interface Kind<R = unknown> {
  name: KindName;
  /** The results, as they stand in a statement's predicate. */
  results: z.ZodType<R>;
  /** True for what is compared with production's own traffic: a first deployment has none. */
  comparesWithProduction: boolean;
  /** True where the thing measured is random, so that one repeat says little. */
  random: boolean;
  /** The fewest samples that count, by the acceptance criteria. */
  minimumSamples(config: Config): number;
  /** The fewest repeats of each sample. Only asked for where `random`. */
  minimumRepeats(config: Config): number;
  /** All criteria, held against the results, in an order that people read. */
  criteria(results: R, config: Config): Criterion[];
}

/** A number that must not be below a threshold. */
export function atLeast(
  name: string,
  value: number,
  threshold: number,
  unit: string,
  subject?: string,
): Criterion {
  return compared({ name, value, threshold, unit, subject, direction: 1 });
}

/** A number that must not be above a threshold. */
export function atMost(
  name: string,
  value: number,
  threshold: number,
  unit: string,
  subject?: string,
): Criterion {
  return compared({ name, value, threshold, unit, subject, direction: -1 });
}

interface Compared {
  name: string;
  value: number;
  threshold: number;
  unit: string;
  subject: string | undefined;
  /** 1 where more is better, -1 where less is. */
  direction: 1 | -1;
}

function compared({ name, value, threshold, unit, subject, direction }: Compared): Criterion {
  const room = direction * (value - threshold);
  return {
    name,
    ...(subject === undefined ? {} : { subject }),
    measured: withUnit(value, unit),
    required: `${direction === 1 ? "at least" : "at most"} ${withUnit(threshold, unit)}`,
    outcome: room >= 0 ? "passes" : "fails",
    ...marginOf(room, threshold),
  };
}

/** An estimate with its interval. Both ends have to lie on the good side; with one on each it is not decided. */
export function interval(
  name: string,
  { value, low, high }: Interval,
  threshold: number,
  better: "higher" | "lower",
  unit: string,
  subject?: string,
): Criterion {
  const direction = better === "higher" ? 1 : -1;
  const [worst, best] = better === "higher" ? [low, high] : [high, low];
  const outcome =
    direction * (worst - threshold) >= 0
      ? "passes"
      : direction * (best - threshold) < 0
        ? "fails"
        : "inconclusive";
  return {
    name,
    ...(subject === undefined ? {} : { subject }),
    measured: `${withUnit(value, unit)} (interval ${readable(low)} to ${readable(high)})`,
    required: `${better === "higher" ? "at least" : "at most"} ${withUnit(threshold, unit)} at the interval's ${
      better === "higher" ? "lower" : "upper"
    } end`,
    outcome,
    ...marginOf(direction * (worst - threshold), threshold),
  };
}

export interface Interval {
  value: number;
  low: number;
  high: number;
}

const marginOf = (room: number, threshold: number) =>
  threshold === 0 ? {} : { margin: room / Math.abs(threshold) };

/** A criterion without a threshold: something has to be so. */
export function holds(
  name: string,
  holds: boolean,
  measured: string,
  required: string,
  subject?: string,
): Criterion {
  return {
    name,
    ...(subject === undefined ? {} : { subject }),
    measured,
    required,
    outcome: holds ? "passes" : "fails",
  };
}

/** A criterion of which nothing is known: that decides nothing, and so blocks. */
export const notMeasured = (name: string, required: string, subject: string): Criterion => ({
  name,
  subject,
  measured: "not measured",
  required,
  outcome: "inconclusive",
});

/** Whether no two entries are about the same thing: of two, only the first would be judged. */
export const eachOnce = <T>(entries: readonly T[], about: (entry: T) => string): boolean =>
  new Set(entries.map(about)).size === entries.length;

export const withUnit = (value: number, unit: string): string =>
  unit === "" || unit === "ratio" ? readable(value) : `${readable(value)} ${unit}`;
