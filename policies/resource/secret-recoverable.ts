import { ownStack } from "../ownStack";
import { at, reportOn, shown, unknownFound } from "../props";
import { type Report, type ResourceContext, type ResourceRule, type ResourceView, UNKNOWN } from "../rule";

type Judge = (resource: ResourceView, context: ResourceContext) => Report[];

/**
 * By type, what keeps it from being lost for good. Secrets and keys are judged in any program; databases in a
 * production stack, and of buckets only the declared request log: others may be made to be thrown away.
 */
const judges: Readonly<Record<string, Judge>> = {
  "aws:secretsmanager/secret:Secret": window("recoveryWindowInDays", "a recovery window"),
  "aws:kms/key:Key": window("deletionWindowInDays", "a deletion window"),
  "aws:kms/externalKey:ExternalKey": window("deletionWindowInDays", "a deletion window"),
  "aws:kms/replicaKey:ReplicaKey": window("deletionWindowInDays", "a deletion window"),
  "aws:rds/cluster:Cluster": databaseReports,
  "aws:rds/instance:Instance": databaseReports,
  "aws:s3/bucket:Bucket": bucketReports,
  "aws:s3/bucketV2:BucketV2": bucketReports,
  "aws:s3/bucketVersioning:BucketVersioning": versioningReports,
  "aws:s3/bucketVersioningV2:BucketVersioningV2": versioningReports,
};

export const secretRecoverable: ResourceRule = {
  kind: "resource",
  name: "secret-recoverable",
  description: "Secrets, keys, production's databases and the request log can be recovered once deleted.",
  protects: "From one mistaken deletion that takes credentials, or all that they encrypt, for good.",
  severity: "high",
  exceptions: true,
  types: Object.keys(judges),
  check: (resource, context) => judges[resource.type]?.(resource, context) ?? [],
};

/** Absent, the provider takes 30 days for secrets and for keys. */
function window(field: string, what: string): Judge {
  return (resource) => {
    const days = resource.props[field];
    if (days === undefined || days === null || (typeof days === "number" && days >= 7)) return [];
    return [faulty(resource, field, days, `${what} of 7 to 30 days`, `Set ${field} to 7 or more.`)];
  };
}

function databaseReports(database: ResourceView, context: ResourceContext): Report[] {
  if (ownStack(context)?.own.config.environment.tier !== "production") return [];
  const skips = database.props.skipFinalSnapshot ?? false;
  const isProtected = database.props.deletionProtection ?? false;
  const reports: Report[] = [];
  if (skips !== false) {
    const remedy = "Leave skipFinalSnapshot out, and name the snapshot in finalSnapshotIdentifier.";
    reports.push(faulty(database, "skipFinalSnapshot", skips, "a final snapshot in production", remedy));
  }
  if (isProtected !== true) {
    const allowed = "deletionProtection true in production";
    const remedy = "Set deletionProtection to true.";
    reports.push(faulty(database, "deletionProtection", isProtected, allowed, remedy));
  }
  return reports;
}

function bucketReports(bucket: ResourceView, context: ResourceContext): Report[] {
  const forceDestroy = bucket.props.forceDestroy ?? false;
  const isLog = isRequestLog(bucket, context);
  if (forceDestroy === false || isLog === false) return [];
  const found = isLog === UNKNOWN ? UNKNOWN : forceDestroy;
  const remedy = "Leave forceDestroy out; who wants to delete the bucket empties it first.";
  return [faulty(bucket, "forceDestroy", found, "a request log without forceDestroy", remedy)];
}

/** Where the bucket is not known yet, versioning that is on is right for any. */
function versioningReports(versioning: ResourceView, context: ResourceContext): Report[] {
  const status = at(versioning.props, "versioningConfiguration", "status");
  const isLog = isRequestLog(versioning, context);
  if (status === "Enabled" || isLog === false) return [];
  const found = isLog === UNKNOWN ? UNKNOWN : status;
  const remedy = 'Set versioningConfiguration.status to "Enabled".';
  return [faulty(versioning, "versioningConfiguration.status", found, "a request log with versions", remedy)];
}

function isRequestLog({ props }: ResourceView, context: ResourceContext): boolean | typeof UNKNOWN {
  const declared = ownStack(context)?.own.config.environment.requestLogBucket;
  if (declared === undefined) return false;
  return props.bucket === UNKNOWN ? UNKNOWN : props.bucket === declared;
}

function faulty(resource: ResourceView, field: string, found: unknown, allowed: string, remedy: string) {
  if (found === UNKNOWN)
    return reportOn(resource, `${field} with ${unknownFound}`, allowed, remedy, "cannot-decide");
  return reportOn(resource, `${field} ${shown(found)}`, allowed, remedy);
}
