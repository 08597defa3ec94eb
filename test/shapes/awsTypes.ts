import type { Json } from "./aws";
import { capital, known, lacking, type Maker } from "./awsMaker";
import { stores } from "./awsStores";

/** Each type that the program creates, or may. A type without an entry fails the test. */
export const makers: Record<string, Maker> = {
  ...stores,
  "aws:kms/key:Key": async ({ inputs, call }) => {
    const { description, policy, enableKeyRotation, deletionWindowInDays } = known(
      inputs,
      ...["description", "policy", "enableKeyRotation", "deletionWindowInDays"],
    );
    const { KeyMetadata } = await call("kms", "create_key", { Description: description, Policy: policy });
    if (enableKeyRotation) await call("kms", "enable_key_rotation", { KeyId: KeyMetadata.KeyId });
    if (deletionWindowInDays < 7 || deletionWindowInDays > 30) throw new Error("7 to 30 days.");
    return { id: KeyMetadata.KeyId, outputs: { arn: KeyMetadata.Arn, keyId: KeyMetadata.KeyId } };
  },
  "aws:kms/alias:Alias": async ({ inputs, call }) => {
    const { name, targetKeyId } = known(inputs, "name", "targetKeyId");
    await call("kms", "create_alias", { AliasName: name, TargetKeyId: targetKeyId });
    return { id: name };
  },
  "aws:secretsmanager/secret:Secret": async ({ inputs, call }) => {
    const { name, description, kmsKeyId } = known(
      inputs,
      ...["name", "description", "kmsKeyId", "recoveryWindowInDays"],
    );
    const { ARN } = await call("secretsmanager", "create_secret", {
      Name: name,
      Description: description,
      KmsKeyId: kmsKeyId,
    });
    return { id: ARN, outputs: { arn: ARN } };
  },
  "aws:secretsmanager/secretPolicy:SecretPolicy": async ({ inputs, call }) => {
    const { secretArn, policy, blockPublicPolicy } = known(
      inputs,
      ...["secretArn", "policy", "blockPublicPolicy"],
    );
    await call("secretsmanager", "put_resource_policy", {
      SecretId: secretArn,
      ResourcePolicy: policy,
      BlockPublicPolicy: blockPublicPolicy,
    });
    return { id: secretArn };
  },
  "aws:secretsmanager/secretVersion:SecretVersion": async ({ inputs, call }) => {
    const { secretId, secretString } = known(inputs, "secretId", "secretString");
    const parameters = { SecretId: secretId, SecretString: secretString };
    const { VersionId } = await call("secretsmanager", "put_secret_value", parameters);
    return { id: `${secretId}|${VersionId}` };
  },
  "aws:sns/topic:Topic": async ({ inputs, call }) => {
    const { name, kmsMasterKeyId } = known(inputs, "name", "kmsMasterKeyId");
    const parameters = { Name: name, Attributes: { KmsMasterKeyId: kmsMasterKeyId } };
    const { TopicArn } = await call("sns", "create_topic", parameters);
    return { id: TopicArn, outputs: { arn: TopicArn } };
  },
  "aws:sns/topicPolicy:TopicPolicy": async ({ inputs, call }) => {
    const { arn, policy } = known(inputs, "arn", "policy");
    const parameters = { TopicArn: arn, AttributeName: "Policy", AttributeValue: policy };
    await call("sns", "set_topic_attributes", parameters);
    return { id: arn };
  },
  "aws:sns/topicSubscription:TopicSubscription": async ({ inputs, call }) => {
    const { topic, protocol, endpoint } = known(inputs, "topic", "protocol", "endpoint");
    const parameters = { TopicArn: topic, Protocol: protocol, Endpoint: endpoint };
    return { id: (await call("sns", "subscribe", parameters)).SubscriptionArn };
  },
  "aws:budgets/budget:Budget": async ({ inputs, call }) => {
    const { accountId, name, budgetType, timeUnit, limitAmount, limitUnit, notifications } = known(
      inputs,
      ...["accountId", "name", "budgetType", "timeUnit", "limitAmount", "limitUnit", "notifications"],
    );
    await call("budgets", "create_budget", {
      AccountId: accountId,
      Budget: {
        BudgetName: name,
        BudgetType: budgetType,
        TimeUnit: timeUnit,
        BudgetLimit: { Amount: limitAmount, Unit: limitUnit },
      },
      NotificationsWithSubscribers: notifications.map(
        ({ subscriberSnsTopicArns, ...notification }: Json) => ({
          Notification: capital(notification),
          Subscribers: subscriberSnsTopicArns.map((Address: string) => ({
            SubscriptionType: "SNS",
            Address,
          })),
        }),
      ),
    });
    return { id: `${accountId}:${name}` };
  },
  "aws:costexplorer/anomalyMonitor:AnomalyMonitor": async ({ inputs, call }) => {
    const { name, monitorType, monitorDimension } = known(
      inputs,
      ...["name", "monitorType", "monitorDimension"],
    );
    const monitor = { MonitorName: name, MonitorType: monitorType, MonitorDimension: monitorDimension };
    await lacking(call("ce", "create_anomaly_monitor", { AnomalyMonitor: monitor }));
    const arn = "arn:aws:ce::111122223333:anomalymonitor/0b0f7c1e-0000-4000-8000-000000000000";
    return { id: arn, outputs: { arn } };
  },
  "aws:costexplorer/anomalySubscription:AnomalySubscription": async ({ inputs, call }) => {
    const { accountId, name, monitorArnLists, frequency, subscribers, thresholdExpression } = known(
      inputs,
      ...["accountId", "name", "monitorArnLists", "frequency", "subscribers", "thresholdExpression"],
    );
    await lacking(
      call("ce", "create_anomaly_subscription", {
        AnomalySubscription: {
          AccountId: accountId,
          SubscriptionName: name,
          MonitorArnList: monitorArnLists,
          Subscribers: capital(subscribers),
          Frequency: frequency,
          ThresholdExpression: { Dimensions: capital(thresholdExpression.dimension) },
        },
      }),
    );
    return { id: `${name}-subscription` };
  },
  "aws:s3/bucket:Bucket": async ({ inputs, call, region }) => {
    const { bucket } = known(inputs, "bucket", "forceDestroy");
    const location = { CreateBucketConfiguration: { LocationConstraint: region } };
    await call("s3", "create_bucket", { Bucket: bucket, ...(region === "us-east-1" ? {} : location) });
    return { id: bucket, outputs: { arn: `arn:aws:s3:::${bucket}` } };
  },
  "aws:s3/bucketPolicy:BucketPolicy": async ({ inputs, call }) => {
    const { bucket, policy } = known(inputs, "bucket", "policy");
    await call("s3", "put_bucket_policy", { Bucket: bucket, Policy: policy });
    return { id: bucket };
  },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": async ({ inputs, call }) => {
    const { bucket, ...block } = inputs;
    const parameters = { Bucket: bucket, PublicAccessBlockConfiguration: capital(block) };
    await call("s3", "put_public_access_block", parameters);
    return { id: bucket };
  },
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": async ({ inputs, call }) => {
    const { bucket, rule } = known(inputs, "bucket", "rule");
    const parameters = { Bucket: bucket, OwnershipControls: { Rules: [capital(rule)] } };
    await call("s3", "put_bucket_ownership_controls", parameters);
    return { id: bucket };
  },
  "aws:s3/bucketVersioning:BucketVersioning": async ({ inputs, call }) => {
    const { bucket, versioningConfiguration } = known(inputs, "bucket", "versioningConfiguration");
    const parameters = { Bucket: bucket, VersioningConfiguration: capital(versioningConfiguration) };
    await call("s3", "put_bucket_versioning", parameters);
    return { id: bucket };
  },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": async ({
    inputs,
    call,
  }) => {
    const { bucket, rules } = known(inputs, "bucket", "rules");
    await call("s3", "put_bucket_encryption", {
      Bucket: bucket,
      ServerSideEncryptionConfiguration: {
        Rules: rules.map((rule: Json) => {
          const { applyServerSideEncryptionByDefault, bucketKeyEnabled, blockedEncryptionTypes } = known(
            rule,
            ...["applyServerSideEncryptionByDefault", "bucketKeyEnabled", "blockedEncryptionTypes"],
          );
          const { sseAlgorithm, kmsMasterKeyId } = known(
            applyServerSideEncryptionByDefault,
            ...["sseAlgorithm", "kmsMasterKeyId"],
          );
          return {
            ApplyServerSideEncryptionByDefault: {
              SSEAlgorithm: sseAlgorithm,
              KMSMasterKeyID: kmsMasterKeyId,
            },
            BucketKeyEnabled: bucketKeyEnabled,
            BlockedEncryptionTypes: { EncryptionType: blockedEncryptionTypes },
          };
        }),
      },
    });
    return { id: bucket };
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": async ({ inputs, call }) => {
    const { bucket, rules } = known(inputs, "bucket", "rules");
    await call("s3", "put_bucket_lifecycle_configuration", {
      Bucket: bucket,
      LifecycleConfiguration: {
        Rules: rules.map(({ id, ...rule }: Json) => ({ ID: id, ...capital(rule) })),
      },
    });
    return { id: bucket };
  },
};
