import { describe, expect, it } from "vitest";
import { nothingObserved, type Observed, observe } from "../../engine/observed";
import { policyFaults } from "../../engine/verdict";
import type { Rule, RuleBase } from "../../policies/rule";

const common = {
  description: "It holds.",
  protects: "It protects.",
  severity: "high",
  exceptions: true,
} as const;
const rules: (RuleBase | Rule)[] = [
  { ...common, name: "config-valid" },
  { ...common, name: "limits-stricter", kind: "stack", check: () => [] },
  { ...common, name: "no-inline-credentials", kind: "resource", types: "any", check: () => [] },
  {
    ...common,
    name: "budget-has-alarms",
    kind: "resource",
    types: ["aws:budgets/budget:Budget"],
    check: () => [],
  },
  { ...common, name: "environment-complete", kind: "completeness", check: () => [] },
];
const root = "urn:pulumi:staging::llm::pulumi:pulumi:Stack::llm-staging";
const budget = "urn:pulumi:staging::llm::lockstep:index:Environment$aws:budgets/budget:Budget::staging-daily";

const step = (urn: string, type: string, op = "create") => ({
  resourcePreEvent: { metadata: { op, urn, type, new: { parent: "", provider: "" } } },
});
const analyzed = (resourceUrn: string, ...passed: string[]) => ({
  policyAnalyzeSummaryEvent: { resourceUrn, policyPackName: "lockstep", passed },
});
const onRoot = ["config-valid", "limits-stricter", "no-inline-credentials"];
const onBudget = ["no-inline-credentials", "budget-has-alarms"];
const start = step(root, "pulumi:pulumi:Stack");
const stackEnd = {
  policyAnalyzeStackSummaryEvent: { policyPackName: "lockstep", passed: ["environment-complete"] },
};
const end = { summaryEvent: { resourceChanges: { create: 2 }, result: "succeeded" } };
const whole = [
  start,
  analyzed(root, ...onRoot),
  step(budget, "aws:budgets/budget:Budget"),
  analyzed(budget, ...onBudget),
  stackEnd,
  end,
];
const receipts = rules.map(({ name }) => ({ policy: name, level: "mandatory" }));

function seen(events: readonly object[]): Observed {
  const observed = nothingObserved();
  for (const event of events) observe(observed, event, "lockstep");
  return observed;
}
const faults = (events: readonly object[], told = receipts) => policyFaults(seen(events), told, rules);
const without = (policy: string) => receipts.filter((one) => one.policy !== policy);
const at = (policy: string, level: string) => [...without(policy), { policy, level }];

describe("the verdict over what the policies did", () => {
  it("finds nothing where each was called at its level", () => {
    expect(faults(whole)).toEqual([]);
  });

  it("asks for a policy over a type only where there is a resource of the type", () => {
    const events = [start, analyzed(root, ...onRoot), stackEnd, end];
    expect(faults(events, without("budget-has-alarms"))).toEqual([]);
    expect(faults(whole, without("budget-has-alarms"))).toEqual([
      { kind: "absent", policy: "budget-has-alarms", message: "Policy budget-has-alarms was never called." },
    ]);
  });

  it("tells a pack that did not run", () => {
    const absent = {
      kind: "absent",
      policy: "lockstep",
      message: "The policy pack did not run: the engine asked it about nothing.",
    };
    expect(faults([start, end], [])).toEqual([absent]);
    expect(faults([], [])).toEqual([absent]);
    const other = { ...analyzed(root, ...onRoot).policyAnalyzeSummaryEvent, policyPackName: "another" };
    expect(faults([start, { policyAnalyzeSummaryEvent: other }, end], [])).toEqual([absent]);
  });

  it("tells a disabled policy, wherever it is called", () => {
    const disabled = (policy: string) => ({
      kind: "disabled",
      policy,
      message: `Policy ${policy} is disabled, or not in the pack.`,
    });
    const events = [start, analyzed(root, "config-valid", "no-inline-credentials"), stackEnd, end];
    expect(faults(events, without("limits-stricter"))).toEqual([disabled("limits-stricter")]);
    const silent = { policyAnalyzeStackSummaryEvent: { policyPackName: "lockstep" } };
    expect(faults([start, analyzed(root, ...onRoot), silent, end], without("environment-complete"))).toEqual([
      disabled("environment-complete"),
    ]);
  });

  it("tells a policy that the engine counts and nobody called", () => {
    expect(faults(whole, without("limits-stricter"))).toEqual([
      { kind: "absent", policy: "limits-stricter", message: "Policy limits-stricter was never called." },
    ]);
  });

  it("tells one that was called at another level, though it reported nothing", () => {
    const downgraded = (found: string) => [
      {
        kind: "downgraded",
        policy: "limits-stricter",
        message: `Policy limits-stricter ran as ${found}, not mandatory.`,
      },
    ];
    expect(faults(whole, at("limits-stricter", "advisory"))).toEqual(downgraded("advisory"));
    expect(faults(whole, at("limits-stricter", "none"))).toEqual(downgraded('"none"'));
    const weak = { policy: "limits-stricter", level: "advisory" };
    expect(faults(whole, [weak, ...receipts])).toEqual(downgraded("advisory"));
    expect(faults(whole, [...receipts, weak])).toEqual(downgraded("advisory"));
    expect(faults(whole, [...receipts, { policy: "our-own", level: "mandatory" }])).toEqual([]);
    expect(faults(whole, [...receipts, { policy: "our-own", level: "advisory" }])).toEqual([
      { kind: "downgraded", policy: "our-own", message: "Policy our-own ran as advisory, not mandatory." },
    ]);
  });

  it("tells one that read an unknown, and an advisory report that no exception covers", () => {
    const report = (policyName: string, message: string, enforcementLevel: string) => ({
      policyEvent: { resourceUrn: budget, policyPackName: "lockstep", policyName, message, enforcementLevel },
    });
    const unknown =
      "can't run policy 'budget-has-alarms' from policy pack 'lockstep@v0.1.0' during preview: it is unknown";
    expect(faults([...whole, report("budget-has-alarms", unknown, "advisory")])).toEqual([
      {
        kind: "unknown",
        policy: "budget-has-alarms",
        message:
          "Policy budget-has-alarms read a value that is not known before the update, so the SDK made it advisory.",
      },
    ]);
    const finding = (except: string) =>
      `It holds.\nstaging's limits:\n  found   9\n  allowed 8\n  path    limits\n  remedy  Lower it.${except}\n`;
    const covered = '\n  except  until 2026-12-31, 39 days left, owner "Ada", ticket "OPS-1"';
    expect(faults([...whole, report("limits-stricter", finding(covered), "advisory")])).toEqual([]);
    expect(faults([...whole, report("limits-stricter", finding(""), "mandatory")])).toEqual([]);
    expect(faults([...whole, report("limits-stricter", finding(""), "advisory")])).toEqual([
      {
        kind: "downgraded",
        policy: "limits-stricter",
        message: 'Policy limits-stricter reported at the level "advisory", which stops nothing.',
      },
    ]);
  });

  it("tells a resource that the pack was not asked about, and lets one go without", () => {
    const topic = "urn:pulumi:staging::llm::aws:sns/topic:Topic::alarms";
    expect(faults([...whole, step(topic, "aws:sns/topic:Topic", "delete")])).toEqual([]);
    expect(faults([...whole, step(topic, "aws:sns/topic:Topic")])).toEqual([
      {
        kind: "passed-over",
        policy: "lockstep",
        message: "The policy pack was not asked about aws:sns/topic:Topic alarms.",
      },
    ]);
  });

  it("asks for the policies over the stack only where the run got there", () => {
    const failed = { summaryEvent: { resourceChanges: {}, result: "failed" } };
    const begun = whole.slice(0, 4);
    expect(faults([...begun, failed], without("environment-complete"))).toEqual([]);
    expect(faults([...begun, end], without("environment-complete"))).toEqual([
      {
        kind: "absent",
        policy: "environment-complete",
        message: "Policy environment-complete was never called.",
      },
    ]);
  });

  it("asks for the policies over the root whatever else was analysed", () => {
    const events = [step(budget, "aws:budgets/budget:Budget"), analyzed(budget, ...onBudget)];
    expect(faults(events).map(({ kind, policy }) => `${kind} ${policy}`)).toEqual([
      "absent config-valid",
      "absent limits-stricter",
    ]);
  });
});

describe("what is kept of the engine's events", () => {
  it("names each resource once, with its provider, and counts what ended", () => {
    const provider = "urn:pulumi:staging::llm::pulumi:providers:aws::aws";
    const event = {
      resourcePreEvent: {
        metadata: {
          op: "create-replacement",
          urn: budget,
          type: "aws:budgets/budget:Budget",
          old: { inputs: { secret: "never kept" } },
          new: { parent: root, provider: `${provider}::04da6b54-80e4-46f7-96ec-b56ff0331ba9` },
        },
      },
    };
    const again = { resourcePreEvent: { metadata: { ...event.resourcePreEvent.metadata, op: "replace" } } };
    const observed = seen([event, again, { resOutputsEvent: { metadata: { urn: budget } } }]);
    expect([...observed.resources.values()]).toEqual([
      {
        urn: budget,
        type: "aws:budgets/budget:Budget",
        name: "staging-daily",
        parent: root,
        provider,
        op: "create-replacement",
      },
    ]);
    expect([...observed.done]).toEqual([budget]);
  });

  it("keeps warnings and errors without colours, and mandatory violations of other packs", () => {
    const diagnostic = (severity: string, message: string) => ({ diagnosticEvent: { severity, message } });
    const other = (enforcementLevel: string) => ({
      policyEvent: {
        policyPackName: "security",
        policyName: "no-public",
        message: "Public.",
        enforcementLevel,
      },
    });
    const observed = seen([
      diagnostic("debug", "RegisterResource"),
      diagnostic("info#err", "a line"),
      diagnostic("warning", "<{%reset%}>old plugin<{%reset%}>\n"),
      diagnostic("warning", "old plugin"),
      diagnostic("error", "\u001b[31mupdate failed\u001b[0m"),
      other("advisory"),
      other("mandatory"),
    ]);
    expect(observed.diagnostics).toEqual([
      { severity: "warning", message: "old plugin" },
      { severity: "error", message: "update failed" },
    ]);
    expect(observed.foreign).toEqual([{ pack: "security", policy: "no-public", message: "Public." }]);
  });
});
