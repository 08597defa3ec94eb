import { describe, expect, it } from "vitest";
import { providersExplicit } from "../../../policies/resource/providers-explicit";
import { type ResourceContext, UNKNOWN } from "../../../policies/rule";
import { foreign, resource, staging, urnOf } from "./resources";

const by = (type: string, name: string) => ({ type, name, urn: urnOf(type, name), props: {} });
const found = (
  type: string,
  name: string,
  props: Record<string, unknown>,
  context: ResourceContext = foreign,
) =>
  providersExplicit
    .check(resource(type, name, props), context)
    .map((one) => `${one.status ?? "violation"}: ${one.found}, not ${one.allowed}`);

describe("providers-explicit, on resources", () => {
  it.each(["default", "default_7_48_0", "default_7_48_0_https://example.com"])(
    "refuses the engine's provider %s",
    (name) => {
      const bucket = resource(
        "aws:s3/bucket:Bucket",
        "logs",
        {},
        { provider: by("pulumi:providers:aws", name) },
      );
      expect(providersExplicit.check(bucket, foreign)).toEqual([
        {
          object: "Bucket logs",
          path: bucket.urn,
          found: "the default provider, which takes whatever credentials are around",
          allowed: "an explicit provider",
          remedy: "Pass the environment's provider in the resource's options.",
        },
      ]);
    },
  );

  it("accepts an explicit one, components, and resources of other packages", () => {
    const check = (type: string, provider?: ReturnType<typeof by>) =>
      providersExplicit.check(resource(type, "one", {}, { provider }), foreign);
    expect(check("aws:s3/bucket:Bucket", by("pulumi:providers:aws", "default-account"))).toEqual([]);
    expect(check("lockstep:index:Secrets")).toEqual([]);
    expect(check("random:index/randomId:RandomId", by("pulumi:providers:random", "default_4_0_0"))).toEqual(
      [],
    );
    expect(check("kubernetes:core/v1:Pod", by("pulumi:providers:kubernetes", "default_4_34_2"))).toHaveLength(
      1,
    );
  });
});

describe("providers-explicit, on AWS providers", () => {
  const aws = "pulumi:providers:aws";

  it("wants exactly the environment's account in a Lockstep stack", () => {
    expect(found(aws, "main", { allowedAccountIds: ["111122223333"] }, staging())).toEqual([]);
    expect(found(aws, "main", { allowedAccountIds: '["111122223333"]' }, staging())).toEqual([]);
    expect(found(aws, "main", { allowedAccountIds: ["444455556666"] }, staging())).toEqual([
      'violation: allowedAccountIds ["444455556666"], not allowedAccountIds ["111122223333"]',
    ]);
    expect(
      found(aws, "main", { allowedAccountIds: ["111122223333", "444455556666"] }, staging()),
    ).toHaveLength(1);
  });

  it("wants some account in any other stack", () => {
    expect(found(aws, "main", { allowedAccountIds: ["999900001111"] })).toEqual([]);
    const none = ["violation: no allowedAccountIds, not allowedAccountIds with the accounts that are meant"];
    expect(found(aws, "main", { region: "us-east-1" })).toEqual(none);
    expect(found(aws, "main", { allowedAccountIds: "[]" })).toEqual(none);
  });

  it("cannot decide on unknown accounts", () => {
    expect(found(aws, "main", { allowedAccountIds: UNKNOWN })[0]).toMatch(/^cannot-decide: /);
    expect(found(aws, "main", { allowedAccountIds: [UNKNOWN] })[0]).toMatch(/^cannot-decide: /);
  });

  it("leaves the engine's own provider to the resources that use it", () => {
    expect(found(aws, "default_7_48_0", {})).toEqual([]);
  });
});

describe("providers-explicit, on Kubernetes providers", () => {
  const kubernetes = "pulumi:providers:kubernetes";

  it("wants the declared context in a Lockstep stack, beside an inline kubeconfig too", () => {
    expect(found(kubernetes, "main", { context: "llm-staging" }, staging())).toEqual([]);
    expect(found(kubernetes, "main", { context: "llm-production" }, staging())).toEqual([
      'violation: context "llm-production", not context "llm-staging"',
    ]);
    const inline = { kubeconfig: "apiVersion: v1\nkind: Config\n" };
    expect(found(kubernetes, "main", inline, staging())).toEqual([
      'violation: no context, not context "llm-staging"',
    ]);
    expect(found(kubernetes, "main", { ...inline, context: "llm-staging" }, staging())).toEqual([]);
    expect(found(kubernetes, "main", { context: UNKNOWN }, staging())[0]).toMatch(/^cannot-decide: /);
  });

  it("wants a context or an inline kubeconfig in any other stack, and no path", () => {
    expect(found(kubernetes, "main", { context: "dev" })).toEqual([]);
    expect(found(kubernetes, "main", { kubeconfig: "apiVersion: v1\nkind: Config\n" })).toEqual([]);
    expect(found(kubernetes, "main", { kubeconfig: UNKNOWN })).toEqual([]);
    const none = ["violation: no context, not a context, or a kubeconfig given inline"];
    expect(found(kubernetes, "main", {})).toEqual(none);
    expect(found(kubernetes, "main", { kubeconfig: "~/.kube/config" })).toEqual(none);
  });
});
