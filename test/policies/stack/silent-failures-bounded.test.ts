import { expect, it } from "vitest";
import { silentFailuresBounded } from "../../../policies/stack/silent-failures-bounded";
import { asked, evidenceFile, results } from "./releases";

const told = (values: Record<string, unknown>) =>
  asked(silentFailuresBounded, results("validity", values)).map(({ path, found, allowed }) => [
    path,
    found,
    allowed,
  ]);
/** A drop, and counts that have it. */
const dropped = (drop: { value: number; low: number; high: number }) => ({
  staging: { responses: 1_000, passed: Math.round(1_000 * (1 - drop.value)) },
  production: { responses: 1_000, passed: 1_000 },
  drop,
});
const path = (criterion: string) => `releases.chat-upgrade.validity.${criterion}`;
const allowed = "at most 0.02 at the interval's upper end";

it("silent-failures-bounded refuses a pass rate that dropped, and says by how much", () => {
  const measured = dropped({ value: 0.04, low: 0.03, high: 0.05 });
  expect(asked(silentFailuresBounded, results("validity", measured))).toEqual([
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
  expect(told(dropped(drop))).toEqual(found.map((one) => [path("maxPassRatioDrop"), one, allowed]));
});

it.each(["staging", "production"])("silent-failures-bounded asks for enough answers from %s", (tier) => {
  expect(told({ [tier]: { responses: 1_000, passed: 1_000 } })).toEqual([]);
  expect(told({ [tier]: { responses: 990, passed: 990 } })).toEqual([
    [path(`minResponses.${tier}`), `${tier}: 990 responses, off by 1 %`, "at least 1,000 responses"],
  ]);
});

it("silent-failures-bounded takes no drop that contradicts the counts beside it", () => {
  const drop = { value: 0.01, low: -0.01, high: 0.02 };
  expect(told(dropped(drop))).toEqual([]);
  expect(told({ ...dropped(drop), staging: { responses: 1_000, passed: 900 } })).toEqual([
    [
      "releases.chat-upgrade.validity",
      expect.stringMatching(
        /^no validity evidence that counts: \S+ cannot be read: it is no validity statement: predicate\.results\.drop\.value: production's pass rate less staging's, by the counts beside it$/,
      ),
      expect.stringMatching(/^validity evidence about [0-9a-f]{12}…, measured in staging$/),
    ],
  ]);
});
