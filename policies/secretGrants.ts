import { coversAction, texts } from "./iamPolicy";
import { type Props, shown } from "./props";

/** What an IAM statement grants too widely. */
export interface GrantFault {
  found: string;
  allowed: string;
}

/** The actions that read a secret, or decrypt it, by the service that an ARN names. */
const reading: Readonly<Record<string, readonly string[]>> = {
  secretsmanager: ["secretsmanager:GetSecretValue"],
  ssm: ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:GetParameterHistory"],
  kms: ["kms:Decrypt"],
};
const partitions = ["aws", "aws-cn", "aws-us-gov"];

/**
 * What is too wide in a statement that allows to read secrets: actions by a whole service, resources by
 * pattern, and, with a prefix, names that are not under it. What is not known yet is passed over. Without a
 * resource that can be a secret, a statement is none of ours.
 */
export function grantFaults(statement: Props, names?: SecretNames): GrantFault[] {
  if (statement.Effect !== "Allow") return [];
  const given = statement.NotResource === undefined ? texts(statement.Resource) : ["*"];
  const resources = given.filter((one): one is string => typeof one === "string");
  const faults: GrantFault[] = [];
  for (const [service, actions] of Object.entries(reading)) {
    const covered = actions.filter((action) => coversAction(statement, action));
    const own = resources.filter((one) => canBe(service, one));
    if (covered.length === 0 || own.length === 0) continue;
    const [action = ""] = covered;
    const wide = wideAction(statement, service);
    if (wide !== undefined)
      faults.push({ found: `an Allow of ${wide}, which covers ${action}`, allowed: "the actions by name" });
    for (const one of own.filter((arn) => !isExact(arn)))
      faults.push({ found: `an Allow of ${action} on ${shown(one)}`, allowed: "exact ARNs" });
    if (names === undefined) continue;
    for (const one of own.filter((arn) => isExact(arn) && !names.mayRead(arn)))
      faults.push({ found: `an Allow of ${action} on ${shown(one)}`, allowed: names.allowed });
  }
  return faults;
}

/** Whose secrets may be read in a Lockstep stack. */
export interface SecretNames {
  allowed: string;
  mayRead(arn: string): boolean;
}

/** The action that covers a whole service or more. */
function wideAction({ Action, NotAction }: Props, service: string): string | undefined {
  if (NotAction !== undefined) return "all actions but some";
  const wide = texts(Action).find(
    (one) => typeof one === "string" && ["*", "*:*", `${service}:*`].includes(one.toLowerCase()),
  );
  return wide === undefined ? undefined : shown(wide);
}

/** True for a pattern that an ARN of the service can fit, by the text before its first wildcard. */
function canBe(service: string, pattern: string): boolean {
  // Parameters of AWS itself have no account, and are public.
  if (/^arn:[^:]*:ssm:[^:]*::/.test(pattern)) return false;
  const [fixed = ""] = pattern.split(/[*?]/);
  return partitions.some((partition) => {
    const head = `arn:${partition}:${service}:`;
    return fixed.startsWith(head) || (fixed !== pattern && head.startsWith(fixed));
  });
}

/**
 * Secrets Manager ends an ARN in six characters of its own, for which six question marks may stand.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
 */
const isExact = (arn: string) => !/[*?]/.test(arn.replace(/(:secret:.*)-\?{6}$/, "$1"));

/** The name of a secret or a parameter that an ARN names; undefined for others. */
export const secretNameIn = (arn: string): string | undefined =>
  /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:(.+)$/.exec(arn)?.[1] ??
  /^arn:[^:]*:ssm:[^:]*:[^:]*:parameter\/(.+)$/.exec(arn)?.[1];
