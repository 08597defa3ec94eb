import { Budget } from "@pulumi/aws/budgets";
import { AnomalyMonitor, AnomalySubscription } from "@pulumi/aws/costexplorer";
import { Topic, TopicPolicy, TopicSubscription } from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import { InputErrors, isAccount, isPositive, isRegion } from "./inputErrors";
import { alarmPublishers, createKey, policy } from "./key";
import { percentsOf, type SpendLimits, usdOf } from "./spend";

export { type SpendLimits, type SpendThreshold, spendThresholds } from "./spend";

export interface BudgetsArgs {
  /** The AWS account id, 12 digits. */
  account: string;
  /** The AWS region of the topic. */
  region: string;
  /** The name of the SNS topic that all notifications go to. */
  topicName: string;
  /** Who is told by e-mail. AWS sends nothing to an address before it has confirmed its subscription. */
  contacts: string[];
  /**
   * The limits. AWS allows ten notifications a budget, and each share needs two on the monthly one: five
   * shares at most. Teams get no AWS budget: see `spendThresholds`.
   */
  limits: SpendLimits & { teams?: Record<string, SpendLimits> };
  /**
   * The key that encrypts the topic. Its policy has to allow `kms:Decrypt` and `kms:GenerateDataKey*` to
   * budgets, cloudwatch and costalerts.amazonaws.com for this account, as the key of `Secrets` does, or
   * their notifications are lost without a trace. Default: a key of its own.
   */
  kmsKeyArn?: pulumi.Input<string>;
  /** The impact at which a cost anomaly is reported, in percent of the daily budget. Default 10. */
  anomalyAtPercent?: number;
  /**
   * An existing cost anomaly monitor over AWS services. An account can have one only, and new ones come with
   * a "Default-Services-Monitor". Default: one is created.
   */
  anomalyMonitorArn?: pulumi.Input<string>;
  /**
   * A cost allocation tag to which the budgets are limited. Default: none, the whole account, because the
   * account is the environment's own and a filter loses what cannot be tagged, or is not.
   */
  costTag?: { key: string; value: string };
  /** Tags for every AWS resource. */
  tags?: Record<string, string>;
}

/**
 * The budget alarms of one environment's AWS account: a monthly budget with a notification of the actual and
 * of the forecasted spend at each share, a daily one with the actual, and cost anomalies, all to one topic.
 *
 * They notify, hours later; they stop nothing. And they see AWS's bill only (so Bedrock, but not OpenAI or
 * Anthropic): what the gateway spends is alarmed on by its own metric, at the same thresholds.
 *
 * @throws pulumi.InputPropertiesError with every unusable argument.
 */
export class Budgets extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;
  readonly monthlyBudgetName: pulumi.Output<string>;
  /** The key that encrypts the topic; who publishes to it needs `kms:GenerateDataKey*` and `kms:Decrypt`. */
  readonly kmsKeyArn: pulumi.Output<string>;

  constructor(name: string, args: BudgetsArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArgs(name, args);
    super("lockstep:index:Budgets", name, {}, opts);
    const self = this;
    const { account, region, limits } = args;
    const tags = args.tags === undefined ? {} : { tags: args.tags };

    const kmsKeyArn = pulumi.output(args.kmsKeyArn ?? createTopicKey());
    const topic = createTopic();
    const topicPolicy = createTopicPolicy();
    createSubscriptions();
    const monthly = createBudget("monthly", "MONTHLY", limits.monthlyUsd, ["ACTUAL", "FORECASTED"]);
    // AWS has no forecast for a daily budget.
    // https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html
    createBudget("daily", "DAILY", limits.dailyUsd, ["ACTUAL"]);
    createAnomalySubscription(args.anomalyMonitorArn ?? createAnomalyMonitor());

    this.topicArn = topic.arn;
    this.kmsKeyArn = kmsKeyArn;
    this.monthlyBudgetName = monthly.name;
    this.registerOutputs({
      topicArn: this.topicArn,
      topicName: args.topicName,
      kmsKeyArn: this.kmsKeyArn,
      monthlyUsd: limits.monthlyUsd,
      dailyUsd: limits.dailyUsd,
      alertAtPercent: limits.alertAtPercent,
    });

    function createTopicKey(): pulumi.Output<string> {
      return createKey(
        `${name}-key`,
        {
          account,
          region,
          description: `Encrypts the topic ${args.topicName}.`,
          usedThrough: ["sns"],
          usedBy: alarmPublishers,
          ...tags,
        },
        self,
      ).arn;
    }

    function createTopic(): Topic {
      return new Topic(
        `${name}-topic`,
        { name: args.topicName, kmsMasterKeyId: kmsKeyArn, ...tags },
        // Under a new name it is made, and every alarm sent there, before the old one goes; see secrets.ts.
        { parent: self, deleteBeforeReplace: false },
      );
    }

    function createTopicPolicy(): TopicPolicy {
      return new TopicPolicy(
        `${name}-topic`,
        { arn: topic.arn, policy: pulumi.jsonStringify(publishPolicy(account, topic.arn)) },
        { parent: self },
      );
    }

    function createSubscriptions(): void {
      for (const contact of args.contacts) {
        new TopicSubscription(
          `${name}-${contact}`,
          { topic: topic.arn, protocol: "email", endpoint: contact },
          { parent: self },
        );
      }
    }

    function createBudget(
      period: string,
      timeUnit: string,
      usd: number,
      notificationTypes: string[],
    ): Budget {
      return new Budget(
        `${name}-${period}`,
        {
          name: `${name}-${period}`,
          accountId: account,
          budgetType: "COST",
          timeUnit,
          limitAmount: String(usd),
          limitUnit: "USD",
          ...(args.costTag === undefined ? {} : { costFilters: [tagFilter(args.costTag)] }),
          notifications: percentsOf(limits).flatMap(([, threshold]) =>
            notificationTypes.map((notificationType) => ({
              notificationType,
              comparisonOperator: "GREATER_THAN",
              threshold,
              thresholdType: "PERCENTAGE",
              subscriberSnsTopicArns: [topic.arn],
            })),
          ),
          ...tags,
        },
        // AWS refuses a notification to a topic that the service may not publish to yet.
        { parent: self, dependsOn: topicPolicy },
      );
    }

    function createAnomalyMonitor(): pulumi.Output<string> {
      return new AnomalyMonitor(
        `${name}-anomalies`,
        { name: `${name}-anomalies`, monitorType: "DIMENSIONAL", monitorDimension: "SERVICE", ...tags },
        { parent: self },
      ).arn;
    }

    function createAnomalySubscription(monitorArn: pulumi.Input<string>): void {
      const usd = usdOf(limits.dailyUsd, args.anomalyAtPercent ?? 10);
      new AnomalySubscription(
        `${name}-anomalies`,
        {
          name: `${name}-anomalies`,
          accountId: account,
          monitorArnLists: [monitorArn],
          // SNS takes IMMEDIATE only, and e-mail everything but that.
          // https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_AnomalySubscription.html
          frequency: "IMMEDIATE",
          subscribers: [{ type: "SNS", address: topic.arn }],
          thresholdExpression: {
            dimension: {
              key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
              matchOptions: ["GREATER_THAN_OR_EQUAL"],
              values: [String(usd)],
            },
          },
          ...tags,
        },
        { parent: self, dependsOn: topicPolicy },
      );
    }
  }
}

const tagFilter = ({ key, value }: { key: string; value: string }) => ({
  name: "TagKeyValue",
  values: [`user:${key}$${value}`],
});

/**
 * https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
 * https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html
 */
function publishPolicy(account: string, topicArn: pulumi.Input<string>) {
  return policy(
    {
      Sid: "DenyInsecureTransport",
      Effect: "Deny",
      Principal: "*",
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      Sid: "AllowAlarmsOfThisAccount",
      Effect: "Allow",
      Principal: { Service: alarmPublishers },
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    },
  );
}

function checkArgs(name: string, args: BudgetsArgs): void {
  const errors = new InputErrors(`Budgets "${name}"`);
  errors.require(isAccount(args.account), "account", "Not an AWS account id of 12 digits.");
  errors.require(isRegion(args.region), "region", 'Not an AWS region, such as "us-east-1".');
  errors.require(
    /^[\w-]{1,256}$/.test(args.topicName),
    "topicName",
    `"${args.topicName}" is not a topic's name.`,
  );
  errors.require(args.contacts.length > 0, "contacts", "Empty; nobody would be told.");
  errors.require(
    new Set(args.contacts).size === args.contacts.length,
    "contacts",
    "An address is there twice.",
  );
  const checkSpend = (path: string, { monthlyUsd, dailyUsd, alertAtPercent }: SpendLimits) => {
    for (const [field, usd] of Object.entries({ monthlyUsd, dailyUsd })) {
      errors.require(isPositive(usd), `${path}.${field}`, `${usd} is not an amount above zero.`);
    }
    const percents = Object.entries(alertAtPercent);
    errors.require(percents.length > 0, `${path}.alertAtPercent`, "Empty; nobody would be told.");
    for (const [share, percent] of percents) {
      const twin = percents.find(([other, value]) => other < share && value === percent)?.[0];
      errors.require(
        isPositive(percent),
        `${path}.alertAtPercent.${share}`,
        `${percent} is not a percentage above zero.`,
      );
      errors.require(
        twin === undefined,
        `${path}.alertAtPercent.${share}`,
        `${percent} is already the share of "${twin}".`,
      );
    }
  };
  checkSpend("limits", args.limits);
  for (const [team, spend] of Object.entries(args.limits.teams ?? {}))
    checkSpend(`limits.teams.${team}`, spend);
  const shares = Object.keys(args.limits.alertAtPercent).length;
  errors.require(
    shares <= 5,
    "limits.alertAtPercent",
    `${shares} shares; AWS allows ten notifications a budget, and each share needs two.`,
  );
  const percent = args.anomalyAtPercent ?? 10;
  errors.require(isPositive(percent), "anomalyAtPercent", `${percent} is not a percentage above zero.`);
  errors.throwIfAny();
}
