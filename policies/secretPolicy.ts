import { isRecord } from "../config/record";
import { coversAction, isEveryone, isNarrowed, statementsOf, texts } from "./iamPolicy";
import type { Props } from "./props";

/** What is wrong with the resource policy of a secret. */
export interface PolicyFault {
  found: string;
  allowed: string;
}

const denyAllowed = "a Deny of secretsmanager:GetSecretValue for all principals but named ones";

/**
 * Judges the JSON of a secret's resource policy: it has to deny reading to whoever is not named, and must
 * not open the secret to everyone.
 */
export function secretPolicyFaults(json: string): PolicyFault[] {
  const statements = statementsOf(json);
  if (statements === undefined)
    return [{ found: "a policy that is not JSON with statements", allowed: denyAllowed }];
  const open = statements.filter(
    (one) =>
      one.Effect === "Allow" &&
      (isEveryone(one.Principal) || one.NotPrincipal !== undefined) &&
      !isNarrowed(one.Condition),
  );
  return [
    ...(statements.some(deniesOthers)
      ? []
      : [{ found: "no Deny for principals other than named ones", allowed: denyAllowed }]),
    ...(open.length === 0
      ? []
      : [
          {
            found: "an Allow for everyone without a condition",
            allowed: "Allow for named principals, or under a condition",
          },
        ]),
  ];
}

function deniesOthers(statement: Props): boolean {
  if (statement.Effect !== "Deny" || !coversAction(statement, reading)) return false;
  if (statement.NotPrincipal !== undefined)
    return statement.Condition === undefined && !isEveryone(statement.NotPrincipal);
  return isEveryone(statement.Principal) && onlyOthers(statement.Condition);
}

const reading = "secretsmanager:GetSecretValue";

const negated = /^(Arn|String)Not(Equals|Like|EqualsIgnoreCase)(IfExists)?$/;
const principals = ["aws:principalarn", "aws:userid"];
/** Conditions that narrow a Deny no further than AWS services that act on somebody's behalf. */
const harmless = ["aws:principalisawsservice", "aws:viaawsservice"];

/** Conditions are joined by "and": one of another kind beside the named principals would let others in. */
function onlyOthers(condition: unknown): boolean {
  if (!isRecord(condition)) return false;
  const keys = Object.entries(condition).flatMap(([operator, block]) =>
    Object.entries(isRecord(block) ? block : {}).map(([key, value]) => ({
      operator,
      key: key.toLowerCase(),
      value,
    })),
  );
  const named = keys.filter(
    ({ operator, key, value }) =>
      negated.test(operator) &&
      principals.includes(key) &&
      texts(value).length > 0 &&
      !texts(value).some(matchesAnyone),
  );
  return named.length > 0 && keys.every((one) => named.includes(one) || harmless.includes(one.key));
}

/** True for `*`, and for an ARN whose account or name is nothing but a wildcard. */
const matchesAnyone = (value: unknown) =>
  typeof value !== "string" || /^[*?:]*$/.test(value) || /^arn:[^:]*:(iam|sts|\*)::?[*]?:?[*]*$/.test(value);
