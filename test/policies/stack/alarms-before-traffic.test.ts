import { expect, it } from "vitest";
import { alarmsBeforeTraffic } from "../../../policies/stack/alarms-before-traffic";
import { type Edit, override, replace } from "../../shipped";
import { judged, place, production, project, staging } from "./judged";
import { except } from "./releases";

const told = (edits: readonly Edit[], settings = {}) =>
  judged(alarmsBeforeTraffic, edits, { settings }).map(({ object, path, found, allowed }) => [
    object,
    path,
    found,
    allowed,
  ]);
const thresholds = (text: string) =>
  replace(production, "alertAtPercent: { notice: 50, warning: 80, page: 100 }", `alertAtPercent: ${text}`);

it("alarms-before-traffic accepts the shipped pair, and a first threshold at 80 percent", () => {
  expect(told([])).toEqual([]);
  expect(told([thresholds("{ warning: 80, page: 100 }")])).toEqual([]);
});

it("alarms-before-traffic refuses budgets that warn when the money is nearly gone", () => {
  const edits = [thresholds("{ warning: 100, page: 80.5 }")];
  expect(judged(alarmsBeforeTraffic, edits)).toEqual([
    {
      rule: "alarms-before-traffic",
      status: "violation",
      object: "production's limits.alertAtPercent",
      path: "limits.alertAtPercent",
      found: "80.5 percent of the budget as the first threshold",
      allowed: "a threshold at 80 percent or below",
      remedy: "Add a threshold that leaves time to act.",
      at: place(production, "dailyUsd: 1000\n", "alertAtPercent", edits),
    },
  ]);
});

it("alarms-before-traffic asks each team's budget too, in either environment", () => {
  const edit = replace(
    staging,
    "dailyUsd: 30\n        alertAtPercent: { warning: 60, page: 80 }",
    "dailyUsd: 30\n        alertAtPercent: { page: 95 }",
  );
  expect(told([edit])).toEqual([
    [
      "staging's limits.teams.search.alertAtPercent",
      "limits.teams.search.alertAtPercent",
      "95 percent of the budget as the first threshold",
      "a threshold at 80 percent or below",
    ],
  ]);
});

it("alarms-before-traffic takes the share as a setting, that share included", () => {
  expect(told([], { maximumFirstAlertPercent: 80 })).toEqual([]);
  expect(told([], { maximumFirstAlertPercent: 60 }).map(([object]) => object)).toEqual([
    "production's limits.teams.support.alertAtPercent",
    "production's limits.teams.search.alertAtPercent",
    "production's limits.teams.triage.alertAtPercent",
  ]);
  expect(told([], { maximumFirstAlertPercent: 60 })[0]?.[3]).toBe("a threshold at 60 percent or below");
});

it.each([
  [100, true],
  [0.5, true],
  [0, false],
  [100.5, false],
])("alarms-before-traffic knows whether the share can be %d", (maximumFirstAlertPercent, can) => {
  expect(alarmsBeforeTraffic.settings?.safeParse({ maximumFirstAlertPercent }).success).toBe(can);
});

const objective = (from: string, to: string) => replace(project, from, to);

it("alarms-before-traffic refuses an alarm that is looser than what staging was accepted at, once for both", () => {
  const edits = [objective("  latencyP95Seconds: 8\n", "  latencyP95Seconds: 8.5\n")];
  expect(judged(alarmsBeforeTraffic, edits)).toEqual([
    {
      rule: "alarms-before-traffic",
      status: "violation",
      object: "objectives.latencyP95Seconds",
      path: "objectives.latencyP95Seconds",
      found: "8.5, looser than acceptance.eval.maxLatencyP95Seconds, 8",
      allowed: "at most 8",
      remedy: "Tighten the objective, on which the alarm is set, or loosen what staging is accepted at.",
      at: place(project, "lockstep:objectives:\n", "latencyP95Seconds", edits),
    },
  ]);
});

it.each([
  [
    "cacheMiss: 2.5 }",
    "cacheMiss: 2.4 }",
    "cacheMiss: 2.6 }",
    "objectives.firstTokenP95Seconds.cacheMiss",
    "2.6, looser than acceptance.load.maxFirstTokenP95Seconds, 2.5",
    "at most 2.5",
  ],
  [
    "  errorRatio: 0.01\n",
    "  errorRatio: 0.009\n",
    "  errorRatio: 0.011\n",
    "objectives.errorRatio",
    "0.011, looser than acceptance.load.maxErrorRatio, 0.01",
    "at most 0.01",
  ],
  [
    "  cacheHitRatio: 0.6\n",
    "  cacheHitRatio: 0.7\n",
    "  cacheHitRatio: 0.5\n",
    "objectives.cacheHitRatio",
    "0.5, looser than acceptance.cache.minHitRatio, 0.6",
    "at least 0.6",
  ],
  [
    "  retrievalP99Seconds: 0.4\n",
    "  retrievalP99Seconds: 0.3\n",
    "  retrievalP99Seconds: 0.5\n",
    "objectives.retrievalP99Seconds",
    "0.5, looser than acceptance.retrieval.maxP99Seconds, 0.4",
    "at most 0.4",
  ],
])("alarms-before-traffic reads %j, %j and %j", (from, tighter, looser, path, found, allowed) => {
  expect(told([objective(from, tighter)])).toEqual([]);
  expect(told([objective(from, looser)])).toEqual([[path, path, found, allowed]]);
});

it("alarms-before-traffic says whose objective it is where an environment has its own", () => {
  expect(
    told([override("production", "objectives", "  errorRatio: 0.01\n", "  errorRatio: 0.02\n")]).map(
      ([object]) => object,
    ),
  ).toEqual(["production's objectives.errorRatio"]);
});

it("alarms-before-traffic stops updates of staging as well", () => {
  const edits = [thresholds("{ page: 100 }")];
  expect(judged(alarmsBeforeTraffic, edits, { tier: "staging" })).toHaveLength(1);
});

it("alarms-before-traffic lets an exception cover the finding that it names, and no other", () => {
  const edits = [
    thresholds("{ page: 100 }"),
    objective("  errorRatio: 0.01\n", "  errorRatio: 0.02\n"),
    except("alarms-before-traffic", "objectives.errorRatio"),
  ];
  expect(judged(alarmsBeforeTraffic, edits).map((one) => [one.path, one.status])).toEqual([
    ["objectives.errorRatio", "exempted"],
    ["limits.alertAtPercent", "violation"],
  ]);
});
