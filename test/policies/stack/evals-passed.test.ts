import { expect, it } from "vitest";
import { evalsPassed } from "../../../policies/stack/evals-passed";
import { asked, evidenceFile, results } from "./releases";

const told = (values: Record<string, unknown>) =>
  asked(evalsPassed, results("eval", values)).map(({ path, found, allowed }) => [path, found, allowed]);
const chat = "support-chat on chat-large";
const path = (criterion: string) => `releases.chat-upgrade.eval.${criterion}["${chat}"]`;

it("evals-passed names the target, the criterion, and by how much it is missed", () => {
  const score = { value: 0.8, low: 0.78, high: 0.84 };
  expect(asked(evalsPassed, results("eval", { "targets.0.score": score }))).toEqual([
    {
      rule: "evals-passed",
      status: "violation",
      object: "the eval evidence of release chat-upgrade, minScore",
      path: 'releases.chat-upgrade.eval.minScore["support-chat on chat-large"]',
      found: "support-chat on chat-large: 0.8 (interval 0.78 to 0.84), off by 8.2 %",
      allowed: "at least 0.85 at the interval's lower end",
      remedy:
        "Mend the cause and measure again, or drop the release. Then: lockstep evidence eval --release <id> (docs/evals.md).",
      at: { file: evidenceFile("eval"), line: 1, column: 1 },
    },
  ]);
});

it("evals-passed wants the whole interval of the score on the good side", () => {
  const required = "at least 0.85 at the interval's lower end";
  expect(told({ "targets.0.score": { value: 0.86, low: 0.85, high: 0.9 } })).toEqual([]);
  expect(told({ "targets.0.score": { value: 0.86, low: 0.8499, high: 0.9 } })).toEqual([
    [path("minScore"), `${chat}: inconclusive, 0.86 (interval 0.8499 to 0.9)`, required],
  ]);
  expect(told({ "targets.0.score": { value: 0.84, low: 0.8, high: 0.85 } })).toEqual([
    [path("minScore"), `${chat}: inconclusive, 0.84 (interval 0.8 to 0.85)`, required],
  ]);
});

it.each([
  ["cases", 40, 39, "minCases", "39 cases, off by 2.5 %", "at least 40 cases"],
  ["repeats", 3, 2, "minRepeats", "2 repeats of each case, off by 33 %", "at least 3 repeats of each case"],
  ["schemaValidRatio", 0.98, 0.97, "minSchemaValidRatio", "0.97, off by 1 %", "at least 0.98"],
  ["latencyP95Seconds", 8, 8.2, "maxLatencyP95Seconds", "8.2 seconds, off by 2.5 %", "at most 8 seconds"],
  [
    "usdPerRequest",
    0.03,
    0.0303,
    "maxUsdPerRequest",
    "0.0303 USD per request, off by 1 %",
    "at most 0.03 USD per request",
  ],
])("evals-passed asks for %s of %d, and refuses %d", (field, enough, short, criterion, found, allowed) => {
  expect(told({ [`targets.0.${field}`]: enough })).toEqual([]);
  expect(told({ [`targets.0.${field}`]: short })).toEqual([[path(criterion), `${chat}: ${found}`, allowed]]);
});

it("evals-passed asks for every target of every route, fallbacks and their routes too", () => {
  const pathOf = (target: string) => `releases.chat-upgrade.eval.targets["${target}"]`;
  const all = [
    "support-chat on chat-large",
    "support-chat on chat-in-account",
    "ticket-triage on chat-small",
    "economy-chat on chat-fast",
  ];
  expect(told({ targets: [] })).toEqual(
    all.map((target) => [pathOf(target), `${target}: no case`, "cases for every target of a route"]),
  );
  expect(told({ "targets.1.model": "another" }).map(([one]) => one)).toEqual([
    pathOf("support-chat on chat-in-account"),
  ]);
  expect(told({ "targets.3.route": "another" }).map(([one]) => one)).toEqual([
    pathOf("economy-chat on chat-fast"),
  ]);
});
