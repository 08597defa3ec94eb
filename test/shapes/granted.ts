import { type Tier, tiers } from "../components/shippedEnvironment";
import type { Aws, Json } from "./aws";
import type { Guarded, Policy, Principal } from "./iam";

export interface Role {
  role: string;
  account: string;
  policies: Policy[];
}

/** An environment's policies as AWS gives them back. */
export interface Granted {
  account: string;
  region: string;
  /** By name without the environment's: "secrets-reader". */
  roles: Record<string, Role & { trust: Policy }>;
  /** By name without the environment's: "openai". */
  secrets: Record<string, Guarded & { arn: string }>;
  /** By what they encrypt. */
  keys: Record<"secrets" | "log" | "state", Guarded & { arn: string }>;
  bucket: Guarded & { arn: string };
  topic: Guarded & { arn: string };
}

export async function granted(aws: Aws, tier: Tier, account: string, region: string): Promise<Granted> {
  const call = (service: string, operation: string, parameters: Json = {}) =>
    aws.call({ account, region }, service, operation, parameters);
  const roles: Granted["roles"] = {};
  for (const { RoleName, Arn, AssumeRolePolicyDocument } of (await call("iam", "list_roles")).Roles) {
    const { PolicyNames } = await call("iam", "list_role_policies", { RoleName });
    const policies: Policy[] = [];
    for (const PolicyName of PolicyNames)
      policies.push((await call("iam", "get_role_policy", { RoleName, PolicyName })).PolicyDocument);
    const name = RoleName.replace(`${tier}-`, "");
    roles[name] = { role: Arn, account, policies, trust: AssumeRolePolicyDocument };
  }
  const secrets: Granted["secrets"] = {};
  for (const { ARN, Name } of (await call("secretsmanager", "list_secrets")).SecretList) {
    // What RDS keeps is RDS' own, without a policy of ours.
    if (!Name.startsWith(`lockstep/${tier}/`)) continue;
    const { ResourcePolicy } = await call("secretsmanager", "get_resource_policy", { SecretId: ARN });
    const policy = JSON.parse(ResourcePolicy);
    secrets[Name.replace(`lockstep/${tier}/`, "")] = { account, arn: ARN, policy };
  }
  const keys = {} as Granted["keys"];
  for (const { KeyId, KeyArn } of (await call("kms", "list_keys")).Keys) {
    const { Description, KeyManager } = (await call("kms", "describe_key", { KeyId })).KeyMetadata;
    if (KeyManager !== "CUSTOMER") continue;
    const { Policy } = await call("kms", "get_key_policy", { KeyId, PolicyName: "default" });
    const what = /secrets, topics/.test(Description)
      ? "secrets"
      : /bucket/.test(Description)
        ? "log"
        : "state";
    keys[what] = { account, arn: KeyArn, policy: JSON.parse(Policy), isKey: true };
  }
  const [bucket] = (await call("s3", "list_buckets")).Buckets;
  const bucketPolicy = await call("s3", "get_bucket_policy", { Bucket: bucket.Name });
  const [topic] = (await call("sns", "list_topics")).Topics;
  const { Attributes } = await call("sns", "get_topic_attributes", topic);
  return {
    account,
    region,
    roles,
    secrets,
    keys,
    bucket: { account, arn: `arn:aws:s3:::${bucket.Name}`, policy: JSON.parse(bucketPolicy.Policy) },
    topic: { account, arn: topic.TopicArn, policy: JSON.parse(Attributes.Policy) },
  };
}

export const otherTier = (tier: Tier): Tier => tiers.find((one) => one !== tier) as Tier;

/** A role whose own account lets it do everything: what stops it is the resource's policy. */
export const allPowerful = (account: string, name: string): Role & Principal => ({
  role: `arn:aws:iam::${account}:role/${name}`,
  account,
  policies: [{ Statement: [{ Sid: "All", Effect: "Allow", Action: "*", Resource: "*" }] }],
});
