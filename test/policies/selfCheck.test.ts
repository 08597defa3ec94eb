import { expect, it } from "vitest";
import type { Rule, RuleBase } from "../../policies/rule";
import { fileFaults, policyFaults, ruleFaults } from "../../policies/selfCheck";

const base: RuleBase = {
  name: "some-rule",
  description: "Holds.",
  protects: "From harm.",
  severity: "high",
  exceptions: true,
};
const check = () => [];
const stack = { ...base, kind: "stack", settings: undefined, check } as unknown as Rule;
const resource = { ...base, kind: "resource", types: "any", check } as Rule;
const whole = { ...base, kind: "completeness", check } as Rule;

it.each<[string, (RuleBase | Rule)[], string[]]>([
  ["each kind", [stack, { ...resource, name: "other-rule" }, { ...whole, name: "third-rule" }], []],
  ["config-valid, which has no kind", [{ ...base, name: "config-valid" }], []],
  ["a rule without a kind", [base], ["some-rule has no kind"]],
  ["two of one name", [stack, resource], ['two rules have the name "some-rule"']],
  ["a name of one word", [{ ...stack, name: "some" }], ['"some" is no name of a rule: words joined by "-"']],
  [
    "a name with a capital",
    [{ ...stack, name: "some-Rule" }],
    ['"some-Rule" is no name of a rule: words joined by "-"'],
  ],
  [
    "a name that begins with a sign",
    [{ ...stack, name: "-some-rule" }],
    ['"-some-rule" is no name of a rule: words joined by "-"'],
  ],
  [
    "a name that ends with one",
    [{ ...stack, name: "some-rule-" }],
    ['"some-rule-" is no name of a rule: words joined by "-"'],
  ],
  ["a name of three words", [{ ...stack, name: "some-other-rule" }], []],
  ["no description", [{ ...stack, description: "" }], ["some-rule has no description"]],
  ...(["low", "medium", "high", "critical"] as const).map((severity): [string, Rule[], string[]] => [
    `the severity ${severity}`,
    [{ ...stack, severity }],
    [],
  ]),
  ["another severity", [{ ...stack, severity: "severe" } as unknown as Rule], ["some-rule has no severity"]],
  [
    "a key of another kind",
    [{ ...stack, types: "any" } as Rule],
    ['some-rule has "types", which no rule has'],
  ],
  [
    "settings of a rule that takes none",
    [{ ...resource, settings: {} } as Rule],
    ['some-rule has "settings", which no rule has'],
  ],
  [
    "types of a rule over all",
    [{ ...whole, types: "any" } as Rule],
    ['some-rule has "types", which no rule has'],
  ],
  ["no check", [{ ...resource, check: undefined } as unknown as Rule], ["some-rule has no check"]],
  [
    "a kind that is none",
    [{ ...base, kind: "odd", check } as unknown as Rule],
    ["name", "description", "protects", "severity", "exceptions", "kind", "check"].map(
      (key) => `some-rule has "${key}", which no rule has`,
    ),
  ],
])("a list of rules with %s", (_, rules, faults) => {
  expect(ruleFaults(rules)).toEqual(faults);
});

const policy = { name: "p", description: "", enforcementLevel: "mandatory", severity: "high" };
it.each<[object, string[]]>([
  [{ ...policy, validateResource: check }, []],
  [{ ...policy, validateStack: check, configSchema: {} }, []],
  [policy, ["the policy p has 0 validators"]],
  [{ ...policy, validateStack: "x" }, ["the policy p has 0 validators"]],
  [{ ...policy, validateResource: check, validateStack: check }, ["the policy p has 2 validators"]],
  [
    { ...policy, validateResources: check },
    ['the policy p has "validateResources", which the SDK does not know', "the policy p has 0 validators"],
  ],
  [{ ...policy, validateResource: check, enforcementLevel: "advisory" }, ["the policy p is not mandatory"]],
  [{ ...policy, validateResource: check, enforcementLevel: undefined }, ["the policy p is not mandatory"]],
])("a policy %j", (one, faults) => {
  expect(policyFaults([one])).toEqual(faults);
});

it.each<[string[], string[]]>([
  [["some-rule.ts"], []],
  [["some-rule.js"], []],
  [
    ["some-rule.ts.bak"],
    ["the rule some-rule stands in no file of its name", "the file some-rule.ts.bak is not registered"],
  ],
  [["some-rule.ts", "other-rule.ts"], ["the file other-rule is not registered"]],
  [[], ["the rule some-rule stands in no file of its name"]],
])("the files %j", (files, faults) => {
  expect(fileFaults([base], files)).toEqual(faults);
});
