import { objectOf, unknownFound } from "../props";
import { type CompletenessRule, type ResourceView, UNKNOWN } from "../rule";

const secretType = "aws:secretsmanager/secret:Secret";
const policyType = "aws:secretsmanager/secretPolicy:SecretPolicy";

/**
 * The other half of `secret-isolated`, where the policies themselves are judged. A secret's own `policy`
 * does not count: it has no `blockPublicPolicy`, and as an output it also shows what is about to be removed.
 */
export const secretHasPolicy: CompletenessRule = {
  kind: "completeness",
  name: "secret-has-policy",
  description: "Every secret has a resource policy.",
  protects: "From a secret that whoever may read secrets in the account can read.",
  severity: "critical",
  exceptions: true,
  check(resources) {
    const secrets = resources.filter(({ type }) => type === secretType);
    const policies = resources.filter(({ type }) => type === policyType);
    const stray = policies.some((policy) => isUnplaced(policy));
    return secrets
      .filter((secret) => !policies.some((policy) => belongs(policy, secret)))
      .map((secret) => ({
        object: objectOf(secret),
        path: secret.urn,
        found: stray
          ? `no policy that is surely its own; one names a secret with ${unknownFound}`
          : "no resource policy",
        allowed: "a SecretPolicy that denies reading to all but named principals",
        remedy: "Add an aws.secretsmanager.SecretPolicy with this secret's ARN.",
        ...(stray ? { status: "cannot-decide" as const } : {}),
      }));
  },
};

/** The ARN is not known in the preview that creates the secret; what it comes from is. */
function belongs(policy: ResourceView, secret: ResourceView): boolean {
  const arn = policy.props.secretArn;
  if (policy.dependsOn.secretArn?.includes(secret.urn)) return true;
  return typeof arn === "string" && [secret.props.arn, secret.props.id].includes(arn);
}

const isUnplaced = (policy: ResourceView) =>
  policy.props.secretArn === UNKNOWN && (policy.dependsOn.secretArn ?? []).length === 0;
