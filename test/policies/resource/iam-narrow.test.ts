import { describe, expect, it } from "vitest";
import { iamNarrow } from "../../../policies/resource/iam-narrow";
import { type ResourceContext, UNKNOWN } from "../../../policies/rule";
import { foreign, resource, staging, urnOf } from "./resources";

const rolePolicy = "aws:iam/rolePolicy:RolePolicy";
const check = (type: string, props: Record<string, unknown>, context: ResourceContext = foreign) =>
  iamNarrow.check(resource(type, "it", props), context);
const found = (statement: object | object[], context: ResourceContext = foreign) =>
  check(rolePolicy, { policy: JSON.stringify({ Version: "2012-10-17", Statement: statement }) }, context).map(
    (one) => one.found,
  );

const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:111122223333:secret:${name}`;
const read = { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: arn("db-AbCdEf") };
const decrypt = {
  Effect: "Allow",
  Action: ["kms:Decrypt"],
  Resource: "arn:aws:kms:us-east-1:111122223333:key/0a",
};
const parameter = "arn:aws:ssm:us-east-1:111122223333:parameter/app/url";

describe("iam-narrow, on policies", () => {
  it("words a finding with the action and the resource", () => {
    expect(check(rolePolicy, { policy: JSON.stringify({ Statement: { ...read, Resource: "*" } }) })).toEqual([
      {
        object: "RolePolicy it",
        path: urnOf(rolePolicy, "it"),
        found: 'an Allow of secretsmanager:GetSecretValue on "*"',
        allowed: "exact ARNs",
        remedy: "Name the actions that are used and the ARNs of the secrets that they are used on.",
      },
    ]);
  });

  it.each<[string, object | object[]]>([
    ["an exact secret", read],
    ["a secret with any suffix of Secrets Manager's own", { ...read, Resource: arn("db-??????") }],
    [
      "a key and a parameter",
      [decrypt, { Effect: "Allow", Action: "ssm:GetParameter*", Resource: parameter }],
    ],
    [
      "AWS's own parameters",
      { ...read, Action: "ssm:GetParameter", Resource: "arn:aws:ssm:us-east-1::parameter/aws/*" },
    ],
    ["everything in a bucket", { Effect: "Allow", Action: "*", Resource: "arn:aws:s3:::assets/*" }],
    [
      "other actions on everything",
      { Effect: "Allow", Action: ["s3:*", "secretsmanager:ListSecrets"], Resource: "*" },
    ],
    ["a Deny", { ...read, Effect: "Deny", Resource: "*" }],
    [
      "all actions but those on secrets",
      { Effect: "Allow", NotAction: ["secretsmanager:*", "ssm:*", "kms:*"], Resource: "*" },
    ],
  ])("accepts %s", (_, statement) => {
    expect(found(statement)).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    [
      "all secrets",
      { ...read, Resource: [read.Resource, "*"] },
      ['an Allow of secretsmanager:GetSecretValue on "*"'],
    ],
    [
      "secrets by prefix",
      { ...read, Resource: arn("db-*") },
      [`an Allow of secretsmanager:GetSecretValue on "${arn("db-*")}"`],
    ],
    ["all keys", { ...decrypt, Resource: "*" }, ['an Allow of kms:Decrypt on "*"']],
    [
      "parameters by prefix",
      { ...read, Action: "ssm:GetParameter*", Resource: "arn:aws:ssm:*:*:parameter/app/*" },
      ['an Allow of ssm:GetParameter on "arn:aws:ssm:*:*:parameter/app/*"'],
    ],
    [
      "a whole service's actions",
      { ...read, Action: "SecretsManager:*" },
      ['an Allow of "SecretsManager:*", which covers secretsmanager:GetSecretValue'],
    ],
    [
      "all actions on a secret",
      { ...read, Action: ["*"] },
      ['an Allow of "*", which covers secretsmanager:GetSecretValue'],
    ],
    [
      "all actions but some",
      { Effect: "Allow", NotAction: "iam:*", Resource: read.Resource },
      ["an Allow of all actions but some, which covers secretsmanager:GetSecretValue"],
    ],
    [
      "all resources but some",
      { Effect: "Allow", Action: read.Action, NotResource: read.Resource },
      ['an Allow of secretsmanager:GetSecretValue on "*"'],
    ],
    [
      "a pattern that a secret fits",
      { ...read, Resource: "arn:aws:s*" },
      ['an Allow of secretsmanager:GetSecretValue on "arn:aws:s*"'],
    ],
  ])("refuses %s", (_, statement, reports) => {
    expect(found(statement)).toEqual(reports);
  });

  it("wants an environment's own secrets in a Lockstep stack", () => {
    const own = { ...read, Resource: arn("lockstep/staging/openai-AbCdEf") };
    expect(found(own, staging())).toEqual([]);
    expect(found({ ...read, Resource: arn("rds!db-0a1b-AbCdEf") }, staging())).toEqual([]);
    expect(found(decrypt, staging())).toEqual([]);
    expect(
      check(rolePolicy, { policy: { Statement: [read] } }, staging()).map((one) => [one.found, one.allowed]),
    ).toEqual([
      [
        `an Allow of secretsmanager:GetSecretValue on "${read.Resource}"`,
        'secrets under staging\'s environment.secretPrefix, "lockstep/staging/"',
      ],
    ]);
    const other = { ...read, Action: "ssm:GetParameter", Resource: parameter };
    expect(found(other, staging())).toHaveLength(1);
    expect(found({ ...other, Resource: parameter.replace("app", "lockstep/staging") }, staging())).toEqual(
      [],
    );
  });

  it("leaves the counterpart's secrets to no-cross-environment-reference", () => {
    expect(found({ ...read, Resource: arn("lockstep/production/openai-AbCdEf") }, staging())).toEqual([]);
  });

  it("leaves what is not known to the update, and what is no policy to AWS", () => {
    expect(check(rolePolicy, { policy: UNKNOWN }, staging())).toEqual([]);
    expect(check(rolePolicy, { policy: { Statement: UNKNOWN } })).toEqual([]);
    expect(check(rolePolicy, { policy: { Statement: [UNKNOWN, { ...read, Resource: UNKNOWN }] } })).toEqual(
      [],
    );
    expect(check(rolePolicy, { policy: "{" })).toEqual([]);
  });
});

describe("iam-narrow, on roles and attachments", () => {
  it("reads a role's inline policies", () => {
    const policy = JSON.stringify({ Statement: { ...read, Resource: "*" } });
    expect(check("aws:iam/role:Role", { inlinePolicies: [{ name: "a", policy }] })).toHaveLength(1);
    expect(check("aws:iam/role:Role", { inlinePolicies: UNKNOWN })).toEqual([]);
  });

  it("refuses AWS's policies that read every secret", () => {
    const attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
    const admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    expect(check(attachment, { policyArn: admin })).toEqual([
      {
        object: "RolePolicyAttachment it",
        path: urnOf(attachment, "it"),
        found: `the managed policy "${admin}"`,
        allowed: "a policy that names the secrets which may be read",
        remedy: "Write a policy of its own instead.",
      },
    ]);
    expect(check(attachment, { policyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" })).toEqual([]);
    expect(check(attachment, { policyArn: UNKNOWN })).toEqual([]);
    expect(check("aws:iam/role:Role", { managedPolicyArns: [admin] })).toHaveLength(1);
  });
});
