import { describe, expect, it } from "vitest";
import { alarmHasAction } from "../../../policies/resource/alarm-has-action";
import { budgetHasAlarms } from "../../../policies/resource/budget-has-alarms";
import { gatewayAsDeclared } from "../../../policies/resource/gateway-as-declared";
import { iamNarrow } from "../../../policies/resource/iam-narrow";
import { limitsAsDeclared } from "../../../policies/resource/limits-as-declared";
import { logStorePrivate } from "../../../policies/resource/log-store-private";
import { modelIdPinned } from "../../../policies/resource/model-id-pinned";
import { networkIsolated } from "../../../policies/resource/network-isolated";
import { noCrossEnvironmentReference } from "../../../policies/resource/no-cross-environment-reference";
import { noInlineCredentials } from "../../../policies/resource/no-inline-credentials";
import { providersExplicit } from "../../../policies/resource/providers-explicit";
import { secretIsolated } from "../../../policies/resource/secret-isolated";
import { secretRecoverable } from "../../../policies/resource/secret-recoverable";
import { workloadHardened } from "../../../policies/resource/workload-hardened";
import { workloadImagesPinned } from "../../../policies/resource/workload-images-pinned";
import { type Report, type ResourceContext, type ResourceRule, UNKNOWN } from "../../../policies/rule";
import { foreign, ownPair, resource, staging } from "./resources";

const own = staging();
const inProduction: ResourceContext = { ...own, pair: ownPair(), stack: "production" };
const unknown = "a value that is only known after the update";
const inside = { namespace: "llm-staging" };
const nowhere = "somewhere:else:Thing";

type Props = Record<string, unknown>;
/** Found, allowed, remedy, and "cannot-decide" where that is the status. */
type Words = [string, string, string, "cannot-decide"?];

const words = (reports: readonly Report[]) =>
  reports.map(({ found, allowed, remedy, status }) =>
    status === undefined ? [found, allowed, remedy] : [found, allowed, remedy, status],
  );
const ask = (rule: ResourceRule, type: string, props: Props, context: ResourceContext = own) =>
  words(rule.check(resource(type, "it", props), context));

describe("alarm-has-action", () => {
  it.each<[string, Props, Words[]]>([
    [
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      {},
      [
        [
          "no alarmActions",
          "an action when the alarm goes off",
          "Set alarmActions to the ARN of the alarm topic.",
        ],
      ],
    ],
    [
      "aws:cloudwatch/compositeAlarm:CompositeAlarm",
      { alarmActions: ["arn"], actionsEnabled: false },
      [["actionsEnabled false", "actions that are enabled", "Leave actionsEnabled out."]],
    ],
    [
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      { alarmActions: ["arn"], actionsEnabled: UNKNOWN },
      [
        [
          `actionsEnabled with ${unknown}`,
          "actions that are enabled",
          "Leave actionsEnabled out.",
          "cannot-decide",
        ],
      ],
    ],
    [
      "aws:costexplorer/anomalySubscription:AnomalySubscription",
      { subscribers: [] },
      [["no subscribers", "a subscriber", "Add a subscriber: the alarm topic, or an e-mail address."]],
    ],
    ["aws:costexplorer/anomalySubscription:AnomalySubscription", { subscribers: UNKNOWN }, []],
    [
      "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
      { spec: { groups: [UNKNOWN] } },
      [
        [
          `alerts with ${unknown}`,
          "alerts that are known before the update",
          "Write the alerts without values of this update's resources.",
          "cannot-decide",
        ],
      ],
    ],
    [
      "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
      { spec: { groups: [{ rules: [{ alert: "Down", labels: { severity: "page" } }, { record: "a" }] }] } },
      [["no annotation summary", "an annotation summary", "Add an annotation summary to the alert."]],
    ],
    [
      "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
      { spec: { groups: [{ rules: [{ alert: "Down", labels: UNKNOWN, annotations: { summary: " " } }] }] } },
      [
        [
          `a label severity with ${unknown}`,
          "a label severity",
          "Add a label severity to the alert.",
          "cannot-decide",
        ],
        ["no annotation summary", "an annotation summary", "Add an annotation summary to the alert."],
      ],
    ],
    [nowhere, {}, []],
  ])("on a %s %j", (type, props, reports) => {
    expect(ask(alarmHasAction, type, props)).toEqual(reports);
  });
});

describe("budget-has-alarms", () => {
  const told = (type: string, more: Props = {}) => ({
    notificationType: type,
    threshold: 80,
    comparisonOperator: "GREATER_THAN",
    subscriberEmailAddresses: ["a@example.com"],
    ...more,
  });
  const undecided = (found: string): Words => [
    found,
    "notifications that are known before the update",
    "Give the notifications, their thresholds and their kinds as plain values.",
    "cannot-decide",
  ];
  const none = (kind: string): Words => [
    `no ${kind} notification that has a subscriber`,
    `at least one ${kind} notification with an e-mail address or an SNS topic`,
    `Add a notification of type ${kind} with a threshold and a subscriber.`,
  ];
  const both = [told("ACTUAL"), told("FORECASTED")];
  const month = { budgetType: "COST", timeUnit: "MONTHLY" };

  it.each<[Props, Words[]]>([
    [{ ...month, notifications: both }, []],
    [{ ...month, notifications: UNKNOWN }, [undecided(`a budget with ${unknown}`)]],
    [{ ...month, timeUnit: UNKNOWN, notifications: both }, [undecided(`a budget with ${unknown}`)]],
    [{ ...month, notifications: [UNKNOWN] }, [undecided(`a notification with ${unknown}`)]],
    [
      { ...month, notifications: [...both, told("ACTUAL", { notificationType: UNKNOWN })] },
      [undecided(`a notification with ${unknown}`)],
    ],
    [
      { ...month, notifications: [...both, told("ACTUAL", { comparisonOperator: UNKNOWN })] },
      [undecided(`a notification with ${unknown}`)],
    ],
    [{ ...month, notifications: [told("ACTUAL")] }, [none("FORECASTED")]],
    [{ ...month, budgetType: "USAGE", notifications: [told("ACTUAL")] }, [none("FORECASTED")]],
    [{ ...month, budgetType: "RI_COVERAGE", notifications: [told("ACTUAL")] }, []],
    [{ ...month, budgetType: "RI_COVERAGE", notifications: [] }, [none("ACTUAL")]],
    [{ ...month, timeUnit: "DAILY", notifications: [null, told("ACTUAL")] }, []],
    [
      {
        ...month,
        notifications: [...both, told("ACTUAL", { threshold: "80" }), told("ACTUAL", { threshold: 0 })],
      },
      ['"80"', "0"].map(
        (shown): Words => [
          `a notification at the threshold ${shown}`,
          "a threshold above 0",
          "Set the threshold to a share of the budget at which somebody should act.",
        ],
      ),
    ],
  ])("on %j", (props, reports) => {
    expect(ask(budgetHasAlarms, "aws:budgets/budget:Budget", props)).toEqual(reports);
  });
});

describe("gateway-as-declared", () => {
  const undecided = (found: string): Words => [
    `${found} with ${unknown}`,
    "a gateway that is known before the update",
    "Make it from the configuration alone, without values of this update's resources.",
    "cannot-decide",
  ];
  const configMap = "kubernetes:core/v1:ConfigMap";

  it.each<[Props, Words[]]>([
    [{ metadata: inside, data: UNKNOWN }, [undecided("data")]],
    [{ metadata: { namespace: UNKNOWN }, data: UNKNOWN }, [undecided("data")]],
    [{ metadata: { namespace: "web" }, data: UNKNOWN }, []],
    [{ metadata: inside, data: { "a.yml": UNKNOWN } }, [undecided("a.yml")]],
    [{ metadata: inside, data: { "a.json": UNKNOWN } }, [undecided("a.json")]],
    [{ metadata: inside, data: { "a.yaml.txt": UNKNOWN, note: 1 } }, []],
    [
      { metadata: inside, data: { "a.yaml": "model_list: []\nx: 1\n" } },
      [
        [
          '"a file with 1 problems"',
          '"a file of LiteLLM", as declared',
          "Render the gateway's file and environment from the configuration, or change what is declared.",
        ],
      ],
    ],
  ])("on a ConfigMap %j", (props, reports) => {
    expect(ask(gatewayAsDeclared, configMap, props)).toEqual(reports);
  });
});

describe("iam-narrow", () => {
  const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
  const managed = (arn: string): Words => [
    `the managed policy "${arn}"`,
    "a policy that names the secrets which may be read",
    "Write a policy of its own instead.",
  ];
  const attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";

  it.each<[string, Words[]]>([
    [administrator, [managed(administrator)]],
    [
      "arn:aws-us-gov:iam::aws:policy/PowerUserAccess",
      [managed("arn:aws-us-gov:iam::aws:policy/PowerUserAccess")],
    ],
    [
      "arn:aws:iam::aws:policy/SecretsManagerReadWrite",
      [managed("arn:aws:iam::aws:policy/SecretsManagerReadWrite")],
    ],
    [`${administrator}-Custom`, []],
    [`x${administrator}`, []],
    ["arn:aws:iam::111122223333:policy/AdministratorAccess", []],
    ["arn:aws:iam::aws:policy/ReadOnlyAccess", []],
  ])("on the attached policy %s", (policyArn, reports) => {
    expect(ask(iamNarrow, attachment, { policyArn })).toEqual(reports);
    expect(ask(iamNarrow, "aws:iam/role:Role", { managedPolicyArns: [policyArn] })).toEqual(reports);
  });

  it("takes only the beginning of a secret's name for a service's mark", () => {
    const policy = (name: string) =>
      JSON.stringify({
        Statement: [
          {
            Effect: "Allow",
            Action: "secretsmanager:GetSecretValue",
            Resource: `arn:aws:secretsmanager:us-east-1:111122223333:secret:${name}`,
          },
        ],
      });
    expect(ask(iamNarrow, "aws:iam/policy:Policy", { policy: policy("rds!db-1") })).toEqual([]);
    expect(
      ask(iamNarrow, "aws:iam/policy:Policy", { policy: policy("lockstep/staging/openai-AbCdEf") }),
    ).toEqual([]);
    expect(ask(iamNarrow, "aws:iam/policy:Policy", { policy: policy("other/rds!db-1") })).toHaveLength(1);
  });
});

describe("limits-as-declared", () => {
  const remedy = "Take the amount from the configuration's limits, or change it there.";
  const alarm = (threshold: unknown, more: Props = {}) => ({
    comparisonOperator: "GREATER_THAN",
    threshold,
    thresholdType: "PERCENTAGE",
    ...more,
  });
  const budget = {
    budgetType: "COST",
    timeUnit: "MONTHLY",
    limitAmount: "2000",
    limitUnit: "USD",
    notifications: [alarm(80), alarm(40), alarm(60), alarm(80)],
  };

  it.each<[Props, Words[]]>([
    [{}, []],
    [{ costFilters: UNKNOWN }, [[unknown, "none, as declared", remedy, "cannot-decide"]]],
    [{ costFilters: [{ name: "Service" }], limitAmount: "1" }, []],
    [{ limitUnit: "EUR" }, [['"EUR"', '"USD", as declared', remedy]]],
    [{ limitAmount: "2001" }, [['"2001"', "2000, as declared", remedy]]],
    [{ limitAmount: UNKNOWN }, [[unknown, "2000, as declared", remedy, "cannot-decide"]]],
    [
      { notifications: [alarm(100), alarm(40), alarm(9)] },
      [["[9, 40, 100]", "[40, 60, 80], as declared", remedy]],
    ],
    [
      {
        notifications: [
          alarm(40),
          alarm(1_200, { thresholdType: "ABSOLUTE_VALUE" }),
          alarm(80),
          alarm(5, { comparisonOperator: "LESS_THAN" }),
        ],
      },
      [],
    ],
    [{ notifications: [alarm(40), alarm(60, { comparisonOperator: UNKNOWN })] }, []],
    [{ notifications: [alarm(40), alarm(60, { thresholdType: UNKNOWN })] }, []],
    [{ notifications: [alarm(40), alarm(UNKNOWN)] }, []],
  ])("on a budget with %j", (more, reports) => {
    expect(ask(limitsAsDeclared, "aws:budgets/budget:Budget", { ...budget, ...more })).toEqual(reports);
  });

  it.each<[Props, Words[]]>([
    [{ metadata: inside, spec: { hard: { pods: "20" } } }, []],
    [{ metadata: inside, spec: { hard: { pods: "21" } } }, [['"21"', "20, as declared", remedy]]],
    [{ metadata: inside, spec: { hard: { pods: "21" }, scopes: ["Terminating"] } }, []],
    [{ metadata: inside, spec: { hard: { pods: "21" }, scopeSelector: {} } }, []],
    [
      { metadata: inside, spec: { hard: UNKNOWN } },
      [[unknown, "the amounts of limits.cluster, as declared", remedy, "cannot-decide"]],
    ],
    [
      { metadata: { namespace: UNKNOWN }, spec: { hard: { pods: "21" } } },
      [
        [
          '"21", in a namespace that is only known after the update',
          "20, as declared",
          remedy,
          "cannot-decide",
        ],
      ],
    ],
    [{ metadata: { namespace: "web" }, spec: { hard: { pods: "21" } } }, []],
  ])("on a quota %j", (props, reports) => {
    expect(ask(limitsAsDeclared, "kubernetes:core/v1:ResourceQuota", props)).toEqual(reports);
  });
});

describe("log-store-private", () => {
  const bucket = "example-lockstep-staging-requests";
  const acl = (found: string, ...status: ["cannot-decide"?]): Words => [
    found,
    "an ACL that names nobody outside the account",
    "Leave the ACL out: objects then belong to the bucket's owner.",
    ...status,
  ];
  const blocks = (found: string, ...status: ["cannot-decide"?]): Words => [
    found,
    "all four blocks true",
    "Set all four to true; without the resource AWS blocks public access by itself.",
    ...status,
  ];
  const open: Words = [
    "an Allow for everyone without a condition",
    "Allow for named principals, or under a condition",
    "Name the principals; a public site is served through CloudFront.",
  ];
  const plain: Words = [
    "no Deny of requests without TLS",
    "a Deny of s3:* for everyone where aws:SecureTransport is false",
    "Add the statement; the component RequestLog has it.",
  ];
  const kms = (found: string, ...status: ["cannot-decide"?]): Words => [
    found,
    "a KMS key",
    'Set sseAlgorithm to "aws:kms" and kmsMasterKeyId to the environment\'s key.',
    ...status,
  ];
  const statement = (...Statement: unknown[]) => ({ policy: JSON.stringify({ Statement }) });
  const deny = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  const everyone = { Effect: "Allow", Principal: "*", Action: "s3:GetObject" };
  const rule = (sseAlgorithm: unknown) => ({ applyServerSideEncryptionByDefault: { sseAlgorithm } });
  const group = "http://acs.amazonaws.com/groups/global/AllUsers";

  it.each<[string, Props, Words[]]>([
    ["bucketAcl:BucketAcl", { acl: "public-read" }, [acl('acl "public-read"')]],
    ["bucketAcl:BucketAcl", { acl: "authenticated-read" }, [acl('acl "authenticated-read"')]],
    ["bucketAcl:BucketAcl", { acl: "private" }, []],
    ["bucketAcl:BucketAcl", { acl: "authenticated-read-x" }, []],
    ["bucketAcl:BucketAcl", { acl: "not-public-read" }, []],
    ["bucketAcl:BucketAcl", { acl: ["public-read"] }, []],
    ["bucketAclV2:BucketAclV2", { acl: UNKNOWN }, [acl(`acl ${unknown}`, "cannot-decide")]],
    ["bucket:Bucket", { grants: [{ uri: group }] }, [acl(`a grant to "${group}"`)]],
    ["bucket:Bucket", { grants: [{ uri: `${group}s` }, { uri: [group] }] }, []],
    [
      "bucketAcl:BucketAcl",
      { accessControlPolicy: { grants: [{ grantee: { uri: group } }] } },
      [acl(`a grant to "${group}"`)],
    ],
    [
      "bucketPublicAccessBlock:BucketPublicAccessBlock",
      {
        blockPublicAcls: true,
        blockPublicPolicy: UNKNOWN,
        ignorePublicAcls: UNKNOWN,
        restrictPublicBuckets: true,
      },
      [blocks(`blockPublicPolicy, ignorePublicAcls with ${unknown}`, "cannot-decide")],
    ],
    [
      "bucketPublicAccessBlock:BucketPublicAccessBlock",
      {
        blockPublicAcls: true,
        blockPublicPolicy: UNKNOWN,
        ignorePublicAcls: false,
        restrictPublicBuckets: true,
      },
      [blocks("blockPublicPolicy, ignorePublicAcls not true")],
    ],
    ["bucketPolicy:BucketPolicy", statement(everyone), [open]],
    ["bucketPolicy:BucketPolicy", statement({ ...everyone, Effect: "Deny" }), []],
    ["bucketPolicy:BucketPolicy", statement({ ...everyone, Condition: {} }), [open]],
    ["bucketPolicy:BucketPolicy", statement({ ...everyone, Condition: { Bool: { a: "true" } } }), []],
    [
      "bucketPolicy:BucketPolicy",
      statement({ Effect: "Allow", NotPrincipal: { AWS: "arn:aws:iam::111122223333:root" }, Action: "s3:*" }),
      [open],
    ],
    ["bucketPolicy:BucketPolicy", { bucket, ...statement(deny, { ...deny, Action: "s3:Get*" }) }, []],
    ["bucketPolicy:BucketPolicy", { bucket, ...statement({ ...deny, Action: ["s3:Get*", "*"] }) }, []],
    ["bucketPolicy:BucketPolicy", { bucket, ...statement({ ...deny, Action: "s3:GetObject" }) }, [plain]],
    ["bucketPolicy:BucketPolicy", { bucket, ...statement({ ...deny, Effect: "Allow" }) }, [plain]],
    [
      "bucketPolicy:BucketPolicy",
      {
        bucket,
        ...statement({
          ...deny,
          Condition: { ...deny.Condition, IpAddress: { "aws:SourceIp": "10.0.0.0/8" } },
        }),
      },
      [plain],
    ],
    [
      "bucketPolicy:BucketPolicy",
      { bucket, ...statement({ ...deny, Condition: { Bool: { "aws:SecureTransport": "true" } } }) },
      [plain],
    ],
    ["bucketPolicy:BucketPolicy", { bucket: "other", ...statement() }, []],
    [
      "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      { bucket, rules: [rule("aws:kms:dsse")] },
      [],
    ],
    [
      "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      { bucket, rules: [rule("AES256")] },
      [kms('the algorithm "AES256"')],
    ],
    [
      "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      { bucket, rules: [rule("xaws:kms")] },
      [kms('the algorithm "xaws:kms"')],
    ],
    [
      "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      { bucket, rules: [rule("AES256"), rule("aws:kms")] },
      [kms('the algorithm "AES256"')],
    ],
    [
      "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      { bucket, rules: [rule(UNKNOWN)] },
      [kms(`an algorithm with ${unknown}`, "cannot-decide")],
    ],
    [
      "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      { bucket: "other", rules: [rule("AES256")] },
      [],
    ],
  ])("on a %s %j", (type, props, reports) => {
    expect(ask(logStorePrivate, `aws:s3/${type}`, props)).toEqual(reports);
  });

  it("asks nothing of other types", () => {
    expect(ask(logStorePrivate, nowhere, {})).toEqual([]);
  });
});

describe("model-id-pinned", () => {
  const knowledgeBase = "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase";
  const base = (embeddingModelArn: unknown) => ({
    knowledgeBaseConfiguration: { vectorKnowledgeBaseConfiguration: { embeddingModelArn } },
  });

  it("names the field by its path", () => {
    const object =
      "AgentKnowledgeBase it's knowledgeBaseConfiguration.vectorKnowledgeBaseConfiguration.embeddingModelArn";
    const check = (value: unknown) => modelIdPinned.check(resource(knowledgeBase, "it", base(value)), own);
    expect(check(UNKNOWN)).toEqual([
      {
        object,
        path: resource(knowledgeBase, "it", {}).urn,
        found: unknown,
        allowed: "the id of one fixed version",
        remedy: "Write the model's id as a plain value.",
        status: "cannot-decide",
      },
    ]);
    expect(check("nova").map((one) => [one.object, one.status])).toEqual([[object, "cannot-decide"]]);
    expect(check(undefined)).toEqual([]);
  });

  it("passes over what is no variable, and containers that are no JSON", () => {
    const task = (containerDefinitions: unknown) =>
      ask(modelIdPinned, "aws:ecs/taskDefinition:TaskDefinition", { containerDefinitions });
    const containers = [{ name: "a", environment: ["x", null, { name: "MODEL", value: "gpt-4o" }] }];
    expect(task(JSON.stringify(containers))).toHaveLength(1);
    expect(task("{not json")).toEqual([]);
    expect(task(containers)).toEqual([]);
    expect(ask(modelIdPinned, nowhere, { spec: {} })).toEqual([]);
  });
});

describe("network-isolated", () => {
  const service: Words = [
    'a Service of type "NodePort"',
    "a Service of type ClusterIP",
    "Make it a ClusterIP: the way in is deployment.ingress.",
  ];
  const database = (found: string, ...status: ["cannot-decide"?]): Words => [
    found,
    "a database without a public address",
    "Set publiclyAccessible to false.",
    ...status,
  ];
  const ingress = (found: string, ...status: ["cannot-decide"?]): Words => [
    found,
    "ingress from named namespaces, or from pods of its own",
    "Name the callers' namespaces in deployment.clientNamespaces.",
    ...status,
  ];
  const from = (...peers: unknown[]) => ({ metadata: inside, spec: { ingress: [{ from: peers }] } });
  const selected = (...matchExpressions: unknown[]) => from({ namespaceSelector: { matchExpressions } });
  const policy = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
  const everySpace = [ingress("ingress from every namespace")];

  it.each<[string, Props, Words[]]>([
    ["kubernetes:core/v1:Service", { metadata: inside, spec: { type: "NodePort" } }, [service]],
    ["kubernetes:core/v1:ServicePatch", { metadata: inside, spec: { type: "NodePort" } }, [service]],
    ["kubernetes:core/v1:Service", { metadata: inside, spec: { type: "ExternalName" } }, []],
    ["kubernetes:core/v1:Service", { metadata: inside, spec: {} }, []],
    ["aws:rds/instance:Instance", { publiclyAccessible: true }, [database("publiclyAccessible true")]],
    [
      "aws:rds/clusterInstance:ClusterInstance",
      { publiclyAccessible: UNKNOWN },
      [database(`publiclyAccessible with ${unknown}`, "cannot-decide")],
    ],
    ["aws:rds/instance:Instance", {}, []],
    [
      policy,
      from({ ipBlock: { cidr: "0.0.0.0/0 " } }),
      [ingress('ingress from every address ("0.0.0.0/0 ")')],
    ],
    [
      policy,
      from({ ipBlock: { cidr: "0.0.0.0/00" } }),
      [ingress('ingress from every address ("0.0.0.0/00")')],
    ],
    [policy, from({ ipBlock: { cidr: "10.0.0.0/01" } }), []],
    [policy, from({ namespaceSelector: { matchLabels: {} } }), everySpace],
    [policy, from({ namespaceSelector: { matchLabels: UNKNOWN } }), []],
    [policy, selected({ key: "team", operator: "In", values: ["a"] }), []],
    [policy, selected({ key: "team", operator: "Exists" }), []],
    [policy, selected({ key: "kubernetes.io/metadata.name", operator: "In", values: ["a"] }), []],
    [policy, selected({ key: "kubernetes.io/metadata.name", operator: "Exists" }), everySpace],
    [policy, selected({ key: "team", operator: "NotIn", values: ["a"] }), everySpace],
    [
      policy,
      { metadata: inside, spec: { ingress: [UNKNOWN] } },
      [ingress(`ingress with ${unknown}`, "cannot-decide")],
    ],
    [
      "kubernetes:networking.k8s.io/v1:NetworkPolicyPatch",
      { metadata: { namespace: UNKNOWN }, spec: { ingress: [{}] } },
      [
        ingress(
          "ingress from everybody, in a namespace that is only known after the update",
          "cannot-decide",
        ),
      ],
    ],
  ])("on a %s %j", (type, props, reports) => {
    expect(ask(networkIsolated, type, props)).toEqual(reports);
  });

  it.each<[string, Props, Words[]]>([
    [
      "aws:ec2/securityGroup:SecurityGroup",
      { ingress: [{ protocol: "tcp", fromPort: 6379, toPort: 6379, cidrBlocks: ["0.0.0.0/0"] }] },
      [
        [
          'ingress from "0.0.0.0/0" to a port of Redis or Postgres',
          "ingress from the cluster's security group",
          "Name the cluster's security group as the source.",
        ],
      ],
    ],
    [
      "aws:ec2/securityGroup:SecurityGroup",
      { ingress: UNKNOWN },
      [
        [
          `ingress with ${unknown}`,
          "ingress from the cluster's security group",
          "Name the cluster's security group as the source.",
          "cannot-decide",
        ],
      ],
    ],
  ])("on a group %s %j", (type, props, reports) => {
    expect(ask(networkIsolated, type, props)).toEqual(reports);
  });
});

describe("no-cross-environment-reference", () => {
  const reference = (name: unknown) =>
    ask(noCrossEnvironmentReference, "pulumi:pulumi:StackReference", { name });
  const refused = (name: string): Words[] => [
    [
      `a reference to production's stack "${name}"`,
      "references to other projects' stacks",
      "Declare the value in the stack's own configuration.",
    ],
  ];

  it("tells a reference to the counterpart from one to another project's stack", () => {
    expect(reference("production")).toEqual(refused("production"));
    expect(reference("acme/production")).toEqual(refused("acme/production"));
    expect(reference("acme/app/production")).toEqual(refused("acme/app/production"));
    expect(reference("acme/other/production")).toEqual([]);
    expect(reference("staging")).toEqual([]);
    expect(reference(UNKNOWN)).toEqual([]);
  });

  it("leaves a provider's target and a secret's name to other rules, and nothing else of them", () => {
    const found = (type: string, key: string, value: string) =>
      ask(noCrossEnvironmentReference, type, { [key]: value }).map(([what]) => what);
    const cluster = `"llm-production", production's environment.namespace`;
    for (const key of ["allowedAccountIds", "context", "kubeconfig"]) {
      expect(found("pulumi:providers:kubernetes", key, "llm-production")).toEqual([]);
      expect(found("kubernetes:core/v1:ConfigMap", key, "llm-production")).toEqual([cluster]);
    }
    expect(found("pulumi:providers:kubernetes", "namespace", "llm-production")).toEqual([cluster]);
    expect(found("aws:secretsmanager/secret:Secret", "name", "lockstep/production/openai")).toEqual([]);
    expect(found("aws:secretsmanager/secret:Secret", "description", "lockstep/production/openai")).toEqual([
      `"lockstep/production", production's environment.secretPrefix`,
    ]);
    expect(found("aws:sns/topic:Topic", "name", "lockstep/production/openai")).toHaveLength(1);
  });
});

describe("no-inline-credentials", () => {
  it("says to revoke what has been written down", () => {
    const key = `sk-ant-${"a1B2c3D4".repeat(4)}`;
    expect(ask(noInlineCredentials, nowhere, { a: key })).toEqual([
      [
        "an Anthropic API key",
        "a reference to AWS Secrets Manager, or the value as the secretString of a SecretVersion",
        "Revoke the credential: it has been written down. Keep the new one in AWS Secrets Manager, and refer to it.",
      ],
    ]);
  });
});

describe("providers-explicit", () => {
  const accounts = (found: string, context = own, ...status: ["cannot-decide"?]): Words => [
    found,
    context === foreign
      ? "allowedAccountIds with the accounts that are meant"
      : 'allowedAccountIds ["111122223333"]',
    "Set the provider's allowedAccountIds.",
    ...status,
  ];
  const meant = (found: string, ...status: ["cannot-decide"?]): Words => [
    found,
    'context "llm-staging"',
    "Set the provider's context to environment.cluster.context.",
    ...status,
  ];
  const inline: Words[] = [
    ["no context", "a context, or a kubeconfig given inline", "Set the provider's context."],
  ];
  const aws = "pulumi:providers:aws";
  const kubernetes = "pulumi:providers:kubernetes";

  it.each<[string, Props, ResourceContext, Words[]]>([
    [aws, {}, own, [accounts("no allowedAccountIds")]],
    ["pulumi:providers:aws-native", {}, own, [accounts("no allowedAccountIds")]],
    ["pulumi:providers:aws-iam", {}, own, []],
    ["xpulumi:providers:aws", {}, own, []],
    [aws, {}, foreign, [accounts("no allowedAccountIds", foreign)]],
    [aws, { allowedAccountIds: "[" }, own, [accounts("no allowedAccountIds")]],
    [aws, { allowedAccountIds: ["111122223333"] }, own, []],
    [aws, { allowedAccountIds: '["111122223333"]' }, own, []],
    [aws, { allowedAccountIds: ["444455556666"] }, own, [accounts('allowedAccountIds ["444455556666"]')]],
    [
      aws,
      { allowedAccountIds: ["111122223333", UNKNOWN] },
      own,
      [accounts(`allowedAccountIds with ${unknown}`, own, "cannot-decide")],
    ],
    [kubernetes, {}, foreign, inline],
    [kubernetes, { context: "" }, foreign, inline],
    [kubernetes, { context: "a" }, foreign, []],
    [kubernetes, { context: UNKNOWN }, foreign, []],
    [kubernetes, { context: 1, kubeconfig: 1 }, foreign, inline],
    [kubernetes, { kubeconfig: "~/.kube/config" }, foreign, inline],
    [kubernetes, { kubeconfig: "dir/{name}" }, foreign, inline],
    [kubernetes, { kubeconfig: "  {}" }, foreign, []],
    [kubernetes, { kubeconfig: "{}" }, foreign, []],
    [kubernetes, { kubeconfig: "a: 1\nb: 2" }, foreign, []],
    [kubernetes, { kubeconfig: { a: 1 } }, foreign, []],
    [kubernetes, { context: "llm-staging" }, own, []],
    [kubernetes, {}, own, [meant("no context")]],
    [kubernetes, { context: "" }, own, [meant("no context")]],
    [kubernetes, { context: "minikube" }, own, [meant('context "minikube"')]],
    [kubernetes, { context: UNKNOWN }, own, [meant(`context ${unknown}`, "cannot-decide")]],
  ])("on a %s %j", (type, props, context, reports) => {
    expect(ask(providersExplicit, type, props, context)).toEqual(reports);
  });

  it.each([
    ["default", 1],
    ["default_7_48_0", 1],
    ["default_10_48_10-alpha.1", 1],
    ["default_7_48", 0],
    ["my_default", 0],
    ["default_staging", 0],
  ])("takes a provider of the name %s for %i default one", (name, count) => {
    for (const type of [
      "aws:sns/topic:Topic",
      "aws-native:s3:Bucket",
      "eks:index:Cluster",
      "kubernetes:core/v1:Pod",
    ]) {
      const provider = { type: "pulumi:providers:aws", name, urn: "urn", props: {} };
      const view = resource(type, "it", {}, { provider });
      expect(providersExplicit.check(view, own)).toHaveLength(count);
    }
    expect(providersExplicit.check(resource(kubernetes, name, {}), own)).toHaveLength(1 - count);
    expect(providersExplicit.check(resource(aws, name, {}), own)).toHaveLength(1 - count);
  });
});

describe("secret-isolated", () => {
  const secret = "aws:secretsmanager/secret:Secret";
  const policyType = "aws:secretsmanager/secretPolicy:SecretPolicy";
  const good = { name: "lockstep/staging/openai", kmsKeyId: "alias/mine" };
  const managed = (found: string): Words => [
    found,
    "a customer managed KMS key",
    "Set kmsKeyId to the environment's key.",
  ];
  const named = (found: string, ...status: ["cannot-decide"?]): Words => [
    found,
    'a name under staging\'s environment.secretPrefix, "lockstep/staging/"',
    'Name the secret "lockstep/staging/…", as a plain value.',
    ...status,
  ];

  it.each<[Props, Words[]]>([
    [good, []],
    [{ ...good, kmsKeyId: undefined }, [managed("no kmsKeyId, which means the AWS managed key")]],
    [{ ...good, kmsKeyId: "" }, [managed("no kmsKeyId, which means the AWS managed key")]],
    [{ ...good, kmsKeyId: UNKNOWN }, []],
    [
      { ...good, kmsKeyId: "alias/aws/secretsmanager" },
      [managed('the AWS managed key "alias/aws/secretsmanager"')],
    ],
    [{ ...good, name: undefined }, [named("no name")]],
    [{ ...good, name: UNKNOWN }, [named(`a name with ${unknown}`, "cannot-decide")]],
    [{ ...good, name: "openai" }, [named('"openai"')]],
    [
      { ...good, name: "lockstep/production/openai" },
      [named('"lockstep/production/openai", under production\'s prefix')],
    ],
  ])("on a secret %j", (props, reports) => {
    expect(ask(secretIsolated, secret, props)).toEqual(reports);
  });

  const blocked = (found: string, ...status: ["cannot-decide"?]): Words => [
    `blockPublicPolicy ${found}`,
    "blockPublicPolicy true",
    "Set blockPublicPolicy to true.",
    ...status,
  ];
  const undecided: Words = [
    `a policy with ${unknown}`,
    "a policy that is known before the update",
    "Deny everyone but the named reader, and write the policy without values of this update's resources.",
    "cannot-decide",
  ];

  it.each<[Props, Words[]]>([
    [{ policy: UNKNOWN, blockPublicPolicy: true }, [undecided]],
    [{ policy: UNKNOWN }, [undecided, blocked("not set")]],
    [{ policy: UNKNOWN, blockPublicPolicy: false }, [undecided, blocked("false")]],
    [
      { policy: UNKNOWN, blockPublicPolicy: UNKNOWN },
      [undecided, blocked(`with ${unknown}`, "cannot-decide")],
    ],
  ])("on a secret's policy %j", (props, reports) => {
    expect(ask(secretIsolated, policyType, props)).toEqual(reports);
  });

  it("reads a policy that is given as an object as one that is given as JSON", () => {
    const policy = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
    };
    const faults = ask(secretIsolated, policyType, {
      policy: JSON.stringify(policy),
      blockPublicPolicy: true,
    });
    expect(faults.length).toBeGreaterThan(0);
    expect(ask(secretIsolated, policyType, { policy, blockPublicPolicy: true })).toEqual(faults);
  });
});

describe("secret-recoverable", () => {
  const window = (found: string, what: string, field: string, ...status: ["cannot-decide"?]): Words => [
    found,
    `${what} of 7 to 30 days`,
    `Set ${field} to 7 or more.`,
    ...status,
  ];
  const log = "example-lockstep-staging-requests";
  const snapshot: Words = [
    "skipFinalSnapshot true",
    "a final snapshot in production",
    "Leave skipFinalSnapshot out, and name the snapshot in finalSnapshotIdentifier.",
  ];
  const isProtected = (found: string, ...status: ["cannot-decide"?]): Words => [
    found,
    "deletionProtection true in production",
    "Set deletionProtection to true.",
    ...status,
  ];
  const force: Words = [
    "forceDestroy true",
    "a request log without forceDestroy",
    "Leave forceDestroy out; who wants to delete the bucket empties it first.",
  ];
  const versions = (found: string, ...status: ["cannot-decide"?]): Words => [
    found,
    "a request log with versions",
    'Set versioningConfiguration.status to "Enabled".',
    ...status,
  ];

  it.each<[string, Props, ResourceContext, Words[]]>([
    [
      "aws:secretsmanager/secret:Secret",
      { recoveryWindowInDays: 0 },
      foreign,
      [window("recoveryWindowInDays 0", "a recovery window", "recoveryWindowInDays")],
    ],
    ["aws:secretsmanager/secret:Secret", { recoveryWindowInDays: null }, foreign, []],
    ...["key:Key", "externalKey:ExternalKey", "replicaKey:ReplicaKey"].flatMap(
      (kind): [string, Props, ResourceContext, Words[]][] => [
        [`aws:kms/${kind}`, { deletionWindowInDays: 7 }, foreign, []],
        [
          `aws:kms/${kind}`,
          { deletionWindowInDays: 6 },
          foreign,
          [window("deletionWindowInDays 6", "a deletion window", "deletionWindowInDays")],
        ],
      ],
    ),
    [
      "aws:kms/key:Key",
      { deletionWindowInDays: UNKNOWN },
      foreign,
      [
        window(
          `deletionWindowInDays with ${unknown}`,
          "a deletion window",
          "deletionWindowInDays",
          "cannot-decide",
        ),
      ],
    ],
    [
      "aws:rds/instance:Instance",
      { skipFinalSnapshot: true },
      inProduction,
      [snapshot, isProtected("deletionProtection false")],
    ],
    [
      "aws:rds/cluster:Cluster",
      { deletionProtection: UNKNOWN },
      inProduction,
      [isProtected(`deletionProtection with ${unknown}`, "cannot-decide")],
    ],
    ["aws:rds/cluster:Cluster", { deletionProtection: true }, inProduction, []],
    ["aws:rds/instance:Instance", { skipFinalSnapshot: true }, own, []],
    ["aws:s3/bucket:Bucket", { bucket: log, forceDestroy: true }, own, [force]],
    ["aws:s3/bucket:Bucket", { bucket: log }, own, []],
    ["aws:s3/bucket:Bucket", { bucket: "other", forceDestroy: true }, own, []],
    ["aws:s3/bucket:Bucket", { forceDestroy: true }, foreign, []],
    [
      "aws:s3/bucketVersioning:BucketVersioning",
      { bucket: log, versioningConfiguration: { status: "Suspended" } },
      own,
      [versions('versioningConfiguration.status "Suspended"')],
    ],
    [
      "aws:s3/bucketVersioning:BucketVersioning",
      { bucket: UNKNOWN },
      own,
      [versions(`versioningConfiguration.status with ${unknown}`, "cannot-decide")],
    ],
    [nowhere, {}, own, []],
  ])("on a %s %j", (type, props, context, reports) => {
    expect(ask(secretRecoverable, type, props, context)).toEqual(reports);
  });
});

describe("workload-hardened and workload-images-pinned", () => {
  const pod = "kubernetes:core/v1:Pod";
  const built: [string, string] = [
    "registry/repository@sha256:… with the digest of one build",
    "Build the image before the update, and give its digest as a plain value.",
  ];

  it("cannot decide on a pod that is not known", () => {
    expect(ask(workloadHardened, pod, { spec: UNKNOWN })).toEqual([
      [
        `a pod with ${unknown}`,
        "a pod that is known before the update",
        "Set these fields; where the software needs more, write an exception that says why.",
        "cannot-decide",
      ],
    ]);
    const [whole] = workloadImagesPinned.check(resource(pod, "it", { spec: UNKNOWN }), own);
    expect(whole).toEqual({
      object: "Pod it",
      path: resource(pod, "it", {}).urn,
      found: `containers with ${unknown}`,
      allowed: built[0],
      remedy: built[1],
      status: "cannot-decide",
    });
  });

  it.each<[unknown, Words[]]>([
    [UNKNOWN, [[`image ${unknown}`, ...built, "cannot-decide"]]],
    [
      undefined,
      [["no image", built[0], "Look up the digest of the build that was tested and write it after an @."]],
    ],
    [
      "web:1",
      [
        [
          '"web:1": the tag 1, which can be moved',
          built[0],
          "Look up the digest of the build that was tested and write it after an @.",
        ],
      ],
    ],
  ])("on the image %s", (image, reports) => {
    expect(ask(workloadImagesPinned, pod, { spec: { containers: [{ name: "a", image }] } })).toEqual(reports);
  });

  it("ask nothing of other types", () => {
    expect(ask(workloadHardened, nowhere, { spec: UNKNOWN })).toEqual([]);
    expect(ask(workloadImagesPinned, nowhere, { spec: UNKNOWN })).toEqual([]);
  });
});
