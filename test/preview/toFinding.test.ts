import { expect, it } from "vitest";
import { type Finding, formatFinding } from "../../policies/finding";
import { toFinding } from "../../preview/pairReport";

const finding: Finding = {
  rule: "limits-stricter",
  status: "violation",
  object: "staging's limits.monthlyUsd",
  path: "limits.monthlyUsd",
  found: "20000 USD per month",
  allowed: "less than production's 20000 USD per month",
  remedy: "Lower it.",
};
const exception = { owner: "Ada", expires: "2026-12-31", daysLeft: 40, ticket: "OPS-1" };
const told = (one: Finding, level: "advisory" | "mandatory") =>
  toFinding({ policy: "limits-stricter", level, message: formatFinding(one), urn: "urn" });

it("a report's level decides whether its finding blocks, whatever its text says", () => {
  const exempted: Finding = { ...finding, status: "exempted", exception };
  expect(told(exempted, "advisory")).toEqual(exempted);
  expect(told(exempted, "mandatory")).toEqual(finding);
  expect(told(finding, "advisory")).toEqual({ ...finding, status: "exempted" });
  expect(told(finding, "mandatory")).toEqual(finding);
  expect(told({ ...finding, status: "cannot-decide" }, "mandatory").status).toBe("cannot-decide");
});

it("a report in other words is a violation that keeps them", () => {
  expect(
    toFinding({ policy: "other", level: "mandatory", message: "Public.", urn: "urn:pulumi:a::b::c:d:E::f" }),
  ).toEqual({
    rule: "other",
    status: "violation",
    object: "c:d:E f",
    path: "urn:pulumi:a::b::c:d:E::f",
    found: "Public.",
    allowed: "no report of this policy",
    remedy: "See the policy's description.",
  });
});
