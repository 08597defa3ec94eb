import type { Exception } from "../config/schema/exceptions";
import { accountabilityFaults, daysLeft } from "./accountability";
import { day } from "./days";
import type { Finding } from "./finding";
import { rules } from "./registry";
import type { Judged, Report, Rule, RuleBase, Settings, StackContext, StackRule } from "./rule";

/** The rules that are enforced together, and the settings of each. */
export interface Ruleset {
  rules: readonly (RuleBase | Rule)[];
  settings(rule: string): Settings;
}

const shipped: Ruleset = { rules, settings: () => ({}) };

/**
 * Judges a pair by one rule: the same call in the pack, in the embedded preview and in a review. Settings
 * are checked by the rule's own schema; wrong ones throw (`ZodError`). A rule that gates production alone has
 * nothing to say about an update of staging.
 */
export function judge(
  rule: StackRule,
  judged: Judged,
  now: Date,
  settings: Settings = {},
  ruleset: Ruleset = shipped,
): Finding[] {
  if (rule.gates !== undefined && rule.gates !== judged.tier) return [];
  const { staging, production } = judged.pair;
  const exceptions = [staging, production].flatMap(({ config }) => config.exceptions);
  return check(rule, settings, context(rule, judged, now, ruleset)).map((report) =>
    finding(rule, report, exceptions, now),
  );
}

/** Judges a pair by all rules over pairs, in their order. */
export function judgeAll(judged: Judged, now: Date, ruleset: Ruleset = shipped): Finding[] {
  return ruleset.rules.flatMap((rule) =>
    isStackRule(rule) ? judge(rule, judged, now, ruleset.settings(rule.name), ruleset) : [],
  );
}

const isStackRule = (rule: RuleBase | Rule): rule is StackRule => "kind" in rule && rule.kind === "stack";

function check(rule: StackRule, settings: Settings, context: StackContext): Report[] {
  return rule.check(context, rule.settings ? rule.settings.parse(settings) : undefined);
}

/** Another rule is only asked when this one wants to know, and never in a circle: it is told of no others. */
function context(rule: RuleBase, { pair, evidence }: Judged, now: Date, ruleset: Ruleset): StackContext {
  const alone: StackContext = {
    pair,
    evidence,
    now,
    rules: ruleset.rules,
    reportsOf: () => undefined,
    settingsOf: (other) => other.settings?.parse(ruleset.settings(other.name)) as never,
  };
  const known = new Map<string, Report[]>();
  return {
    ...alone,
    reportsOf(name) {
      const other = ruleset.rules.find((one) => one.name === name);
      if (other === undefined || other.name === rule.name || !isStackRule(other)) return undefined;
      const reports = known.get(name) ?? check(other, ruleset.settings(name), alone);
      known.set(name, reports);
      return reports;
    },
  };
}

/** A report as a finding of its rule, exempted where an exception in force, and without a fault, covers it. */
export function finding(
  rule: RuleBase,
  report: Report,
  exceptions: readonly Exception[],
  now: Date,
): Finding {
  const status = report.status ?? "violation";
  const covers = (one: Exception) =>
    one.rule === rule.name &&
    one.path === report.path &&
    inForce(one, now) &&
    accountabilityFaults(one, now).length === 0;
  const covering = rule.exceptions && status === "violation" ? exceptions.find(covers) : undefined;
  if (covering === undefined) return { rule: rule.name, ...report, status };
  const { owner, expires, ticket } = covering;
  const exception = { owner, expires, daysLeft: daysLeft(expires, now), ticket };
  return { rule: rule.name, ...report, status: "exempted", exception };
}

/** From the day it was created to the end of the day on which it expires, in UTC. */
export function inForce({ created, expires }: Pick<Exception, "created" | "expires">, now: Date): boolean {
  return Date.parse(created) <= now.getTime() && now.getTime() < Date.parse(expires) + day;
}
