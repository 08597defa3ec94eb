import * as pulumi from "@pulumi/pulumi";
import { InputErrors, isAccount, isRegion } from "./inputErrors";
import { createKey } from "./key";
import { createPostgres, databaseName, databaseUser, type PostgresArgs } from "./postgres";
import { createRedis, type RedisArgs } from "./redis";
import type { StoreArgs } from "./store";

export interface GatewayStateArgs {
  /** The AWS account id, 12 digits. */
  account: string;
  /** The AWS region of both stores. */
  region: string;
  /** The production environment's database cannot be deleted, and is backed up for longer. */
  production: boolean;
  network: {
    vpcId: string;
    /** Private subnets in two zones or more. */
    privateSubnetIds: string[];
    /** The security group of the cluster's nodes: nothing else is let in. */
    clusterSecurityGroupId: string;
  };
  /** Valkey, for limits, cool-downs and the cache. Absent: none, and one replica only. */
  redis?: RedisArgs;
  /** Postgres, for keys, team budgets and spend. Absent: none, and no team limits. */
  postgres?: PostgresArgs;
  /** Tags for every AWS resource. */
  tags?: Record<string, string>;
}

/**
 * What the gateway's replicas share: Valkey and Postgres, each encrypted with a key of their own, in private
 * subnets, open to the cluster's nodes only. Valkey is entered with IAM, so there is no password to keep;
 * Postgres' is made, kept and rotated by RDS in Secrets Manager, and never seen here.
 *
 * Deleting the production database takes two steps: switching `deletionProtection` off, then deleting it,
 * which leaves a final snapshot.
 *
 * @throws pulumi.InputPropertiesError with every unusable argument.
 */
export class GatewayState extends pulumi.ComponentResource {
  /** LiteLLM's variables that say where the stores are; no secret among them. */
  readonly env: Record<string, pulumi.Output<string>>;
  /** What a pod's role has to be allowed `elasticache:Connect` to; empty without Redis. */
  readonly redisArns: pulumi.Output<string>[];
  /** The secret that RDS keeps: JSON with `username` and `password`. Undefined without Postgres. */
  readonly databaseSecretArn: pulumi.Output<string> | undefined;
  /** The key that encrypts both stores and the database's secret. */
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: GatewayStateArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArgs(name, args);
    super("lockstep:index:GatewayState", name, {}, opts);
    const { account, region, network } = args;
    const tags = args.tags === undefined ? {} : { tags: args.tags };

    const key = createKey(
      `${name}-key`,
      {
        account,
        region,
        description: `Encrypts the gateway's stores (${name}).`,
        usedThrough: ["elasticache", "rds", "secretsmanager"],
        ...tags,
      },
      this,
    );
    const store: StoreArgs = { ...network, keyArn: key.arn, tags };
    const redis = args.redis === undefined ? undefined : createRedis(name, args.redis, store, this);
    const database =
      args.postgres === undefined
        ? undefined
        : createPostgres(name, { ...args.postgres, production: args.production }, store, this);

    this.keyArn = key.arn;
    this.redisArns = redis === undefined ? [] : [redis.group.arn, redis.user.arn];
    this.databaseSecretArn = database?.masterUserSecrets.apply((secrets) => secrets?.[0]?.secretArn ?? "");
    this.env = {
      ...(redis === undefined
        ? {}
        : {
            REDIS_HOST: redis.group.primaryEndpointAddress,
            REDIS_AWS_IAM_AUTH: pulumi.output("true"),
            REDIS_AWS_IAM_CACHE_NAME: pulumi.output(name),
            REDIS_AWS_IAM_REGION: pulumi.output(region),
            REDIS_AWS_IAM_USER_NAME: redis.user.userName,
          }),
      ...(database === undefined
        ? {}
        : {
            DATABASE_HOST: database.address,
            DATABASE_NAME: pulumi.output(databaseName),
            DATABASE_SSLMODE: pulumi.output("require"),
            DATABASE_USERNAME: pulumi.output(databaseUser),
          }),
    };
    this.registerOutputs({
      env: this.env,
      redisArns: this.redisArns,
      databaseSecretArn: this.databaseSecretArn,
      keyArn: this.keyArn,
      transitEncryption: true,
      storageEncryption: true,
      deletionProtection: args.postgres !== undefined && args.production,
    });
  }
}

function checkArgs(name: string, args: GatewayStateArgs): void {
  const errors = new InputErrors(`GatewayState "${name}"`);
  errors.require(
    /^[a-z](-?[a-z0-9]){0,31}$/.test(name),
    "name",
    "Not usable as the id of a cache and a database: at most 32 characters, a-z, 0-9 and single dashes, a letter first.",
  );
  errors.require(isAccount(args.account), "account", "Not an AWS account id of 12 digits.");
  errors.require(isRegion(args.region), "region", 'Not an AWS region, such as "us-east-1".');
  const { vpcId, privateSubnetIds, clusterSecurityGroupId } = args.network;
  errors.require(/^vpc-/.test(vpcId), "network.vpcId", `"${vpcId}" is not the id of a VPC.`);
  errors.require(
    new Set(privateSubnetIds).size >= 2,
    "network.privateSubnetIds",
    "Fewer than two subnets; a store needs two zones.",
  );
  errors.require(
    /^sg-/.test(clusterSecurityGroupId),
    "network.clusterSecurityGroupId",
    `"${clusterSecurityGroupId}" is not the id of a security group.`,
  );
  errors.require(
    args.redis !== undefined || args.postgres !== undefined,
    "redis",
    "Neither Redis nor Postgres: leave it out.",
  );
  if (args.redis !== undefined) {
    const { replicas } = args.redis;
    errors.require(
      Number.isInteger(replicas) && replicas >= 0 && replicas <= 5,
      "redis.replicas",
      "Not 0 to 5.",
    );
  }
  if (args.postgres !== undefined) {
    errors.require(
      args.postgres.storageGib >= 20,
      "postgres.storageGib",
      "Less than 20 GiB, the least of gp3.",
    );
    errors.require(
      !args.production || args.postgres.multiAz,
      "postgres.multiAz",
      "Production needs a standby in another zone.",
    );
  }
  errors.throwIfAny();
}
