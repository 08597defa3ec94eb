import type { Pair } from "../config/pair";
import type { Exception } from "../config/schema/exceptions";
import type { Finding } from "./finding";
import type { Report, RuleBase, Settings, StackRule } from "./rule";

/**
 * Judges a pair by one rule: the same call in the pack, in the embedded preview and in a review. Settings
 * are checked by the rule's own schema; wrong ones throw (`ZodError`).
 */
export function judge(rule: StackRule, pair: Pair, now: Date, settings: Settings = {}): Finding[] {
  const checked = rule.settings ? rule.settings.parse(settings) : undefined;
  const exceptions = [pair.staging, pair.production].flatMap(({ config }) => config.exceptions);
  return rule.check({ pair, now }, checked).map((report) => finding(rule, report, exceptions, now));
}

/** A report as a finding of its rule, exempted where an exception in force covers it. */
export function finding(
  rule: RuleBase,
  report: Report,
  exceptions: readonly Exception[],
  now: Date,
): Finding {
  const status = report.status ?? "violation";
  const covered =
    rule.exceptions &&
    status === "violation" &&
    exceptions.some((one) => one.rule === rule.name && one.path === report.path && inForce(one, now));
  return { rule: rule.name, ...report, status: covered ? "exempted" : status };
}

const day = 86_400_000;

/** From the day it was created to the end of the day on which it expires, in UTC. */
export function inForce({ created, expires }: Pick<Exception, "created" | "expires">, now: Date): boolean {
  return Date.parse(created) <= now.getTime() && now.getTime() < Date.parse(expires) + day;
}
