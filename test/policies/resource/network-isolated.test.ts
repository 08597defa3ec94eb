import { describe, expect, it } from "vitest";
import { networkIsolated } from "../../../policies/resource/network-isolated";
import { type ResourceContext, UNKNOWN } from "../../../policies/rule";
import { foreign, resource, staging, urnOf } from "./resources";

const policyType = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const metadata = { namespace: "llm-staging" };
const own = staging();
const found = (type: string, props: Record<string, unknown>, context: ResourceContext = own) =>
  networkIsolated
    .check(resource(type, "it", props), context)
    .map((one) => (one.status === undefined ? one.found : `${one.status}: ${one.found}`));
const ingress = (rules: unknown, more: object = {}) =>
  found(policyType, { metadata, spec: { podSelector: {}, ingress: rules, ...more } });
const from = (...peers: unknown[]) => ingress([{ from: peers }]);
const unknown = "a value that is only known after the update";

describe("network-isolated, on a NetworkPolicy of the gateway's namespace", () => {
  it("accepts named namespaces, pods of its own and address blocks", () => {
    const matchLabels = { "kubernetes.io/metadata.name": "support" };
    expect(from({ namespaceSelector: { matchLabels } })).toEqual([]);
    expect(from({ podSelector: {} })).toEqual([]);
    expect(from({ ipBlock: { cidr: "10.0.0.0/8" } })).toEqual([]);
    expect(ingress([])).toEqual([]);
    expect(ingress(undefined)).toEqual([]);
    expect(
      found(policyType, { metadata, spec: { egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }] } }),
    ).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["ingress from everybody", [{ from: [] }]],
    ["ingress from everybody", [{}]],
    ["ingress from every namespace", [{ from: [{ namespaceSelector: {} }] }]],
    [
      "ingress from every namespace",
      [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { a: "b" } } }] }],
    ],
    [
      "ingress from every namespace",
      [{ from: [{ namespaceSelector: { matchExpressions: [{ key: "x", operator: "DoesNotExist" }] } }] }],
    ],
    [
      "ingress from every namespace",
      [
        {
          from: [
            {
              namespaceSelector: {
                matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "Exists" }],
              },
            },
          ],
        },
      ],
    ],
    ['ingress from every address ("0.0.0.0/0")', [{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }]],
    [
      'ingress from every address ("::/0")',
      [{ from: [{ ipBlock: { cidr: "::/0", except: ["fd00::/8"] } }] }],
    ],
    [`cannot-decide: ingress with ${unknown}`, UNKNOWN],
    [`cannot-decide: ingress with ${unknown}`, [UNKNOWN]],
    [`cannot-decide: ingress with ${unknown}`, [{ from: [{ ipBlock: { cidr: UNKNOWN } }] }]],
    [`cannot-decide: ingress with ${unknown}`, [{ from: [{ namespaceSelector: UNKNOWN }] }]],
  ])("reports %s: %j", (what, rules) => {
    expect(ingress(rules)).toEqual([what]);
  });

  it("words it whole, with what may call instead", () => {
    const props = { metadata, spec: { ingress: [{}] } };
    expect(networkIsolated.check(resource(policyType, "open", props), own)).toEqual([
      {
        object: "NetworkPolicy open",
        path: urnOf(policyType, "open"),
        found: "ingress from everybody",
        allowed: "ingress from named namespaces, or from pods of its own",
        remedy: "Name the callers' namespaces in deployment.clientNamespaces.",
      },
    ]);
  });

  it("passes over ingress that the policy does not cover, other namespaces and other stacks", () => {
    expect(ingress([{}], { policyTypes: ["Egress"] })).toEqual([]);
    expect(ingress([{}], { policyTypes: ["Egress", "Ingress"] })).toHaveLength(1);
    const spec = { ingress: [{}] };
    expect(found(policyType, { metadata: { namespace: "web" }, spec })).toEqual([]);
    expect(found(policyType, { metadata, spec }, foreign)).toEqual([]);
  });

  it("takes the provider's namespace where the object names none", () => {
    const props = { spec: { ingress: [{}] } };
    const provider = (namespace: string) => ({
      provider: { type: "pulumi:providers:kubernetes", name: "k", urn: "", props: { namespace } },
    });
    expect(
      networkIsolated.check(resource(policyType, "it", props, provider("llm-staging")), own),
    ).toHaveLength(1);
    expect(networkIsolated.check(resource(policyType, "it", props, provider("web")), own)).toEqual([]);
    expect(networkIsolated.check(resource(policyType, "it", props), own)).toEqual([]);
    expect(found(policyType, { ...props, metadata: { namespace: UNKNOWN } })).toEqual([
      "cannot-decide: ingress from everybody, in a namespace that is only known after the update",
    ]);
  });
});

describe("network-isolated, on what the cluster and AWS open", () => {
  it("refuses Services that are reached from outside", () => {
    const service = (type: unknown, namespace = "llm-staging") =>
      found("kubernetes:core/v1:Service", { metadata: { namespace }, spec: { type } });
    expect(service("ClusterIP")).toEqual([]);
    expect(service(undefined)).toEqual([]);
    expect(service("LoadBalancer")).toEqual(['a Service of type "LoadBalancer"']);
    expect(service("NodePort")).toEqual(['a Service of type "NodePort"']);
    expect(service(UNKNOWN)).toEqual([`cannot-decide: a Service of type ${unknown}`]);
    expect(service("LoadBalancer", "web")).toEqual([]);
  });

  it("refuses security groups that open a store's port to every address", () => {
    const rule = (props: Record<string, unknown>) =>
      found("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", { ipProtocol: "tcp", ...props });
    const redis = { fromPort: 6379, toPort: 6379 };
    expect(rule({ ...redis, referencedSecurityGroupId: UNKNOWN })).toEqual([]);
    expect(rule({ ...redis, cidrIpv4: "10.0.0.0/8" })).toEqual([]);
    const open = 'ingress from "0.0.0.0/0" to a port of Redis or Postgres';
    expect(rule({ ...redis, cidrIpv4: "0.0.0.0/0" })).toEqual([open]);
    expect(rule({ fromPort: 443, toPort: 443, cidrIpv4: "0.0.0.0/0" })).toEqual([]);
    expect(rule({ fromPort: 0, toPort: 65535, cidrIpv6: "::/0" })).toEqual([
      'ingress from "::/0" to a port of Redis or Postgres',
    ]);
    expect(rule({ ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" })).toEqual([open]);
    expect(rule({ ...redis, cidrIpv4: UNKNOWN })).toEqual([`cannot-decide: ingress with ${unknown}`]);
    expect(rule({ fromPort: UNKNOWN, toPort: 1, cidrIpv4: "0.0.0.0/0" })).toEqual([
      `cannot-decide: ingress with ${unknown}`,
    ]);
  });

  it("reads the older forms of security group rules too", () => {
    const postgres = { protocol: "tcp", fromPort: 5432, toPort: 5432 };
    const group = (ingress: unknown) => found("aws:ec2/securityGroup:SecurityGroup", { ingress });
    expect(group([{ ...postgres, cidrBlocks: ["10.0.0.0/8"] }])).toEqual([]);
    expect(group([{ ...postgres, cidrBlocks: ["10.0.0.0/8", "0.0.0.0/0"] }])).toHaveLength(1);
    expect(group(UNKNOWN)).toEqual([`cannot-decide: ingress with ${unknown}`]);
    const single = (type: string) =>
      found("aws:ec2/securityGroupRule:SecurityGroupRule", { ...postgres, type, ipv6CidrBlocks: ["::/0"] });
    expect(single("ingress")).toHaveLength(1);
    expect(single("egress")).toEqual([]);
  });

  it("refuses databases with a public address, in a Lockstep stack only", () => {
    const type = "aws:rds/instance:Instance";
    expect(found(type, { publiclyAccessible: false })).toEqual([]);
    expect(found(type, {})).toEqual([]);
    expect(found(type, { publiclyAccessible: true })).toEqual(["publiclyAccessible true"]);
    expect(found(type, { publiclyAccessible: UNKNOWN })).toEqual([
      `cannot-decide: publiclyAccessible with ${unknown}`,
    ]);
    expect(found(type, { publiclyAccessible: true }, foreign)).toEqual([]);
  });
});
