import { Provider as Aws } from "@pulumi/aws/provider";
import { Provider as Kubernetes } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { Secrets, type SecretsArgs } from "../../components/secrets";
import { collect, document, inputErrors, resolved } from "./mocks";

const args: SecretsArgs = {
  account: "111122223333",
  region: "eu-central-1",
  cluster: "staging",
  namespace: "llm-staging",
  secretPrefix: "llm/staging",
  kmsAlias: "alias/llm-staging",
  credentials: {
    "openai-eu": { secretName: "llm/staging/openai" },
    anthropic: { secretName: "llm/staging/anthropic", variable: "ANTHROPIC_KEY" },
  },
  administrators: ["arn:aws:iam::111122223333:role/deploy", "arn:aws:iam::111122223333:user/ops/mara"],
};

const build = (overrides: Partial<SecretsArgs> = {}, preview = false) =>
  collect(
    () => {
      const providers = {
        aws: new Aws("staging-aws", { region: "eu-central-1" }),
        kubernetes: new Kubernetes("staging-cluster", { context: "staging" }),
      };
      return new Secrets("llm", { ...args, ...overrides }, { providers });
    },
    { preview },
  );

const secretType = "aws:secretsmanager/secret:Secret";
const policyType = "aws:secretsmanager/secretPolicy:SecretPolicy";
const versionType = "aws:secretsmanager/secretVersion:SecretVersion";

const reader = "arn:aws:iam::111122223333:role/llm-reader";
const administrators = ["arn:aws:iam::111122223333:role/deploy", "arn:aws:iam::111122223333:user/ops/mara"];
const guard = (readers: string[]) => ({
  Version: "2012-10-17",
  Statement: [
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
      Condition: { StringNotEquals: { "aws:PrincipalAccount": "111122223333" } },
    },
    {
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
  ],
});

describe("the secrets", () => {
  test("are encrypted by the environment's key and can be recovered for 30 days", async () => {
    const { inputs } = (await build()).one(secretType, "llm-anthropic");
    expect(inputs).toEqual({
      name: "llm/staging/anthropic",
      description: "The credential anthropic.",
      kmsKeyId: "arn:mock:llm-key",
      recoveryWindowInDays: 30,
    });
  });

  test("are closed to everybody but the reader, and for administration but the administrators", async () => {
    const collected = await build();
    for (const name of ["llm-openai-eu", "llm-anthropic"]) {
      const { inputs } = collected.one(policyType, name);
      expect(document(inputs, "policy")).toEqual(guard([reader]));
      expect(inputs).toMatchObject({ secretArn: `arn:mock:${name}`, blockPublicPolicy: true });
    }
  });

  test("are closed by policies that a preview already knows", async () => {
    const { inputs } = (await build({}, true)).one(policyType, "llm-anthropic");
    expect(document(inputs, "policy")).toEqual(guard([reader]));
  });

  test("let administrators read the value that Pulumi stores, and no other", async () => {
    const collected = await build({ values: { anthropic: "sk-a" } });
    const [stored, outOfBand] = ["llm-anthropic", "llm-openai-eu"].map((name) =>
      document(collected.one(policyType, name).inputs, "policy"),
    );
    expect(stored).toEqual(guard([reader, ...administrators]));
    expect(outOfBand).toEqual(guard([reader]));
  });
});

describe("the values", () => {
  const planted = "sk-planted-0123456789abcdef";

  test("stay out of band where none is given", async () => {
    expect((await build()).all(versionType)).toEqual([]);
  });

  test("are written as secrets, after every policy stands", async () => {
    const collected = await build({ values: { anthropic: planted } });
    const version = collected.one(versionType);
    expect(version.inputs).toEqual({ secretId: "llm-anthropic-id", secretString: planted });
    expect(version.secretInputs).toEqual(["secretString"]);
    expect(version.dependsOn).toEqual([
      "Secret llm-anthropic",
      "SecretPolicy llm-anthropic",
      "SecretPolicy llm-openai-eu",
    ]);
    expect(collected.all(versionType)).toHaveLength(1);
  });

  test.each([
    ["a string", planted],
    ["a secret output", pulumi.secret(planted)],
    ["a plain output", pulumi.output(planted)],
  ])("given as %s are in no other input or output, in no encoding", async (_, value) => {
    const collected = await build({ values: { anthropic: value } });
    const rest = collected.resources.map(({ inputs: { secretString: _, ...inputs }, outputs }) => [
      inputs,
      outputs,
    ]);
    const text = JSON.stringify(rest);
    const encodings = [
      planted,
      planted.slice(3, -3),
      encodeURIComponent(planted),
      Buffer.from(planted).toString("hex"),
      // All three alignments of base64, without the characters that depend on the neighbours.
      ...[0, 1, 2].map((shift) => Buffer.from(planted).subarray(shift).toString("base64").slice(0, -4)),
    ];
    expect(encodings.filter((encoding) => text.includes(encoding))).toEqual([]);
    expect(collected.one(versionType).secretInputs).toEqual(["secretString"]);
  });

  test("are not in the message of an error", () => {
    const [error] = inputErrors(() => new Secrets("llm", { ...args, values: { mistral: planted } }));
    expect(error).toEqual({ propertyPath: "values.mistral", reason: "There is no such credential." });
  });
});

describe("the key", () => {
  test("rotates, can be recovered for 30 days and has the environment's alias", async () => {
    const collected = await build();
    const { policy, ...key } = collected.one("aws:kms/key:Key").inputs;
    expect(key).toEqual({
      description: "Encrypts the secrets, topics and logs under llm/staging.",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    });
    expect(collected.one("aws:kms/alias:Alias").inputs).toMatchObject({ name: "alias/llm-staging" });
  });

  test("is administered by the account, and used through three services and by alarms only", async () => {
    const { inputs } = (await build()).one("aws:kms/key:Key");
    expect(document(inputs, "policy")).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "AllowAccountToAdminister",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111122223333:root" },
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
          Principal: { AWS: "arn:aws:iam::111122223333:root" },
          Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
          Resource: "*",
          Condition: {
            StringEquals: {
              "kms:CallerAccount": "111122223333",
              "kms:ViaService": [
                "s3.eu-central-1.amazonaws.com",
                "secretsmanager.eu-central-1.amazonaws.com",
                "sns.eu-central-1.amazonaws.com",
              ],
            },
          },
        },
        {
          Sid: "AllowUseByServices",
          Effect: "Allow",
          Principal: {
            Service: ["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "costalerts.amazonaws.com"],
          },
          Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
          Resource: "*",
          Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } },
        },
      ],
    });
  });
});

describe("the reader", () => {
  test("is one service account of one cluster", async () => {
    const collected = await build({ reader: { namespace: "llm-staging", serviceAccount: "eso" } });
    const role = collected.one("aws:iam/role:Role");
    expect(role.inputs.name).toBe("llm-reader");
    expect(document(role.inputs, "assumeRolePolicy")).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "AllowPodIdentityOfReader",
          Effect: "Allow",
          Principal: { Service: "pods.eks.amazonaws.com" },
          Action: ["sts:AssumeRole", "sts:TagSession"],
          Condition: {
            StringEquals: {
              "aws:SourceAccount": "111122223333",
              "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:eu-central-1:111122223333:cluster/staging",
              "aws:RequestTag/kubernetes-namespace": "llm-staging",
              "aws:RequestTag/kubernetes-service-account": "eso",
            },
          },
        },
      ],
    });
    expect(collected.one("aws:eks/podIdentityAssociation:PodIdentityAssociation").inputs).toEqual({
      clusterName: "staging",
      namespace: "llm-staging",
      serviceAccount: "eso",
      roleArn: "arn:mock:llm-reader",
    });
  });

  test("may read exactly these secrets, and decrypt only for them through Secrets Manager", async () => {
    const { inputs } = (await build()).one("aws:iam/rolePolicy:RolePolicy");
    const arns = ["arn:mock:llm-openai-eu", "arn:mock:llm-anthropic"];
    expect(document(inputs, "policy")).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ReadSecrets",
          Effect: "Allow",
          Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
          Resource: arns,
        },
        {
          Sid: "DecryptSecrets",
          Effect: "Allow",
          Action: "kms:Decrypt",
          Resource: "arn:mock:llm-key",
          Condition: {
            StringEquals: {
              "kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com",
              "kms:EncryptionContext:SecretARN": arns,
            },
          },
        },
      ],
    });
  });
});

test("the Kubernetes Secret has a key for each credential, named like its environment variable", async () => {
  const collected = await build();
  const metadata = { name: "llm", namespace: "llm-staging" };
  expect(collected.one("kubernetes:external-secrets.io/v1:SecretStore").inputs).toEqual({
    apiVersion: "external-secrets.io/v1",
    kind: "SecretStore",
    metadata,
    spec: { provider: { aws: { service: "SecretsManager", region: "eu-central-1" } } },
  });
  expect(collected.one("kubernetes:external-secrets.io/v1:ExternalSecret").inputs).toEqual({
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata,
    spec: {
      refreshInterval: "15m",
      secretStoreRef: { kind: "SecretStore", name: "llm" },
      target: { name: "llm", creationPolicy: "Owner", deletionPolicy: "Retain" },
      data: [
        { secretKey: "LOCKSTEP_CREDENTIAL_OPENAI_EU", remoteRef: { key: "llm/staging/openai" } },
        { secretKey: "ANTHROPIC_KEY", remoteRef: { key: "llm/staging/anthropic" } },
      ],
    },
  });
});

test("the component's outputs are what it governs", async () => {
  const collected = await build({ values: { anthropic: "sk-a" } });
  const outputs = {
    keyArn: "arn:mock:llm-key",
    kmsAlias: "alias/llm-staging",
    secretPrefix: "llm/staging",
    secretArns: { "openai-eu": "arn:mock:llm-openai-eu", anthropic: "arn:mock:llm-anthropic" },
    readerRoleArn: "arn:mock:llm-reader",
    secretStoreName: "llm",
    kubernetesSecretName: "llm",
    variables: { "openai-eu": "LOCKSTEP_CREDENTIAL_OPENAI_EU", anthropic: "ANTHROPIC_KEY" },
  };
  expect(collected.one("lockstep:index:Secrets").outputs).toEqual(outputs);
  expect(await resolved(collected.result.secretArns)).toEqual(outputs.secretArns);
  expect(await resolved(collected.result.readerRoleName)).toBe("llm-reader");
});

test("every resource is the component's, made by the provider given to it", async () => {
  const collected = await build({ values: { anthropic: "sk-a" } });
  expect(collected.strays("llm")).toEqual([]);
  for (const { type, provider } of collected.resources.filter(({ parent }) => parent === "llm")) {
    expect([type, provider]).toEqual([type, type.startsWith("aws:") ? "staging-aws" : "staging-cluster"]);
  }
});

test("tags reach every AWS resource that takes them", async () => {
  const tags = { "lockstep:environment": "staging" };
  const tagged = (await build({ tags })).resources.filter(({ inputs }) => inputs.tags !== undefined);
  expect(tagged.map(({ name }) => name).sort()).toEqual([
    "llm-anthropic",
    "llm-key",
    "llm-openai-eu",
    "llm-reader",
    "llm-reader",
  ]);
  expect(tagged.every(({ inputs }) => JSON.stringify(inputs.tags) === JSON.stringify(tags))).toBe(true);
});

test("all unusable arguments are named at once", () => {
  const errors = inputErrors(
    () =>
      new Secrets("llm", {
        ...args,
        account: "1111",
        credentials: {
          openai: { secretName: "llm/production/openai" },
          "open-ai": { secretName: "llm/staging/a", variable: "LOCKSTEP_CREDENTIAL_OPENAI" },
        },
        administrators: [],
        refreshMinutes: 0,
      }),
  );
  expect(errors).toEqual([
    { propertyPath: "account", reason: "Not an AWS account id of 12 digits." },
    {
      propertyPath: "credentials.openai.secretName",
      reason: '"llm/production/openai" is not a name under "llm/staging/".',
    },
    {
      propertyPath: "credentials.open-ai.variable",
      reason: '"LOCKSTEP_CREDENTIAL_OPENAI" is already the variable of "openai".',
    },
    { propertyPath: "administrators", reason: "Empty; nobody could ever store a value." },
    { propertyPath: "refreshMinutes", reason: "Not a whole number of minutes." },
  ]);
});

test.each([
  "arn:aws:iam::111122223333:role/*",
  "arn:aws:iam::111122223333:root",
  "arn:aws:iam::999999999999:role/deploy",
  "arn:aws:sts::111122223333:assumed-role/deploy/session",
  "*",
])("%s is no administrator", (arn) => {
  expect(inputErrors(() => new Secrets("llm", { ...args, administrators: [arn] }))).toEqual([
    {
      propertyPath: "administrators[0]",
      reason: `"${arn}" is not the ARN of one IAM role or user of account 111122223333.`,
    },
  ]);
});
