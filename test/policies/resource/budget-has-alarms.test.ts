import { describe, expect, it } from "vitest";
import { budgetHasAlarms } from "../../../policies/resource/budget-has-alarms";
import { UNKNOWN } from "../../../policies/rule";
import { foreign, resource, urnOf } from "./resources";

const type = "aws:budgets/budget:Budget";
const alarm = (notificationType: string, more: Record<string, unknown> = {}) => ({
  notificationType,
  comparisonOperator: "GREATER_THAN",
  threshold: 80,
  subscriberEmailAddresses: ["team@example.com"],
  ...more,
});
const both = [alarm("ACTUAL"), alarm("FORECASTED")];

const check = (props: Record<string, unknown>) =>
  budgetHasAlarms.check(
    resource(type, "month", { budgetType: "COST", timeUnit: "MONTHLY", ...props }),
    foreign,
  );
const common = { object: "Budget month", path: urnOf(type, "month") };

describe("budget-has-alarms", () => {
  it("accepts an actual and a forecasted notification with subscribers", () => {
    expect(check({ notifications: both })).toEqual([]);
  });

  it("asks for a forecast where AWS has one: not for days, and not for other budgets than cost and usage", () => {
    const remedy = "Add a notification of type FORECASTED with a threshold and a subscriber.";
    expect(check({ notifications: [alarm("ACTUAL")] })).toEqual([
      {
        ...common,
        found: "no FORECASTED notification that has a subscriber",
        allowed: "at least one FORECASTED notification with an e-mail address or an SNS topic",
        remedy,
      },
    ]);
    expect(check({ notifications: [alarm("ACTUAL")], timeUnit: "DAILY" })).toEqual([]);
    expect(check({ notifications: [alarm("ACTUAL")], budgetType: "RI_UTILIZATION" })).toEqual([]);
  });

  it("does not count a notification that nobody gets, or one for spend below its threshold", () => {
    const found = ["no ACTUAL notification that has a subscriber"];
    const silent = alarm("ACTUAL", { subscriberEmailAddresses: [] });
    expect(check({ notifications: [silent, alarm("FORECASTED")] }).map((one) => one.found)).toEqual(found);
    const below = alarm("ACTUAL", { comparisonOperator: "LESS_THAN" });
    expect(check({ notifications: [below, alarm("FORECASTED")] }).map((one) => one.found)).toEqual(found);
  });

  it("counts a subscriber whose address is made by the same update", () => {
    const topic = { subscriberEmailAddresses: undefined, subscriberSnsTopicArns: [UNKNOWN] };
    expect(check({ notifications: [alarm("ACTUAL", topic), alarm("FORECASTED", topic)] })).toEqual([]);
  });

  it("refuses a threshold of zero", () => {
    expect(check({ notifications: [...both, alarm("ACTUAL", { threshold: 0 })] })).toEqual([
      {
        ...common,
        found: "a notification at the threshold 0",
        allowed: "a threshold above 0",
        remedy: "Set the threshold to a share of the budget at which somebody should act.",
      },
    ]);
  });

  it.each([
    ["the notifications", { notifications: UNKNOWN }],
    ["a notification", { notifications: [...both, UNKNOWN] }],
    ["a threshold", { notifications: [...both, alarm("ACTUAL", { threshold: UNKNOWN })] }],
    ["the period", { notifications: both, timeUnit: UNKNOWN }],
  ])("cannot decide while %s is unknown", (_, props) => {
    expect(check(props).map(({ status }) => status)).toEqual(["cannot-decide"]);
  });
});
