import { expect, it } from "vitest";
import { driftAudited } from "../../../policies/stack/drift-audited";
import { asked, evidenceFile, results } from "./releases";

const told = (values: Record<string, unknown>) =>
  asked(driftAudited, results("drift", values)).map(({ path, found, allowed }) => [path, found, allowed]);
const path = (criterion: string) => `releases.chat-upgrade.drift.${criterion}`;

it("drift-audited refuses a difference from what is declared", () => {
  const difference = {
    area: "prompts",
    name: "support-answer",
    difference: "The running text ends earlier.",
  };
  expect(asked(driftAudited, results("drift", { differences: [difference] }))).toEqual([
    {
      rule: "drift-audited",
      status: "violation",
      object: "the drift evidence of release chat-upgrade, differences",
      path: "releases.chat-upgrade.drift.differences",
      found: "1 difference",
      allowed: "none",
      remedy:
        "Mend the cause and measure again, or drop the release. Then: lockstep audit --release <id> (docs/audit.md).",
      at: { file: evidenceFile("drift"), line: 1, column: 1 },
    },
  ]);
});

it.each([
  ["prompts", 2, "all 2"],
  ["models", 5, "all 5"],
  ["policies", 1, "the policy configuration"],
])("drift-audited asks for %s: %d of them", (area, count, allowed) => {
  expect(told({ [`audited.${area}`]: count })).toEqual([]);
  expect(told({ [`audited.${area}`]: count + 1 })).toEqual([]);
  expect(told({ [`audited.${area}`]: count - 1 })).toEqual([[path(area), `${count - 1} audited`, allowed]]);
});
