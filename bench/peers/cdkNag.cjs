/**
 * Times cdk-nag's own evaluation of its largest pack over CloudFormation resources made of the planned ones, which come
 * as a JSON file. Where CloudFormation has no resource of the kind, and for Kubernetes, a resource of
 * a third party stands in its place, which all rules are asked about as well.
 */
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const peer = createRequire(`${process.argv[2]}/package.json`);
const cdk = peer("aws-cdk-lib");
const { AwsSolutionsChecks, NagRuleCompliance } = peer("cdk-nag");

const json = (value) => (typeof value === "string" && value.startsWith("{") ? JSON.parse(value) : {});
const statement = { Version: "2012-10-17", Statement: [] };
const document = (value) => ({ ...statement, ...json(value) });
const of = (module, name, props) => (scope, id, inputs) =>
  new (peer(`aws-cdk-lib/aws-${module}`)[name])(scope, id, { ...inputs, ...props?.(inputs) });

const makers = {
  "aws:athena/workgroup:Workgroup": of("athena", "CfnWorkGroup", ({ configuration }) => ({
    workGroupConfiguration: configuration,
  })),
  "aws:budgets/budget:Budget": of("budgets", "CfnBudget", ({ name, budgetType, timeUnit }) => ({
    budget: { budgetName: name, budgetType, timeUnit },
  })),
  "aws:costexplorer/anomalyMonitor:AnomalyMonitor": of("ce", "CfnAnomalyMonitor", ({ name }) => ({
    monitorName: name,
  })),
  "aws:costexplorer/anomalySubscription:AnomalySubscription": of(
    "ce",
    "CfnAnomalySubscription",
    (inputs) => ({
      subscriptionName: inputs.name,
      monitorArnList: inputs.monitorArnLists,
    }),
  ),
  "aws:ec2/securityGroup:SecurityGroup": of("ec2", "CfnSecurityGroup", ({ description }) => ({
    groupDescription: description ?? "Security group",
  })),
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": of("eks", "CfnPodIdentityAssociation"),
  "aws:elasticache/replicationGroup:ReplicationGroup": of("elasticache", "CfnReplicationGroup", (inputs) => ({
    replicationGroupDescription: inputs.description,
    numCacheClusters: inputs.numCacheClusters,
  })),
  "aws:elasticache/subnetGroup:SubnetGroup": of("elasticache", "CfnSubnetGroup", () => ({
    description: "Subnets",
  })),
  "aws:glue/catalogDatabase:CatalogDatabase": of("glue", "CfnDatabase", ({ name }) => ({
    catalogId: "123456789012",
    databaseInput: { name },
  })),
  "aws:glue/catalogTable:CatalogTable": of("glue", "CfnTable", ({ name, databaseName }) => ({
    ...{ catalogId: "123456789012", databaseName },
    tableInput: { name },
  })),
  "aws:iam/role:Role": of("iam", "CfnRole", ({ name, assumeRolePolicy }) => ({
    roleName: name,
    assumeRolePolicyDocument: document(assumeRolePolicy),
  })),
  "aws:iam/rolePolicy:RolePolicy": of("iam", "CfnRolePolicy", ({ role, name, policy }) => ({
    ...{ roleName: role, policyName: name ?? "policy" },
    policyDocument: document(policy),
  })),
  "aws:kms/alias:Alias": of("kms", "CfnAlias", ({ name }) => ({ aliasName: name })),
  "aws:kms/key:Key": of("kms", "CfnKey", ({ policy }) => ({ keyPolicy: document(policy) })),
  "aws:rds/instance:Instance": of("rds", "CfnDBInstance", ({ instanceClass, allocatedStorage }) => ({
    dbInstanceClass: instanceClass,
    allocatedStorage: String(allocatedStorage),
    dbSubnetGroupName: "subnets",
  })),
  "aws:rds/subnetGroup:SubnetGroup": of("rds", "CfnDBSubnetGroup", () => ({
    dbSubnetGroupDescription: "Subnets",
  })),
  "aws:s3/bucket:Bucket": of("s3", "CfnBucket", ({ bucket }) => ({ bucketName: bucket })),
  "aws:s3/bucketPolicy:BucketPolicy": of("s3", "CfnBucketPolicy", ({ policy }) => ({
    policyDocument: document(policy),
  })),
  "aws:secretsmanager/secret:Secret": of("secretsmanager", "CfnSecret"),
  "aws:secretsmanager/secretPolicy:SecretPolicy": of("secretsmanager", "CfnResourcePolicy", (inputs) => ({
    secretId: inputs.secretArn,
    resourcePolicy: document(inputs.policy),
  })),
  "aws:sns/topic:Topic": of("sns", "CfnTopic", ({ name }) => ({ topicName: name })),
  "aws:sns/topicPolicy:TopicPolicy": of("sns", "CfnTopicPolicy", ({ arn, policy }) => ({
    topics: [arn],
    policyDocument: document(policy),
  })),
  "aws:sns/topicSubscription:TopicSubscription": of("sns", "CfnSubscription", ({ topic }) => ({
    topicArn: topic,
  })),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": of("ec2", "CfnSecurityGroupIngress"),
};
const other = (scope, id, inputs) =>
  new cdk.CfnResource(scope, id, { type: "Example::Other::Resource", properties: inputs });

class Counting extends AwsSolutionsChecks {
  asked = 0;
  applyRule(params) {
    this.asked += 1;
    super.applyRule(params);
  }
}

/** Counts the rules that a resource is judged by: those that do not find themselves not applicable. */
class Judging extends AwsSolutionsChecks {
  judged = 0;
  applyRule({ rule, ...params }) {
    const judging = (node) => {
      this.judged += 1;
      const answer = rule(node);
      if (answer === NagRuleCompliance.NOT_APPLICABLE) this.judged -= 1;
      return answer;
    };
    super.applyRule({ ...params, rule: judging, ruleSuffixOverride: params.ruleSuffixOverride ?? rule.name });
  }
}

const resources = JSON.parse(readFileSync(process.argv[3], "utf8"));
// A stack may have 500 resources.
const app = new cdk.App();
const stacks = [];
resources.forEach(({ type, inputs }, index) => {
  if (index % 400 === 0) stacks.push(new cdk.Stack(app, `stack-${stacks.length}`));
  (makers[type] ?? other)(stacks.at(-1), `resource-${index}`, inputs);
});
const pack = new Counting(app);
const started = performance.now();
pack.validateScope(app);
const seconds = (performance.now() - started) / 1_000;
// Once more, untimed.
const judging = new Judging(app);
judging.validateScope(app);
const [rules, judged] = [pack.asked, judging.judged].map((count) => count / resources.length);
process.stdout.write(JSON.stringify({ seconds, rules, judged }));
