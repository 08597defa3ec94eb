import * as kms from "@pulumi/aws/kms";
import type * as pulumi from "@pulumi/pulumi";

/** A statement of an IAM policy. */
export interface Statement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Principal?: "*" | { AWS: string } | { Service: string | string[] };
  Action: string | string[];
  /** Absent in a trust policy only. */
  Resource?: pulumi.Input<string> | pulumi.Input<string>[];
  Condition?: Record<string, Record<string, pulumi.Input<string> | pulumi.Input<string>[]>>;
}

/** An IAM policy document. */
export const policy = (...statements: Statement[]) => ({ Version: "2012-10-17", Statement: statements });

/** The ARN partition of a region. */
export function partitionOf(region: string): "aws" | "aws-cn" | "aws-us-gov" {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** The services that publish to an environment's alarm topic, which is encrypted. */
export const alarmPublishers = [
  "budgets.amazonaws.com",
  "cloudwatch.amazonaws.com",
  "costalerts.amazonaws.com",
];

/** The services that keep using a key after the call that set them up, which takes a grant. */
const grantees = ["elasticache", "rds"];

export interface KeyArgs {
  account: string;
  region: string;
  description: string;
  /** The services through which principals of the account may use the key, without domain: "s3". */
  usedThrough: string[];
  /** Service principals that use the key themselves, for this account only. */
  usedBy?: string[];
  tags?: Record<string, string>;
}

/** A symmetric key that rotates every year and can be recovered for 30 days after its deletion. */
export function createKey(name: string, args: KeyArgs, parent: pulumi.Resource): kms.Key {
  return new kms.Key(
    name,
    {
      description: args.description,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: JSON.stringify(keyPolicy(args)),
      ...(args.tags === undefined ? {} : { tags: args.tags }),
    },
    { parent },
  );
}

/**
 * Administration is left to the account's IAM policies; without it nobody could manage the key any more.
 * Use is not: `kms:*` for the account, as in the default key policy, would let any IAM policy with
 * `kms:Decrypt` on `*` decrypt. So the key works only through the named services, whose own policies decide
 * who reads, and only for principals that IAM allows as well (the account as principal delegates to IAM).
 * A grant could allow use past those services, so only services that need one create it, for their own
 * resources.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 *
 * Services that publish to an encrypted topic on their own need the key too:
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
function keyPolicy(args: KeyArgs) {
  const endpoint = (service: string) => `${service}.${args.region}.amazonaws.com`;
  const account = { AWS: `arn:${partitionOf(args.region)}:iam::${args.account}:root` };
  const statements: Statement[] = [
    {
      Sid: "AllowAccountToAdminister",
      Effect: "Allow",
      Principal: account,
      Action: [
        "kms:CancelKeyDeletion",
        "kms:CreateAlias",
        "kms:Delete*",
        "kms:Describe*",
        "kms:Disable*",
        "kms:Enable*",
        "kms:Get*",
        "kms:List*",
        "kms:Put*",
        "kms:Revoke*",
        "kms:RotateKeyOnDemand",
        "kms:ScheduleKeyDeletion",
        "kms:TagResource",
        "kms:UntagResource",
        "kms:Update*",
      ],
      Resource: "*",
    },
    {
      Sid: "AllowUseThroughServices",
      Effect: "Allow",
      Principal: account,
      Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
      Resource: "*",
      Condition: {
        StringEquals: {
          "kms:CallerAccount": args.account,
          "kms:ViaService": args.usedThrough.map(endpoint),
        },
      },
    },
  ];
  const granted = args.usedThrough.filter((service) => grantees.includes(service));
  if (granted.length > 0) {
    statements.push({
      Sid: "AllowGrantsToServices",
      Effect: "Allow",
      Principal: account,
      Action: "kms:CreateGrant",
      Resource: "*",
      Condition: {
        Bool: { "kms:GrantIsForAWSResource": "true" },
        StringEquals: { "kms:CallerAccount": args.account, "kms:ViaService": granted.map(endpoint) },
      },
    });
  }
  if (args.usedBy !== undefined) {
    statements.push({
      Sid: "AllowUseByServices",
      Effect: "Allow",
      Principal: { Service: args.usedBy },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": args.account } },
    });
  }
  return policy(...statements);
}
