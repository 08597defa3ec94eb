import { describe, expect, it } from "vitest";
import { loadPair, type Pair } from "../../config/pair";
import type { Exception } from "../../config/schema/exceptions";
import { noEvidence } from "../../lifecycle/evidence";
import { finding, inForce, judge } from "../../policies/judge";
import type { Report, RuleBase, StackRule } from "../../policies/rule";
import { credentialsSeparate } from "../../policies/stack/credentials-separate";
import { limitsStricter } from "../../policies/stack/limits-stricter";
import { modelsPinned } from "../../policies/stack/models-pinned";
import { append, type Edit, replace, shipped } from "../shipped";

const staging = "Pulumi.staging.yaml";
const now = new Date("2026-11-21T12:00:00Z");
const rule: RuleBase = {
  name: "some-rule",
  description: "Holds.",
  protects: "From harm.",
  severity: "high",
  exceptions: true,
};
const report: Report = { object: "Thing one", path: "a.b", found: "x", allowed: "y", remedy: "Do it." };
const exception: Exception = {
  rule: "some-rule",
  path: "a.b",
  reason: "The load test of the autumn needs it.",
  owner: "Ada",
  approver: "Grace",
  ticket: "OPS-1",
  created: "2026-11-01",
  expires: "2026-11-30",
  compensatingControl: "It is looked at every morning.",
};

describe("an exception", () => {
  it("covers a violation of its rule at its path, which stays a finding", () => {
    expect(finding(rule, report, [exception], now)).toEqual({
      rule: "some-rule",
      status: "exempted",
      object: "Thing one",
      path: "a.b",
      found: "x",
      allowed: "y",
      remedy: "Do it.",
      exception: { owner: "Ada", ticket: "OPS-1", expires: "2026-11-30", daysLeft: 9 },
    });
    expect(finding(rule, report, [], now).status).toBe("violation");
  });

  it.each([
    ["another rule", { rule: "some-rule-too" }],
    ["a path above", { path: "a" }],
    ["a path below", { path: "a.b.c" }],
    ["the path in other case", { path: "A.b" }],
    ["an expression that would match", { path: "a.." }],
  ])("does not cover %s", (_, other) => {
    expect(finding(rule, report, [{ ...exception, ...other }], now).status).toBe("violation");
    expect(finding(rule, report, [{ ...exception, ...other }, exception], now).status).toBe("exempted");
  });

  it("covers nothing of a rule that takes none", () => {
    expect(finding({ ...rule, exceptions: false }, report, [exception], now).status).toBe("violation");
  });

  it("does not cover what cannot be decided", () => {
    expect(finding(rule, { ...report, status: "cannot-decide" }, [exception], now).status).toBe(
      "cannot-decide",
    );
  });

  it.each([
    ["2026-10-31T23:59:59.999Z", false, "violation"],
    ["2026-11-01T00:00:00.000Z", true, "exempted"],
    ["2026-11-30T23:59:59.999Z", true, "exempted"],
    ["2026-12-01T00:00:00.000Z", false, "violation"],
    ["2026-12-01T00:30:00.000+01:00", true, "exempted"],
  ])("from 1 to 30 November is in force at %s: %s", (instant, expected, status) => {
    const at = new Date(instant);
    expect(inForce(exception, at)).toBe(expected);
    expect(finding(rule, report, [exception], at).status).toBe(status);
  });

  it("may last one day, which is counted in UTC", () => {
    const oneDay = { created: "2026-11-21", expires: "2026-11-21" };
    expect(inForce(oneDay, new Date("2026-11-21T23:59:59.999Z"))).toBe(true);
    expect(inForce(oneDay, new Date("2026-11-22T00:00:00Z"))).toBe(false);
  });
});

function pairOf(...edits: Edit[]): Pair {
  const { pair, problems } = loadPair(shipped(...edits), "staging");
  if (!pair) throw new Error(JSON.stringify(problems));
  return pair;
}

const except = (file: string, ruleName: string, path: string) =>
  append(
    file,
    `
  lockstep:exceptions:
    - rule: ${ruleName}
      path: ${path}
      reason: The load test of the autumn needs the larger budget.
      owner: Ada
      approver: Grace
      ticket: OPS-1
      created: "2026-11-01"
      expires: "2026-11-30"
      compensatingControl: The spend is looked at every morning.
`,
  );
const told = (judged: StackRule, edits: Edit[], at = now) =>
  judge(judged, { pair: pairOf(...edits), evidence: noEvidence, tier: "staging" }, at).map(
    ({ path, status }) => [path, status],
  );

describe("judging a pair", () => {
  const broken = [
    replace(staging, "monthlyUsd: 2000\n", "monthlyUsd: 20000\n"),
    replace(staging, "pods: 20\n", "pods: 120\n"),
  ];

  it.each([staging, "Pulumi.production.yaml"])("takes the exceptions of %s", (file) => {
    const edits = [...broken, except(file, "limits-stricter", "limits.monthlyUsd")];
    expect(told(limitsStricter, edits)).toEqual([
      ["limits.monthlyUsd", "exempted"],
      ["limits.cluster.pods", "violation"],
    ]);
    expect(told(limitsStricter, edits, new Date("2026-12-01T00:00:00Z"))).toEqual([
      ["limits.monthlyUsd", "violation"],
      ["limits.cluster.pods", "violation"],
    ]);
  });

  it("lets no exception cover a shared credential", () => {
    const path = "credentials.openai.secretName";
    const shared = replace(
      staging,
      "secretName: lockstep/staging/openai",
      "secretName: lockstep/production/openai",
    );
    expect(told(credentialsSeparate, [shared, except(staging, "credentials-separate", path)])).toEqual([
      [path, "violation"],
    ]);
  });

  it("lets no exception cover a model name that cannot be judged", () => {
    const path = "models.chat-large.modelId";
    const named = (id: string) => replace("Pulumi.yaml", "modelId: gpt-5.4-2026-03-05", `modelId: ${id}`);
    const exempt = except(staging, "models-pinned", path);
    expect(told(modelsPinned, [named("our-own-model"), exempt])).toEqual([[path, "cannot-decide"]]);
    expect(told(modelsPinned, [named("gpt-4o"), exempt])).toEqual([[path, "exempted"]]);
  });
});
