import { describe, expect, it } from "vitest";
import type { PreviewReport, StackReport } from "../../preview/report";
import { reportText, treeText } from "../../preview/terminal";
import { paint } from "../../review/terminal";
import { obeyed } from "../review/uncoloured";

const plain = paint(false);
const urn = (name: string) => `urn:pulumi:staging::lockstep::test:index:${name}`;
const resource = (name: string, type: string, parent = ""): StackReport["resources"][number] => ({
  urn: urn(name),
  type,
  name,
  parent,
  provider: "",
});
const root = resource("lockstep-staging", "pulumi:pulumi:Stack");

describe("resources as a tree", () => {
  it("stand below their parents, by name whatever their order", () => {
    const resources = [
      root,
      resource("env", "lockstep:index:Environment", root.urn),
      resource("secrets", "lockstep:index:Secrets", urn("env")),
      resource("key", "aws:kms/key:Key", urn("secrets")),
      resource("role", "aws:iam/role:Role", urn("secrets")),
      resource("gateway", "lockstep:index:Gateway", urn("env")),
      resource("pod", "kubernetes:core/v1:Pod", urn("gateway")),
      resource("aws", "pulumi:providers:aws", root.urn),
    ];
    const tree = `lockstep-staging  pulumi:pulumi:Stack
├─ aws  pulumi:providers:aws
└─ env  lockstep:index:Environment
   ├─ gateway  lockstep:index:Gateway
   │  └─ pod  kubernetes:core/v1:Pod
   └─ secrets  lockstep:index:Secrets
      ├─ key  aws:kms/key:Key
      └─ role  aws:iam/role:Role`;
    expect(treeText(resources, plain)).toBe(tree);
    expect(
      treeText([...resources].reverse(), plain)
        .split("\n")
        .slice(1),
    ).toEqual(
      tree.replace("├─ aws  pulumi:providers:aws", "├─ aws  pulumi:providers:aws").split("\n").slice(1),
    );
  });

  it("of one name are ordered by type, and default providers stand beside the root", () => {
    const twice = [
      root,
      { ...resource("a", "test:index:Z", root.urn), urn: urn("z") },
      { ...resource("a", "test:index:B", root.urn), urn: urn("b") },
      resource("default", "pulumi:providers:aws"),
    ];
    expect(treeText(twice, plain)).toBe(`lockstep-staging  pulumi:pulumi:Stack
├─ a  test:index:B
└─ a  test:index:Z
default  pulumi:providers:aws`);
  });

  it("are nothing for none", () => {
    expect(treeText([], plain)).toBe("");
  });

  it("let nothing of a name through that a terminal obeys", () => {
    const hostile = { ...root, name: "a\u001b[2J\n└─ b\u009b\u202e" };
    expect(treeText([hostile], plain)).toBe("a\\u{1b}[2J\\u{a}└─ b\\u{9b}\\u{202e}  pulumi:pulumi:Stack");
  });
});

const hash = "0123456789abcdef".repeat(4);
const passing: PreviewReport = {
  project: "lockstep",
  passed: true,
  stacks: [
    {
      name: "staging",
      tier: "staging",
      behaviourHash: hash,
      evaluated: true,
      resources: [root, resource("aws", "pulumi:providers:aws", root.urn)],
      diagnostics: [],
    },
    {
      name: "production",
      tier: "production",
      behaviourHash: hash,
      carries: ["chat-upgrade", "faster-triage"],
      evaluated: true,
      resources: [root],
      diagnostics: [],
    },
  ],
  policies: [
    { name: "limits-stricter", description: "Tighter.", level: "mandatory" },
    { name: "models-pinned", description: "Pinned.", level: "mandatory" },
  ],
  findings: [],
  limits: [{ path: "limits.pods", unit: "pods", staging: 20, production: 120, holds: true }],
  distance: {
    mirrored: { leaves: 10, differ: 0, broken: 0 },
    stricter: { leaves: 1, differ: 1, broken: 0 },
    separate: { leaves: 2, differ: 2, broken: 0 },
    free: { leaves: 3, differ: 1, broken: 0 },
  },
};
const finding: PreviewReport["findings"][number] = {
  rule: "limits-stricter",
  status: "violation",
  stacks: ["staging", "production"],
  object: "staging's limits.pods",
  path: "limits.pods",
  found: "120 pods",
  allowed: "less than production's 120 pods",
  remedy: "Lower it.",
  at: { file: "Pulumi.staging.yaml", line: 31, column: 7 },
};
const [staging, production] = passing.stacks as [StackReport, StackReport];
const failing: PreviewReport = { ...passing, passed: false, findings: [finding] };
const { distance: _, ...unjudged } = passing;
const verdictOf = (report: PreviewReport, style = plain) =>
  reportText(report, style).trimEnd().split("\n").at(-1);

describe("the report of a preview", () => {
  it("that passes shows stacks, limits, distance and the verdict", () => {
    expect(
      reportText(passing, plain),
    ).toBe(`Stack staging  staging · behaviour 0123456789ab · 2 resources to create

  lockstep-staging  pulumi:pulumi:Stack
  └─ aws  pulumi:providers:aws

Stack production  production · behaviour 0123456789ab · carries chat-upgrade, faster-triage · 1 resource to create

  lockstep-staging  pulumi:pulumi:Stack

Limits

  limit        staging  production  share  unit
  limits.pods       20         120   17 %  pods

Distance between the environments

  relation  values  differ  rule
  mirrored      10       0  kept
  stricter       1       1  kept
  separate       2       2  kept
  free           3       1  kept

✓ 2 policies passed for staging and production.
`);
  });

  it("that fails shows the findings below their rule's description", () => {
    expect(reportText({ ...failing, limits: [] }, plain)).toContain(`
Findings

  limits-stricter  1 finding
  Tighter.

    staging's limits.pods  Pulumi.staging.yaml:31:7
      found   120 pods
      allowed less than production's 120 pods
      remedy  Lower it.

Distance between the environments
`);
  });

  it("of stacks that were not evaluated has no limits, no distance, and each rule's own description", () => {
    const bare = { name: "staging", evaluated: false, resources: [], diagnostics: [] };
    expect(
      reportText(
        { ...unjudged, passed: false, stacks: [bare], policies: [], limits: [], findings: [finding] },
        plain,
      ),
    ).toBe(`Stack staging  not evaluated

Findings

  limits-stricter  1 finding
  Staging's limits are strictly tighter than production's.

    staging's limits.pods  Pulumi.staging.yaml:31:7
      found   120 pods
      allowed less than production's 120 pods
      remedy  Lower it.

✗ 1 finding would block the update; staging could not be evaluated.
`);
  });

  it("shows messages without stack frames but the first", () => {
    const message = `Error: the key is missing
    at createKey (components/key.ts:12:3)
    at new Environment (components/environment.ts:40:5)
    at node:internal/main:1:1
It ended.
`;
    const stack: StackReport = {
      ...staging,
      resources: [],
      diagnostics: [
        { severity: "error", message },
        { severity: "warning", message: "look at that" },
      ],
    };
    expect(
      reportText({ ...unjudged, stacks: [stack], limits: [] }, plain),
    ).toBe(`Stack staging  staging · behaviour 0123456789ab · 0 resources to create

  error: Error: the key is missing
      at createKey (components/key.ts:12:3)
  It ended.
  warning: look at that

✓ 2 policies passed for staging.
`);
  });

  it("keeps a message's lines, not its colours nor what else a terminal obeys", () => {
    const message = "\u001b[31mred\u001b[39m\tand\r\n\u001b]0;title\u0007\u009b2Jnext\u202e";
    const stack: StackReport = { ...staging, resources: [], diagnostics: [{ severity: "error", message }] };
    const text = reportText({ ...unjudged, stacks: [stack], limits: [] }, plain);
    expect(text).toContain("\n  error: red  and\n  next\\u{202e}\n");
    expect(text.replaceAll("\n", "")).not.toMatch(obeyed);
  });
});

describe("the verdict", () => {
  const exempted = { ...finding, status: "exempted" as const };
  const cannot = { ...finding, status: "cannot-decide" as const };
  const unevaluated = passing.stacks.map((stack) => ({ ...stack, evaluated: false }));

  it.each<[string, Partial<PreviewReport>, string]>([
    ["nothing found", {}, "✓ 2 policies passed for staging and production."],
    [
      "an exception",
      { findings: [exempted] },
      "✓ 2 policies passed for staging and production; 1 finding under an exception.",
    ],
    ["a violation", { passed: false, findings: [finding] }, "✗ 1 finding would block the update."],
    [
      "what cannot be decided, beside exceptions",
      { passed: false, findings: [finding, cannot, exempted, exempted] },
      "✗ 2 findings would block the update; 2 findings under an exception.",
    ],
    [
      "one stack that was not evaluated",
      { passed: false, stacks: [staging, { ...production, evaluated: false }] },
      "✗ production could not be evaluated.",
    ],
    [
      "two stacks that were not evaluated, and a finding",
      { passed: false, stacks: unevaluated, findings: [finding] },
      "✗ 1 finding would block the update; staging and production could not be evaluated.",
    ],
    [
      "one policy for one stack",
      { stacks: [staging], policies: passing.policies.slice(0, 1) },
      "✓ 1 policy passed for staging.",
    ],
  ])("%s", (_name, changes, text) => {
    expect(verdictOf({ ...passing, ...changes })).toBe(text);
  });

  it("is green or red", () => {
    const colours = paint(true);
    expect(verdictOf(passing, colours)).toContain("\u001b[32m\u001b[1m✓");
    expect(verdictOf(failing, colours)).toContain("\u001b[31m\u001b[1m✗");
  });
});
