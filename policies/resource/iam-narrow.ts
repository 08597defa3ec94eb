import { isRecord } from "../../config/record";
import { statementsOf } from "../iamPolicy";
import { ownStack } from "../ownStack";
import { at, list, reportOn, shown } from "../props";
import type { Report, ResourceContext, ResourceRule, ResourceView } from "../rule";
import { grantFaults, type SecretNames, secretNameIn } from "../secretGrants";

const policyTypes = [
  "groupPolicy:GroupPolicy",
  "policy:Policy",
  "rolePolicy:RolePolicy",
  "userPolicy:UserPolicy",
];
const attachmentTypes = [
  "groupPolicyAttachment:GroupPolicyAttachment",
  "policyAttachment:PolicyAttachment",
  "rolePolicyAttachment:RolePolicyAttachment",
  "userPolicyAttachment:UserPolicyAttachment",
];

/** AWS's own policies that let read every secret of the account. */
const managed = /^arn:[^:]*:iam::aws:policy\/(AdministratorAccess|PowerUserAccess|SecretsManagerReadWrite)$/;

/**
 * A policy is made of ARNs of the same update, which makes all of it unknown in a preview: that alone does not
 * say that it concerns secrets. What is not known is judged in the update, before the policy is created.
 * Secrets of the counterpart are left to `no-cross-environment-reference`.
 */
export const iamNarrow: ResourceRule = {
  kind: "resource",
  name: "iam-narrow",
  description: "Who may read secrets may read named ones, in a Lockstep stack those of its environment.",
  protects: "From one role that, once taken over, gives away every credential of the account.",
  severity: "critical",
  exceptions: true,
  types: [...policyTypes, ...attachmentTypes, "role:Role"].map((name) => `aws:iam/${name}`),
  check(resource, context) {
    const { policy, policyArn, inlinePolicies, managedPolicyArns } = resource.props;
    const documents = [policy, ...list(inlinePolicies).map((one) => at(one, "policy"))];
    return [
      ...documents.flatMap((document) => documentReports(resource, document, namesOf(context))),
      ...[policyArn, ...list(managedPolicyArns)].flatMap((arn) => managedReports(resource, arn)),
    ];
  },
};

const remedy = "Name the actions that are used and the ARNs of the secrets that they are used on.";

/** A text that is no JSON is no policy, and refused by AWS. */
function documentReports(
  resource: ResourceView,
  document: unknown,
  names: SecretNames | undefined,
): Report[] {
  const text = typeof document === "string" ? document : undefined;
  const statements = text === undefined ? [at(document, "Statement")].flat() : (statementsOf(text) ?? []);
  const faults = statements.flatMap((one) => (isRecord(one) ? grantFaults(one, names) : []));
  return faults.map(({ found, allowed }) => reportOn(resource, found, allowed, remedy));
}

function managedReports(resource: ResourceView, arn: unknown): Report[] {
  if (typeof arn !== "string" || !managed.test(arn)) return [];
  const allowed = "a policy that names the secrets which may be read";
  return [
    reportOn(resource, `the managed policy ${shown(arn)}`, allowed, "Write a policy of its own instead."),
  ];
}

/** A service's own secrets, such as RDS's "rds!db-…", are named by the service: they may be read by ARN. */
function namesOf(context: ResourceContext): SecretNames | undefined {
  const stacks = ownStack(context);
  if (stacks === undefined) return undefined;
  const { secretPrefix, tier } = stacks.own.config.environment;
  const foreign = stacks.counterpart.config.environment.secretPrefix;
  return {
    allowed: `secrets under ${tier}'s environment.secretPrefix, "${secretPrefix}/"`,
    mayRead(arn) {
      const name = secretNameIn(arn);
      if (name === undefined || /^[a-z-]+!/.test(name)) return true;
      return [secretPrefix, foreign].some((prefix) => name.startsWith(`${prefix}/`));
    },
  };
}
