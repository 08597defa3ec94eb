import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Environment } from "../../components/environment";
import type { Collected } from "../components/mocks";
import { type Tier, tiers } from "../components/shippedEnvironment";
import { Aws, type Json } from "./aws";
import { makers } from "./awsTypes";
import { created } from "./created";
import { allPowerful, type Granted, granted, otherTier } from "./granted";
import { decide, type Guarded, type Policy, type Principal, type Statement } from "./iam";
import { sayIfSkipped, skippedNote, standInsInstalled } from "./standIns";

sayIfSkipped("no AWS resource was created on moto, and no resource policy was asked who may.");

const accounts = { staging: "111122223333", production: "444455556666" };
const region = "us-east-1";

let aws: Aws;
const made = {} as Record<Tier, Collected<Environment>>;
const policies = {} as Record<Tier, Granted>;
beforeAll(async () => {
  if (!standInsInstalled) return;
  aws = Aws.start();
  for (const tier of tiers) {
    made[tier] = await created(aws, tier);
    policies[tier] = await granted(aws, tier, accounts[tier], region);
  }
}, 180_000);
afterAll(() => aws?.stop());

const call = (tier: Tier, service: string, operation: string, parameters: Json = {}) =>
  aws.call({ account: accounts[tier], region }, service, operation, parameters);

describe.skipIf(!standInsInstalled)(`AWS's own API${skippedNote}`, () => {
  it("creates every AWS resource of both environments, and no type stands in the mapping for nothing", () => {
    for (const tier of tiers) {
      const types = made[tier].resources.map(({ type }) => type).filter((type) => type.startsWith("aws:"));
      expect([...new Set(types)].sort()).toEqual(Object.keys(makers).sort());
    }
  });

  it.each(tiers)("has in %s what was asked for, in its own account", async (tier) => {
    const account = accounts[tier];
    const { roles, secrets, bucket, topic } = policies[tier];
    expect(Object.keys(roles).sort()).toEqual([
      "gateway-pod",
      "probes-pod",
      "probes-sampling-pod",
      "secrets-reader",
    ]);
    expect(Object.keys(secrets).sort()).toEqual([
      ...["anthropic", "gateway-master-key", "openai", "retrieval-corpus", "retrieval-index"],
    ]);
    expect(bucket.arn).toBe(`arn:aws:s3:::example-lockstep-${tier}-requests`);
    expect(topic.arn).toBe(`arn:aws:sns:${region}:${account}:lockstep-${tier}-alarms`);
    for (const key of Object.values(policies[tier].keys))
      expect(await call(tier, "kms", "get_key_rotation_status", { KeyId: key.arn })).toMatchObject({
        KeyRotationEnabled: true,
      });
    const { Budgets } = await call(tier, "budgets", "describe_budgets", { AccountId: account });
    expect(Budgets.map(({ BudgetName }: Json) => BudgetName).sort()).toEqual([
      ...[`${tier}-budgets-daily`, `${tier}-budgets-monthly`],
    ]);
    const [instance] = (await call(tier, "rds", "describe_db_instances")).DBInstances;
    expect(instance).toMatchObject({ StorageEncrypted: true, PubliclyAccessible: false, Engine: "postgres" });
  });

  it("refuses what is not of AWS's shape, so that the creation above says something", async () => {
    const key = { Description: "A key.", Policy: "{}" };
    await expect(call("staging", "kms", "create_key", key)).resolves.toMatchObject({});
    const refused = (operation: Promise<Json>) => operation.catch(({ message }: Error) => message);
    expect(await refused(call("staging", "kms", "create_key", { ...key, Descripton: "A key." }))).toMatch(
      /^ShapeError: create_key: .*Unknown parameter in input: "Descripton"/s,
    );
    expect(await refused(call("staging", "kms", "create_key", { ...key, KeySpec: "SYMMETRIC" }))).toMatch(
      /^ShapeError: create_key: CreateKey\.KeySpec: 'SYMMETRIC' is none of RSA_2048, /,
    );
    expect(await refused(call("staging", "kms", "create_alias", { AliasName: "lockstep" }))).toMatch(
      /^ShapeError: create_alias: .*Missing required parameter in input: "TargetKeyId"/s,
    );
    const monitor = { MonitorName: "costs", MonitorType: "DIMENSION" };
    expect(
      await refused(call("staging", "ce", "create_anomaly_monitor", { AnomalyMonitor: monitor })),
    ).toMatch(/MonitorType: 'DIMENSION' is none of DIMENSIONAL, CUSTOM$/);
  });
});

/** Who, asking what of which resource; and the condition keys of the request. */
type Case = [principal: Principal, action: string, resource: string, context?: Record<string, string>];

describe.skipIf(!standInsInstalled).each(tiers)(`a resource policy of %s${skippedNote}`, (tier) => {
  const own = () => policies[tier];
  const role = (name: string) => {
    const found = own().roles[name];
    if (found === undefined) throw new Error(`There is no role ${name}.`);
    return found;
  };
  const foreign = () => allPowerful(accounts[otherTier(tier)], `${otherTier(tier)}-secrets-reader`);
  const neighbour = () => allPowerful(accounts[tier], "somebody");
  const administrator = () => allPowerful(accounts[tier], "platform-deployer");
  const ask = (guarded: Guarded, [principal, action, resource, context = {}]: Case) =>
    decide({ principal, action, resource, context }, guarded);
  const expectAll = (answer: "allowed" | "denied", guarded: Guarded, cases: Case[]) => {
    for (const one of cases) expect(ask(guarded, one), JSON.stringify(one)).toBe(answer);
  };
  const without = (guarded: Guarded, ...sids: string[]): Guarded => {
    const Statement = guarded.policy.Statement.filter(({ Sid }) => !sids.includes(Sid));
    expect(Statement.length).toBe(guarded.policy.Statement.length - sids.length);
    return { ...guarded, policy: { Statement } satisfies Policy };
  };
  /** The same with a statement that lets everybody in: what then denies is our own. */
  const opened = (guarded: Guarded): Guarded => {
    const open: Statement = { Sid: "Open", Effect: "Allow", Principal: "*", Action: "*", Resource: "*" };
    return { ...guarded, policy: { Statement: [...guarded.policy.Statement, open] } };
  };
  const http = { "aws:SecureTransport": "false" };

  it("lets nobody but the reader read a secret, whatever their own account lets them", () => {
    const get = "secretsmanager:GetSecretValue";
    for (const [name, secret] of Object.entries(own().secrets)) {
      const { arn } = secret;
      expectAll("allowed", secret, [
        [role("secrets-reader"), get, arn],
        [role("secrets-reader"), "secretsmanager:DescribeSecret", arn],
        [administrator(), "secretsmanager:PutSecretValue", arn],
        // Who deploys a value reads it back; another one stays out of band.
        ...(name === "openai" ? ([[administrator(), get, arn]] satisfies Case[]) : []),
      ]);
      expectAll("denied", secret, [
        ...[
          "GetSecretValue",
          "DescribeSecret",
          "PutSecretValue",
          "GetResourcePolicy",
          "PutResourcePolicy",
        ].map((action): Case => [foreign(), `secretsmanager:${action}`, arn]),
        [neighbour(), get, arn],
        [neighbour(), "secretsmanager:PutSecretValue", arn],
        [role("gateway-pod"), get, arn],
        [role("probes-pod"), get, arn],
        [role("secrets-reader"), "secretsmanager:PutSecretValue", arn],
        [role("secrets-reader"), get, arn, http],
        ...(name === "openai" ? [] : ([[administrator(), get, arn]] satisfies Case[])),
      ]);
      expectAll("allowed", without(secret, "DenyReadingByOthers"), [[neighbour(), get, arn]]);
      const put: Case = [foreign(), "secretsmanager:PutResourcePolicy", arn];
      expectAll("denied", opened(secret), [put, [foreign(), get, arn]]);
      expectAll("allowed", without(opened(secret), "DenyOtherAccounts"), [put]);
    }
  });

  it("lets a key be used through its services only, and by nobody of another account", () => {
    const via = (service: string) => ({ "kms:ViaService": `${service}.${region}.amazonaws.com` });
    const { secrets, log, state } = own().keys;
    const ofSecret = { "kms:EncryptionContext:SecretARN": own().secrets.openai?.arn ?? "" };
    expectAll("allowed", secrets, [
      [role("secrets-reader"), "kms:Decrypt", secrets.arn, { ...via("secretsmanager"), ...ofSecret }],
      [administrator(), "kms:DescribeKey", secrets.arn],
      ...["budgets", "cloudwatch", "costalerts"].map(
        (service): Case => [
          { service: `${service}.amazonaws.com`, sourceAccount: accounts[tier] },
          "kms:GenerateDataKey",
          secrets.arn,
        ],
      ),
    ]);
    expectAll("denied", secrets, [
      [role("secrets-reader"), "kms:Decrypt", secrets.arn, ofSecret],
      [role("secrets-reader"), "kms:Decrypt", secrets.arn, via("secretsmanager")],
      [role("gateway-pod"), "kms:Decrypt", secrets.arn, via("secretsmanager")],
      [neighbour(), "kms:Decrypt", secrets.arn],
      [
        { service: "budgets.amazonaws.com", sourceAccount: accounts[otherTier(tier)] },
        "kms:GenerateDataKey",
        secrets.arn,
      ],
    ]);
    expectAll("allowed", log, [
      [role("gateway-pod"), "kms:GenerateDataKey", log.arn, via("s3")],
      [role("probes-sampling-pod"), "kms:Decrypt", log.arn, via("s3")],
    ]);
    expectAll("denied", log, [
      [role("gateway-pod"), "kms:Decrypt", log.arn, via("s3")],
      [role("probes-pod"), "kms:Decrypt", log.arn, via("s3")],
    ]);
    const grant = { ...via("rds"), "kms:GrantIsForAWSResource": "true" };
    expectAll("allowed", state, [[administrator(), "kms:CreateGrant", state.arn, grant]]);
    expectAll("denied", state, [[administrator(), "kms:CreateGrant", state.arn, via("rds")]]);
    for (const key of [secrets, log, state])
      expectAll("denied", key, [
        ...["Decrypt", "Encrypt", "GenerateDataKey", "CreateGrant", "PutKeyPolicy", "DescribeKey"].flatMap(
          (action): Case[] => [
            [foreign(), `kms:${action}`, key.arn],
            [foreign(), `kms:${action}`, key.arn, { ...grant, ...via("secretsmanager") }],
            [foreign(), `kms:${action}`, key.arn, via("s3")],
          ],
        ),
        [neighbour(), "kms:Decrypt", key.arn],
      ]);
  });

  it("lets nobody of another account at the request log, nor anybody without TLS", () => {
    const { bucket, keys } = own();
    const record = `${bucket.arn}/requests/2026-11-21/a.json`;
    const encrypted = (id: string) => ({
      "s3:x-amz-server-side-encryption": "aws:kms",
      "s3:x-amz-server-side-encryption-aws-kms-key-id": id,
    });
    expectAll("allowed", bucket, [
      [role("gateway-pod"), "s3:PutObject", record],
      [role("gateway-pod"), "s3:PutObject", record, encrypted(keys.log.arn)],
      [role("probes-sampling-pod"), "s3:GetObject", record],
      [role("probes-sampling-pod"), "s3:ListBucket", bucket.arn],
    ]);
    expectAll("denied", bucket, [
      ...["GetObject", "PutObject", "DeleteObject"].map(
        (action): Case => [foreign(), `s3:${action}`, record],
      ),
      ...["ListBucket", "PutBucketPolicy"].map((action): Case => [foreign(), `s3:${action}`, bucket.arn]),
      [role("gateway-pod"), "s3:GetObject", record],
      [role("gateway-pod"), "s3:PutObject", record, http],
      [role("gateway-pod"), "s3:PutObject", record, encrypted(keys.secrets.arn)],
      [role("gateway-pod"), "s3:PutObject", record, { "s3:x-amz-server-side-encryption": "AES256" }],
      [role("probes-pod"), "s3:GetObject", record],
    ]);
    const open = opened(bucket);
    expectAll("denied", open, [[foreign(), "s3:GetObject", record]]);
    expectAll("allowed", without(open, "DenyOtherAccounts"), [[foreign(), "s3:GetObject", record]]);
  });

  it("lets this account's alarms publish to the topic, and nobody else's", () => {
    const { topic } = own();
    const service = (name: string, of: Tier): Principal => ({
      service: `${name}.amazonaws.com`,
      sourceAccount: accounts[of],
    });
    expectAll("allowed", topic, [
      [service("budgets", tier), "sns:Publish", topic.arn],
      [service("costalerts", tier), "sns:Publish", topic.arn],
      [service("cloudwatch", tier), "sns:Publish", topic.arn],
    ]);
    expectAll("denied", topic, [
      [service("budgets", otherTier(tier)), "sns:Publish", topic.arn],
      [service("s3", tier), "sns:Publish", topic.arn],
      [service("budgets", tier), "sns:Publish", topic.arn, http],
      ...["Publish", "Subscribe", "SetTopicAttributes", "GetTopicAttributes"].map(
        (action): Case => [foreign(), `sns:${action}`, topic.arn],
      ),
    ]);
  });

  it("lets a role be taken by its own pods only", () => {
    const pods: Principal = { service: "pods.eks.amazonaws.com", sourceAccount: accounts[tier] };
    const tags = (cluster: Tier, namespace: string, serviceAccount: string) => ({
      "aws:RequestTag/eks-cluster-arn": `arn:aws:eks:${region}:${accounts[cluster]}:cluster/llm-${cluster}`,
      "aws:RequestTag/kubernetes-namespace": namespace,
      "aws:RequestTag/kubernetes-service-account": serviceAccount,
    });
    const { role: arn, trust } = role("gateway-pod");
    const guarded = { account: accounts[tier], policy: trust };
    const namespace = `llm-${tier}`;
    expectAll("allowed", guarded, [
      [pods, "sts:AssumeRole", arn, tags(tier, namespace, `${tier}-gateway`)],
      [pods, "sts:TagSession", arn, tags(tier, namespace, `${tier}-gateway`)],
    ]);
    expectAll("denied", guarded, [
      [pods, "sts:AssumeRole", arn],
      [pods, "sts:AssumeRole", arn, tags(tier, namespace, `${tier}-probes`)],
      [pods, "sts:AssumeRole", arn, tags(tier, "default", `${tier}-gateway`)],
      [pods, "sts:AssumeRole", arn, tags(otherTier(tier), namespace, `${tier}-gateway`)],
      [foreign(), "sts:AssumeRole", arn],
    ]);
  });
});
