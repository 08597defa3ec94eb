import { expect, it } from "vitest";
import { silentFailuresBounded } from "../../../policies/stack/silent-failures-bounded";
import { asked, evidenceFile, results } from "./releases";

const told = (values: Record<string, unknown>) =>
  asked(silentFailuresBounded, results("validity", values)).map(({ path, found, allowed }) => [
    path,
    found,
    allowed,
  ]);
const path = (criterion: string) => `releases.chat-upgrade.validity.${criterion}`;
const allowed = "at most 0.02 at the interval's upper end";

it("silent-failures-bounded refuses a pass rate that dropped, and says by how much", () => {
  const drop = { value: 0.04, low: 0.03, high: 0.05 };
  expect(asked(silentFailuresBounded, results("validity", { drop }))).toEqual([
    {
      rule: "silent-failures-bounded",
      status: "violation",
      object: "the validity evidence of release chat-upgrade, maxPassRatioDrop",
      path: "releases.chat-upgrade.validity.maxPassRatioDrop",
      found: "0.04 (interval 0.03 to 0.05), off by 150 %",
      allowed,
      remedy:
        "Mend the cause and measure again, or drop the release. Then: lockstep evidence validity --release <id> (docs/validity.md).",
      at: { file: evidenceFile("validity"), line: 1, column: 1 },
    },
  ]);
});

it.each([
  [{ value: 0.01, low: -0.01, high: 0.02 }, []],
  [{ value: 0.01, low: -0.01, high: 0.03 }, ["inconclusive, 0.01 (interval -0.01 to 0.03)"]],
  [{ value: 0.025, low: 0.02, high: 0.03 }, ["inconclusive, 0.025 (interval 0.02 to 0.03)"]],
  [{ value: 0.025, low: 0.021, high: 0.03 }, ["0.025 (interval 0.021 to 0.03), off by 50 %"]],
])("silent-failures-bounded judges a drop of %j by its interval", (drop, found) => {
  expect(told({ drop })).toEqual(found.map((one) => [path("maxPassRatioDrop"), one, allowed]));
});

it.each(["staging", "production"])("silent-failures-bounded asks for enough answers from %s", (tier) => {
  expect(told({ [tier]: { responses: 1_000, passed: 900 } })).toEqual([]);
  expect(told({ [tier]: { responses: 990, passed: 990 } })).toEqual([
    [path(`minResponses.${tier}`), `${tier}: 990 responses, off by 1 %`, "at least 1,000 responses"],
  ]);
});
