import { hideCredentials } from "../config/credentialPattern";
import { type Finding, formatFinding } from "./finding";
import type { RuleBase, Settings } from "./rule";
import { settingsFaults } from "./settings";

/** How the policy SDK takes a report. */
type ReportViolation = (message: string, urn?: string) => void;

export interface RunOptions {
  /** What is judged: a resource's URN, or "the stack". */
  on: string;
  settings: Settings;
  timeoutSeconds: number;
}

/**
 * Runs a rule and reports its findings; whatever goes wrong is a violation of the rule. What has to be waited for is
 * waited for under a time-out; nearly always nothing is, and then the rule takes no timer and no turn of the event loop.
 */
export function runRule(
  rule: RuleBase,
  options: RunOptions,
  findings: () => Finding[] | Promise<Finding[]>,
  report: ReportViolation,
): void | Promise<void> {
  const found = foundBy(rule, options, findings);
  if (!(found instanceof Promise)) return tellAll(rule, found, report);
  return within(options.timeoutSeconds, found)
    .catch((error: unknown) => [ruleFailed(rule, options, error)])
    .then((all) => tellAll(rule, all, report));
}

function foundBy(
  rule: RuleBase,
  options: RunOptions,
  findings: () => Finding[] | Promise<Finding[]>,
): Finding[] | Promise<Finding[]> {
  const faults = settingsFaults(rule, options.settings);
  if (faults.length > 0) {
    const remedy = "Correct the rule's settings.";
    return faults.map((one) => failure(rule, options.on, one, "settings that the rule knows", remedy));
  }
  try {
    return findings();
  } catch (error) {
    return [ruleFailed(rule, options, error)];
  }
}

function tellAll(rule: RuleBase, found: readonly Finding[], report: ReportViolation): void {
  for (const one of found) tell(rule, one, report);
}

function ruleFailed(rule: RuleBase, { on, timeoutSeconds }: RunOptions, error: unknown): Finding {
  const remedy =
    "This is a fault of the rule, not of the resource: report it with the rule's name and the resource's type.";
  return failure(rule, on, reasonOf(error, timeoutSeconds), "a rule that comes to an end", remedy);
}

/** An exempted finding is shown, but stops nothing: the SDK takes a level with a single report. */
function tell(rule: RuleBase, one: Finding, report: ReportViolation): void {
  const message = hideCredentials(formatFinding(one));
  const urn = one.path.startsWith("urn:pulumi:") ? one.path : undefined;
  if (one.status !== "exempted") {
    report(message, urn);
    return;
  }
  const advisory = { message: `${rule.description}\n${message}`, urn, enforcementLevel: "advisory" };
  report(advisory as unknown as string);
}

function failure(rule: RuleBase, path: string, found: string, allowed: string, remedy: string): Finding {
  return { rule: rule.name, status: "violation", object: `Rule ${rule.name}`, path, found, allowed, remedy };
}

class TimeoutError extends Error {}

/** The class of an error only: its message may carry what the rule read. */
function reasonOf(error: unknown, timeoutSeconds: number): string {
  if (error instanceof TimeoutError) return `no answer after ${timeoutSeconds} seconds`;
  const name: unknown = error instanceof Error ? error.constructor.name : undefined;
  return typeof name === "string" && /^[A-Z][A-Za-z]{0,40}$/.test(name) ? `the error ${name}` : "an error";
}

async function within<T>(seconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError()), seconds * 1000);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
