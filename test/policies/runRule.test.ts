import { expect, it } from "vitest";
import { z } from "zod";
import type { Finding } from "../../policies/finding";
import type { RuleBase, Settings, StackRule } from "../../policies/rule";
import { runRule } from "../../policies/runRule";

const rule: RuleBase = {
  name: "some-rule",
  description: "Holds.",
  protects: "From harm.",
  severity: "high",
  exceptions: true,
};
const withSettings: StackRule = {
  ...rule,
  kind: "stack",
  settings: z.strictObject({ most: z.number().max(1).default(1) }),
  check: () => [],
};
const finding: Finding = {
  rule: "some-rule",
  status: "violation",
  object: "Thing one",
  path: "urn:pulumi:staging::app::a:b:C::one",
  found: "x",
  allowed: "y",
  remedy: "Do it.",
};

async function told(
  findings: () => Promise<Finding[]>,
  {
    one = rule,
    settings = {},
    timeoutSeconds = 60,
  }: { one?: RuleBase; settings?: Settings; timeoutSeconds?: number } = {},
): Promise<unknown[][]> {
  const reports: unknown[][] = [];
  await runRule(one, { on: "the stack", settings, timeoutSeconds }, findings, (...report) =>
    reports.push(report),
  );
  return reports;
}
const failed = (found: string, allowed: string, remedy: string) => [
  [
    `Rule some-rule:\n  found   ${found}\n  allowed ${allowed}\n  path    the stack\n  remedy  ${remedy}`,
    undefined,
  ],
];
const ends = (found: string) =>
  failed(
    found,
    "a rule that comes to an end",
    "This is a fault of the rule, not of the resource: report it with the rule's name and the resource's type.",
  );
const text =
  "Thing one:\n  found   x\n  allowed y\n  path    urn:pulumi:staging::app::a:b:C::one\n  remedy  Do it.";

it("reports each finding, with the resource that its path names", async () => {
  expect(await told(async () => [finding, { ...finding, path: "limits" }])).toEqual([
    [text, finding.path],
    [text.replace(finding.path, "limits"), undefined],
  ]);
});

it("shows an exempted one in an advisory of its own, behind the rule's description", async () => {
  const [[report] = []] = await told(async () => [{ ...finding, status: "exempted" }]);
  expect(report).toEqual({ message: `Holds.\n${text}`, urn: finding.path, enforcementLevel: "advisory" });
});

it("shows no credential that a rule lets through", async () => {
  const key = `sk-ant-${"a1B2c3D4".repeat(4)}`;
  expect(await told(async () => [{ ...finding, found: key }])).toEqual([
    [text.replace("found   x", "found   [hidden]"), finding.path],
  ]);
});

it("reports settings that the rule does not know, and asks it nothing", async () => {
  const never = async () => {
    throw new Error("The rule was asked.");
  };
  expect(await told(never, { settings: { most: 1 } })).toEqual(
    failed(
      'there is no setting "most": the rule has none.',
      "settings that the rule knows",
      "Correct the rule's settings.",
    ),
  );
  expect(await told(never, { one: withSettings, settings: { mots: 1 } })).toEqual(
    failed(
      'there is no setting "mots"; the nearest is "most".',
      "settings that the rule knows",
      "Correct the rule's settings.",
    ),
  );
  expect((await told(never, { one: withSettings, settings: { most: 2 } })).join()).toContain(
    "found   most cannot be used (",
  );
});

it.each([
  [new TypeError("a secret"), "the error TypeError"],
  [new (class extends Error {})("a secret"), "an error"],
  [new (class Odd_Name extends Error {})("a secret"), "an error"],
  ["a secret", "an error"],
  [undefined, "an error"],
])("reports a rule that throws by the class of the error alone: %s", async (error, found) => {
  expect(await told(() => Promise.reject(error))).toEqual(ends(found));
});

it("reports a rule that does not come to an end in its time", async () => {
  expect(await told(() => new Promise(() => undefined), { timeoutSeconds: 0.01 })).toEqual(
    ends("no answer after 0.01 seconds"),
  );
});

it("takes no turn of the event loop for a rule that answers at once, or fails at once", () => {
  const reports: unknown[][] = [];
  const ask = (findings: () => Finding[]) =>
    runRule(rule, { on: "the stack", settings: {}, timeoutSeconds: 60 }, findings, (...report) =>
      reports.push(report),
    );
  expect(ask(() => [finding])).toBeUndefined();
  expect(reports).toEqual([[text, finding.path]]);
  const broken = ask(() => {
    throw new TypeError("a secret");
  });
  expect(broken).toBeUndefined();
  expect(reports.slice(1)).toEqual(ends("the error TypeError"));
});
