import { closest } from "fastest-levenshtein";
import { formatPath, type Path } from "../../config/relation";
import type { Exception } from "../../config/schema/exceptions";
import { describeValue } from "../../config/value";
import { accountabilityFaults, type Fault } from "../accountability";
import { inEach } from "../environments";
import type { StackContext, StackRule } from "../rule";

/**
 * An exception for a rule over resources cannot be called unused here: what such a rule finds is known only
 * when the program has run. It can be faulty in every other way.
 */
export const exceptionsAccountable: StackRule = {
  kind: "stack",
  name: "exceptions-accountable",
  description: "Every exception has an owner, another approver, an end at most 90 days off, and a use.",
  protects: "From a failed gate that passes for ever because nobody answers for the exception.",
  severity: "high",
  exceptions: false,
  check: (context) =>
    inEach(context.pair, (stack, name) =>
      stack.config.exceptions.flatMap((exception, index) =>
        faultsOf(exception, context).map(({ field, ...fault }) => {
          const path: Path = ["exceptions", index, field];
          return { object: name(path), path: formatPath(path), ...fault, at: stack.position(path) };
        }),
      ),
    ),
};

/** An exception that is faulty for another reason is not called unused as well. */
function faultsOf(exception: Exception, context: StackContext): Fault[] {
  const faults = [...ruleFaults(exception, context), ...accountabilityFaults(exception, context.now)];
  return faults.length > 0 ? faults : unusedFaults(exception, context);
}

function ruleFaults({ rule }: Exception, { rules }: StackContext): Fault[] {
  const found = rules.find(({ name }) => name === rule);
  if (found?.exceptions) return [];
  const names = rules.filter(({ exceptions }) => exceptions).map(({ name }) => name);
  if (found !== undefined) {
    return [
      {
        field: "rule",
        found: `${describeValue(rule)}, which takes no exceptions`,
        allowed: "a rule that takes exceptions",
        remedy: "Remove the exception and meet the rule.",
      },
    ];
  }
  return [
    {
      field: "rule",
      found: `${describeValue(rule)}, which is no rule`,
      allowed:
        names.length === 0
          ? "the name of a rule"
          : `the name of a rule; the nearest is "${closest(rule, names)}"`,
      remedy: "Write the rule's name as the finding has it.",
    },
  ];
}

/** What cannot be decided takes no exception, so it does not count as a use. */
function unusedFaults({ rule, path }: Exception, { reportsOf }: StackContext): Fault[] {
  const reports = reportsOf(rule);
  const used = reports?.some((one) => one.path === path && one.status !== "cannot-decide") ?? true;
  if (used) return [];
  return [
    {
      field: "path",
      found: `${describeValue(path)}, where ${rule} finds no violation`,
      allowed: "the path of a violation that the rule finds now",
      remedy: "Remove the exception, or correct its path.",
    },
  ];
}
