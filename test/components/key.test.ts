import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { createKey } from "../../components/key";
import { collect, document } from "./mocks";

const args = { account: "111122223333", region: "cn-north-1", description: "A key." };
const statements = async (usedThrough: string[]) => {
  const collected = await collect(() =>
    createKey("stores", { ...args, usedThrough }, new pulumi.ComponentResource("test:index:Owner", "owner")),
  );
  return (document(collected.one("aws:kms/key:Key").inputs, "policy") as { Statement: { Sid: string }[] })
    .Statement;
};

test("services that keep using a key create grants, for their own resources only", async () => {
  const [, , grants] = await statements(["elasticache", "rds", "secretsmanager"]);
  expect(grants).toEqual({
    Sid: "AllowGrantsToServices",
    Effect: "Allow",
    Principal: { AWS: "arn:aws-cn:iam::111122223333:root" },
    Action: "kms:CreateGrant",
    Resource: "*",
    Condition: {
      Bool: { "kms:GrantIsForAWSResource": "true" },
      StringEquals: {
        "kms:CallerAccount": "111122223333",
        "kms:ViaService": ["elasticache.cn-north-1.amazonaws.com", "rds.cn-north-1.amazonaws.com"],
      },
    },
  });
});

test("nobody creates grants of a key that no such service uses", async () => {
  expect((await statements(["s3"])).map(({ Sid }) => Sid)).toEqual([
    "AllowAccountToAdminister",
    "AllowUseThroughServices",
  ]);
});
