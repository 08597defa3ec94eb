import { z } from "zod";
import { readable } from "../../config/numbers";
import { formatPath, type Path } from "../../config/relation";
import type { Config } from "../../config/schema";
import type { Stack } from "../../config/stack";
import { inEach } from "../environments";
import type { Report, StackRule } from "../rule";

const settings = z.strictObject({
  maximumFirstAlertPercent: z
    .number()
    .positive()
    .max(100)
    .default(80)
    .describe("The share of a budget by which at least one threshold has to warn, in percent."),
});

/**
 * Objectives are the thresholds of the alarms. One that is looser than the acceptance criterion for the same
 * quantity stays silent in production where staging would have failed.
 */
export const alarmsBeforeTraffic: StackRule<typeof settings> = {
  kind: "stack",
  name: "alarms-before-traffic",
  description:
    "Budgets warn while there is time, and alarms fire no later than what staging was accepted at.",
  protects: "From traffic that grows for days before anybody hears of its spend, errors or latency.",
  severity: "high",
  exceptions: true,
  settings,
  check: ({ pair }, { maximumFirstAlertPercent }) =>
    inEach(pair, (stack, name) => [
      ...budgetReports(stack, name, maximumFirstAlertPercent),
      ...objectiveReports(stack, name),
    ]),
};

type Name = (path: Path) => string;

function budgetReports(stack: Stack, name: Name, most: number): Report[] {
  const { limits } = stack.config;
  const budgets: [Path, Record<string, number>][] = [
    [["limits"], limits.alertAtPercent],
    ...Object.entries(limits.teams).map(([team, { alertAtPercent }]): [Path, Record<string, number>] => [
      ["limits", "teams", team],
      alertAtPercent,
    ]),
  ];
  return budgets.flatMap(([scope, thresholds]): Report[] => {
    const lowest = Math.min(...Object.values(thresholds));
    if (lowest <= most) return [];
    const path = [...scope, "alertAtPercent"];
    return [
      {
        object: name(path),
        path: formatPath(path),
        found: `${readable(lowest)} percent of the budget as the first threshold`,
        allowed: `a threshold at ${readable(most)} percent or below`,
        remedy: "Add a threshold that leaves time to act.",
        at: stack.position(path),
      },
    ];
  });
}

interface Pairing {
  objective: Path;
  criterion: Path;
  /** Which way an alarm is tighter. */
  tighter: "lower" | "higher";
  value(config: Config): number;
  accepted(config: Config): number;
}

/** Watched only where there is a retrieval. */
const retrieval = "retrievalP99Seconds";

const pairings: readonly Pairing[] = [
  {
    objective: ["objectives", "latencyP95Seconds"],
    criterion: ["acceptance", "eval", "maxLatencyP95Seconds"],
    tighter: "lower",
    value: ({ objectives }) => objectives.latencyP95Seconds,
    accepted: ({ acceptance }) => acceptance.eval.maxLatencyP95Seconds,
  },
  {
    objective: ["objectives", "firstTokenP95Seconds", "cacheMiss"],
    criterion: ["acceptance", "load", "maxFirstTokenP95Seconds"],
    tighter: "lower",
    value: ({ objectives }) => objectives.firstTokenP95Seconds.cacheMiss,
    accepted: ({ acceptance }) => acceptance.load.maxFirstTokenP95Seconds,
  },
  {
    objective: ["objectives", "errorRatio"],
    criterion: ["acceptance", "load", "maxErrorRatio"],
    tighter: "lower",
    value: ({ objectives }) => objectives.errorRatio,
    accepted: ({ acceptance }) => acceptance.load.maxErrorRatio,
  },
  {
    objective: ["objectives", "cacheHitRatio"],
    criterion: ["acceptance", "cache", "minHitRatio"],
    tighter: "higher",
    value: ({ objectives }) => objectives.cacheHitRatio,
    accepted: ({ acceptance }) => acceptance.cache.minHitRatio,
  },
  {
    objective: ["objectives", retrieval],
    criterion: ["acceptance", "retrieval", "maxP99Seconds"],
    tighter: "lower",
    value: ({ objectives }) => objectives.retrievalP99Seconds,
    accepted: ({ acceptance }) => acceptance.retrieval.maxP99Seconds,
  },
];

function objectiveReports({ config, position }: Stack, name: Name): Report[] {
  const compared = pairings.filter(
    ({ objective }) => config.behaviour.retrieval || objective[1] !== retrieval,
  );
  return compared.flatMap(({ objective, criterion, tighter, value, accepted }): Report[] => {
    const [own, other] = [value(config), accepted(config)];
    if (tighter === "lower" ? own <= other : own >= other) return [];
    return [
      {
        object: name(objective),
        path: formatPath(objective),
        found: `${readable(own)}, looser than ${formatPath(criterion)}, ${readable(other)}`,
        allowed: `${tighter === "lower" ? "at most" : "at least"} ${readable(other)}`,
        remedy: "Tighten the objective, on which the alarm is set, or loosen what staging is accepted at.",
        at: position(objective),
      },
    ];
  });
}
