import { expect, it } from "vitest";
import { rules } from "../../policies/registry";

/** Decided once for each rule: how severe it is, and whether somebody may take responsibility for an exception. */
it("the rules have their severity, and take exceptions or none", () => {
  const told = rules.map((rule) => [
    "kind" in rule ? rule.kind : "files",
    rule.name,
    rule.severity,
    rule.exceptions ? "exceptions" : "no exceptions",
  ]);
  expect(told.map((one) => one.join(", "))).toEqual([
    "files, config-valid, critical, no exceptions",
    "stack, limits-stricter, high, exceptions",
    "stack, routing-mirrored, high, exceptions",
    "stack, behaviour-mirrored, high, exceptions",
    "stack, credentials-separate, critical, no exceptions",
    "stack, environments-separate, critical, exceptions",
    "stack, models-pinned, critical, exceptions",
    "stack, images-pinned, high, exceptions",
    "stack, timeouts-explicit, high, exceptions",
    "stack, breaker-configured, high, exceptions",
    "stack, residency-kept, critical, exceptions",
    "stack, prompt-prefix-stable, medium, exceptions",
    "stack, exceptions-accountable, high, no exceptions",
    "resource, no-inline-credentials, critical, no exceptions",
    "resource, providers-explicit, critical, exceptions",
    "resource, no-cross-environment-reference, critical, exceptions",
    "resource, secret-isolated, critical, exceptions",
    "resource, secret-recoverable, high, exceptions",
    "resource, iam-narrow, critical, exceptions",
    "resource, network-isolated, critical, exceptions",
    "resource, log-store-private, critical, exceptions",
    "resource, budget-has-alarms, high, exceptions",
    "resource, alarm-has-action, high, exceptions",
    "resource, limits-as-declared, high, exceptions",
    "resource, workload-hardened, high, exceptions",
    "resource, workload-images-pinned, high, exceptions",
    "resource, model-id-pinned, high, exceptions",
    "resource, gateway-as-declared, critical, exceptions",
    "completeness, secret-has-policy, critical, exceptions",
    "completeness, namespace-has-quota, high, exceptions",
    "completeness, environment-complete, high, exceptions",
  ]);
});

const workloads = [
  "kubernetes:apps/v1:DaemonSet",
  "kubernetes:apps/v1:Deployment",
  "kubernetes:apps/v1:ReplicaSet",
  "kubernetes:apps/v1:StatefulSet",
  "kubernetes:batch/v1:CronJob",
  "kubernetes:batch/v1:Job",
  "kubernetes:core/v1:Pod",
  "kubernetes:core/v1:PodTemplate",
  "kubernetes:core/v1:ReplicationController",
];

/** The tests of a rule ask it directly: that the engine asks it at all stands here. */
it("the rules over resources ask for their types, or for any", () => {
  const types = Object.fromEntries(
    rules.flatMap((rule) => ("kind" in rule && rule.kind === "resource" ? [[rule.name, rule.types]] : [])),
  );
  expect(types).toEqual({
    "no-inline-credentials": "any",
    "providers-explicit": "any",
    "no-cross-environment-reference": "any",
    "secret-isolated": ["aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretPolicy:SecretPolicy"],
    "secret-recoverable": [
      "aws:secretsmanager/secret:Secret",
      "aws:kms/key:Key",
      "aws:kms/externalKey:ExternalKey",
      "aws:kms/replicaKey:ReplicaKey",
      "aws:rds/cluster:Cluster",
      "aws:rds/instance:Instance",
      "aws:s3/bucket:Bucket",
      "aws:s3/bucketV2:BucketV2",
      "aws:s3/bucketVersioning:BucketVersioning",
      "aws:s3/bucketVersioningV2:BucketVersioningV2",
    ],
    "iam-narrow": [
      "aws:iam/groupPolicy:GroupPolicy",
      "aws:iam/policy:Policy",
      "aws:iam/rolePolicy:RolePolicy",
      "aws:iam/userPolicy:UserPolicy",
      "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
      "aws:iam/policyAttachment:PolicyAttachment",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      "aws:iam/userPolicyAttachment:UserPolicyAttachment",
      "aws:iam/role:Role",
    ],
    "network-isolated": [
      "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      "kubernetes:networking.k8s.io/v1:NetworkPolicyPatch",
      "kubernetes:core/v1:Service",
      "kubernetes:core/v1:ServicePatch",
      "aws:ec2/securityGroup:SecurityGroup",
      "aws:ec2/securityGroupRule:SecurityGroupRule",
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "aws:rds/clusterInstance:ClusterInstance",
      "aws:rds/instance:Instance",
    ],
    "log-store-private": [
      "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
      "aws:s3/bucket:Bucket",
      "aws:s3/bucketV2:BucketV2",
      "aws:s3/bucketAcl:BucketAcl",
      "aws:s3/bucketAclV2:BucketAclV2",
      "aws:s3/bucketPolicy:BucketPolicy",
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
    ],
    "budget-has-alarms": ["aws:budgets/budget:Budget"],
    "alarm-has-action": [
      "aws:cloudwatch/compositeAlarm:CompositeAlarm",
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      "aws:costexplorer/anomalySubscription:AnomalySubscription",
      "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
    ],
    "limits-as-declared": ["aws:budgets/budget:Budget", "kubernetes:core/v1:ResourceQuota"],
    "workload-hardened": workloads,
    "workload-images-pinned": workloads,
    "model-id-pinned": [
      "aws:bedrock/agentAgent:AgentAgent",
      "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase",
      "aws:lambda/function:Function",
      "aws:ecs/taskDefinition:TaskDefinition",
      ...workloads,
    ],
    "gateway-as-declared": ["kubernetes:core/v1:ConfigMap", "kubernetes:apps/v1:Deployment"],
  });
});
