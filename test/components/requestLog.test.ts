import { Provider as Aws } from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { RequestLog, type RequestLogArgs } from "../../components/requestLog";
import { collect, document, inputErrors } from "./mocks";

const args: RequestLogArgs = {
  account: "111122223333",
  region: "eu-central-1",
  bucketName: "llm-staging-requests",
  retentionDays: 30,
  athenaScanLimitGib: 50,
};

const build = (overrides: Partial<RequestLogArgs> = {}) =>
  collect(() => {
    const provider = new Aws("staging-aws", { region: "eu-central-1" });
    return new RequestLog("llm-log", { ...args, ...overrides }, { provider });
  });

describe("the bucket", () => {
  test("is private in all four ways and owns what is written", async () => {
    const collected = await build();
    expect(collected.one("aws:s3/bucket:Bucket").inputs).toEqual({
      bucket: "llm-staging-requests",
      forceDestroy: false,
    });
    expect(collected.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs).toEqual({
      bucket: "llm-log-bucket-id",
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(collected.one("aws:s3/bucketOwnershipControls:BucketOwnershipControls").inputs).toEqual({
      bucket: "llm-log-bucket-id",
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
  });

  test("encrypts by the key that is given, and no other is made", async () => {
    const kmsKeyArn = pulumi.output("arn:aws:kms:eu-central-1:111122223333:key/1");
    const collected = await build({ kmsKeyArn });
    expect(
      collected.one("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
        .inputs,
    ).toEqual({
      bucket: "llm-log-bucket-id",
      rules: [
        {
          applyServerSideEncryptionByDefault: {
            sseAlgorithm: "aws:kms",
            kmsMasterKeyId: "arn:aws:kms:eu-central-1:111122223333:key/1",
          },
          bucketKeyEnabled: true,
          blockedEncryptionTypes: ["SSE-C"],
        },
      ],
    });
    expect(collected.all("aws:kms/key:Key")).toEqual([]);
  });

  test("without a key gets one of its own that works through S3 only", async () => {
    const { inputs } = (await build()).one("aws:kms/key:Key");
    expect(inputs).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
    const policy = document(inputs, "policy");
    expect(policy).toMatchObject({
      Statement: [
        { Sid: "AllowAccountToAdminister" },
        {
          Condition: {
            StringEquals: {
              "kms:CallerAccount": "111122223333",
              "kms:ViaService": ["s3.eu-central-1.amazonaws.com"],
            },
          },
        },
      ],
    });
  });

  test("keeps versions, and everything as long as it has to and no longer", async () => {
    const collected = await build({ restoreDays: 3 });
    expect(collected.one("aws:s3/bucketVersioning:BucketVersioning").inputs).toMatchObject({
      versioningConfiguration: { status: "Enabled" },
    });
    const lifecycle = collected.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration");
    expect(lifecycle.inputs).toEqual({
      bucket: "llm-log-bucket-id",
      rules: [
        {
          id: "expire",
          status: "Enabled",
          filter: {},
          expiration: { days: 30 },
          noncurrentVersionExpiration: { noncurrentDays: 3 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        },
        {
          id: "expire-delete-markers",
          status: "Enabled",
          filter: {},
          expiration: { expiredObjectDeleteMarker: true },
        },
      ],
    });
  });

  test("refuses plain text transport, other accounts, and any other encryption", async () => {
    const { inputs } = (await build()).one("aws:s3/bucketPolicy:BucketPolicy");
    const everything = ["arn:mock:llm-log-bucket", "arn:mock:llm-log-bucket/*"];
    expect(document(inputs, "policy")).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "DenyInsecureTransport",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: everything,
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        {
          Sid: "DenyOtherAccounts",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: everything,
          Condition: { StringNotEquals: { "aws:PrincipalAccount": "111122223333" } },
        },
        {
          Sid: "DenyOtherEncryption",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:PutObject",
          Resource: "arn:mock:llm-log-bucket/*",
          Condition: {
            Null: { "s3:x-amz-server-side-encryption": "false" },
            StringNotEquals: { "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:mock:llm-log-key" },
          },
        },
      ],
    });
  });
});

describe("the table", () => {
  const table = async (overrides: Partial<RequestLogArgs> = {}) =>
    (await build(overrides)).one("aws:glue/catalogTable:CatalogTable").inputs;

  test("projects the days that are kept, where the gateway writes them", async () => {
    expect(await table({ prefix: "gateway/requests" })).toMatchObject({
      name: "requests",
      databaseName: "llm_log",
      catalogId: "111122223333",
      tableType: "EXTERNAL_TABLE",
      partitionKeys: [{ name: "day", type: "string" }],
      parameters: {
        EXTERNAL: "TRUE",
        classification: "json",
        "projection.enabled": "true",
        "projection.day.type": "date",
        "projection.day.format": "yyyy-MM-dd",
        "projection.day.range": "NOW-30DAYS,NOW",
        "projection.day.interval": "1",
        "projection.day.interval.unit": "DAYS",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Athena's own placeholder.
        "storage.location.template": "s3://llm-staging-requests/gateway/requests/${day}/",
      },
      storageDescriptor: { location: "s3://llm-staging-requests/gateway/requests/" },
    });
  });

  test("reads LiteLLM's records, its camel case mapped, and fails on what it cannot read", async () => {
    expect(await table()).toMatchObject({
      storageDescriptor: {
        serDeInfo: {
          serializationLibrary: "org.openx.data.jsonserde.JsonSerDe",
          parameters: {
            "case.insensitive": "false",
            "ignore.malformed.json": "false",
            "mapping.starttime": "startTime",
            "mapping.endtime": "endTime",
            "mapping.completionstarttime": "completionStartTime",
          },
        },
      },
    });
  });

  test("has the columns that evidence is measured on", async () => {
    const { columns } = (await table()).storageDescriptor as { columns: { name: string; type: string }[] };
    const types = Object.fromEntries(columns.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({
      status: "string",
      starttime: "double",
      completionstarttime: "double",
      model_group: "string",
      response_cost: "double",
      prompt_tokens: "bigint",
      messages: "string",
      response: "string",
      error_information:
        "struct<error_code:string,error_class:string,llm_provider:string,error_message:string>",
    });
    expect(types.metadata).toContain("prompt_tokens_details:struct<cached_tokens:bigint>");
    expect(columns.filter(({ name }) => name !== name.toLowerCase())).toEqual([]);
  });
});

test("the work group enforces encrypted results, its scan limit and metrics on every query", async () => {
  expect((await build()).one("aws:athena/workgroup:Workgroup").inputs).toEqual({
    name: "llm-log",
    description: "Queries over the request log in llm-staging-requests.",
    configuration: {
      enforceWorkgroupConfiguration: true,
      publishCloudwatchMetricsEnabled: true,
      requesterPaysEnabled: false,
      bytesScannedCutoffPerQuery: 53_687_091_200,
      resultConfiguration: {
        outputLocation: "s3://llm-staging-requests/query-results/",
        expectedBucketOwner: "111122223333",
        encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: "arn:mock:llm-log-key" },
      },
    },
  });
});

test("the component's outputs are what it governs", async () => {
  expect((await build()).one("lockstep:index:RequestLog").outputs).toEqual({
    bucketName: "llm-staging-requests",
    bucketArn: "arn:mock:llm-log-bucket",
    prefix: "requests",
    kmsKeyArn: "arn:mock:llm-log-key",
    databaseName: "llm_log",
    tableName: "requests",
    workgroupName: "llm-log",
    retentionDays: 30,
    athenaScanLimitGib: 50,
  });
});

test("every resource is the component's, made by the provider given to it", async () => {
  const collected = await build();
  expect(collected.strays("llm-log")).toEqual([]);
  expect(collected.resources.filter(({ parent }) => parent === "llm-log")).toHaveLength(11);
});

test("all unusable arguments are named at once", () => {
  const errors = inputErrors(
    () =>
      new RequestLog("LLM log", {
        account: "x",
        region: "europe",
        bucketName: "logs.example.com",
        retentionDays: 6,
        athenaScanLimitGib: 0.5,
        restoreDays: 0,
        prefix: "query-results/requests",
      }),
  );
  expect(errors.map(({ propertyPath }) => propertyPath)).toEqual([
    "name",
    "account",
    "region",
    "bucketName",
    "retentionDays",
    "athenaScanLimitGib",
    "restoreDays",
    "prefix",
  ]);
  expect(errors[4]?.reason).toBe("6 is not a whole number of days of at least 7.");
});
