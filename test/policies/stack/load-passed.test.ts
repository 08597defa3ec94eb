import { expect, it } from "vitest";
import { loadPassed } from "../../../policies/stack/load-passed";
import { asked, evidenceFile, results } from "./releases";

const told = (values: Record<string, unknown>) =>
  asked(loadPassed, results("load", values)).map(({ path, found, allowed }) => [path, found, allowed]);
const path = (criterion: string) => `releases.chat-upgrade.load.${criterion}`;

it("load-passed refuses a tail above the criterion, and says by how much", () => {
  expect(asked(loadPassed, results("load", { "firstToken.p99Seconds": 6 }))).toEqual([
    {
      rule: "load-passed",
      status: "violation",
      object: "the load evidence of release chat-upgrade, maxFirstTokenP99Seconds",
      path: "releases.chat-upgrade.load.maxFirstTokenP99Seconds",
      found: "6 seconds, off by 20 %",
      allowed: "at most 5 seconds",
      remedy:
        "Mend the cause and measure again, or drop the release. Then: lockstep evidence load --release <id> (docs/load.md).",
      at: { file: evidenceFile("load"), line: 1, column: 1 },
    },
  ]);
});

it.each([
  [
    "firstToken",
    { p50Seconds: 0.1, p95Seconds: 2.5, p99Seconds: 4 },
    { p50Seconds: 0.1, p95Seconds: 2.6, p99Seconds: 4 },
    "maxFirstTokenP95Seconds",
    "2.6 seconds, off by 4 %",
    "at most 2.5 seconds",
  ],
  [
    "firstToken.p99Seconds",
    5,
    5.05,
    "maxFirstTokenP99Seconds",
    "5.05 seconds, off by 1 %",
    "at most 5 seconds",
  ],
  ["errorRatio", 0.01, 0.011, "maxErrorRatio", "0.011, off by 10 %", "at most 0.01"],
  ["requests", 5_000, 4_999, "minRequests", "4,999 requests, off by 0.02 %", "at least 5,000 requests"],
  ["requestsPerSecond", 30, 29, "minPeakMultiple", "2.9 times peak, off by 3.3 %", "at least 3 times peak"],
])("load-passed asks for a %s of %j, and refuses %j", (field, enough, short, criterion, found, allowed) => {
  expect(told({ [field]: enough })).toEqual([]);
  expect(told({ [field]: short })).toEqual([[path(criterion), found, allowed]]);
});

const allowed = "Poisson arrivals: 1 ± 0.15 and 0 ± 0.1";

it.each([
  [1.125, 0.0625, true],
  [0.875, -0.0625, true],
  [1.151, 0, false],
  [0.849, 0, false],
  [1, 0.101, false],
  [1, -0.101, false],
])("load-passed: gaps that vary by %d and correlate by %d are Poisson: %j", (variation, correlation, are) => {
  const arrivals = {
    process: "poisson",
    coefficientOfVariation: variation,
    lag1Autocorrelation: correlation,
  };
  expect(told({ arrivals })).toEqual(
    are
      ? []
      : [
          [
            path("arrivals"),
            `gaps with a coefficient of variation of ${variation} and an autocorrelation of ${correlation}`,
            allowed,
          ],
        ],
  );
});

it("load-passed believes no other process, and no latency that counts from the time of sending", () => {
  expect(told({ "arrivals.process": "other" })).toEqual([
    [
      path("arrivals"),
      "gaps with a coefficient of variation of 1.01 and an autocorrelation of 0.004",
      allowed,
    ],
  ]);
  expect(told({ fromScheduledTime: false })).toEqual([
    [path("fromScheduledTime"), "latency from the time of sending", "latency from the scheduled time"],
  ]);
});
