import { PodIdentityAssociation } from "@pulumi/aws/eks";
import { Role, RolePolicy } from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { partitionOf, policy, type Statement } from "./key";
import { trustPolicy } from "./secretPolicies";

export interface PodRoleArgs {
  account: string;
  region: string;
  /** The name of the EKS cluster. */
  cluster: string;
  namespace: string;
  serviceAccount: string;
  description: string;
  statements: Statement[];
  tags?: Record<string, string>;
}

/** A role that only one service account of one cluster can take, through EKS Pod Identity. */
export function createPodRole(name: string, args: PodRoleArgs, parent: pulumi.Resource): Role {
  const { account, region, cluster, namespace, serviceAccount } = args;
  const tags = args.tags === undefined ? {} : { tags: args.tags };
  const clusterArn = `arn:${partitionOf(region)}:eks:${region}:${account}:cluster/${cluster}`;
  const role = new Role(
    name,
    {
      name,
      description: args.description,
      assumeRolePolicy: JSON.stringify(trustPolicy(account, clusterArn, { namespace, serviceAccount })),
      ...tags,
    },
    { parent },
  );
  if (args.statements.length > 0) {
    new RolePolicy(
      name,
      { role: role.id, policy: pulumi.jsonStringify(policy(...args.statements)) },
      { parent },
    );
  }
  new PodIdentityAssociation(
    name,
    { clusterName: cluster, namespace, serviceAccount, roleArn: role.arn, ...tags },
    { parent },
  );
  return role;
}

export interface GatewayPermissions {
  region: string;
  /** Where the gateway writes request logs: it may add, not read or delete. */
  requestLog: { bucketArn: pulumi.Input<string>; prefix: string; kmsKeyArn: pulumi.Input<string> };
  /** The ARNs of Bedrock models and inference profiles that may be called. Default none. */
  bedrockArns?: string[];
  /** The ARNs of the cache and its user. */
  redisArns: pulumi.Input<string>[];
}

/** What the gateway's pods may do in AWS, and nothing beside it. */
export function gatewayStatements(args: GatewayPermissions): Statement[] {
  const { bucketArn, prefix, kmsKeyArn } = args.requestLog;
  const statements: Statement[] = [
    {
      Sid: "WriteRequestLog",
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/${prefix}/*`,
    },
    {
      Sid: "EncryptRequestLog",
      Effect: "Allow",
      Action: "kms:GenerateDataKey",
      Resource: kmsKeyArn,
      Condition: { StringEquals: { "kms:ViaService": `s3.${args.region}.amazonaws.com` } },
    },
  ];
  if (args.redisArns.length > 0) {
    statements.push({
      Sid: "ConnectToRedis",
      Effect: "Allow",
      Action: "elasticache:Connect",
      Resource: args.redisArns,
    });
  }
  if (args.bedrockArns !== undefined && args.bedrockArns.length > 0) {
    statements.push({
      Sid: "CallModels",
      Effect: "Allow",
      Action: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
      Resource: args.bedrockArns,
    });
  }
  return statements;
}
