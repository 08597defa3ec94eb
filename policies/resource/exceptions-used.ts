import { formatPath } from "../../config/relation";
import { quote } from "../../config/visible";
import { ownStack } from "../ownStack";
import type { CompletenessRule, Report, ResourceContext, ResourceView, Rule, RuleBase } from "../rule";

/**
 * What `exceptions-accountable` cannot know before the program has run. A finding that cannot be decided counts as
 * a use here: in a preview it may only be unknown.
 */
export const exceptionsUsed: CompletenessRule = {
  kind: "completeness",
  name: "exceptions-used",
  description:
    "Every exception for a rule over resources covers something that the rule finds in this stack.",
  protects: "From an exception that waits, unneeded, for the next violation and lets it pass.",
  severity: "medium",
  exceptions: false,
  check(resources, context) {
    const own = ownStack(context)?.own;
    if (own === undefined) return [];
    const reported = new Map<string, ReadonlySet<string>>();
    return own.config.exceptions.flatMap(({ rule: name, path }, index): Report[] => {
      const rule = context.rules.find((one) => one.name === name);
      if (rule === undefined || !isOverResources(rule) || rule.name === exceptionsUsed.name) return [];
      const paths = reported.get(name) ?? new Set(reportsOf(rule, resources, context).map((one) => one.path));
      reported.set(name, paths);
      if (paths.has(path)) return [];
      const at = ["exceptions", index, "path"];
      return [
        {
          object: `${own.config.environment.tier}'s ${formatPath(at)}`,
          path: formatPath(at),
          // A URN is often longer than what is shown of other values.
          found: `${quote(path)}, where ${name} finds no violation`,
          allowed: "the path of a violation that the rule finds now",
          remedy: "Remove the exception, or correct its path.",
          at: own.position(at),
        },
      ];
    });
  },
};

type OverResources = Extract<Rule, { kind: "resource" | "completeness" }>;

const isOverResources = (rule: RuleBase | Rule): rule is OverResources =>
  "kind" in rule && rule.kind !== "stack" && rule.exceptions;

function reportsOf(
  rule: OverResources,
  resources: readonly ResourceView[],
  context: ResourceContext,
): Report[] {
  if (rule.kind === "completeness") return rule.check(resources, context);
  return resources
    .filter(({ type }) => rule.types === "any" || rule.types.includes(type))
    .flatMap((resource) => rule.check(resource, context));
}
