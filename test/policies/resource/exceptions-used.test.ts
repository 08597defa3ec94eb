import { expect, it } from "vitest";
import { loadPair } from "../../../config/pair";
import { rules } from "../../../policies/registry";
import { exceptionsUsed } from "../../../policies/resource/exceptions-used";
import type {
  CompletenessRule,
  ResourceContext,
  ResourceRule,
  ResourceView,
  Rule,
} from "../../../policies/rule";
import { append, shipped } from "../../shipped";
import { place } from "../stack/judged";
import { foreign, resource, urnOf } from "./resources";

const file = "Pulumi.staging.yaml";
const item = ([rule, path]: readonly [string, string]) => `    - rule: ${rule}
      path: ${JSON.stringify(path)}
      reason: The threshold is being measured for two weeks.
      owner: Ada Example
      approver: Grace Example
      ticket: OPS-1
      created: "2026-11-01"
      expires: "2026-11-30"
      compensatingControl: The alarm of the database pages.
`;
const edit = (of: string, ...exceptions: (readonly [string, string])[]) =>
  append(of, `\n  lockstep:exceptions:\n${exceptions.map(item).join("")}`);

function contextOf(exceptions: (readonly [string, string])[], of = file): ResourceContext {
  const { pair } = loadPair(shipped(edit(of, ...exceptions)), "staging");
  if (!pair) throw new Error("The pair cannot be read.");
  return { pair, stack: "staging", rules, now: new Date("2026-11-21T12:00:00Z") };
}

const found = (resources: readonly ResourceView[], context: ResourceContext) =>
  exceptionsUsed.check(resources, context).map((one) => `${one.path}: ${one.found}`);

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";
const alarm = resource(alarmType, "cpu", {});
const path = urnOf(alarmType, "cpu");
const exempt = ["alarm-has-action", path] as const;

it("exceptions-used accepts an exception for what a rule over resources finds", () => {
  expect(found([alarm], contextOf([exempt]))).toEqual([]);
});

it("exceptions-used refuses one for what is not there any more, at its path", () => {
  const good = resource(alarmType, "cpu", { alarmActions: ["arn:aws:sns:us-east-1:111122223333:alarms"] });
  expect(exceptionsUsed.check([good], contextOf([exempt]))).toEqual([
    {
      object: "staging's exceptions[0].path",
      path: "exceptions[0].path",
      found: `"${path}", where alarm-has-action finds no violation`,
      allowed: "the path of a violation that the rule finds now",
      remedy: "Remove the exception, or correct its path.",
      at: place(file, "  lockstep:exceptions:\n", "path:", [edit(file, exempt)]),
    },
  ]);
  expect(found([], contextOf([exempt]))).toHaveLength(1);
});

it("exceptions-used shows the whole of a long URN", () => {
  const long = urnOf(alarmType, "x".repeat(200));
  expect(found([alarm], contextOf([["alarm-has-action", long]]))).toEqual([
    `exceptions[0].path: "${long}", where alarm-has-action finds no violation`,
  ]);
});

it("exceptions-used judges each exception, and names the ones that cover nothing", () => {
  const context = contextOf([exempt, ["alarm-has-action", urnOf(alarmType, "memory")], exempt]);
  expect(found([alarm], context)).toEqual([
    `exceptions[1].path: "${urnOf(alarmType, "memory")}", where alarm-has-action finds no violation`,
  ]);
});

it("exceptions-used asks rules over all resources too", () => {
  const namespaceType = "kubernetes:core/v1:Namespace";
  const namespace = resource(namespaceType, "app", { metadata: { name: "app" } });
  const context = contextOf([["namespace-has-quota", urnOf(namespaceType, "app")]]);
  expect(found([namespace], context)).toEqual([]);
  expect(found([alarm], context)).toEqual([
    `exceptions[0].path: "${urnOf(namespaceType, "app")}", where namespace-has-quota finds no violation`,
  ]);
});

it.each([
  ["limits-stricter", "limits.monthlyUsd"],
  ["no-inline-credentials", path],
  ["exceptions-used", path],
  ["no-such-rule", path],
])("exceptions-used leaves an exception for %s to exceptions-accountable", (rule, of) => {
  expect(found([alarm], contextOf([[rule, of]]))).toEqual([]);
});

it("exceptions-used leaves the counterpart's exceptions to the counterpart's updates", () => {
  const context = contextOf([exempt], "Pulumi.production.yaml");
  expect(found([], context)).toEqual([]);
  expect(exceptionsUsed.check([], { ...context, stack: "production" }).map(({ object }) => object)).toEqual([
    "production's exceptions[0].path",
  ]);
});

it("exceptions-used has nothing to say without a Lockstep configuration", () => {
  expect(found([alarm], foreign)).toEqual([]);
  expect(found([], { ...contextOf([exempt]), stack: "another" })).toEqual([]);
});

const base = { description: "", protects: "", severity: "low", exceptions: true } as const;
const report = (of: string) => ({ object: "", path: of, found: "", allowed: "", remedy: "" });
const withRules = (context: ResourceContext, ...own: Rule[]) => ({ ...context, rules: own });

it("exceptions-used counts what cannot be decided: in a preview it may only be unknown", () => {
  const undecided: ResourceRule = {
    ...base,
    kind: "resource",
    name: "undecided",
    types: "any",
    check: ({ urn }) => [{ ...report(urn), status: "cannot-decide" }],
  };
  expect(found([alarm], withRules(contextOf([["undecided", path]]), undecided))).toEqual([]);
});

it("exceptions-used asks a rule about resources of its types only, and once for all its exceptions", () => {
  const seen: string[] = [];
  const typed: ResourceRule = {
    ...base,
    kind: "resource",
    name: "typed",
    types: ["a:b:C"],
    check: ({ urn, type }) => {
      seen.push(type);
      return [report(urn)];
    },
  };
  const context = withRules(
    contextOf([
      ["typed", urnOf("a:b:C", "one")],
      ["typed", urnOf("x:y:Z", "two")],
    ]),
    typed,
  );
  expect(found([resource("a:b:C", "one", {}), resource("x:y:Z", "two", {})], context)).toEqual([
    `exceptions[1].path: "${urnOf("x:y:Z", "two")}", where typed finds no violation`,
  ]);
  expect(seen).toEqual(["a:b:C"]);
});

it("exceptions-used hands a rule over all resources all of them, and the context", () => {
  const whole: CompletenessRule = {
    ...base,
    kind: "completeness",
    name: "whole",
    check: (resources, { stack }) => [report(`${stack}: ${resources.length}`)],
  };
  expect(found([alarm, alarm], withRules(contextOf([["whole", "staging: 2"]]), whole))).toEqual([]);
  expect(found([alarm], withRules(contextOf([["whole", "staging: 2"]]), whole))).toHaveLength(1);
});
