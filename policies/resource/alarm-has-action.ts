import { at, hasUnknown, list, objectOf, reportOn, shown, unknownFound } from "../props";
import { type Report, type ResourceRule, type ResourceView, UNKNOWN } from "../rule";

type Judge = (resource: ResourceView) => Report[];

const judges: Readonly<Record<string, Judge>> = {
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": alarmReports,
  "aws:cloudwatch/metricAlarm:MetricAlarm": alarmReports,
  "aws:costexplorer/anomalySubscription:AnomalySubscription": subscriptionReports,
  "kubernetes:monitoring.coreos.com/v1:PrometheusRule": ruleReports,
};

/** Who is told when an alarm goes off. That the alarm topic has a subscriber is `environment-complete`. */
export const alarmHasAction: ResourceRule = {
  kind: "resource",
  name: "alarm-has-action",
  description: "Every alarm tells somebody, with how urgent it is and what it is about.",
  protects: "From an alarm that goes off where nobody looks.",
  severity: "high",
  exceptions: true,
  types: Object.keys(judges),
  check: (resource) => judges[resource.type]?.(resource) ?? [],
};

/** An action that is not known yet is one: its ARN comes from a resource of this update. */
const hasAny = (value: unknown) => hasUnknown(value) || list(value).length > 0;

function alarmReports(alarm: ResourceView): Report[] {
  const { alarmActions } = alarm.props;
  const actionsEnabled = alarm.props.actionsEnabled ?? true;
  const reports: Report[] = [];
  if (!hasAny(alarmActions)) {
    const remedy = "Set alarmActions to the ARN of the alarm topic.";
    reports.push(reportOn(alarm, "no alarmActions", "an action when the alarm goes off", remedy));
  }
  if (actionsEnabled !== true) {
    const unknown = actionsEnabled === UNKNOWN;
    const found = `actionsEnabled ${unknown ? `with ${unknownFound}` : shown(actionsEnabled)}`;
    const status = unknown ? "cannot-decide" : undefined;
    reports.push(reportOn(alarm, found, "actions that are enabled", "Leave actionsEnabled out.", status));
  }
  return reports;
}

function subscriptionReports(subscription: ResourceView): Report[] {
  if (hasAny(subscription.props.subscribers)) return [];
  const remedy = "Add a subscriber: the alarm topic, or an e-mail address.";
  return [reportOn(subscription, "no subscribers", "a subscriber", remedy)];
}

/** What a page is routed by and what it says first. Recording rules have no alert. */
const told = [
  { path: ["labels", "severity"], name: "a label severity" },
  { path: ["annotations", "summary"], name: "an annotation summary" },
];

function ruleReports(resource: ResourceView): Report[] {
  const groups = at(resource.props, "spec", "groups");
  const rules = list(groups).map((group) => (group === UNKNOWN ? UNKNOWN : at(group, "rules")));
  const all = rules.flatMap(list);
  if ([groups, ...rules, ...all].includes(UNKNOWN)) {
    const found = `alerts with ${unknownFound}`;
    const remedy = "Write the alerts without values of this update's resources.";
    return [reportOn(resource, found, "alerts that are known before the update", remedy, "cannot-decide")];
  }
  return all
    .filter((rule) => at(rule, "alert") !== undefined)
    .flatMap((rule) =>
      told.flatMap(({ path, name }): Report[] => {
        const value = at(rule, ...path);
        if (typeof value === "string" && value.trim() !== "") return [];
        const unknown = value === UNKNOWN;
        const found = unknown ? `${name} with ${unknownFound}` : `no ${name.replace(/^an? /, "")}`;
        const status = unknown ? "cannot-decide" : undefined;
        const report = reportOn(resource, found, name, `Add ${name} to the alert.`, status);
        return [{ ...report, object: `${objectOf(resource)}'s alert ${shown(at(rule, "alert"))}` }];
      }),
    );
}
