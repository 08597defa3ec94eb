import type * as pulumi from "@pulumi/pulumi";
import { policy } from "./key";

/**
 * Who may touch a secret, whatever IAM policies of the account say. Access itself is granted by the reader's
 * and the administrators' own IAM policies; a resource policy that only denies grants nothing to anybody.
 *
 * Each statement denies everyone (`Principal: "*"`) but the principals in its condition. `NotPrincipal` with
 * `Deny` would have to name each role session as well as the role and the account, and AWS advises against
 * it; `aws:PrincipalArn` of a role session is the role's ARN. A negated operator also holds when the key is
 * absent, so calls by services on nobody's behalf are denied too.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 *
 * GetResourcePolicy, PutResourcePolicy and DeleteResourcePolicy are denied to other accounts only: a wrong
 * list here must stay correctable by the account's administrators. Those calls are in CloudTrail.
 */
export function secretPolicy(account: string, reader: string, readers: string[], administrators: string[]) {
  return policy(
    {
      Sid: "DenyInsecureTransport",
      Effect: "Deny",
      Principal: "*",
      Action: "secretsmanager:*",
      Resource: "*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      Sid: "DenyOtherAccounts",
      Effect: "Deny",
      Principal: "*",
      Action: "secretsmanager:*",
      Resource: "*",
      Condition: { StringNotEquals: { "aws:PrincipalAccount": account } },
    },
    {
      // BatchGetSecretValue asks for this action too, on each secret that it returns.
      Sid: "DenyReadingByOthers",
      Effect: "Deny",
      Principal: "*",
      Action: "secretsmanager:GetSecretValue",
      Resource: "*",
      Condition: { ArnNotEquals: { "aws:PrincipalArn": readers } },
    },
    {
      Sid: "DenyDescribingByOthers",
      Effect: "Deny",
      Principal: "*",
      Action: ["secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds"],
      Resource: "*",
      Condition: { ArnNotEquals: { "aws:PrincipalArn": [reader, ...administrators] } },
    },
    {
      Sid: "DenyAdministrationByOthers",
      Effect: "Deny",
      Principal: "*",
      Action: [
        "secretsmanager:CancelRotateSecret",
        "secretsmanager:DeleteSecret",
        "secretsmanager:PutSecretValue",
        "secretsmanager:RemoveRegionsFromReplication",
        "secretsmanager:ReplicateSecretToRegions",
        "secretsmanager:RestoreSecret",
        "secretsmanager:RotateSecret",
        "secretsmanager:StopReplicationToReplica",
        "secretsmanager:TagResource",
        "secretsmanager:UntagResource",
        "secretsmanager:UpdateSecret",
        "secretsmanager:UpdateSecretVersionStage",
      ],
      Resource: "*",
      Condition: { ArnNotEquals: { "aws:PrincipalArn": administrators } },
    },
  );
}

/**
 * EKS Pod Identity sets the request tags when it assumes the role, so the role works for this cluster's
 * service account only, even where somebody adds another association with it.
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
 */
export function trustPolicy(
  account: string,
  clusterArn: string,
  reader: { namespace: string; serviceAccount: string },
) {
  return policy({
    Sid: "AllowPodIdentityOfReader",
    Effect: "Allow",
    Principal: { Service: "pods.eks.amazonaws.com" },
    Action: ["sts:AssumeRole", "sts:TagSession"],
    Condition: {
      StringEquals: {
        "aws:SourceAccount": account,
        "aws:RequestTag/eks-cluster-arn": clusterArn,
        "aws:RequestTag/kubernetes-namespace": reader.namespace,
        "aws:RequestTag/kubernetes-service-account": reader.serviceAccount,
      },
    },
  });
}

/**
 * Exactly these secrets, and the key only through Secrets Manager and for them.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 */
export function readerPolicy(
  region: string,
  secretArns: pulumi.Input<string>[],
  keyArn: pulumi.Input<string>,
) {
  return policy(
    {
      Sid: "ReadSecrets",
      Effect: "Allow",
      Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
      Resource: secretArns,
    },
    {
      Sid: "DecryptSecrets",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: keyArn,
      Condition: {
        StringEquals: {
          "kms:ViaService": `secretsmanager.${region}.amazonaws.com`,
          "kms:EncryptionContext:SecretARN": secretArns,
        },
      },
    },
  );
}
