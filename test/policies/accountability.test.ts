import { expect, it } from "vitest";
import type { Exception } from "../../config/schema/exceptions";
import { accountabilityFaults, daysLeft } from "../../policies/accountability";

const now = new Date("2026-11-21T12:00:00Z");
const exception: Exception = {
  rule: "some-rule",
  path: "a.b",
  reason: "The load test of the autumn needs it.",
  owner: "Ada",
  approver: "Grace",
  ticket: "O1",
  created: "2026-11-01",
  expires: "2026-11-30",
  compensatingControl: "It is seen.",
};
const faults = (more: Partial<Exception>, at = now) =>
  accountabilityFaults({ ...exception, ...more }, at).map(({ field, found, allowed, remedy }) => [
    field,
    found,
    allowed,
    remedy,
  ]);
const short = (field: string, found: string, least: number) => [
  [field, `${found} besides spaces around them`, `at least ${least} characters`, `Write ${field} out.`],
];
const same = (approver: string) => [
  [
    "approver",
    `"${approver}", the owner`,
    "somebody else than the owner",
    "Let somebody else approve it, and name them.",
  ],
];
const wildcard = (path: string) => [
  [
    "path",
    `"${path}", which has a wildcard`,
    "the exact path of one finding",
    "Write one exception for each finding, with the path that the finding names.",
  ],
];
const shorten = "Shorten it; what takes longer is approved anew when it ends.";

it.each<[Partial<Exception>, string[][]]>([
  [{}, []],
  [{ path: "a.*" }, wildcard("a.*")],
  [{ path: "a?" }, wildcard("a?")],
  [{ reason: "x".repeat(20) }, []],
  [{ reason: ` ${"x".repeat(19)} ` }, short("reason", "19 characters", 20)],
  [{ reason: `${"x".repeat(9)}  \n ${"x".repeat(9)}` }, short("reason", "19 characters", 20)],
  [{ owner: "A\u200bd" }, []],
  [{ owner: "Al" }, short("owner", "2 characters", 3)],
  [{ approver: "\u200bB\u200b" }, short("approver", "1 character", 3)],
  [{ ticket: " \u200b " }, short("ticket", "0 characters", 2)],
  [{ ticket: "👍👍" }, []],
  [{ ticket: "👍" }, short("ticket", "1 character", 2)],
  [{ compensatingControl: "x".repeat(9) }, short("compensatingControl", "9 characters", 10)],
  [{ approver: "Ada" }, same("Ada")],
  [{ approver: "A D A" }, same("A D A")],
  [{ owner: "STRASSE", approver: "straße" }, same("straße")],
  [{ owner: "Ａｄａ" }, []],
  [{ owner: "Ａｄａ", approver: "ada" }, same("ada")],
  [{ approver: "Adam" }, []],
  [
    { created: "2026-11-22", expires: "2026-11-30" },
    [
      [
        "created",
        "2026-11-22, which is in the future",
        "at most 2026-11-21, today (UTC)",
        "Write the day on which it was approved.",
      ],
    ],
  ],
  [{ created: "2026-11-21" }, []],
  [{ created: "2026-11-21", expires: "2026-11-21" }, []],
  [{ created: "2026-11-01", expires: "2027-01-30" }, []],
  [
    { created: "2026-11-01", expires: "2027-01-31" },
    [["expires", "2027-01-31, 91 days after it was created", "0 to 90 days after 2026-11-01", shorten]],
  ],
  [
    { created: "2026-11-02", expires: "2026-11-01" },
    [["expires", "2026-11-01, 1 day before it was created", "0 to 90 days after 2026-11-02", shorten]],
  ],
  [
    { expires: "2026-11-20" },
    [
      [
        "expires",
        "2026-11-20, which was 1 day ago",
        "2026-11-21, today (UTC), or later",
        "End what it excuses and remove it, or have it approved anew with new dates.",
      ],
    ],
  ],
])("an exception with %j", (more, expected) => {
  expect(faults(more)).toEqual(expected);
});

it("lets a clock be five minutes ahead, and no more", () => {
  const created = { created: "2026-11-22", expires: "2026-11-30" };
  expect(faults(created, new Date("2026-11-21T23:55:00.000Z"))).toEqual([]);
  expect(faults(created, new Date("2026-11-21T23:54:59.999Z"))).toHaveLength(1);
});

it("counts whole days, in UTC", () => {
  expect(daysLeft("2026-11-21", now)).toBe(0);
  expect(daysLeft("2026-11-22", now)).toBe(1);
  expect(daysLeft("2026-11-20", now)).toBe(-1);
  expect(daysLeft("2026-11-22", new Date("2026-11-21T23:59:59.999Z"))).toBe(1);
});
