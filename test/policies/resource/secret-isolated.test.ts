import { describe, expect, it } from "vitest";
import { secretIsolated } from "../../../policies/resource/secret-isolated";
import { type ResourceContext, UNKNOWN } from "../../../policies/rule";
import { foreign, resource, staging, urnOf } from "./resources";

const secretType = "aws:secretsmanager/secret:Secret";
const policyType = "aws:secretsmanager/secretPolicy:SecretPolicy";
const key = "arn:aws:kms:us-east-1:111122223333:key/0a1b";
const check = (props: Record<string, unknown>, context: ResourceContext = foreign) =>
  secretIsolated.check(resource(secretType, "openai", { kmsKeyId: key, ...props }), context);
const common = { object: "Secret openai", path: urnOf(secretType, "openai") };

describe("secret-isolated, on a secret", () => {
  it("accepts a customer key", () => {
    expect(check({})).toEqual([]);
  });

  it("refuses the AWS managed key", () => {
    const rest = { allowed: "a customer managed KMS key", remedy: "Set kmsKeyId to the environment's key." };
    expect(check({ kmsKeyId: undefined })).toEqual([
      { ...common, found: "no kmsKeyId, which means the AWS managed key", ...rest },
    ]);
    expect(check({ kmsKeyId: "alias/aws/secretsmanager" })).toEqual([
      { ...common, found: 'the AWS managed key "alias/aws/secretsmanager"', ...rest },
    ]);
  });

  it("accepts a key that the same update makes", () => {
    expect(check({ kmsKeyId: UNKNOWN })).toEqual([]);
  });

  it("leaves the recovery window to secret-recoverable", () => {
    expect(check({ recoveryWindowInDays: 0 })).toEqual([]);
  });

  it("cannot decide on an unknown name in a Lockstep stack", () => {
    expect(check({ name: UNKNOWN }, staging()).map(({ status }) => status)).toEqual(["cannot-decide"]);
    expect(check({ name: UNKNOWN })).toEqual([]);
  });

  it("has every secret of a Lockstep stack named under the stack's own prefix", () => {
    expect(check({ name: "lockstep/staging/openai" }, staging())).toEqual([]);
    expect(check({ name: "lockstep/staging2/openai" }, staging())).toEqual([
      {
        ...common,
        found: '"lockstep/staging2/openai"',
        allowed: 'a name under staging\'s environment.secretPrefix, "lockstep/staging/"',
        remedy: 'Name the secret "lockstep/staging/…", as a plain value.',
      },
    ]);
    expect(check({ name: "lockstep/production/openai" }, staging()).map(({ found }) => found)).toEqual([
      '"lockstep/production/openai", under production\'s prefix',
    ]);
  });

  it("gives a name that is under both prefixes to the longer one", () => {
    const context = staging();
    if (context.pair === undefined) throw new Error("no pair");
    context.pair.staging.config.environment.secretPrefix = "lockstep";
    expect(check({ name: "lockstep/production/openai" }, context)).toHaveLength(1);
    expect(check({ name: "lockstep/openai" }, context)).toEqual([]);
    expect(check({ name: "lockstep/production/x" }, { ...context, stack: "production" })).toEqual([]);
  });
});

const named = { ArnNotEquals: { "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/reader"] } };
const deny = {
  Effect: "Deny",
  Principal: "*",
  Action: "secretsmanager:GetSecretValue",
  Resource: "*",
  Condition: named,
};
const checkPolicy = (statements: unknown, more: Record<string, unknown> = {}) =>
  secretIsolated
    .check(
      resource(policyType, "openai", {
        policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
        blockPublicPolicy: true,
        ...more,
      }),
      foreign,
    )
    .map(({ found, status }) => (status === undefined ? found : `${status}: ${found}`));
const noDeny = ["no Deny for principals other than named ones"];

describe("secret-isolated, on a secret's policy", () => {
  it.each([
    ["a Deny for all but named ARNs", [deny]],
    ["one statement that is no list", deny],
    ["AWS's other way to write everyone", [{ ...deny, Principal: { AWS: ["*"] } }]],
    ["an action with a wildcard", [{ ...deny, Action: ["secretsmanager:Get*"] }]],
    ["all actions", [{ ...deny, Action: "*" }]],
    [
      "all actions but others",
      [{ ...deny, NotAction: ["secretsmanager:DescribeSecret"], Action: undefined }],
    ],
    [
      "NotPrincipal",
      [{ Effect: "Deny", NotPrincipal: { AWS: "arn:aws:iam::111122223333:root" }, Action: "*" }],
    ],
    [
      "an exception for AWS services",
      [{ ...deny, Condition: { ...named, Bool: { "aws:PrincipalIsAWSService": "false" } } }],
    ],
  ])("accepts %s", (_, statements) => {
    expect(checkPolicy(statements)).toEqual([]);
  });

  it.each([
    ["no statement", []],
    ["an Allow alone", [{ ...deny, Effect: "Allow" }]],
    ["a Deny of something else", [{ ...deny, Action: "secretsmanager:Delete*" }]],
    [
      "a Deny whose condition holds for some only",
      [{ ...deny, Condition: { ...named, Bool: { "aws:SecureTransport": "false" } } }],
    ],
    [
      "a Deny of the named ones",
      [{ ...deny, Condition: { ArnEquals: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/x" } } }],
    ],
    ["a Deny for nobody", [{ ...deny, Condition: { ArnNotLike: { "aws:PrincipalArn": "*" } } }]],
    [
      "a Deny for nobody of an account",
      [{ ...deny, Condition: { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:*" } } }],
    ],
    [
      "a Deny for other accounts",
      [{ ...deny, Condition: { StringNotEquals: { "aws:PrincipalAccount": "111122223333" } } }],
    ],
    ["a Deny of all but reading", [{ ...deny, NotAction: "secretsmanager:Get*", Action: undefined }]],
    ["a Deny for everyone, which names nobody", [{ ...deny, Condition: {} }]],
    ["a Deny for one principal", [{ ...deny, Principal: { AWS: "arn:aws:iam::111122223333:role/x" } }]],
    ["a NotPrincipal of everyone", [{ Effect: "Deny", NotPrincipal: "*", Action: "*" }]],
  ])("refuses %s", (_, statements) => {
    expect(checkPolicy(statements)).toEqual(noDeny);
  });

  it("refuses an Allow for everyone without a condition", () => {
    const allow = { Effect: "Allow", Principal: "*", Action: "secretsmanager:GetSecretValue", Resource: "*" };
    expect(checkPolicy([deny, allow])).toEqual(["an Allow for everyone without a condition"]);
    expect(
      checkPolicy([deny, { ...allow, Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } }]),
    ).toEqual([]);
  });

  it("asks for blockPublicPolicy", () => {
    expect(checkPolicy([deny], { blockPublicPolicy: undefined })).toEqual(["blockPublicPolicy not set"]);
    expect(checkPolicy([deny], { blockPublicPolicy: false })).toEqual(["blockPublicPolicy false"]);
    expect(checkPolicy([deny], { blockPublicPolicy: UNKNOWN })).toEqual([
      "cannot-decide: blockPublicPolicy with a value that is only known after the update",
    ]);
  });

  it("refuses what is no policy, and cannot decide on an unknown one", () => {
    expect(checkPolicy([], { policy: "{" })).toEqual(["a policy that is not JSON with statements"]);
    expect(checkPolicy([], { policy: UNKNOWN })).toEqual([
      "cannot-decide: a policy with a value that is only known after the update",
    ]);
  });
});
