import { describe, expect, it } from "vitest";
import { decide, type Guarded, type Principal, type Statement } from "./iam";

const account = "111111111111";
const other = "222222222222";
const arn = "arn:aws:sns:eu-west-1:111111111111:alarms";

const allow = (more: Partial<Statement> = {}): Statement => ({
  Sid: "Allow",
  Effect: "Allow",
  Action: "sns:Publish",
  Resource: "*",
  ...more,
});
const role = (of: string, ...statements: Statement[]): Principal => ({
  role: `arn:aws:iam::${of}:role/app`,
  account: of,
  policies: [{ Statement: statements }],
});
const asked = (
  principal: Principal,
  statements: Statement[],
  {
    context = {},
    action = "sns:Publish",
    ...guarded
  }: Partial<Guarded> & {
    context?: Record<string, string>;
    action?: string;
  } = {},
) =>
  decide(
    { principal, action, resource: arn, context },
    { account, policy: { Statement: statements }, ...guarded },
  );

const anyone = { Principal: "*" } as const;
const root = (of: string) => ({ Principal: { AWS: `arn:aws:iam::${of}:root` } });
const named = { Principal: { AWS: `arn:aws:iam::${account}:role/app` } };

describe("who may", () => {
  it.each<[string, Principal, Statement[], "allowed" | "denied", Parameters<typeof asked>[2]?]>([
    ["nobody, where nothing allows it", role(account), [], "denied"],
    ["a role of the account by its own policy", role(account, allow()), [], "allowed"],
    ["a role of the account by the resource's", role(account), [allow(named)], "allowed"],
    ["not by the account's being named alone", role(account), [allow(root(account))], "denied"],
    ["another account's role by one policy", role(other, allow()), [], "denied"],
    ["another account's role by the other", role(other), [allow(root(other))], "denied"],
    ["another account's role by both", role(other, allow()), [allow(root(other))], "allowed"],
    [
      "whoever is denied, in spite of both",
      role(account, allow()),
      [allow(anyone), { ...allow(anyone), Effect: "Deny" }],
      "denied",
    ],
    [
      "whom their own policy denies",
      role(account, { ...allow(), Effect: "Deny" }),
      [allow(anyone)],
      "denied",
    ],
    ["nobody a key by IAM alone", role(account, allow()), [], "denied", { isKey: true }],
    [
      "a role a key that leaves it to IAM",
      role(account, allow()),
      [allow(root(account))],
      "allowed",
      { isKey: true },
    ],
    [
      "a service that is named",
      { service: "a.amazonaws.com", sourceAccount: account },
      [allow({ Principal: { Service: ["b.amazonaws.com", "a.amazonaws.com"] } })],
      "allowed",
    ],
    [
      "no service that is not",
      { service: "c.amazonaws.com", sourceAccount: account },
      [allow({ Principal: { Service: "a.amazonaws.com" } })],
      "denied",
    ],
    ["another action", role(account, allow({ Action: "sns:Sub*" })), [], "denied"],
    [
      "an action by its beginning, in any case",
      role(account, allow({ Action: ["SNS:pub*"] })),
      [],
      "allowed",
    ],
    ["another resource", role(account, allow({ Resource: `${arn}-2` })), [], "denied"],
    [
      "a resource by a pattern",
      role(account, allow({ Resource: "arn:aws:sns:*:111111111111:alarm?" })),
      [],
      "allowed",
    ],
  ])("%s", (_, principal, statements, answer, more) => {
    expect(asked(principal, statements, more)).toBe(answer);
  });

  it.each<
    [operator: string, allowed: string | string[], value: string | undefined, answer: "allowed" | "denied"]
  >([
    ["StringEquals", ["a", "b"], "b", "allowed"],
    ["StringEquals", ["a", "b"], "c", "denied"],
    ["StringEquals", "a", undefined, "denied"],
    ["StringNotEquals", "a", "b", "allowed"],
    ["StringNotEquals", "a", "a", "denied"],
    ["StringNotEquals", "a", undefined, "allowed"],
    ["ArnNotEquals", "arn:aws:iam::1:role/a*", "arn:aws:iam::1:role/b", "allowed"],
    ["ArnNotEquals", "arn:aws:iam::1:role/a*", "arn:aws:iam::1:role/ab", "denied"],
    ["Bool", "true", "true", "allowed"],
    ["Bool", "true", "false", "denied"],
    ["Null", "true", undefined, "allowed"],
    ["Null", "true", "here", "denied"],
    ["Null", "false", "here", "allowed"],
  ])("by %s of %j, with %j", (operator, allowed, value, answer) => {
    const principal = role(account, allow({ Condition: { [operator]: { "my:key": allowed } } }));
    expect(asked(principal, [], { context: value === undefined ? {} : { "my:key": value } })).toBe(answer);
  });

  it("is not said of an element that it does not know", () => {
    const like = role(account, allow({ Condition: { StringLike: { "my:key": "a*" } } }));
    expect(() => asked(like, [])).toThrow("No evaluation of StringLike.");
    expect(() => asked(role(account), [allow()])).toThrow("A resource's policy names a principal.");
    const user = { Principal: { AWS: "arn:aws:iam::111111111111:user/app" } };
    expect(() => asked(role(account), [allow(user)])).toThrow("Unknown: arn:aws:iam::111111111111:user/app");
  });
});
