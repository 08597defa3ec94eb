import { describe, expect, it } from "vitest";
import { secretRecoverable } from "../../../policies/resource/secret-recoverable";
import { type ResourceContext, UNKNOWN } from "../../../policies/rule";
import { foreign, resource, staging, urnOf } from "./resources";

const check = (type: string, props: Record<string, unknown>, context: ResourceContext = foreign) =>
  secretRecoverable.check(resource(type, "it", props), context);
const found = (...args: Parameters<typeof check>) =>
  check(...args).map((one) => (one.status === undefined ? one.found : `${one.status}: ${one.found}`));
const unknown = "with a value that is only known after the update";
const production = (): ResourceContext => ({ ...staging(), stack: "production" });

const secret = "aws:secretsmanager/secret:Secret";
const key = "aws:kms/key:Key";
const bucket = "aws:s3/bucket:Bucket";
const versioning = "aws:s3/bucketVersioning:BucketVersioning";
const database = "aws:rds/instance:Instance";
const log = "example-lockstep-staging-requests";

describe("secret-recoverable", () => {
  it("wants a recovery window of seven days or more of every secret", () => {
    expect(check(secret, {})).toEqual([]);
    expect(check(secret, { recoveryWindowInDays: 7 })).toEqual([]);
    expect(check(secret, { recoveryWindowInDays: 0 })).toEqual([
      {
        object: "Secret it",
        path: urnOf(secret, "it"),
        found: "recoveryWindowInDays 0",
        allowed: "a recovery window of 7 to 30 days",
        remedy: "Set recoveryWindowInDays to 7 or more.",
      },
    ]);
    expect(found(secret, { recoveryWindowInDays: 6 })).toEqual(["recoveryWindowInDays 6"]);
    expect(found(secret, { recoveryWindowInDays: UNKNOWN })).toEqual([
      `cannot-decide: recoveryWindowInDays ${unknown}`,
    ]);
  });

  it("wants a deletion window of seven days or more of every key", () => {
    expect(check(key, {})).toEqual([]);
    expect(check(key, { deletionWindowInDays: 7 })).toEqual([]);
    expect(found(key, { deletionWindowInDays: 6 })).toEqual(["deletionWindowInDays 6"]);
    expect(found(key, { deletionWindowInDays: UNKNOWN })).toEqual([
      `cannot-decide: deletionWindowInDays ${unknown}`,
    ]);
  });

  it("wants production's databases protected, and leaves others alone", () => {
    const open = { skipFinalSnapshot: true };
    expect(check(database, { deletionProtection: true }, production())).toEqual([]);
    expect(found(database, open, production())).toEqual([
      "skipFinalSnapshot true",
      "deletionProtection false",
    ]);
    expect(found(database, { deletionProtection: UNKNOWN }, production())).toEqual([
      `cannot-decide: deletionProtection ${unknown}`,
    ]);
    expect(found("aws:rds/cluster:Cluster", {}, production())).toEqual(["deletionProtection false"]);
    expect(check(database, open, staging())).toEqual([]);
    expect(check(database, open)).toEqual([]);
  });

  it("wants the declared request log without forceDestroy, and no other bucket", () => {
    expect(check(bucket, { bucket: log, forceDestroy: false }, staging())).toEqual([]);
    expect(check(bucket, { bucket: log }, staging())).toEqual([]);
    expect(found(bucket, { bucket: log, forceDestroy: true }, staging())).toEqual(["forceDestroy true"]);
    expect(check(bucket, { bucket: "assets", forceDestroy: true }, staging())).toEqual([]);
    expect(check(bucket, { bucket: log, forceDestroy: true })).toEqual([]);
    expect(found(bucket, { bucket: UNKNOWN, forceDestroy: true }, staging())).toEqual([
      `cannot-decide: forceDestroy ${unknown}`,
    ]);
    expect(check(bucket, { bucket: UNKNOWN }, staging())).toEqual([]);
  });

  it("wants the request log's versions kept", () => {
    const status = (value: unknown, name: unknown = log) =>
      found(versioning, { bucket: name, versioningConfiguration: { status: value } }, staging());
    expect(status("Enabled")).toEqual([]);
    expect(status("Suspended")).toEqual(['versioningConfiguration.status "Suspended"']);
    expect(status("Suspended", "assets")).toEqual([]);
    expect(status("Enabled", UNKNOWN)).toEqual([]);
    expect(status("Suspended", UNKNOWN)).toEqual([
      `cannot-decide: versioningConfiguration.status ${unknown}`,
    ]);
  });
});
