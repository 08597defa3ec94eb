import { isRecord } from "../../config/record";
import { isEveryone, isNarrowed, statementsOf } from "../iamPolicy";
import { ownStack } from "../ownStack";
import { at, hasUnknown, list, type Props, reportOn, shown, unknownFound } from "../props";
import { type Report, type ResourceContext, type ResourceRule, type ResourceView, UNKNOWN } from "../rule";

const flags = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

type Judge = (resource: ResourceView, isLog: boolean) => Report[];

const judges: Readonly<Record<string, Judge>> = {
  "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": blockReports,
  "aws:s3/bucket:Bucket": aclReports,
  "aws:s3/bucketV2:BucketV2": aclReports,
  "aws:s3/bucketAcl:BucketAcl": aclReports,
  "aws:s3/bucketAclV2:BucketAclV2": aclReports,
  "aws:s3/bucketPolicy:BucketPolicy": policyReports,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": blockReports,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": encryptionReports,
  "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2":
    encryptionReports,
};

/**
 * What opens a bucket to the public, in any program; and of the declared request log also its encryption and
 * its policy. A policy, or the bucket that it is for, is made of values of the same update: what is not known
 * of them in a preview is judged in the update, before the resource is created. That the request log has
 * these resources is `environment-complete`.
 */
export const logStorePrivate: ResourceRule = {
  kind: "resource",
  name: "log-store-private",
  description:
    "No bucket is opened to the public, and the request log is encrypted and reached over TLS only.",
  protects: "From prompts and answers of customers that anybody can read.",
  severity: "critical",
  exceptions: true,
  types: Object.keys(judges),
  check: (resource, context) => judges[resource.type]?.(resource, isRequestLog(resource, context)) ?? [],
};

const isRequestLog = ({ props }: ResourceView, context: ResourceContext) =>
  typeof props.bucket === "string" &&
  props.bucket === ownStack(context)?.own.config.environment.requestLogBucket;

function blockReports(block: ResourceView): Report[] {
  const off = flags.filter((flag) => block.props[flag] !== true);
  if (off.length === 0) return [];
  const unknown = off.every((flag) => block.props[flag] === UNKNOWN);
  const found = unknown ? `${off.join(", ")} with ${unknownFound}` : `${off.join(", ")} not true`;
  const remedy = "Set all four to true; without the resource AWS blocks public access by itself.";
  return [reportOn(block, found, "all four blocks true", remedy, unknown ? "cannot-decide" : undefined)];
}

const publicGroups = /\/groups\/global\/(AllUsers|AuthenticatedUsers)$/;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
function aclReports(resource: ResourceView): Report[] {
  const { acl, grants, accessControlPolicy } = resource.props;
  const allowed = "an ACL that names nobody outside the account";
  const remedy = "Leave the ACL out: objects then belong to the bucket's owner.";
  if (acl === UNKNOWN) return [reportOn(resource, `acl ${unknownFound}`, allowed, remedy, "cannot-decide")];
  const open = typeof acl === "string" && /^(public-|authenticated-read$)/.test(acl);
  const given = [...list(grants), ...list(at(accessControlPolicy, "grants"))].flatMap((grant) => [
    at(grant, "uri"),
    at(grant, "grantee", "uri"),
  ]);
  const groups = given.filter((uri) => typeof uri === "string" && publicGroups.test(uri));
  return [
    ...(open ? [reportOn(resource, `acl ${shown(acl)}`, allowed, remedy)] : []),
    ...groups.map((uri) => reportOn(resource, `a grant to ${shown(uri)}`, allowed, remedy)),
  ];
}

function policyReports(resource: ResourceView, isLog: boolean): Report[] {
  const { policy } = resource.props;
  if (hasUnknown(policy)) return [];
  const statements = statementsOf(typeof policy === "string" ? policy : JSON.stringify(policy ?? null)) ?? [];
  const open = statements.some(
    ({ Effect, Principal, NotPrincipal, Condition }) =>
      Effect === "Allow" && (isEveryone(Principal) || NotPrincipal !== undefined) && !isNarrowed(Condition),
  );
  const reports: Report[] = [];
  if (open) {
    const allowed = "Allow for named principals, or under a condition";
    const remedy = "Name the principals; a public site is served through CloudFront.";
    reports.push(reportOn(resource, "an Allow for everyone without a condition", allowed, remedy));
  }
  if (isLog && !statements.some(deniesPlainHttp)) {
    const allowed = "a Deny of s3:* for everyone where aws:SecureTransport is false";
    const remedy = "Add the statement; the component RequestLog has it.";
    reports.push(reportOn(resource, "no Deny of requests without TLS", allowed, remedy));
  }
  return reports;
}

const deniesPlainHttp = ({ Effect, Principal, Action, Condition }: Props) =>
  Effect === "Deny" &&
  isEveryone(Principal) &&
  [Action].flat().some((action) => action === "s3:*" || action === "*") &&
  isRecord(Condition) &&
  Object.keys(Condition).length === 1 &&
  String(at(Condition, "Bool", "aws:SecureTransport")) === "false";

function encryptionReports(resource: ResourceView, isLog: boolean): Report[] {
  if (!isLog) return [];
  const algorithms = list(resource.props.rules).map((rule) =>
    at(rule, "applyServerSideEncryptionByDefault", "sseAlgorithm"),
  );
  if (algorithms.length > 0 && algorithms.every((one) => /^aws:kms/.test(one === UNKNOWN ? "" : String(one))))
    return [];
  const unknown = [resource.props.rules, ...algorithms].includes(UNKNOWN);
  const found = unknown ? `an algorithm with ${unknownFound}` : `the algorithm ${shown(algorithms[0])}`;
  const remedy = 'Set sseAlgorithm to "aws:kms" and kmsMasterKeyId to the environment\'s key.';
  return [reportOn(resource, found, "a KMS key", remedy, unknown ? "cannot-decide" : undefined)];
}
