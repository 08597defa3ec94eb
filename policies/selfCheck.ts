import type { Rule, RuleBase } from "./rule";

const base = ["name", "description", "protects", "severity", "exceptions"];
const keys: Readonly<Record<string, readonly string[]>> = {
  none: base,
  stack: [...base, "kind", "gates", "evidence", "settings", "check"],
  resource: [...base, "kind", "types", "check"],
  completeness: [...base, "kind", "check"],
};

/** What is wrong with a list of rules, one sentence a fault: each would make a rule pass that never ran. */
export function ruleFaults(rules: readonly (RuleBase | Rule)[]): string[] {
  const names = rules.map(({ name }) => name);
  return rules.flatMap((rule, index) => {
    const { name, description, severity } = rule;
    const kind = "kind" in rule ? rule.kind : "none";
    const unknown = Object.keys(rule).filter((key) => !keys[kind]?.includes(key));
    return [
      ...(names.indexOf(name) === index ? [] : [`two rules have the name "${name}"`]),
      ...(/^[a-z]+(-[a-z]+)+$/.test(name) ? [] : [`"${name}" is no name of a rule: words joined by "-"`]),
      ...(description === "" ? [`${name} has no description`] : []),
      ...(["low", "medium", "high", "critical"].includes(severity) ? [] : [`${name} has no severity`]),
      ...unknown.map((key) => `${name} has "${key}", which no rule has`),
      ...("kind" in rule && typeof rule.check !== "function" ? [`${name} has no check`] : []),
      ...(kind === "none" && name !== "config-valid" ? [`${name} has no kind`] : []),
    ];
  });
}

/** What is wrong with the policies made of them: the SDK passes over a misspelt validator, and is advisory without a level. */
export function policyFaults(policies: readonly object[]): string[] {
  const known = ["name", "description", "enforcementLevel", "severity", "configSchema", ...validators];
  return policies.flatMap((policy) => {
    const own = policy as Readonly<Record<string, unknown>>;
    const name = String(own.name);
    const given = validators.filter((key) => typeof own[key] === "function");
    return [
      ...Object.keys(own)
        .filter((key) => !known.includes(key))
        .map((key) => `the policy ${name} has "${key}", which the SDK does not know`),
      ...(given.length === 1 ? [] : [`the policy ${name} has ${given.length} validators`]),
      ...(own.enforcementLevel === "mandatory" ? [] : [`the policy ${name} is not mandatory`]),
    ];
  });
}

const validators = ["validateResource", "validateStack"];

/** Rules and files that have no counterpart: a rule stands in a file of its name, and a file is registered. */
export function fileFaults(rules: readonly RuleBase[], files: readonly string[]): string[] {
  const names = rules.map(({ name }) => name);
  const modules = files.map((file) => file.replace(/\.[jt]s$/, ""));
  return [
    ...names
      .filter((name) => !modules.includes(name))
      .map((name) => `the rule ${name} stands in no file of its name`),
    ...modules.filter((name) => !names.includes(name)).map((name) => `the file ${name} is not registered`),
  ];
}
