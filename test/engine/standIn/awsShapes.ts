import type { Values } from "./values";

/** Where an object is. */
export interface Where {
  account: string;
  region: string;
}

/** What is to be known of a type beyond what the SDK's class says. */
export interface AwsShape {
  /** Where the real one is declared, below internal/service of the repository that is named below. */
  source: string;
  /** Inputs whose change asks for another object: ForceNew, or RequiresReplace in newer code. */
  replaces: readonly string[];
  /** The input that names it where AWS takes a name; the plugin makes one up where the program has none. */
  name?: string;
  /** Whether the same inputs again are no conflict: AWS puts it in the place of what was there. */
  put?: true;
  /** Where `put`, or where AWS lets nothing be there twice without a name: the inputs that are its identity. */
  identity?: readonly string[];
  /** What has to be there before it, by the input that points to it with an id or an ARN. */
  within?: { input: string; type: string };
  /** Whether its name stays taken after it was deleted. */
  staysTaken?: (inputs: Values) => boolean;
  /** Its id and what else AWS tells of it; `random` is twelve hexadecimal digits that no other object has. */
  made(inputs: Values, where: Where, random: string): { id: string; outputs?: Values };
}

const text = (value: unknown) => String(value);
const arn = (service: string, { account, region }: Where, resource: string) =>
  `arn:aws:${service}:${region}:${account}:${resource}`;
const global = (service: string, { account }: Where, resource: string) =>
  `arn:aws:${service}::${account}:${resource}`;
/** Known by its name alone. */
const byName = (input: string) => (inputs: Values) => ({ id: text(inputs[input]) });
/** A part of a bucket, which has one of it. */
const ofBucket = (source: string, replaces: readonly string[] = ["bucket"]): AwsShape => ({
  source: `s3/${source}`,
  replaces,
  put: true,
  identity: ["bucket"],
  within: { input: "bucket", type: "aws:s3/bucket:Bucket" },
  made: byName("bucket"),
});

/** Of those parts that name the account of the bucket. */
const withOwner = ["bucket", "expectedBucketOwner"];

/**
 * https://github.com/hashicorp/terraform-provider-aws, of which the real plugin is made. It changes: what a type
 * replaces for is to be read again in `source` when the SDK's version goes up. Each was read there, though not all as
 * new as the SDK: of security groups and their rules, subnet groups, IAM's roles, topics, buckets, their versioning and
 * ownership controls an older state.
 */
export const awsShapes: Readonly<Record<string, AwsShape>> = {
  "aws:athena/workgroup:Workgroup": {
    source: "athena/workgroup.go",
    replaces: ["name"],
    name: "name",
    made: (inputs, where) => ({
      id: text(inputs.name),
      outputs: { arn: arn("athena", where, `workgroup/${inputs.name}`) },
    }),
  },
  "aws:budgets/budget:Budget": {
    source: "budgets/budget.go",
    replaces: ["accountId", "name", "namePrefix"],
    name: "name",
    made: (inputs, where) => ({
      id: `${inputs.accountId ?? where.account}:${inputs.name}`,
      outputs: { arn: global("budgets", where, `budget/${inputs.name}`) },
    }),
  },
  "aws:costexplorer/anomalyMonitor:AnomalyMonitor": {
    source: "ce/anomaly_monitor.go",
    replaces: ["monitorDimension", "monitorSpecification", "monitorType"],
    name: "name",
    made: (_, where, random) => {
      const made = global("ce", where, `anomalymonitor/${random}`);
      return { id: made, outputs: { arn: made } };
    },
  },
  "aws:costexplorer/anomalySubscription:AnomalySubscription": {
    source: "ce/anomaly_subscription.go",
    replaces: ["name"],
    name: "name",
    made: (_, where, random) => {
      const made = global("ce", where, `anomalysubscription/${random}`);
      return { id: made, outputs: { arn: made } };
    },
  },
  "aws:ec2/securityGroup:SecurityGroup": {
    source: "ec2/vpc_security_group.go",
    replaces: ["description", "name", "namePrefix", "vpcId"],
    name: "name",
    made: (_, where, random) => ({
      id: `sg-${random}`,
      outputs: { arn: arn("ec2", where, `security-group/sg-${random}`), ownerId: where.account },
    }),
  },
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
    source: "eks/pod_identity_association.go",
    replaces: ["clusterName", "namespace", "serviceAccount"],
    identity: ["clusterName", "namespace", "serviceAccount"],
    within: { input: "roleArn", type: "aws:iam/role:Role" },
    made: (inputs, where, random) => ({
      id: `a-${random}`,
      outputs: {
        associationId: `a-${random}`,
        associationArn: arn("eks", where, `podidentityassociation/${inputs.clusterName}/a-${random}`),
      },
    }),
  },
  "aws:elasticache/replicationGroup:ReplicationGroup": {
    source: "elasticache/replication_group.go",
    replaces: [
      ...["atRestEncryptionEnabled", "dataTieringEnabled", "globalReplicationGroupId", "kmsKeyId"],
      ...["networkType", "port", "replicationGroupId", "securityGroupNames", "snapshotArns", "snapshotName"],
      ...["subnetGroupName"],
    ],
    name: "replicationGroupId",
    made: (inputs, where) => ({
      id: text(inputs.replicationGroupId),
      outputs: {
        arn: arn("elasticache", where, `replicationgroup:${inputs.replicationGroupId}`),
        primaryEndpointAddress: `master.${inputs.replicationGroupId}.example.cache.amazonaws.com`,
      },
    }),
  },
  "aws:elasticache/subnetGroup:SubnetGroup": {
    source: "elasticache/subnet_group.go",
    replaces: ["name"],
    name: "name",
    made: (inputs, where) => ({
      id: text(inputs.name),
      outputs: { arn: arn("elasticache", where, `subnetgroup:${inputs.name}`) },
    }),
  },
  "aws:elasticache/user:User": {
    source: "elasticache/user.go",
    replaces: ["userId", "userName"],
    name: "userId",
    made: (inputs, where) => ({
      id: text(inputs.userId),
      outputs: { arn: arn("elasticache", where, `user:${inputs.userId}`) },
    }),
  },
  "aws:elasticache/userGroup:UserGroup": {
    source: "elasticache/user_group.go",
    replaces: ["userGroupId"],
    name: "userGroupId",
    made: (inputs, where) => ({
      id: text(inputs.userGroupId),
      outputs: { arn: arn("elasticache", where, `usergroup:${inputs.userGroupId}`) },
    }),
  },
  "aws:glue/catalogDatabase:CatalogDatabase": {
    source: "glue/catalog_database.go",
    replaces: ["catalogId", "name", "targetDatabase"],
    name: "name",
    made: (inputs, where) => ({
      id: `${inputs.catalogId ?? where.account}:${inputs.name}`,
      outputs: { arn: arn("glue", where, `database/${inputs.name}`) },
    }),
  },
  "aws:glue/catalogTable:CatalogTable": {
    source: "glue/catalog_table.go",
    replaces: ["catalogId", "databaseName", "name", "partitionIndices", "targetTable"],
    name: "name",
    identity: ["databaseName", "name"],
    made: (inputs, where) => ({
      id: `${inputs.catalogId ?? where.account}:${inputs.databaseName}:${inputs.name}`,
      outputs: { arn: arn("glue", where, `table/${inputs.databaseName}/${inputs.name}`) },
    }),
  },
  "aws:iam/role:Role": {
    source: "iam/role.go",
    replaces: ["name", "namePrefix", "path"],
    name: "name",
    made: (inputs, where, random) => ({
      id: text(inputs.name),
      outputs: { arn: global("iam", where, `role/${inputs.name}`), uniqueId: `AROA${random.toUpperCase()}` },
    }),
  },
  "aws:iam/rolePolicy:RolePolicy": {
    source: "iam/role_policy.go",
    replaces: ["name", "namePrefix", "role"],
    name: "name",
    put: true,
    identity: ["role", "name"],
    within: { input: "role", type: "aws:iam/role:Role" },
    made: (inputs) => ({ id: `${inputs.role}:${inputs.name}` }),
  },
  "aws:kms/alias:Alias": {
    source: "kms/alias.go",
    replaces: ["name", "namePrefix"],
    name: "name",
    within: { input: "targetKeyId", type: "aws:kms/key:Key" },
    made: (inputs, where) => ({
      id: text(inputs.name),
      outputs: {
        arn: arn("kms", where, text(inputs.name)),
        targetKeyArn: arn("kms", where, `key/${inputs.targetKeyId}`),
      },
    }),
  },
  "aws:kms/key:Key": {
    source: "kms/key.go",
    replaces: ["customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"],
    made: (_, where, random) => {
      const keyId = `00000000-0000-4000-8000-${random}`;
      return { id: keyId, outputs: { keyId, arn: arn("kms", where, `key/${keyId}`) } };
    },
  },
  "aws:rds/instance:Instance": {
    source: "rds/instance.go",
    replaces: [
      ...["availabilityZone", "backupTarget", "characterSetName", "customIamInstanceProfile", "dbName"],
      ...["engine", "identifierPrefix", "kmsKeyId", "ncharCharacterSetName", "snapshotIdentifier"],
      ...["storageEncrypted", "timezone", "username"],
    ],
    name: "identifier",
    made: (inputs, where, random) => ({
      id: `db-${random.toUpperCase()}`,
      outputs: {
        arn: arn("rds", where, `db:${inputs.identifier}`),
        address: `${inputs.identifier}.example.${where.region}.rds.amazonaws.com`,
        resourceId: `db-${random.toUpperCase()}`,
        masterUserSecrets:
          inputs.manageMasterUserPassword === true
            ? [
                {
                  secretArn: arn("secretsmanager", where, `secret:rds!db-${random}-AbCdEf`),
                  secretStatus: "active",
                },
              ]
            : [],
      },
    }),
  },
  "aws:rds/subnetGroup:SubnetGroup": {
    source: "rds/subnet_group.go",
    replaces: ["name", "namePrefix"],
    name: "name",
    made: (inputs, where) => ({
      id: text(inputs.name),
      outputs: { arn: arn("rds", where, `subgrp:${inputs.name}`) },
    }),
  },
  "aws:s3/bucket:Bucket": {
    source: "s3/bucket.go",
    // The namespace is newer than what was read.
    replaces: ["bucket", "bucketPrefix", "objectLockEnabled"],
    name: "bucket",
    made: (inputs) => ({ id: text(inputs.bucket), outputs: { arn: `arn:aws:s3:::${inputs.bucket}` } }),
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ofBucket(
    "bucket_lifecycle_configuration.go",
    withOwner,
  ),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ofBucket("bucket_ownership_controls.go"),
  "aws:s3/bucketPolicy:BucketPolicy": ofBucket("bucket_policy.go"),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ofBucket("bucket_public_access_block.go"),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ofBucket(
    "bucket_server_side_encryption_configuration.go",
    withOwner,
  ),
  "aws:s3/bucketVersioning:BucketVersioning": ofBucket("bucket_versioning.go", withOwner),
  "aws:secretsmanager/secret:Secret": {
    source: "secretsmanager/secret.go",
    replaces: ["name", "namePrefix"],
    name: "name",
    // "A secret with this name is already scheduled for deletion."
    staysTaken: ({ recoveryWindowInDays }) => recoveryWindowInDays !== 0,
    made: (inputs, where, random) => {
      const made = arn("secretsmanager", where, `secret:${inputs.name}-${random.slice(0, 6)}`);
      return { id: made, outputs: { arn: made } };
    },
  },
  "aws:secretsmanager/secretPolicy:SecretPolicy": {
    source: "secretsmanager/secret_policy.go",
    replaces: ["secretArn"],
    put: true,
    identity: ["secretArn"],
    within: { input: "secretArn", type: "aws:secretsmanager/secret:Secret" },
    made: byName("secretArn"),
  },
  "aws:secretsmanager/secretVersion:SecretVersion": {
    source: "secretsmanager/secret_version.go",
    replaces: ["secretBinary", "secretId", "secretString", "secretStringWoVersion"],
    within: { input: "secretId", type: "aws:secretsmanager/secret:Secret" },
    made: (inputs, _, random) => ({
      id: `${inputs.secretId}|terraform-${random}`,
      outputs: { arn: inputs.secretId, versionId: `terraform-${random}` },
    }),
  },
  "aws:servicequotas/serviceQuota:ServiceQuota": {
    source: "servicequotas/service_quota.go",
    replaces: ["quotaCode", "serviceCode"],
    put: true,
    identity: ["serviceCode", "quotaCode"],
    made: (inputs, where) => ({
      id: `${inputs.serviceCode}/${inputs.quotaCode}`,
      outputs: { arn: arn("servicequotas", where, `${inputs.serviceCode}/${inputs.quotaCode}`) },
    }),
  },
  "aws:sns/topic:Topic": {
    source: "sns/topic.go",
    replaces: ["fifoTopic", "name", "namePrefix"],
    name: "name",
    made: (inputs, where) => {
      const made = arn("sns", where, text(inputs.name));
      return { id: made, outputs: { arn: made, owner: where.account } };
    },
  },
  "aws:sns/topicPolicy:TopicPolicy": {
    source: "sns/topic_policy.go",
    replaces: ["arn"],
    put: true,
    identity: ["arn"],
    within: { input: "arn", type: "aws:sns/topic:Topic" },
    made: byName("arn"),
  },
  "aws:sns/topicSubscription:TopicSubscription": {
    source: "sns/topic_subscription.go",
    replaces: ["endpoint", "protocol", "topic"],
    within: { input: "topic", type: "aws:sns/topic:Topic" },
    made: (inputs, _, random) => {
      const made = `${inputs.topic}:${random}`;
      return { id: made, outputs: { arn: made, pendingConfirmation: inputs.protocol === "email" } };
    },
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
    source: "ec2/vpc_security_group_ingress_rule.go",
    // And two more where another kind of source is named than before, as a group and no addresses, which tests leave.
    replaces: ["securityGroupId"],
    within: { input: "securityGroupId", type: "aws:ec2/securityGroup:SecurityGroup" },
    made: (_, where, random) => ({
      id: `sgr-${random}`,
      outputs: {
        arn: arn("ec2", where, `security-group-rule/sgr-${random}`),
        securityGroupRuleId: `sgr-${random}`,
      },
    }),
  },
};
