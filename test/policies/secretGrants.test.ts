import { expect, it } from "vitest";
import { UNKNOWN } from "../../policies/rule";
import { grantFaults, type SecretNames, secretNameIn } from "../../policies/secretGrants";

const secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:lockstep/staging/openai-AbCdEf";
const parameter = "arn:aws:ssm:us-east-1:111122223333:parameter/app/key";
const key = "arn:aws:kms:us-east-1:111122223333:key/0123";
const allow = (Action: unknown, Resource: unknown, more: object = {}) =>
  grantFaults({ Effect: "Allow", Action, Resource, ...more }).map(
    ({ found, allowed }) => `${found}; ${allowed}`,
  );

it.each<[unknown, unknown, string[]]>([
  ["secretsmanager:GetSecretValue", secret, []],
  ["secretsmanager:GetSecretValue", secret.replace(/AbCdEf$/, "??????"), []],
  [
    "secretsmanager:GetSecretValue",
    secret.replace(/AbCdEf$/, "?????"),
    [`an Allow of secretsmanager:GetSecretValue on "${secret.replace(/AbCdEf$/, "?????")}"; exact ARNs`],
  ],
  ["secretsmanager:GetSecretValue", "*", ['an Allow of secretsmanager:GetSecretValue on "*"; exact ARNs']],
  [
    "secretsmanager:GetSecretValue",
    "arn:aws:s*",
    ['an Allow of secretsmanager:GetSecretValue on "arn:aws:s*"; exact ARNs'],
  ],
  [
    "secretsmanager:GetSecretValue",
    "arn:aws-cn:secretsmanager:*:*:secret:a",
    ['an Allow of secretsmanager:GetSecretValue on "arn:aws-cn:secretsmanager:*:*:secret:a"; exact ARNs'],
  ],
  [
    "secretsmanager:GetSecretValue",
    "arn:aws-us-gov:secretsmanager:?",
    ['an Allow of secretsmanager:GetSecretValue on "arn:aws-us-gov:secretsmanager:?"; exact ARNs'],
  ],
  ["secretsmanager:GetSecretValue", "arn:aws:s3:::*", []],
  ["secretsmanager:GetSecretValue", "arn:aws", []],
  ["secretsmanager:GetSecretValue", [UNKNOWN, 1], []],
  ["secretsmanager:ListSecrets", "*", []],
  [
    "secretsmanager:*",
    secret,
    ['an Allow of "secretsmanager:*", which covers secretsmanager:GetSecretValue; the actions by name'],
  ],
  ["secretsmanager:Get*", secret, []],
  [
    ["s3:GetObject", "SecretsManager:*"],
    secret,
    ['an Allow of "SecretsManager:*", which covers secretsmanager:GetSecretValue; the actions by name'],
  ],
  ["*:*", key, ['an Allow of "*:*", which covers kms:Decrypt; the actions by name']],
  ["*", key, ['an Allow of "*", which covers kms:Decrypt; the actions by name']],
  ["kms:*", secret, []],
  [
    "kms:Decrypt",
    "arn:aws:kms:us-east-1:111122223333:key/*",
    ['an Allow of kms:Decrypt on "arn:aws:kms:us-east-1:111122223333:key/*"; exact ARNs'],
  ],
  ["ssm:GetParameter", parameter, []],
  ["ssm:GetParameter", `${parameter}*`, [`an Allow of ssm:GetParameter on "${parameter}*"; exact ARNs`]],
  ["ssm:GetParameters", `${parameter}*`, [`an Allow of ssm:GetParameters on "${parameter}*"; exact ARNs`]],
  [
    "ssm:GetParametersByPath",
    `${parameter}*`,
    [`an Allow of ssm:GetParametersByPath on "${parameter}*"; exact ARNs`],
  ],
  [
    "ssm:GetParameterHistory",
    `${parameter}*`,
    [`an Allow of ssm:GetParameterHistory on "${parameter}*"; exact ARNs`],
  ],
  ["ssm:GetParameter", "arn:aws:ssm:us-east-1::parameter/aws/service/*", []],
  ["ssm:*", parameter, ['an Allow of "ssm:*", which covers ssm:GetParameter; the actions by name']],
])("an Allow of %j on %j", (action, resource, faults) => {
  expect(allow(action, resource)).toEqual(faults);
});

it("a Deny grants nothing, and what is excepted is granted for the rest", () => {
  expect(grantFaults({ Effect: "Deny", Action: "*", Resource: "*" })).toEqual([]);
  expect(allow(undefined, secret, { NotAction: "s3:*" })).toEqual([
    "an Allow of all actions but some, which covers secretsmanager:GetSecretValue; the actions by name",
  ]);
  expect(allow(undefined, secret, { NotAction: ["secretsmanager:*", "s3:*"] })).toEqual([]);
  expect(allow("kms:Decrypt", undefined, { NotResource: key })).toEqual([
    'an Allow of kms:Decrypt on "*"; exact ARNs',
  ]);
});

it("whose secrets they are is asked of exact ARNs only", () => {
  const names: SecretNames = { allowed: "ours", mayRead: (arn) => arn.includes("/staging/") };
  const faults = (Resource: unknown) =>
    grantFaults({ Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource }, names);
  const other = secret.replace("staging", "production");
  expect(faults([secret, other])).toEqual([
    { found: `an Allow of secretsmanager:GetSecretValue on "${other}"`, allowed: "ours" },
  ]);
  expect(faults(`${other}*`).map(({ allowed }) => allowed)).toEqual(["exact ARNs"]);
});

it.each([
  [secret, "lockstep/staging/openai-AbCdEf"],
  [parameter, "app/key"],
  ["arn:aws-cn:ssm:cn-north-1:111122223333:parameter/a", "a"],
  [key, undefined],
  [`x${secret}`, undefined],
  [`x${parameter}`, undefined],
  ["arn:aws:secretsmanager:us-east-1:111122223333:secret:", undefined],
])("%s names the secret %s", (arn, name) => {
  expect(secretNameIn(arn)).toBe(name);
});
