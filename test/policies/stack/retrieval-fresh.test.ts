import { expect, it } from "vitest";
import { retrievalFresh } from "../../../policies/stack/retrieval-fresh";
import { asked, evidenceFile, results } from "./releases";

const told = (values: Record<string, unknown>) =>
  asked(retrievalFresh, results("retrieval", values)).map(({ path, found, allowed }) => [
    path,
    found,
    allowed,
  ]);
const path = (criterion: string) => `releases.chat-upgrade.retrieval.${criterion}`;

it("retrieval-fresh refuses an old index, and says by how much", () => {
  expect(asked(retrievalFresh, results("retrieval", { indexAgeHours: 36 }))).toEqual([
    {
      rule: "retrieval-fresh",
      status: "violation",
      object: "the retrieval evidence of release chat-upgrade, maxIndexAgeHours",
      path: "releases.chat-upgrade.retrieval.maxIndexAgeHours",
      found: "36 hours, off by 50 %",
      allowed: "at most 24 hours",
      remedy:
        "Mend the cause and measure again, or drop the release. Then: lockstep evidence retrieval --release <id> (docs/retrieval.md).",
      at: { file: evidenceFile("retrieval"), line: 1, column: 1 },
    },
  ]);
});

it.each([
  ["indexAgeHours", 24, 24.12, "maxIndexAgeHours", "24.12 hours, off by 0.5 %", "at most 24 hours"],
  ["recall", 0.9, 0.89, "minRecall", "0.89, off by 1.1 %", "at least 0.9"],
  [
    "p99Seconds.at10",
    0.4,
    0.5,
    'maxP99Seconds["10 times"]',
    "10 times: 0.5 seconds, off by 25 %",
    "at most 0.4 seconds",
  ],
  [
    "p99Seconds.at50",
    0.4,
    0.6,
    'maxP99Seconds["50 times"]',
    "50 times: 0.6 seconds, off by 50 %",
    "at most 0.4 seconds",
  ],
  [
    "p99Seconds.at100",
    0.4,
    0.8,
    'maxP99Seconds["100 times"]',
    "100 times: 0.8 seconds, off by 100 %",
    "at most 0.4 seconds",
  ],
])("retrieval-fresh asks for %s of %d, and refuses %d", (field, enough, short, criterion, found, allowed) => {
  expect(told({ [field]: enough })).toEqual([]);
  expect(told({ [field]: short })).toEqual([[path(criterion), found, allowed]]);
});
