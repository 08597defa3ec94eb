import { Provider as Aws } from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { Budgets, type BudgetsArgs, spendThresholds } from "../../components/budgets";
import { collect, document, inputErrors } from "./mocks";

const args: BudgetsArgs = {
  account: "111122223333",
  region: "eu-central-1",
  topicName: "llm-staging-alarms",
  contacts: ["mara@example.com", "oncall@example.com"],
  limits: {
    monthlyUsd: 1500.5,
    dailyUsd: 75,
    alertAtPercent: { full: 100, early: 40, late: 80 },
    teams: { search: { monthlyUsd: 300, dailyUsd: 15, alertAtPercent: { late: 90 } } },
  },
};

const build = (overrides: Partial<BudgetsArgs> = {}) =>
  collect(() => {
    const provider = new Aws("staging-aws", { region: "eu-central-1" });
    return new Budgets("llm", { ...args, ...overrides }, { provider });
  });

const budgetType = "aws:budgets/budget:Budget";
const notification = (notificationType: string, threshold: number) => ({
  notificationType,
  comparisonOperator: "GREATER_THAN",
  threshold,
  thresholdType: "PERCENTAGE",
  subscriberSnsTopicArns: ["arn:mock:llm-topic"],
});

describe("the budgets", () => {
  test("a month is notified of its actual and of its forecasted spend at each share", async () => {
    expect((await build()).one(budgetType, "llm-monthly").inputs).toEqual({
      name: "llm-monthly",
      accountId: "111122223333",
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: "1500.5",
      limitUnit: "USD",
      notifications: [
        notification("ACTUAL", 40),
        notification("FORECASTED", 40),
        notification("ACTUAL", 80),
        notification("FORECASTED", 80),
        notification("ACTUAL", 100),
        notification("FORECASTED", 100),
      ],
    });
  });

  test("a day is notified of its actual spend at each share, for it has no forecast", async () => {
    expect((await build()).one(budgetType, "llm-daily").inputs).toEqual({
      name: "llm-daily",
      accountId: "111122223333",
      budgetType: "COST",
      timeUnit: "DAILY",
      limitAmount: "75",
      limitUnit: "USD",
      notifications: [notification("ACTUAL", 40), notification("ACTUAL", 80), notification("ACTUAL", 100)],
    });
  });

  test("they can be limited to a cost allocation tag", async () => {
    const collected = await build({ costTag: { key: "lockstep:environment", value: "staging" } });
    for (const { inputs } of collected.all(budgetType)) {
      expect(inputs.costFilters).toEqual([
        { name: "TagKeyValue", values: ["user:lockstep:environment$staging"] },
      ]);
    }
    expect(collected.all(budgetType)).toHaveLength(2);
  });

  test("they, and the report of anomalies, wait until AWS may publish", async () => {
    const collected = await build();
    const type = "aws:costexplorer/anomalySubscription:AnomalySubscription";
    const budgets = [...collected.all(budgetType), ...collected.all(type)];
    expect(budgets).toHaveLength(3);
    for (const { dependsOn } of budgets) expect(dependsOn).toContain("TopicPolicy llm-topic");
  });
});

describe("the topic", () => {
  test("is encrypted by the key that is given, and no other is made", async () => {
    const collected = await build({
      kmsKeyArn: pulumi.output("arn:aws:kms:eu-central-1:111122223333:key/1"),
    });
    expect(collected.one("aws:sns/topic:Topic").inputs).toEqual({
      name: "llm-staging-alarms",
      kmsMasterKeyId: "arn:aws:kms:eu-central-1:111122223333:key/1",
    });
    expect(collected.all("aws:kms/key:Key")).toEqual([]);
  });

  test("without a key gets one of its own that the services may use for this account", async () => {
    const collected = await build();
    const key = collected.one("aws:kms/key:Key", "llm-key");
    expect(collected.one("aws:sns/topic:Topic").inputs.kmsMasterKeyId).toBe("arn:mock:llm-key");
    expect(key.inputs).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
    expect(document(key.inputs, "policy")).toMatchObject({
      Statement: [
        { Sid: "AllowAccountToAdminister" },
        { Condition: { StringEquals: { "kms:ViaService": ["sns.eu-central-1.amazonaws.com"] } } },
        {
          Principal: {
            Service: ["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "costalerts.amazonaws.com"],
          },
          Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
          Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } },
        },
      ],
    });
  });

  test("takes from services only what they publish for this account", async () => {
    const { inputs } = (await build()).one("aws:sns/topicPolicy:TopicPolicy");
    expect(inputs.arn).toBe("arn:mock:llm-topic");
    expect(document(inputs, "policy")).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "DenyInsecureTransport",
          Effect: "Deny",
          Principal: "*",
          Action: "sns:Publish",
          Resource: "arn:mock:llm-topic",
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        {
          Sid: "AllowAlarmsOfThisAccount",
          Effect: "Allow",
          Principal: {
            Service: ["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "costalerts.amazonaws.com"],
          },
          Action: "sns:Publish",
          Resource: "arn:mock:llm-topic",
          Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } },
        },
      ],
    });
  });

  test("tells every contact", async () => {
    const subscriptions = (await build()).all("aws:sns/topicSubscription:TopicSubscription");
    expect(subscriptions.map(({ inputs }) => inputs)).toEqual([
      { topic: "arn:mock:llm-topic", protocol: "email", endpoint: "mara@example.com" },
      { topic: "arn:mock:llm-topic", protocol: "email", endpoint: "oncall@example.com" },
    ]);
  });
});

describe("cost anomalies", () => {
  test("are looked for by service and reported at once, from a tenth of a day's budget", async () => {
    const collected = await build();
    expect(collected.one("aws:costexplorer/anomalyMonitor:AnomalyMonitor").inputs).toEqual({
      name: "llm-anomalies",
      monitorType: "DIMENSIONAL",
      monitorDimension: "SERVICE",
    });
    expect(collected.one("aws:costexplorer/anomalySubscription:AnomalySubscription").inputs).toEqual({
      name: "llm-anomalies",
      accountId: "111122223333",
      monitorArnLists: ["arn:mock:llm-anomalies"],
      frequency: "IMMEDIATE",
      subscribers: [{ type: "SNS", address: "arn:mock:llm-topic" }],
      thresholdExpression: {
        dimension: {
          key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
          matchOptions: ["GREATER_THAN_OR_EQUAL"],
          values: ["7.5"],
        },
      },
    });
  });

  test("use the account's monitor where it has one", async () => {
    const collected = await build({ anomalyMonitorArn: "arn:aws:ce::111122223333:anomalymonitor/1" });
    expect(collected.all("aws:costexplorer/anomalyMonitor:AnomalyMonitor")).toEqual([]);
    expect(collected.one("aws:costexplorer/anomalySubscription:AnomalySubscription").inputs).toMatchObject({
      monitorArnLists: ["arn:aws:ce::111122223333:anomalymonitor/1"],
    });
  });
});

describe("spend thresholds", () => {
  test("are all shares of the day and of the month, of the environment and then of its teams", () => {
    expect(spendThresholds(args.limits)).toEqual([
      { name: "early", percent: 40, usd: 30, period: "day" },
      { name: "late", percent: 80, usd: 60, period: "day" },
      { name: "full", percent: 100, usd: 75, period: "day" },
      { name: "early", percent: 40, usd: 600.2, period: "month" },
      { name: "late", percent: 80, usd: 1200.4, period: "month" },
      { name: "full", percent: 100, usd: 1500.5, period: "month" },
      { name: "late", team: "search", percent: 90, usd: 13.5, period: "day" },
      { name: "late", team: "search", percent: 90, usd: 270, period: "month" },
    ]);
  });

  test("do not depend on the order of keys", () => {
    const spend = { monthlyUsd: 10, dailyUsd: 1 };
    const one = { ...spend, alertAtPercent: { a: 50, b: 60 } };
    const other = { ...spend, alertAtPercent: { b: 60, a: 50 } };
    expect(spendThresholds({ ...one, teams: { x: one, y: one } })).toEqual(
      spendThresholds({ ...other, teams: { y: other, x: other } }),
    );
  });

  test("carry no binary noise", () => {
    const [threshold] = spendThresholds({ monthlyUsd: 9, dailyUsd: 1.1, alertAtPercent: { all: 33 } });
    expect(threshold).toEqual({ name: "all", percent: 33, usd: 0.363, period: "day" });
  });
});

test("the component's outputs are what it governs", async () => {
  expect((await build()).one("lockstep:index:Budgets").outputs).toEqual({
    topicArn: "arn:mock:llm-topic",
    topicName: "llm-staging-alarms",
    kmsKeyArn: "arn:mock:llm-key",
    monthlyUsd: 1500.5,
    dailyUsd: 75,
    alertAtPercent: { early: 40, late: 80, full: 100 },
  });
});

test("every resource is the component's, made by the provider given to it", async () => {
  const collected = await build();
  expect(collected.strays("llm")).toEqual([]);
  expect(collected.resources.filter(({ parent }) => parent === "llm")).toHaveLength(9);
});

test("all unusable arguments are named at once", () => {
  const errors = inputErrors(
    () =>
      new Budgets("llm", {
        ...args,
        topicName: "alarms.fifo",
        contacts: [],
        limits: {
          monthlyUsd: 0,
          dailyUsd: 1,
          alertAtPercent: { a: 10, b: 20, c: 30, d: 40, e: 50, f: 60 },
          teams: { search: { monthlyUsd: 1, dailyUsd: Number.NaN, alertAtPercent: { late: 90, near: 90 } } },
        },
        anomalyAtPercent: 0,
      }),
  );
  expect(errors).toEqual([
    { propertyPath: "topicName", reason: '"alarms.fifo" is not a topic\'s name.' },
    { propertyPath: "contacts", reason: "Empty; nobody would be told." },
    { propertyPath: "limits.monthlyUsd", reason: "0 is not an amount above zero." },
    { propertyPath: "limits.teams.search.dailyUsd", reason: "NaN is not an amount above zero." },
    {
      propertyPath: "limits.teams.search.alertAtPercent.near",
      reason: '90 is already the share of "late".',
    },
    {
      propertyPath: "limits.alertAtPercent",
      reason: "6 shares; AWS allows ten notifications a budget, and each share needs two.",
    },
    { propertyPath: "anomalyAtPercent", reason: "0 is not a percentage above zero." },
  ]);
});
