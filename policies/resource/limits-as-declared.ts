import type { Config } from "../../config/schema";
import { clusterDifferences } from "../clusterLimits";
import { isInNamespace } from "../kubernetesNamespace";
import { ownStack } from "../ownStack";
import { at, list, objectOf, reportOn, shown, unknownFound } from "../props";
import { type Report, type ResourceRule, type ResourceView, UNKNOWN } from "../rule";

type Limits = Config["limits"];

const budgetType = "aws:budgets/budget:Budget";
const quotaType = "kubernetes:core/v1:ResourceQuota";

/**
 * Budgets over the whole account, and quotas of the namespaces of the environment and its teams. Budgets with
 * a filter and quotas with a scope bound something else. What the gateway admits is `gateway-as-declared`,
 * and that there is a budget and a quota at all `environment-complete`.
 */
export const limitsAsDeclared: ResourceRule = {
  kind: "resource",
  name: "limits-as-declared",
  description: "Budgets, their thresholds and quotas have the amounts that the configuration declares.",
  protects: "From limits that were reviewed in a file while others are in force.",
  severity: "high",
  exceptions: true,
  types: [budgetType, quotaType],
  check(resource, context) {
    const own = ownStack(context)?.own.config;
    if (own === undefined) return [];
    return resource.type === budgetType ? budgetReports(resource, own.limits) : quotaReports(resource, own);
  },
};

const remedy = "Take the amount from the configuration's limits, or change it there.";

function different(resource: ResourceView, field: string, value: unknown, declared: string): Report {
  const report =
    value === UNKNOWN
      ? reportOn(resource, unknownFound, `${declared}, as declared`, remedy, "cannot-decide")
      : reportOn(resource, shown(value), `${declared}, as declared`, remedy);
  return { ...report, object: `${objectOf(resource)}'s ${field}` };
}

/** An unknown kind, period, list or threshold of notifications is reported by `budget-has-alarms`. */
function budgetReports(budget: ResourceView, limits: Limits): Report[] {
  const { budgetType: kind, timeUnit, limitAmount, limitUnit, costFilters, notifications } = budget.props;
  const periods = new Map<unknown, number>([
    ["MONTHLY", limits.monthlyUsd],
    ["DAILY", limits.dailyUsd],
  ]);
  const declared = periods.get(timeUnit);
  if (kind !== "COST" || declared === undefined || list(costFilters).length > 0) return [];
  const reports: Report[] = [];
  if (costFilters === UNKNOWN) reports.push(different(budget, "costFilters", UNKNOWN, "none"));
  if (limitAmount === UNKNOWN || Number(limitAmount) !== declared)
    reports.push(different(budget, "limitAmount", limitAmount, String(declared)));
  if (limitUnit !== "USD") reports.push(different(budget, "limitUnit", limitUnit, '"USD"'));
  const given = notifications === UNKNOWN ? undefined : thresholds(list(notifications), declared);
  const wanted = sorted(Object.values(limits.alertAtPercent));
  if (given !== undefined && String(given) !== String(wanted))
    reports.push(different(budget, "thresholds in percent", given, shown(wanted)));
  return reports;
}

const sorted = (values: number[]) => [...new Set(values)].sort((a, b) => a - b);

/** In percent; undefined where one is not known. A notification below its threshold is no alarm. */
function thresholds(notifications: readonly unknown[], amount: number): number[] | undefined {
  const alarms = notifications.filter((one) => at(one, "comparisonOperator") !== "LESS_THAN");
  const fields = ["comparisonOperator", "threshold", "thresholdType"];
  if (alarms.some((one) => fields.some((field) => at(one, field) === UNKNOWN))) return undefined;
  const percents = alarms.map((one) => {
    const threshold = Number(at(one, "threshold"));
    return at(one, "thresholdType") === "ABSOLUTE_VALUE" ? (threshold / amount) * 100 : threshold;
  });
  return sorted(percents.map((percent) => Math.round(percent * 10_000) / 10_000));
}

/** In a namespace that is not known yet, a quota may be any of the declared ones. */
function quotaReports(quota: ResourceView, { environment, limits }: Config): Report[] {
  const spec = at(quota.props, "spec");
  if (at(spec, "scopes") !== undefined || at(spec, "scopeSelector") !== undefined) return [];
  const teams = Object.entries(limits.teams).flatMap(([team, { cluster }]) =>
    cluster === undefined ? [] : [{ namespace: `${environment.namespace}-${team}`, cluster }],
  );
  const places = [{ namespace: environment.namespace, cluster: limits.cluster }, ...teams].filter(
    ({ namespace }) => isInNamespace(quota, namespace) !== false,
  );
  const reports = places.map(({ namespace, cluster }) =>
    hardReports(quota, at(spec, "hard"), cluster).map((one): Report => {
      if (isInNamespace(quota, namespace) === true) return one;
      return {
        ...one,
        found: `${one.found}, in a namespace that is only known after the update`,
        status: "cannot-decide",
      };
    }),
  );
  return reports.some((one) => one.length === 0) ? [] : (reports[0] ?? []);
}

function hardReports(quota: ResourceView, hard: unknown, cluster: Limits["cluster"]): Report[] {
  if (hard === UNKNOWN) return [different(quota, "hard", UNKNOWN, "the amounts of limits.cluster")];
  return clusterDifferences(hard, cluster).map(({ key, value, declared }) =>
    different(quota, `hard["${key}"]`, value, declared),
  );
}
