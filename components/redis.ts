import { ReplicationGroup, SubnetGroup, User, UserGroup } from "@pulumi/aws/elasticache";
import * as pulumi from "@pulumi/pulumi";
import { createSecurityGroup, redisPort, type StoreArgs } from "./store";

export interface RedisArgs {
  nodeType: string;
  /** Read replicas; with one or more a zone may fail. */
  replicas: number;
  /**
   * The password of Valkey's default user, for LiteLLM's semantic cache, which knows no IAM. That user may
   * reach the cache's own keys only. Absent: there is no such user.
   */
  semanticCachePassword?: pulumi.Input<string>;
}

/** LiteLLM's own name for its index, with which its keys begin. */
const semanticCacheIndex = "litellm_semantic_cache_index";

/** Valkey in one shard, entered with IAM over TLS. */
export function createRedis(name: string, redis: RedisArgs, args: StoreArgs, parent: pulumi.Resource) {
  const { nodeType, replicas, semanticCachePassword } = redis;
  const subnets = new SubnetGroup(
    `${name}-redis`,
    { name: `${name}-redis`, subnetIds: args.privateSubnetIds, ...args.tags },
    { parent },
  );
  const user = createGatewayUser(name, args, parent);
  const others =
    semanticCachePassword === undefined ? [] : [createCacheUser(name, semanticCachePassword, args, parent)];
  const users = new UserGroup(
    `${name}-redis`,
    {
      engine: "valkey",
      userGroupId: `${name}-users`,
      userIds: [user, ...others].map(({ userId }) => userId),
      ...args.tags,
    },
    { parent },
  );
  const group = new ReplicationGroup(
    `${name}-redis`,
    {
      replicationGroupId: name,
      description: "Limits, cool-downs and cache of the LLM gateway.",
      engine: "valkey",
      // The first with vector search, which LiteLLM's semantic cache uses.
      engineVersion: "8.2",
      nodeType,
      port: redisPort,
      numCacheClusters: replicas + 1,
      automaticFailoverEnabled: replicas > 0,
      multiAzEnabled: replicas > 0,
      clusterMode: "disabled",
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      atRestEncryptionEnabled: true,
      kmsKeyId: args.keyArn,
      subnetGroupName: subnets.name,
      securityGroupIds: [createSecurityGroup(name, "redis", redisPort, args, parent)],
      userGroupIds: [users.userGroupId],
      autoMinorVersionUpgrade: true,
      applyImmediately: false,
      // Nothing in it is worth a backup: counters of a minute, cool-downs, cached answers.
      snapshotRetentionLimit: 0,
      ...args.tags,
    },
    { parent },
  );
  return { group, user };
}

/** With IAM a user's name and id have to be the same. */
function createGatewayUser(name: string, args: StoreArgs, parent: pulumi.Resource): User {
  const id = `${name}-gateway`;
  return new User(
    id,
    {
      engine: "valkey",
      userId: id,
      userName: id,
      accessString: "on ~* &* +@all -@admin",
      authenticationMode: { type: "iam" },
      ...args.tags,
    },
    { parent },
  );
}

function createCacheUser(
  name: string,
  password: pulumi.Input<string>,
  args: StoreArgs,
  parent: pulumi.Resource,
): User {
  return new User(
    `${name}-cache`,
    {
      engine: "valkey",
      userId: `${name}-cache`,
      userName: "default",
      accessString: `on ~${semanticCacheIndex}* +@all -@admin`,
      authenticationMode: { type: "password", passwords: [pulumi.secret(password)] },
      ...args.tags,
    },
    { parent },
  );
}
