import { Instance, SubnetGroup } from "@pulumi/aws/rds";
import type * as pulumi from "@pulumi/pulumi";
import { createSecurityGroup, postgresPort, type StoreArgs } from "./store";

export interface PostgresArgs {
  instanceClass: string;
  storageGib: number;
  /** A standby in another zone. */
  multiAz: boolean;
}

export const databaseName = "litellm";
export const databaseUser = "litellm";

/** Postgres, private and encrypted, whose password RDS makes, keeps in Secrets Manager and rotates. */
export function createPostgres(
  name: string,
  { instanceClass, storageGib, multiAz, production }: PostgresArgs & { production: boolean },
  args: StoreArgs,
  parent: pulumi.Resource,
): Instance {
  const subnets = new SubnetGroup(
    `${name}-postgres`,
    { name: `${name}-postgres`, subnetIds: args.privateSubnetIds, ...args.tags },
    { parent },
  );
  return new Instance(
    `${name}-postgres`,
    {
      identifier: name,
      engine: "postgres",
      engineVersion: "17",
      instanceClass,
      allocatedStorage: storageGib,
      maxAllocatedStorage: storageGib * 4,
      storageType: "gp3",
      storageEncrypted: true,
      kmsKeyId: args.keyArn,
      dbName: databaseName,
      username: databaseUser,
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: args.keyArn,
      dbSubnetGroupName: subnets.name,
      vpcSecurityGroupIds: [createSecurityGroup(name, "postgres", postgresPort, args, parent)],
      publiclyAccessible: false,
      multiAz,
      backupRetentionPeriod: production ? 30 : 7,
      copyTagsToSnapshot: true,
      deletionProtection: production,
      skipFinalSnapshot: !production,
      ...(production ? { finalSnapshotIdentifier: `${name}-final` } : {}),
      autoMinorVersionUpgrade: true,
      applyImmediately: false,
      enabledCloudwatchLogsExports: ["postgresql", "upgrade"],
      ...args.tags,
    },
    { parent },
  );
}
