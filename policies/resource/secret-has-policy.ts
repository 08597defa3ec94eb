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
    const { urns, arns } = placesOf(policies);
    return secrets
      .filter(({ urn, props }) => !urns.has(urn) && !arns.has(props.arn) && !arns.has(props.id))
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

/** Whose the policies are. The ARN is not known in the preview that creates the secret; what it comes from is. */
function placesOf(policies: readonly ResourceView[]): Record<"urns" | "arns", ReadonlySet<unknown>> {
  const arns = policies.map(({ props }) => props.secretArn).filter((arn) => typeof arn === "string");
  const urns = policies.flatMap(({ dependsOn }) => dependsOn.secretArn ?? []);
  return { urns: new Set(urns), arns: new Set(arns) };
}

const isUnplaced = (policy: ResourceView) =>
  policy.props.secretArn === UNKNOWN && (policy.dependsOn.secretArn ?? []).length === 0;
