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

/** Awaits a rule under a time-out and reports its findings; whatever goes wrong is a violation of the rule. */
export async function runRule(
  rule: RuleBase,
  { on, settings, timeoutSeconds }: RunOptions,
  findings: () => Promise<Finding[]>,
  report: ReportViolation,
): Promise<void> {
  const faults = settingsFaults(rule, settings);
  let found: Finding[];
  try {
    found =
      faults.length > 0
        ? faults.map((fault) =>
            failure(rule, on, fault, "settings that the rule knows", "Correct the rule's settings."),
          )
        : await within(timeoutSeconds, findings());
  } catch (error) {
    found = [failure(rule, on, reasonOf(error, timeoutSeconds), "a rule that comes to an end", ruleFailed)];
  }
  for (const one of found) tell(rule, one, report);
}

const ruleFailed =
  "This is a fault of the rule, not of the resource: report it with the rule's name and the resource's type.";

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
