import { expect, it } from "vitest";
import { secretHasPolicy } from "../../../policies/resource/secret-has-policy";
import { UNKNOWN } from "../../../policies/rule";
import { foreign, resource } from "./resources";

const arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:openai-AbCdEf";
const secret = resource("aws:secretsmanager/secret:Secret", "openai", { name: "openai", arn });
const policy = (secretArn: unknown, sources: string[] = []) =>
  resource(
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    "openai",
    { secretArn },
    { dependsOn: { secretArn: sources } },
  );
const report = {
  object: "Secret openai",
  path: secret.urn,
  found: "no resource policy",
  allowed: "a SecretPolicy that denies reading to all but named principals",
  remedy: "Add an aws.secretsmanager.SecretPolicy with this secret's ARN.",
};

it("secret-has-policy accepts a policy with the secret's ARN, or one that comes from the secret", () => {
  expect(secretHasPolicy.check([secret, policy(arn)], foreign)).toEqual([]);
  expect(secretHasPolicy.check([policy(UNKNOWN, [secret.urn]), secret], foreign)).toEqual([]);
});

it("secret-has-policy refuses a secret without one, or with another secret's only", () => {
  expect(secretHasPolicy.check([secret], foreign)).toEqual([report]);
  expect(secretHasPolicy.check([secret, policy(`${arn}2`)], foreign)).toEqual([report]);
  expect(secretHasPolicy.check([secret, policy(UNKNOWN, ["urn:pulumi:other"])], foreign)).toEqual([report]);
});

it("secret-has-policy does not count a policy of the secret itself, which may be about to be removed", () => {
  const own = { ...secret, props: { ...secret.props, policy: "{}" } };
  expect(secretHasPolicy.check([own], foreign)).toEqual([report]);
});

it("secret-has-policy cannot decide when a policy's secret is unknown", () => {
  expect(secretHasPolicy.check([secret, policy(UNKNOWN)], foreign)).toEqual([
    {
      ...report,
      found:
        "no policy that is surely its own; one names a secret with a value that is only known after the update",
      status: "cannot-decide",
    },
  ]);
});
