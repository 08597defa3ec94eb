import { expect, it } from "vitest";
import { namespaceHasQuota } from "../../../policies/resource/namespace-has-quota";
import { type ResourceView, UNKNOWN } from "../../../policies/rule";
import { foreign, resource } from "./resources";

const namespace = resource("kubernetes:core/v1:Namespace", "app", { metadata: { name: "app" } });
const hard = { "requests.cpu": "4", "requests.memory": "8Gi", pods: "20" };
const quota = (spec: Record<string, unknown>, name: unknown = "app", more: Partial<ResourceView> = {}) =>
  resource("kubernetes:core/v1:ResourceQuota", "app", { metadata: { namespace: name }, spec }, more);
const range = (name: unknown = "app", more: Partial<ResourceView> = {}) =>
  resource(
    "kubernetes:core/v1:LimitRange",
    "app",
    { metadata: { namespace: name }, spec: { limits: [] } },
    more,
  );
const found = (...resources: ResourceView[]) =>
  namespaceHasQuota.check(resources, foreign).map((one) => `${one.status ?? "violation"}: ${one.found}`);

it("namespace-has-quota accepts a quota on cpu, memory and pods with a limit range", () => {
  expect(found(namespace, quota({ hard }), range())).toEqual([]);
  const two = [
    quota({ hard: { "limits.cpu": "4", memory: "8Gi" } }),
    quota({ hard: { "count/pods": "20" } }),
  ];
  expect(found(namespace, ...two, range())).toEqual([]);
});

it("namespace-has-quota names what is missing, and says what may be there", () => {
  expect(namespaceHasQuota.check([namespace], foreign)).toEqual([
    {
      object: "Namespace app",
      path: namespace.urn,
      found: "no ResourceQuota",
      allowed: "a ResourceQuota on cpu, memory and pods",
      remedy: "Add it to the program, in this namespace; the component Quotas makes both.",
    },
    {
      object: "Namespace app",
      path: namespace.urn,
      found: "no LimitRange",
      allowed: "a LimitRange with defaults for containers",
      remedy: "Add it to the program, in this namespace; the component Quotas makes both.",
    },
  ]);
  const { pods, ...rest } = hard;
  expect(pods).toBe("20");
  expect(found(namespace, quota({ hard: rest }), range())).toEqual([
    "violation: a ResourceQuota without pods",
  ]);
});

it("namespace-has-quota does not count another namespace's quota, or one for some pods only", () => {
  expect(found(namespace, quota({ hard }, "other"), range())).toEqual(["violation: no ResourceQuota"]);
  expect(found(namespace, quota({ hard, scopes: ["BestEffort"] }), range())).toEqual([
    "violation: no ResourceQuota",
  ]);
  expect(found(namespace, quota({ hard }), range("other"))).toEqual(["violation: no LimitRange"]);
});

it("namespace-has-quota goes by what an unknown name comes from, and else cannot decide", () => {
  const from = { dependsOn: { metadata: [namespace.urn] } };
  expect(found(namespace, quota({ hard }, UNKNOWN, from), range(UNKNOWN, from))).toEqual([]);
  expect(found(namespace, quota({ hard }, UNKNOWN), range())).toEqual([
    "cannot-decide: no ResourceQuota that is surely its own; one names a namespace with a value that is only known after the update",
  ]);
});

it("namespace-has-quota asks nothing of namespaces that the stack does not create", () => {
  expect(found(quota({ hard }, "other"))).toEqual([]);
});
