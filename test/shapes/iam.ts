/** Who asks: a role of an account, or a service for an account's resource. */
export type Principal =
  | { role: string; account: string; policies: Policy[] }
  | { service: string; sourceAccount: string };

export interface Request {
  principal: Principal;
  action: string;
  resource: string;
  /** Condition keys beyond those that follow from the principal. */
  context?: Record<string, string>;
}

/** A resource with its policy. A key's policy decides alone whether IAM policies count. */
export interface Guarded {
  account: string;
  policy: Policy;
  isKey?: boolean;
}

export interface Policy {
  Statement: Statement[];
}

export interface Statement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Principal?: "*" | { AWS: string } | { Service: string | string[] };
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/**
 * What IAM decides, for the elements that our policies have; another one throws. moto evaluates neither conditions
 * nor the policies of keys, secrets and topics.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
 */
export function decide(request: Request, { account, policy, isKey = false }: Guarded): "allowed" | "denied" {
  const { principal } = request;
  const own = "role" in principal ? principal.policies.flatMap(({ Statement }) => Statement) : [];
  const apply = (statements: Statement[], effect: Statement["Effect"]) =>
    statements.filter((one) => one.Effect === effect && applies(one, request));
  const named = (one: Statement) => names(one, principal);
  const attached = policy.Statement.filter((one) => named(one) !== "nobody");
  if ([...apply(own, "Deny"), ...apply(attached, "Deny")].length > 0) return "denied";

  const granted = apply(attached, "Allow");
  const direct = granted.some((one) => named(one) === "principal");
  if ("service" in principal) return direct ? "allowed" : "denied";
  const byIam = apply(own, "Allow").length > 0;
  const delegated = granted.some((one) => named(one) === "account") && byIam;
  if (principal.account !== account) return (direct || delegated) && byIam ? "allowed" : "denied";
  return direct || delegated || (byIam && !isKey) ? "allowed" : "denied";
}

/** Whether a statement names the principal itself, its account, whose IAM policies then decide, or neither. */
function names({ Principal }: Statement, principal: Principal): "principal" | "account" | "nobody" {
  if (Principal === "*") return "principal";
  if (Principal === undefined) throw new Error("A resource's policy names a principal.");
  if ("Service" in Principal)
    return "service" in principal && list(Principal.Service).includes(principal.service)
      ? "principal"
      : "nobody";
  if (!("role" in principal)) return "nobody";
  if (Principal.AWS === principal.role) return "principal";
  if (!/^arn:[^:]+:iam::\d{12}:root$/.test(Principal.AWS)) throw new Error(`Unknown: ${Principal.AWS}`);
  return Principal.AWS.split(":")[4] === principal.account ? "account" : "nobody";
}

function applies({ Action, Resource, Condition = {} }: Statement, request: Request): boolean {
  const { action, resource } = request;
  const context = contextOf(request);
  return (
    // Actions are written in any case.
    list(Action).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
    // A trust policy is about its role only.
    (Resource === undefined || list(Resource).some((pattern) => matches(pattern, resource))) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, list(values), context[key])),
    )
  );
}

function contextOf({ principal, context }: Request): Record<string, string> {
  return {
    "aws:SecureTransport": "true",
    ...("role" in principal
      ? {
          "aws:PrincipalArn": principal.role,
          "aws:PrincipalAccount": principal.account,
          "kms:CallerAccount": principal.account,
        }
      : { "aws:SourceAccount": principal.sourceAccount }),
    ...context,
  };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function holds(operator: string, allowed: string[], value: string | undefined): boolean {
  switch (operator) {
    case "StringEquals":
    case "Bool":
      return value !== undefined && allowed.includes(value);
    // Negated operators hold where the key is absent.
    case "StringNotEquals":
      return value === undefined || !allowed.includes(value);
    case "ArnNotEquals":
      return value === undefined || !allowed.some((pattern) => matches(pattern, value));
    case "Null":
      return allowed.includes(String(value === undefined));
    default:
      throw new Error(`No evaluation of ${operator}.`);
  }
}

function matches(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${escaped}$`, "s").test(text);
}

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
