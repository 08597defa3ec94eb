import { describe, expect, it } from "vitest";
import { logStorePrivate } from "../../../policies/resource/log-store-private";
import { type ResourceContext, UNKNOWN } from "../../../policies/rule";
import { foreign, resource, staging, urnOf } from "./resources";

const check = (type: string, props: Record<string, unknown>, context: ResourceContext = foreign) =>
  logStorePrivate.check(resource(`aws:s3/${type}`, "it", props), context);
const found = (...args: Parameters<typeof check>) =>
  check(...args).map((one) => (one.status === undefined ? one.found : `${one.status}: ${one.found}`));

const log = "example-lockstep-staging-requests";
const block = "bucketPublicAccessBlock:BucketPublicAccessBlock";
const acl = "bucketAcl:BucketAcl";
const policy = "bucketPolicy:BucketPolicy";
const encryption = "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
const closed = {
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
};

describe("log-store-private", () => {
  it("wants all four blocks of a public access block", () => {
    expect(check(block, closed)).toEqual([]);
    expect(check(block, { ...closed, blockPublicAcls: false, ignorePublicAcls: undefined })).toEqual([
      {
        object: "BucketPublicAccessBlock it",
        path: urnOf(`aws:s3/${block}`, "it"),
        found: "blockPublicAcls, ignorePublicAcls not true",
        allowed: "all four blocks true",
        remedy: "Set all four to true; without the resource AWS blocks public access by itself.",
      },
    ]);
    expect(found(block, { ...closed, blockPublicPolicy: UNKNOWN })).toEqual([
      "cannot-decide: blockPublicPolicy with a value that is only known after the update",
    ]);
    expect(found("accountPublicAccessBlock:AccountPublicAccessBlock", {})).toHaveLength(1);
  });

  it("refuses ACLs for everybody, in either form", () => {
    expect(check(acl, { acl: "private" })).toEqual([]);
    expect(check(acl, { acl: "log-delivery-write" })).toEqual([]);
    expect(found(acl, { acl: "public-read" })).toEqual(['acl "public-read"']);
    expect(found("bucket:Bucket", { acl: "authenticated-read" })).toEqual(['acl "authenticated-read"']);
    expect(check("bucket:Bucket", { bucket: "assets" })).toEqual([]);
    const uri = "http://acs.amazonaws.com/groups/global/AllUsers";
    const grants = (grantee: Record<string, unknown>) => ({ accessControlPolicy: { grants: [{ grantee }] } });
    expect(found(acl, grants({ type: "Group", uri }))).toEqual([`a grant to "${uri}"`]);
    expect(check(acl, grants({ type: "CanonicalUser", id: "0a" }))).toEqual([]);
    expect(found(acl, { acl: UNKNOWN })).toEqual([
      "cannot-decide: acl a value that is only known after the update",
    ]);
  });

  const allow = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" };
  const tls = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: "*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  const text = (...statements: object[]) => JSON.stringify({ Statement: statements });

  it("refuses a policy that allows everybody", () => {
    expect(found(policy, { bucket: "b", policy: text(allow) })).toEqual([
      "an Allow for everyone without a condition",
    ]);
    expect(found(policy, { bucket: "b", policy: text({ ...allow, Condition: {} }) })).toHaveLength(1);
    expect(found(policy, { bucket: "b", policy: { Statement: allow } })).toHaveLength(1);
    expect(
      check(policy, {
        bucket: "b",
        policy: text({ ...allow, Principal: { Service: "cloudfront.amazonaws.com" } }),
      }),
    ).toEqual([]);
    const condition = { StringEquals: { "aws:PrincipalOrgID": "o-1" } };
    expect(check(policy, { bucket: "b", policy: text({ ...allow, Condition: condition }) })).toEqual([]);
  });

  it("leaves a policy that is not known to the update", () => {
    expect(check(policy, { bucket: UNKNOWN, policy: UNKNOWN }, staging())).toEqual([]);
    expect(check(policy, { bucket: "b", policy: { Statement: { ...allow, Condition: UNKNOWN } } })).toEqual(
      [],
    );
  });

  it("wants TLS of the request log's policy, and of no other", () => {
    expect(check(policy, { bucket: log, policy: text(tls) }, staging())).toEqual([]);
    expect(
      found(policy, { bucket: log, policy: text({ ...tls, Action: "s3:PutObject" }) }, staging()),
    ).toEqual(["no Deny of requests without TLS"]);
    expect(found(policy, { bucket: log, policy: text({ ...tls, Effect: "Allow" }) }, staging())).toEqual([
      "no Deny of requests without TLS",
    ]);
    expect(check(policy, { bucket: "assets", policy: text() }, staging())).toEqual([]);
    expect(check(policy, { bucket: log, policy: text() })).toEqual([]);
  });

  it("wants a KMS key for the request log, and for no other bucket", () => {
    const props = (sseAlgorithm: unknown, bucket = log) => ({
      bucket,
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm } }],
    });
    expect(check(encryption, props("aws:kms"), staging())).toEqual([]);
    expect(found(encryption, props("AES256"), staging())).toEqual(['the algorithm "AES256"']);
    expect(found(encryption, { bucket: log, rules: [] }, staging())).toEqual(["the algorithm nothing"]);
    expect(found(encryption, props(UNKNOWN), staging())).toEqual([
      "cannot-decide: an algorithm with a value that is only known after the update",
    ]);
    expect(check(encryption, props("AES256", "assets"), staging())).toEqual([]);
  });
});
