import { grouped } from "./figures";
import { exponent, type Ratio, ratioFigure, time } from "./measured";

const exponentLimit = 1.1;

/** What each took for so many resources. */
export interface Table {
  size: number;
  /** Seconds for each rule and resource. */
  medians: Readonly<Record<string, number>>;
  /** Seconds for each resource, whatever the number of rules. */
  whole: Readonly<Record<string, number>>;
  /** Seconds for each resource and rule that is about its type. */
  judged: Readonly<Record<string, number>>;
}

/** Rule evaluation stands against rule evaluation, and what comes through the analyzer against what does. */
const pairs = [
  { how: "against awsguard", one: "ours", other: "awsguard", goal: true },
  { how: "without the analyzer, against cdk-nag", one: "our rules alone", other: "cdk-nag", goal: true },
  { how: "against cdk-nag without one", one: "ours", other: "cdk-nag", goal: false },
  { how: "against conftest", one: "ours", other: "conftest", goal: false },
];

export function comparisons(tables: readonly Table[], rounds: number): Ratio[] {
  const { size, medians, whole, judged } = tables.at(-1) ?? { size: 0, medians: {}, whole: {}, judged: {} };
  const at = `${grouped(size)} resources`;
  const byRule = pairs.map((pair) => ({
    ...pair,
    by: "rule and resource",
    short: "rule and resource",
    seconds: medians,
  }));
  const byJudging = pairs.slice(1, 2).map((pair) => ({
    ...pair,
    by: "resource and rule about its type",
    short: "rule about it",
    seconds: judged,
  }));
  const byResource = pairs.slice(0, 2).map((pair) => ({
    ...{
      ...pair,
      goal: false,
      by: "resource, whatever the number of rules",
      short: "resource",
      seconds: whole,
    },
  }));
  return [...byRule, ...byJudging, ...byResource].flatMap(({ how, one, other, goal, by, short, seconds }) => {
    const [ours, theirs] = [seconds[one], seconds[other]];
    if (ours === undefined || theirs === undefined) return [];
    const figure = ratioFigure(
      {
        what: `Cost per ${by}, ${at}, ${how} (median of ${rounds})`,
        label: `${one}, per ${short}, against ${other}`,
        limit: 1,
      },
      ours / theirs,
      `${time(ours)} to ${time(theirs)}`,
    );
    return [goal ? figure : { ...figure, goal: "none; see below", met: true }];
  });
}

export function growth(tables: readonly Table[], rulesAsked: number, rounds: number): Ratio {
  const points = tables.map(({ size, medians }) => ({
    size,
    seconds: (medians.ours ?? Number.NaN) * rulesAsked * size,
  }));
  const slope = exponent(points);
  return {
    what: `Growth of the pack's time with the number of resources (median of ${rounds} each)`,
    label: "growth with resources, exponent",
    ratio: slope,
    limit: exponentLimit,
    value: `exponent ${slope.toFixed(2)} (${points.map(({ size, seconds }) => `${grouped(size)}: ${time(seconds)}`).join(", ")})`,
    goal: `at most ${exponentLimit}`,
    met: slope <= exponentLimit,
  };
}
