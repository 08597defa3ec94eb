import { expect, it } from "vitest";
import { secretPolicyFaults } from "../../policies/secretPolicy";

const read = "secretsmanager:GetSecretValue";
const role = "arn:aws:iam::111122223333:role/gateway";
const noDeny = {
  found: "no Deny for principals other than named ones",
  allowed: "a Deny of secretsmanager:GetSecretValue for all principals but named ones",
};
const open = {
  found: "an Allow for everyone without a condition",
  allowed: "Allow for named principals, or under a condition",
};
const faults = (...Statement: unknown[]) => secretPolicyFaults(JSON.stringify({ Statement }));
const deny = (Condition: unknown, more: object = {}) => ({
  Effect: "Deny",
  Principal: "*",
  Action: read,
  Condition,
  ...more,
});
const others = { ArnNotEquals: { "aws:PrincipalArn": role } };
const allow = { Effect: "Allow", Principal: "*", Action: read };

it.each(["", "{", "[]", "null", '{"Statement":[1]}', "{}"])("%j is no policy with statements", (json) => {
  expect(secretPolicyFaults(json)).toEqual([
    { found: "a policy that is not JSON with statements", allowed: noDeny.allowed },
  ]);
});

it.each<[string, unknown]>([
  ["of its ARN", others],
  [
    "of patterns of ARNs",
    { ArnNotLike: { "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/gateway-*"] } },
  ],
  ["of its ARN as a text", { StringNotEquals: { "AWS:PRINCIPALARN": role } }],
  ["of its ARN in any case", { StringNotEqualsIgnoreCase: { "aws:PrincipalArn": role } }],
  ["of its id", { StringNotLike: { "aws:userid": "AROAEXAMPLE:*" } }],
  ["of its ARN, where there is one", { ArnNotEqualsIfExists: { "aws:PrincipalArn": role } }],
  ["and not of services", { ...others, BoolIfExists: { "aws:PrincipalIsAWSService": "false" } }],
  ["and not by way of services", { ...others, Bool: { "aws:ViaAWSService": "false" } }],
])("a Deny for all but one role, by the condition %s, is right", (_, condition) => {
  expect(faults(deny(condition))).toEqual([]);
});

it.each<[string, unknown]>([
  ["none", undefined],
  ["an empty one", {}],
  ["one that is no map", "x"],
  ["one whose block is no map", { ArnNotEquals: role }],
  ["one that is not negated", { ArnEquals: { "aws:PrincipalArn": role } }],
  ["an operator that only contains it", { "ForAnyValue:ArnNotEquals": { "aws:PrincipalArn": role } }],
  ["an operator that goes on", { ArnNotEqualsX: { "aws:PrincipalArn": role } }],
  ["another key", { ArnNotEquals: { "aws:SourceArn": role } }],
  ["no value", { ArnNotEquals: { "aws:PrincipalArn": [] } }],
  ["a value that is no text", { ArnNotEquals: { "aws:PrincipalArn": [1] } }],
  ["everyone", { ArnNotLike: { "aws:PrincipalArn": "*" } }],
  ["everyone, among others", { ArnNotLike: { "aws:PrincipalArn": [role, "*"] } }],
  ["question marks", { StringNotLike: { "aws:userid": "?*:*" } }],
  ["every account", { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*" } }],
  ["every account's everything", { ArnNotLike: { "aws:PrincipalArn": "arn:aws:sts::*:*" } }],
  ["every service's everything", { ArnNotLike: { "aws:PrincipalArn": "arn:aws:*:*" } }],
  ["one of another kind too", { ...others, IpAddress: { "aws:SourceIp": "10.0.0.0/8" } }],
])("a Deny is not for all but named ones under the condition: %s", (_, condition) => {
  expect(faults(deny(condition))).toEqual([noDeny]);
});

it.each<[string, object, boolean]>([
  ["of everything", { Action: "*" }, true],
  ["of all of the service", { Action: "secretsmanager:*" }, true],
  ["of all but something else", { Action: undefined, NotAction: "secretsmanager:DescribeSecret" }, true],
  ["of all but reading", { Action: undefined, NotAction: read }, false],
  ["of writing", { Action: "secretsmanager:PutSecretValue" }, false],
  ["for every AWS principal", { Principal: { AWS: "*" } }, true],
  ["for every AWS principal, in a list", { Principal: { AWS: [role, "*"] } }, true],
  ["for one principal", { Principal: { AWS: role } }, false],
  ["for every service", { Principal: { Service: "*" } }, false],
  ["that is an Allow", { Effect: "Allow" }, false],
])("a Deny %s", (_, more, right) => {
  const found = faults(deny(others, more)).filter((one) => one.found === noDeny.found);
  expect(found).toEqual(right ? [] : [noDeny]);
});

it("a Deny may except principals itself, without a condition", () => {
  const not = (NotPrincipal: unknown, more: object = {}) =>
    faults({ Effect: "Deny", NotPrincipal, Action: read, ...more });
  expect(not({ AWS: role })).toEqual([]);
  expect(not({ AWS: role }, { Condition: others })).toEqual([noDeny]);
  expect(not("*")).toEqual([noDeny]);
  expect(not({ AWS: ["*"] })).toEqual([noDeny]);
});

it("an Allow must not be for everyone", () => {
  expect(faults(deny(others), allow)).toEqual([open]);
  expect(faults(allow)).toEqual([noDeny, open]);
  expect(faults(deny(others), { ...allow, Principal: { AWS: "*" } })).toEqual([open]);
  expect(faults(deny(others), { ...allow, Condition: {} })).toEqual([open]);
  expect(faults(deny(others), { ...allow, Principal: undefined, NotPrincipal: { AWS: role } })).toEqual([
    open,
  ]);
  expect(faults(deny(others), { ...allow, Principal: { AWS: role } })).toEqual([]);
  expect(
    faults(deny(others), { ...allow, Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } }),
  ).toEqual([]);
  expect(secretPolicyFaults(JSON.stringify({ Statement: deny(others) }))).toEqual([]);
});
