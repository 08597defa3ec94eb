import type { PairResult } from "../config/pair";
import type { StackResult } from "../config/stack";
import { type Finding, parseFinding } from "../policies/finding";
import { problemFindings } from "../policies/stack/config-valid";
import { distance } from "../review/distance";
import type { PolicyInfo, PolicyReport } from "./policyReport";
import type { FindingReport, PreviewReport, StackReport } from "./report";

/** What was found out about one stack of a pair. */
export interface StackPreview {
  name: string;
  report: StackReport;
  findings: Finding[];
  policies: readonly PolicyInfo[];
}

/** The stacks of a pair that are evaluated, staging first, where it can be told. */
export function stacksOf({ own, counterpart }: PairResult, only: boolean): StackResult[] {
  const tierOf = ({ stack }: StackResult) => stack?.config.environment.tier;
  if (only || !counterpart) return [own];
  return tierOf(own) === "production" || tierOf(counterpart) === "staging"
    ? [counterpart, own]
    : [own, counterpart];
}

/** What the files alone say of a stack. */
export const stackHead = ({ name, stack }: StackResult) => ({
  name,
  ...(stack
    ? {
        tier: stack.config.environment.tier,
        behaviourHash: stack.behaviourHash,
        carries: stack.carried.map(({ id }) => id),
      }
    : {}),
});

/** A stack that was not evaluated to its end: why, and what is known of it. */
export const notEvaluated = (
  stack: StackResult,
  message: string,
  resources: StackReport["resources"] = [],
  more: StackReport["diagnostics"] = [],
): StackPreview => ({
  name: stack.name,
  report: {
    ...stackHead(stack),
    evaluated: false,
    resources,
    diagnostics: [...more, { severity: "error", message }],
  },
  findings: [],
  policies: [],
});

/** Of a pair with problems, which are told beside it. */
export const notJudged = "The program was not run: the configuration of the pair cannot be judged.";

/** The report of a pair, the same whoever evaluated its stacks. */
export function pairReport(loaded: PairResult, results: readonly StackPreview[]): PreviewReport {
  const findings = merge(
    [
      ...(loaded.pair ? [] : problemFindings(loaded.problems).map((finding) => ({ finding, stack: "" }))),
      ...results.flatMap(({ findings: own, name }) => own.map((finding) => ({ finding, stack: name }))),
    ],
    results.map(({ name }) => name),
  );
  const apart = loaded.pair && distance(loaded.pair);
  const stacks = results.map(({ report }) => report);
  return {
    project: loaded.project.project ?? "",
    passed:
      stacks.every(({ evaluated, engine }) => evaluated && (engine?.faults ?? []).length === 0) &&
      findings.every(({ status }) => status === "exempted"),
    stacks,
    policies: [...(results.find(({ policies }) => policies.length > 0)?.policies ?? [])],
    findings,
    limits: (apart?.limits ?? []).map(({ staging, production, ...rest }) => ({
      ...rest,
      ...(staging === undefined ? {} : { staging }),
      ...(production === undefined ? {} : { production }),
    })),
    ...(apart ? { distance: apart.counts } : {}),
  };
}

/**
 * A report as a finding; one in words of another kind keeps them. Its level alone decides whether it blocks:
 * an advisory one does not, and no text makes a mandatory one an exempted one.
 */
export function toFinding({ policy, level, message, urn }: PolicyReport): Finding {
  const parsed = parseFinding(policy, message);
  if (parsed && level === "advisory") return { ...parsed, status: "exempted" };
  if (parsed) {
    const { exception: _, ...rest } = parsed;
    return rest.status === "exempted" ? { ...rest, status: "violation" } : rest;
  }
  return {
    rule: policy,
    status: "violation",
    object: urn.split("::").slice(2).join(" "),
    path: urn,
    found: message,
    allowed: "no report of this policy",
    remedy: "See the policy's description.",
  };
}

/** The same finding about both stacks is one finding that names both. */
function merge(
  all: readonly { finding: Finding; stack: string }[],
  names: readonly string[],
): FindingReport[] {
  const merged = new Map<string, FindingReport>();
  for (const { finding, stack } of all) {
    const key = JSON.stringify(finding);
    const known = merged.get(key);
    const stacks = stack === "" ? [...names] : [stack];
    if (known) known.stacks.push(...stacks.filter((one) => !known.stacks.includes(one)));
    else merged.set(key, { ...finding, stacks });
  }
  return [...merged.values()];
}
