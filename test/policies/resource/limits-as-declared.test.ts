import { describe, expect, it } from "vitest";
import { limitsAsDeclared } from "../../../policies/resource/limits-as-declared";
import { type ResourceContext, UNKNOWN } from "../../../policies/rule";
import { foreign, resource, staging, urnOf } from "./resources";

const budgetType = "aws:budgets/budget:Budget";
const quotaType = "kubernetes:core/v1:ResourceQuota";
const notification = (threshold: unknown, more: object = {}) => ({
  notificationType: "ACTUAL",
  comparisonOperator: "GREATER_THAN",
  thresholdType: "PERCENTAGE",
  threshold,
  ...more,
});
const month = {
  budgetType: "COST",
  timeUnit: "MONTHLY",
  limitAmount: "2000",
  limitUnit: "USD",
  notifications: [notification(40), notification(60), notification(80), notification(80)],
};
const check = (type: string, props: Record<string, unknown>, context: ResourceContext = staging()) =>
  limitsAsDeclared.check(resource(type, "it", props), context);
const found = (...args: Parameters<typeof check>) =>
  check(...args).map((one) => [
    one.object.split("'s ")[1],
    one.status ?? "violation",
    one.found,
    one.allowed,
  ]);
const unknown = "a value that is only known after the update";

describe("limits-as-declared, on budgets", () => {
  it("accepts the declared amounts, however they are written", () => {
    expect(check(budgetType, month)).toEqual([]);
    expect(check(budgetType, { ...month, limitAmount: "2000.0" })).toEqual([]);
    expect(check(budgetType, { ...month, timeUnit: "DAILY", limitAmount: "100" })).toEqual([]);
  });

  it("names the amount that is in force and the declared one", () => {
    expect(check(budgetType, { ...month, limitAmount: "20000" })).toEqual([
      {
        object: "Budget it's limitAmount",
        path: urnOf(budgetType, "it"),
        found: '"20000"',
        allowed: "2000, as declared",
        remedy: "Take the amount from the configuration's limits, or change it there.",
      },
    ]);
    expect(found(budgetType, { ...month, timeUnit: "DAILY" })).toEqual([
      ["limitAmount", "violation", '"2000"', "100, as declared"],
    ]);
    expect(found(budgetType, { ...month, limitUnit: "EUR" })).toEqual([
      ["limitUnit", "violation", '"EUR"', '"USD", as declared'],
    ]);
    expect(found(budgetType, { ...month, limitAmount: UNKNOWN })).toEqual([
      ["limitAmount", "cannot-decide", unknown, "2000, as declared"],
    ]);
  });

  it("compares the thresholds, in percent or in USD", () => {
    const thresholds = (...notifications: unknown[]) => found(budgetType, { ...month, notifications });
    const rest = [notification(60), notification(80)];
    expect(thresholds(notification(50), ...rest)).toEqual([
      ["thresholds in percent", "violation", "[50, 60, 80]", "[40, 60, 80], as declared"],
    ]);
    expect(thresholds(...rest)).toHaveLength(1);
    expect(thresholds(notification(40), notification(100), ...rest)).toHaveLength(1);
    const usd = { thresholdType: "ABSOLUTE_VALUE" };
    expect(thresholds(notification(800, usd), ...rest)).toEqual([]);
    expect(thresholds(notification(900, usd), ...rest)).toHaveLength(1);
    const low = notification(5, { comparisonOperator: "LESS_THAN" });
    expect(thresholds(notification(40), low, ...rest)).toEqual([]);
  });

  it("leaves unknown notifications to budget-has-alarms", () => {
    expect(check(budgetType, { ...month, notifications: UNKNOWN })).toEqual([]);
    expect(check(budgetType, { ...month, notifications: [notification(UNKNOWN)] })).toEqual([]);
  });

  it("passes over budgets of something else, and of other stacks", () => {
    const other = { ...month, limitAmount: "5" };
    expect(check(budgetType, { ...other, timeUnit: "ANNUALLY" })).toEqual([]);
    expect(check(budgetType, { ...other, budgetType: "USAGE" })).toEqual([]);
    expect(check(budgetType, { ...other, costFilters: [{ name: "Service", values: ["x"] }] })).toEqual([]);
    expect(check(budgetType, other, foreign)).toEqual([]);
  });
});

describe("limits-as-declared, on quotas", () => {
  const hard = { "requests.cpu": "8", "limits.cpu": "8000m", "requests.memory": "24Gi", pods: "20" };
  const quota = (given: unknown, namespace: unknown = "llm-staging", spec: object = {}) =>
    found(quotaType, { metadata: { namespace }, spec: { hard: given, ...spec } }, withTeam());
  const withTeam = () => {
    const context = staging();
    const { support } = context.pair?.staging.config.limits.teams ?? {};
    if (support === undefined) throw new Error("no team");
    support.cluster = { cpuCores: 0.5, memoryGib: 1.5, pods: 4 };
    return context;
  };

  it("accepts the declared amounts in any unit, and what is not declared", () => {
    expect(quota(hard)).toEqual([]);
    expect(quota({ ...hard, "requests.memory": "24576Mi", "services.loadbalancers": "0" })).toEqual([]);
  });

  it("names each amount that differs", () => {
    expect(quota({ ...hard, "requests.cpu": "64", "requests.memory": "24G", pods: 21 })).toEqual([
      ['hard["requests.cpu"]', "violation", '"64"', "8, as declared"],
      ['hard["requests.memory"]', "violation", '"24G"', "24576Mi, as declared"],
      ['hard["pods"]', "violation", "21", "20, as declared"],
    ]);
    expect(quota({ ...hard, pods: "many" })).toEqual([
      ['hard["pods"]', "violation", '"many"', "20, as declared"],
    ]);
    expect(quota({ ...hard, pods: UNKNOWN })).toEqual([
      ['hard["pods"]', "cannot-decide", unknown, "20, as declared"],
    ]);
    expect(quota(UNKNOWN)).toEqual([
      ["hard", "cannot-decide", unknown, "the amounts of limits.cluster, as declared"],
    ]);
  });

  it("compares a team's namespace with the team's limits", () => {
    const team = { "limits.cpu": "500m", "limits.memory": "1536Mi", "count/pods": "4" };
    expect(quota(team, "llm-staging-support")).toEqual([]);
    expect(quota({ ...team, "limits.cpu": "501m" }, "llm-staging-support")).toEqual([
      ['hard["limits.cpu"]', "violation", '"501m"', "0.5, as declared"],
    ]);
    expect(quota(team, "llm-staging-search")).toEqual([]);
    expect(quota(hard, "llm-staging-support")).toHaveLength(4);
  });

  it("takes a quota in an unknown namespace for any of the declared, and cannot decide on another", () => {
    expect(quota(hard, UNKNOWN)).toEqual([]);
    expect(quota({ pods: "4" }, UNKNOWN)).toEqual([]);
    expect(quota({ pods: "5" }, UNKNOWN).map(([, status]) => status)).toEqual(["cannot-decide"]);
  });

  it("passes over quotas with a scope, of other namespaces and other stacks", () => {
    expect(quota({ pods: "5" }, "llm-staging", { scopes: ["BestEffort"] })).toEqual([]);
    expect(quota({ pods: "5" }, "web")).toEqual([]);
    expect(
      check(quotaType, { metadata: { namespace: "llm-staging" }, spec: { hard: { pods: "5" } } }, foreign),
    ).toEqual([]);
  });
});
