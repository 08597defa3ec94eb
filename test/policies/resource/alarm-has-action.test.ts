import { describe, expect, it } from "vitest";
import { alarmHasAction } from "../../../policies/resource/alarm-has-action";
import { UNKNOWN } from "../../../policies/rule";
import { foreign, resource, urnOf } from "./resources";

const check = (type: string, props: Record<string, unknown>) =>
  alarmHasAction.check(resource(type, "it", props), foreign);
const found = (type: string, props: Record<string, unknown>) =>
  check(type, props).map((one) => (one.status === undefined ? one.found : `${one.status}: ${one.found}`));
const unknown = "a value that is only known after the update";
const topic = "arn:aws:sns:us-east-1:111122223333:alarms";

describe.each(["aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"])(
  "alarm-has-action, on %s",
  (type) => {
    it("accepts an action, known or not yet", () => {
      expect(check(type, { alarmActions: [topic] })).toEqual([]);
      expect(check(type, { alarmActions: [UNKNOWN], actionsEnabled: true })).toEqual([]);
      expect(check(type, { alarmActions: UNKNOWN })).toEqual([]);
    });

    it("refuses an alarm that tells nobody", () => {
      expect(check(type, { okActions: [topic] })).toEqual([
        {
          object: `${type.split(":").at(-1)} it`,
          path: urnOf(type, "it"),
          found: "no alarmActions",
          allowed: "an action when the alarm goes off",
          remedy: "Set alarmActions to the ARN of the alarm topic.",
        },
      ]);
      expect(found(type, { alarmActions: [] })).toEqual(["no alarmActions"]);
      expect(found(type, { alarmActions: [topic], actionsEnabled: false })).toEqual(["actionsEnabled false"]);
      expect(found(type, { alarmActions: [topic], actionsEnabled: UNKNOWN })).toEqual([
        `cannot-decide: actionsEnabled with ${unknown}`,
      ]);
    });
  },
);

describe("alarm-has-action, on Prometheus' alerts", () => {
  const type = "kubernetes:monitoring.coreos.com/v1:PrometheusRule";
  const good = { alert: "Down", labels: { severity: "page" }, annotations: { summary: "It is down." } };
  const rules = (...all: unknown[]) => ({ spec: { groups: [{ name: "a", rules: all }] } });

  it("accepts an alert with severity and summary, and a recording rule with neither", () => {
    expect(check(type, rules(good, { record: "a:b", expr: "1" }))).toEqual([]);
  });

  it("names the alert and what it lacks", () => {
    expect(check(type, rules(good, { ...good, alert: "Slow", labels: { team: "a" } }))).toEqual([
      {
        object: 'PrometheusRule it\'s alert "Slow"',
        path: urnOf(type, "it"),
        found: "no label severity",
        allowed: "a label severity",
        remedy: "Add a label severity to the alert.",
      },
    ]);
    expect(found(type, rules({ ...good, annotations: { summary: " " } }))).toEqual(["no annotation summary"]);
    expect(found(type, rules({ ...good, labels: undefined, annotations: undefined }))).toHaveLength(2);
  });

  it("cannot decide on alerts that are not known", () => {
    expect(found(type, { spec: { groups: UNKNOWN } })).toEqual([`cannot-decide: alerts with ${unknown}`]);
    expect(found(type, rules(UNKNOWN))).toEqual([`cannot-decide: alerts with ${unknown}`]);
    expect(found(type, rules({ ...good, labels: { severity: UNKNOWN } }))).toEqual([
      `cannot-decide: a label severity with ${unknown}`,
    ]);
  });
});

describe("alarm-has-action, on cost anomalies", () => {
  const type = "aws:costexplorer/anomalySubscription:AnomalySubscription";
  it("wants a subscriber", () => {
    expect(check(type, { subscribers: [{ type: "SNS", address: UNKNOWN }] })).toEqual([]);
    expect(found(type, { subscribers: [] })).toEqual(["no subscribers"]);
    expect(found(type, {})).toEqual(["no subscribers"]);
  });
});
