import { Workgroup } from "@pulumi/aws/athena";
import { CatalogDatabase, CatalogTable } from "@pulumi/aws/glue";
import {
  Bucket,
  BucketLifecycleConfiguration,
  BucketOwnershipControls,
  BucketPolicy,
  BucketPublicAccessBlock,
  BucketServerSideEncryptionConfiguration,
  BucketVersioning,
} from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { requestLogPrefix } from "../gateway/litellm";
import { InputErrors, isAccount, isRegion } from "./inputErrors";
import { createKey, policy } from "./key";
import { projection, storage } from "./requestTable";

export interface RequestLogArgs {
  /** The AWS account id, 12 digits. */
  account: string;
  /** The AWS region of bucket, catalogue and work group. */
  region: string;
  /** The bucket's name, without dots. */
  bucketName: string;
  /** How long requests and answers are kept, in days. At least 7, which a replay of traffic needs. */
  retentionDays: number;
  /** The most that one query may read, in GiB. Athena cancels it there. */
  athenaScanLimitGib: number;
  /** The key of bucket and query results; its policy has to allow use through S3. Default: its own. */
  kmsKeyArn?: pulumi.Input<string>;
  /** The prefix of the log's objects, without a trailing "/". Default "requests", as the gateway's. */
  prefix?: string;
  /**
   * How long a deleted, overwritten or expired object can be restored, in days. It is stored that much
   * longer than `retentionDays`. Default 7.
   */
  restoreDays?: number;
  /** Tags for every AWS resource. */
  tags?: Record<string, string>;
}

/**
 * The log of every request to the gateway with its answer: a private, encrypted bucket into which the
 * gateway writes one JSON document a request, under `<prefix>/<yyyy-MM-dd>/`, and a table over it for
 * Athena. Days are projected, not registered, so no crawler is needed.
 *
 * Give the key's ARN to a writer that names a key; one that names none gets the bucket's default, the same.
 *
 * @throws pulumi.InputPropertiesError with every unusable argument.
 */
export class RequestLog extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;
  /** The prefix of the log's objects, without a trailing "/". */
  readonly prefix: string;
  readonly kmsKeyArn: pulumi.Output<string>;
  readonly databaseName: pulumi.Output<string>;
  readonly tableName: pulumi.Output<string>;
  readonly workgroupName: pulumi.Output<string>;

  constructor(name: string, args: RequestLogArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArgs(name, args);
    super("lockstep:index:RequestLog", name, {}, opts);
    const self = this;
    const { account, region, bucketName, retentionDays } = args;
    const prefix = args.prefix ?? requestLogPrefix;
    const tags = args.tags === undefined ? {} : { tags: args.tags };

    const kmsKeyArn = pulumi.output(args.kmsKeyArn ?? createBucketKey());
    const bucket = new Bucket(
      `${name}-bucket`,
      { bucket: bucketName, forceDestroy: false, ...tags },
      // Under a new name it is made, and written to, before the old one is asked to go; see secrets.ts.
      { parent: this, deleteBeforeReplace: false },
    );
    const accessBlock = createAccessBlock();
    createOwnership();
    createEncryption();
    const versioning = createVersioning();
    createLifecycle();
    createBucketPolicy();
    const database = createDatabase();
    const table = createTable();
    const workgroup = createWorkgroup();

    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;
    this.prefix = prefix;
    this.kmsKeyArn = kmsKeyArn;
    this.databaseName = database.name;
    this.tableName = table.name;
    this.workgroupName = workgroup.name;
    this.registerOutputs({
      bucketName: this.bucketName,
      bucketArn: this.bucketArn,
      prefix,
      kmsKeyArn,
      databaseName: this.databaseName,
      tableName: this.tableName,
      workgroupName: this.workgroupName,
      retentionDays,
      athenaScanLimitGib: args.athenaScanLimitGib,
    });

    function createBucketKey(): pulumi.Output<string> {
      const description = `Encrypts the bucket ${bucketName}.`;
      return createKey(`${name}-key`, { account, region, description, usedThrough: ["s3"], ...tags }, self)
        .arn;
    }

    function createAccessBlock(): BucketPublicAccessBlock {
      return new BucketPublicAccessBlock(
        `${name}-bucket`,
        {
          bucket: bucket.id,
          blockPublicAcls: true,
          blockPublicPolicy: true,
          ignorePublicAcls: true,
          restrictPublicBuckets: true,
        },
        { parent: self },
      );
    }

    function createOwnership(): void {
      new BucketOwnershipControls(
        `${name}-bucket`,
        { bucket: bucket.id, rule: { objectOwnership: "BucketOwnerEnforced" } },
        { parent: self },
      );
    }

    function createEncryption(): void {
      new BucketServerSideEncryptionConfiguration(
        `${name}-bucket`,
        {
          bucket: bucket.id,
          rules: [
            {
              applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: kmsKeyArn },
              bucketKeyEnabled: true,
              blockedEncryptionTypes: ["SSE-C"],
            },
          ],
        },
        { parent: self },
      );
    }

    function createVersioning(): BucketVersioning {
      return new BucketVersioning(
        `${name}-bucket`,
        { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } },
        { parent: self },
      );
    }

    function createLifecycle(): void {
      const restore = { noncurrentDays: args.restoreDays ?? 7 };
      new BucketLifecycleConfiguration(
        `${name}-bucket`,
        {
          bucket: bucket.id,
          rules: [
            {
              id: "expire",
              status: "Enabled",
              filter: {},
              expiration: { days: retentionDays },
              noncurrentVersionExpiration: restore,
              abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
            },
            {
              // S3 allows no days beside this in one rule.
              id: "expire-delete-markers",
              status: "Enabled",
              filter: {},
              expiration: { expiredObjectDeleteMarker: true },
            },
          ],
        },
        // There are no noncurrent versions to expire before versioning is on.
        { parent: self, dependsOn: versioning },
      );
    }

    function createBucketPolicy(): void {
      new BucketPolicy(
        `${name}-bucket`,
        { bucket: bucket.id, policy: pulumi.jsonStringify(bucketPolicy(account, bucket.arn, kmsKeyArn)) },
        { parent: self, dependsOn: accessBlock },
      );
    }

    function createDatabase(): CatalogDatabase {
      return new CatalogDatabase(
        `${name}-database`,
        {
          name: name.replaceAll("-", "_"),
          catalogId: account,
          description: `The request log in ${bucketName}.`,
          ...tags,
        },
        { parent: self },
      );
    }

    function createTable(): CatalogTable {
      const location = `s3://${bucketName}/${prefix}/`;
      return new CatalogTable(
        `${name}-table`,
        {
          name: "requests",
          databaseName: database.name,
          catalogId: account,
          description: "One row a request: LiteLLM's StandardLoggingPayload.",
          tableType: "EXTERNAL_TABLE",
          parameters: { EXTERNAL: "TRUE", classification: "json", ...projection(location, retentionDays) },
          partitionKeys: [
            { name: "day", type: "string", comment: "The day of the request's start: yyyy-MM-dd." },
          ],
          storageDescriptor: storage(location),
        },
        { parent: self },
      );
    }

    function createWorkgroup(): Workgroup {
      return new Workgroup(
        `${name}-workgroup`,
        {
          name,
          description: `Queries over the request log in ${bucketName}.`,
          configuration: {
            enforceWorkgroupConfiguration: true,
            publishCloudwatchMetricsEnabled: true,
            requesterPaysEnabled: false,
            bytesScannedCutoffPerQuery: args.athenaScanLimitGib * 1024 ** 3,
            resultConfiguration: {
              outputLocation: pulumi.interpolate`s3://${bucket.bucket}/query-results/`,
              expectedBucketOwner: account,
              encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn },
            },
          },
          ...tags,
        },
        { parent: self },
      );
    }
  }
}

/**
 * A writer that names no encryption gets the bucket's default, which is the key. One that names any has to
 * name the key: `aws:kms` without a key would use the account's `aws/s3`. The key condition is negated, so
 * it holds for a request without a key as well.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
 */
function bucketPolicy(account: string, bucketArn: pulumi.Input<string>, kmsKeyArn: pulumi.Input<string>) {
  const objects = pulumi.interpolate`${bucketArn}/*`;
  return policy(
    {
      Sid: "DenyInsecureTransport",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [bucketArn, objects],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      Sid: "DenyOtherAccounts",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [bucketArn, objects],
      Condition: { StringNotEquals: { "aws:PrincipalAccount": account } },
    },
    {
      Sid: "DenyOtherEncryption",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: objects,
      Condition: {
        Null: { "s3:x-amz-server-side-encryption": "false" },
        StringNotEquals: { "s3:x-amz-server-side-encryption-aws-kms-key-id": kmsKeyArn },
      },
    },
  );
}

function checkArgs(name: string, args: RequestLogArgs): void {
  const errors = new InputErrors(`RequestLog "${name}"`);
  const { bucketName, retentionDays, athenaScanLimitGib } = args;
  const restoreDays = args.restoreDays ?? 7;
  const prefix = args.prefix ?? requestLogPrefix;
  errors.require(/^[a-z][a-z0-9-]{0,127}$/.test(name), "name", "Not usable as the name of a Glue database.");
  errors.require(isAccount(args.account), "account", "Not an AWS account id of 12 digits.");
  errors.require(isRegion(args.region), "region", 'Not an AWS region, such as "us-east-1".');
  errors.require(
    /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucketName),
    "bucketName",
    `"${bucketName}" is not a bucket's name without dots.`,
  );
  errors.require(
    Number.isInteger(retentionDays) && retentionDays >= 7,
    "retentionDays",
    `${retentionDays} is not a whole number of days of at least 7.`,
  );
  errors.require(
    Number.isInteger(athenaScanLimitGib) && athenaScanLimitGib > 0,
    "athenaScanLimitGib",
    `${athenaScanLimitGib} is not a whole number of GiB above zero.`,
  );
  errors.require(
    Number.isInteger(restoreDays) && restoreDays > 0,
    "restoreDays",
    `${restoreDays} is not a whole number of days above zero.`,
  );
  errors.require(
    /^[\w-]+(\/[\w-]+)*$/.test(prefix) && !`${prefix}/`.startsWith("query-results/"),
    "prefix",
    `"${prefix}" is not a prefix without a trailing "/", outside "query-results".`,
  );
  errors.throwIfAny();
}
