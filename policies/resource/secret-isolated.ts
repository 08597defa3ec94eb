import { ownStack } from "../ownStack";
import { reportOn, shown, unknownFound } from "../props";
import { type Report, type ResourceContext, type ResourceRule, type ResourceView, UNKNOWN } from "../rule";
import { secretPolicyFaults } from "../secretPolicy";

const secretType = "aws:secretsmanager/secret:Secret";

/**
 * A secret's own fields and the content of its policy. That it has a policy is rule `secret-has-policy`, and
 * that it can be recovered `secret-recoverable`.
 */
export const secretIsolated: ResourceRule = {
  kind: "resource",
  name: "secret-isolated",
  description: "A secret has a key of its own, is named for its environment and closed to others.",
  protects: "From credentials of one environment that the other, or another account, can read.",
  severity: "critical",
  exceptions: true,
  types: [secretType, "aws:secretsmanager/secretPolicy:SecretPolicy"],
  check(resource, context) {
    if (resource.type !== secretType) return policyReports(resource);
    return [...keyReports(resource), ...nameReports(resource, context)];
  },
};

/**
 * A key that is not known yet is created by this update, so it is a customer key; where it is an AWS managed
 * one after all, the update itself is stopped at this secret, before it is created.
 */
function keyReports(resource: ResourceView): Report[] {
  const key = resource.props.kmsKeyId;
  const managed = typeof key === "string" && /(^|:)alias\/aws\//.test(key);
  if (key === UNKNOWN || (typeof key === "string" && key !== "" && !managed)) return [];
  const found = managed
    ? `the AWS managed key ${shown(key)}`
    : "no kmsKeyId, which means the AWS managed key";
  return [reportOn(resource, found, "a customer managed KMS key", "Set kmsKeyId to the environment's key.")];
}

function nameReports(resource: ResourceView, context: ResourceContext): Report[] {
  const stacks = ownStack(context);
  if (stacks === undefined) return [];
  const { name } = resource.props;
  const { secretPrefix, tier } = stacks.own.config.environment;
  const foreign = stacks.counterpart.config.environment;
  const allowed = `a name under ${tier}'s environment.secretPrefix, "${secretPrefix}/"`;
  const remedy = `Name the secret "${secretPrefix}/…", as a plain value.`;
  if (name === UNKNOWN)
    return [reportOn(resource, `a name with ${unknownFound}`, allowed, remedy, "cannot-decide")];
  if (typeof name !== "string") return [reportOn(resource, "no name", allowed, remedy)];
  // The longer prefix owns a name that is under both.
  const under = (prefix: string) => name.startsWith(`${prefix}/`);
  if (
    under(foreign.secretPrefix) &&
    !(under(secretPrefix) && secretPrefix.length > foreign.secretPrefix.length)
  ) {
    return [reportOn(resource, `${shown(name)}, under ${foreign.tier}'s prefix`, allowed, remedy)];
  }
  return under(secretPrefix) ? [] : [reportOn(resource, shown(name), allowed, remedy)];
}

function policyReports(resource: ResourceView): Report[] {
  const { policy, blockPublicPolicy } = resource.props;
  const remedy =
    "Deny everyone but the named reader, and write the policy without values of this update's resources.";
  const reports: Report[] = [];
  if (policy === UNKNOWN) {
    reports.push(
      reportOn(
        resource,
        `a policy with ${unknownFound}`,
        "a policy that is known before the update",
        remedy,
        "cannot-decide",
      ),
    );
  } else {
    const faults = secretPolicyFaults(typeof policy === "string" ? policy : JSON.stringify(policy ?? null));
    reports.push(...faults.map(({ found, allowed }) => reportOn(resource, found, allowed, remedy)));
  }
  if (blockPublicPolicy === true) return reports;
  const unknown = blockPublicPolicy === UNKNOWN;
  const found = unknown
    ? `with ${unknownFound}`
    : blockPublicPolicy === undefined
      ? "not set"
      : shown(blockPublicPolicy);
  reports.push(
    reportOn(
      resource,
      `blockPublicPolicy ${found}`,
      "blockPublicPolicy true",
      "Set blockPublicPolicy to true.",
      unknown ? "cannot-decide" : undefined,
    ),
  );
  return reports;
}
