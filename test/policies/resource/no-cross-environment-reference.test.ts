import { describe, expect, it } from "vitest";
import { noCrossEnvironmentReference } from "../../../policies/resource/no-cross-environment-reference";
import { type ResourceContext, UNKNOWN } from "../../../policies/rule";
import { foreign, resource, staging, urnOf } from "./resources";

const type = "test:index:Thing";
const own = staging();
const check = (props: Record<string, unknown>, context: ResourceContext = own, kind = type) =>
  noCrossEnvironmentReference.check(resource(kind, "it", props), context);
const found = (...args: Parameters<typeof check>) => check(...args).map((one) => one.found);

/** A context whose pair has other values of the environments. */
function declaring(edit: (pair: NonNullable<ResourceContext["pair"]>) => void): ResourceContext {
  const context = staging();
  if (context.pair === undefined) throw new Error("no pair");
  edit(context.pair);
  return context;
}

describe("no-cross-environment-reference", () => {
  it("names the place, the thing and whose it is", () => {
    expect(check({ roles: [{ arn: "arn:aws:iam::444455556666:role/x" }] })).toEqual([
      {
        object: "Thing it's roles[0].arn",
        path: urnOf(type, "it"),
        found: '"444455556666", production\'s environment.account',
        allowed: "what is staging's own, or nobody's",
        remedy: "Take the value from the stack's own configuration.",
      },
    ]);
  });

  it.each([
    ["lockstep/production/openai-AbCdEf", "lockstep/production", "secretPrefix"],
    [
      "arn:aws:s3:::example-lockstep-production-requests/*",
      "example-lockstep-production-requests",
      "requestLogBucket",
    ],
    ["alias/lockstep/production", "alias/lockstep/production", "kmsAlias"],
    ["arn:aws:sns:us-east-1:1:lockstep-production-alarms", "lockstep-production-alarms", "alarmTopic"],
    ["http://gateway.llm-production.svc:4000", "llm-production", "namespace"],
    ['up{namespace="llm-production"}', "llm-production", "namespace"],
  ])("finds in %s", (text, value, field) => {
    expect(found({ text })).toEqual([`"${value}", production's environment.${field}`]);
  });

  it.each([
    "lockstep/production2/openai",
    "lockstep/production-eu/openai",
    "1444455556666",
    "my-llm-production",
    "llm-productions",
    "production",
    "arn:aws:iam::111122223333:role/x",
    "lockstep/staging/openai",
    "http://gateway.llm-staging.svc:4000",
  ])("has nothing to say about %s", (text) => {
    expect(check({ text })).toEqual([]);
  });

  it("reads keys of maps and several things in one text, each once", () => {
    expect(found({ data: { "llm-production": "x" } })).toEqual([
      '"llm-production", production\'s environment.namespace',
    ]);
    expect(found({ text: "llm-production, 444455556666, llm-production" })).toEqual([
      '"llm-production", production\'s environment.namespace',
      '"444455556666", production\'s environment.account',
    ]);
  });

  it("judges production by staging's names too", () => {
    const production = { ...own, stack: "production" };
    expect(found({ text: "111122223333" }, production)).toEqual([
      '"111122223333", staging\'s environment.account',
    ]);
    expect(check({ text: "444455556666" }, production)).toEqual([]);
  });

  it("takes an ordinary word for a name only where it is the whole text", () => {
    const context = declaring(({ production }) => {
      production.config.environment.namespace = "production";
    });
    expect(found({ namespace: "production" }, context)).toEqual([
      '"production", production\'s environment.namespace',
    ]);
    expect(check({ description: "Copied from production." }, context)).toEqual([]);
  });

  it("gives a name that contains both to the longer one, and passes over what both share", () => {
    const nested = declaring(({ production }) => {
      production.config.environment.secretPrefix = "lockstep/a1";
    });
    const inside = declaring(({ staging: stack, production }) => {
      stack.config.environment.secretPrefix = "lockstep/a1/staging";
      production.config.environment.secretPrefix = "lockstep/a1";
    });
    expect(found({ text: "lockstep/a1/staging/x" }, nested)).toHaveLength(1);
    expect(check({ text: "lockstep/a1/staging/x" }, inside)).toEqual([]);
    expect(found({ text: "lockstep/a1/x" }, inside)).toHaveLength(1);
    const shared = declaring(({ production }) => {
      production.config.environment.account = "111122223333";
    });
    expect(check({ text: "111122223333" }, shared)).toEqual([]);
  });

  it("knows the namespaces of the counterpart's teams", () => {
    const context = declaring(({ production }) => {
      const { support } = production.config.limits.teams;
      if (support === undefined) throw new Error("no team");
      support.cluster = { cpuCores: 1, memoryGib: 1, pods: 1 };
    });
    expect(found({ text: "llm-production-support" }, context)).toEqual([
      '"llm-production-support", production\'s environment.namespace',
    ]);
    expect(check({ text: "llm-production-search" }, context)).toEqual([]);
  });

  it("leaves a provider's target and a secret's name to their own rules", () => {
    expect(check({ context: "llm-production" }, own, "pulumi:providers:kubernetes")).toEqual([]);
    expect(check({ allowedAccountIds: '["444455556666"]' }, own, "pulumi:providers:aws")).toEqual([]);
    const assumeRoles = '[{"roleArn":"arn:aws:iam::444455556666:role/x"}]';
    expect(check({ assumeRoles }, own, "pulumi:providers:aws")).toHaveLength(1);
    expect(check({ name: "lockstep/production/x" }, own, "aws:secretsmanager/secret:Secret")).toEqual([]);
    expect(
      check({ kmsKeyId: "alias/lockstep/production" }, own, "aws:secretsmanager/secret:Secret"),
    ).toHaveLength(1);
  });

  it("refuses a reference to the counterpart's stack", () => {
    const reference = (name: unknown) => check({ name }, own, "pulumi:pulumi:StackReference");
    expect(reference("acme/app/production").map((one) => one.found)).toEqual([
      'a reference to production\'s stack "acme/app/production"',
    ]);
    expect(reference("production")).toHaveLength(1);
    expect(reference("acme/network/production")).toEqual([]);
    expect(reference("acme/app/staging")).toEqual([]);
    expect(reference(UNKNOWN)).toEqual([]);
  });

  it("leaves unknown values to the update, and asks nothing of other stacks", () => {
    expect(check({ text: UNKNOWN, all: [UNKNOWN] })).toEqual([]);
    expect(check({ text: "444455556666" }, foreign)).toEqual([]);
  });

  it("does not show a credential that is a key on the way", () => {
    const key = `sk-proj-${"a1B2c3D4e5".repeat(6)}`;
    const reports = check({ [key]: "444455556666" });
    expect(reports).toHaveLength(1);
    expect(JSON.stringify(reports)).not.toContain(key.slice(8, 30));
  });
});
