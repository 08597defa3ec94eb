import { isRecord } from "../../config/record";
import { at, hasUnknown, list, objectOf, shown, unknownFound } from "../props";
import { type Report, type ResourceRule, UNKNOWN } from "../rule";

/**
 * AWS forecasts cost and usage of a month or longer only. A notification for spend that is *less than* its
 * threshold is no alarm.
 * https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html
 */
export const budgetHasAlarms: ResourceRule = {
  kind: "resource",
  name: "budget-has-alarms",
  description:
    "A budget tells somebody when it is used up, and where AWS can forecast, when it is going to be.",
  protects: "From a budget that nobody hears of until the bill comes.",
  severity: "high",
  exceptions: true,
  types: ["aws:budgets/budget:Budget"],
  check(resource) {
    const { notifications, timeUnit, budgetType } = resource.props;
    const common = { object: objectOf(resource), path: resource.urn };
    const undecided = (found: string): Report => ({
      ...common,
      found,
      allowed: "notifications that are known before the update",
      remedy: "Give the notifications, their thresholds and their kinds as plain values.",
      status: "cannot-decide",
    });
    if ([notifications, timeUnit, budgetType].includes(UNKNOWN))
      return [undecided(`a budget with ${unknownFound}`)];
    const all = list(notifications);
    const governed = ["notificationType", "threshold", "comparisonOperator"];
    if (all.includes(UNKNOWN) || all.some((one) => governed.some((key) => at(one, key) === UNKNOWN))) {
      return [undecided(`a notification with ${unknownFound}`)];
    }
    const told = all.filter(isRecord).filter((one) => one.comparisonOperator !== "LESS_THAN");
    const forecast = ["COST", "USAGE"].includes(String(budgetType)) && timeUnit !== "DAILY";
    const kinds = forecast ? ["ACTUAL", "FORECASTED"] : ["ACTUAL"];
    return [
      ...kinds
        .filter((kind) => !told.some((one) => one.notificationType === kind && hasSubscriber(one)))
        .map((kind) => ({
          ...common,
          found: `no ${kind} notification that has a subscriber`,
          allowed: `at least one ${kind} notification with an e-mail address or an SNS topic`,
          remedy: `Add a notification of type ${kind} with a threshold and a subscriber.`,
        })),
      ...told
        .filter(({ threshold }) => !(typeof threshold === "number" && threshold > 0))
        .map(({ threshold }) => ({
          ...common,
          found: `a notification at the threshold ${shown(threshold)}`,
          allowed: "a threshold above 0",
          remedy: "Set the threshold to a share of the budget at which somebody should act.",
        })),
    ];
  },
};

/** A subscriber whose address is not known yet is one: the address comes from a resource of this update. */
function hasSubscriber(notification: Readonly<Record<string, unknown>>): boolean {
  return ["subscriberEmailAddresses", "subscriberSnsTopicArns"].some((key) => {
    const value = notification[key];
    return list(value).length > 0 || hasUnknown(value);
  });
}
