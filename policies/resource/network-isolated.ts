import { isRecord } from "../../config/record";
import { isInNamespace } from "../kubernetesNamespace";
import { type Opening, opensGroup } from "../networkOpening";
import { ownStack } from "../ownStack";
import { at, list, reportOn, shown, unknownFound } from "../props";
import { type ResourceRule, type ResourceView, UNKNOWN } from "../rule";

const policyTypes = ["NetworkPolicy", "NetworkPolicyPatch"].map(
  (kind) => `kubernetes:networking.k8s.io/v1:${kind}`,
);
const serviceTypes = ["Service", "ServicePatch"].map((kind) => `kubernetes:core/v1:${kind}`);
const groupTypes = [
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:ec2/securityGroupRule:SecurityGroupRule",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
];
const databaseTypes = ["aws:rds/clusterInstance:ClusterInstance", "aws:rds/instance:Instance"];

/**
 * What opens the gateway or its stores, in a Lockstep stack. A security group is judged by the ports of Redis
 * and Postgres, because it does not say who uses it. That the namespace denies by default is a part of the
 * environment: see `environment-complete`.
 */
export const networkIsolated: ResourceRule = {
  kind: "resource",
  name: "network-isolated",
  description: "The gateway's namespace lets in named namespaces only, and its stores nobody from outside.",
  protects: "From callers that no limit, no budget and no log was made for.",
  severity: "critical",
  exceptions: true,
  types: [...policyTypes, ...serviceTypes, ...groupTypes, ...databaseTypes],
  check(resource, context) {
    const own = ownStack(context)?.own;
    if (own === undefined) return [];
    const inside = resource.type.startsWith("kubernetes:")
      ? isInNamespace(resource, own.config.environment.namespace)
      : true;
    if (inside === false) return [];
    return openingsOf(resource).map(({ found, allowed, remedy, unknown }) =>
      unknown || inside === UNKNOWN
        ? reportOn(
            resource,
            `${found}${inside === UNKNOWN ? elsewhere : ""}`,
            allowed,
            remedy,
            "cannot-decide",
          )
        : reportOn(resource, found, allowed, remedy),
    );
  },
};

const elsewhere = ", in a namespace that is only known after the update";

function openingsOf(resource: ResourceView): Opening[] {
  if (policyTypes.includes(resource.type)) return policyOpenings(resource);
  if (serviceTypes.includes(resource.type)) return serviceOpenings(resource);
  if (groupTypes.includes(resource.type)) return opensGroup(resource);
  const publiclyAccessible = resource.props.publiclyAccessible ?? false;
  if (publiclyAccessible === false) return [];
  const unknown = publiclyAccessible === UNKNOWN;
  const found = `publiclyAccessible ${unknown ? `with ${unknownFound}` : shown(publiclyAccessible)}`;
  const remedy = "Set publiclyAccessible to false.";
  return [{ found, allowed: "a database without a public address", remedy, unknown }];
}

function serviceOpenings({ props }: ResourceView): Opening[] {
  const type = at(props, "spec", "type") ?? "ClusterIP";
  if (type === "ClusterIP" || type === "ExternalName") return [];
  const found = `a Service of type ${shown(type)}`;
  const remedy = "Make it a ClusterIP: the way in is deployment.ingress.";
  return [{ found, allowed: "a Service of type ClusterIP", remedy, unknown: type === UNKNOWN }];
}

const allowed = "ingress from named namespaces, or from pods of its own";
const remedy = "Name the callers' namespaces in deployment.clientNamespaces.";

function policyOpenings({ props }: ResourceView): Opening[] {
  const types = at(props, "spec", "policyTypes");
  if (Array.isArray(types) && !types.includes("Ingress") && !types.includes(UNKNOWN)) return [];
  const ingress = at(props, "spec", "ingress");
  const found = [ingress === UNKNOWN ? UNKNOWN : undefined, ...list(ingress).flatMap(ruleOpenings)];
  return [...new Set(found)].flatMap((one) => {
    if (one === undefined) return [];
    const text = typeof one === "string" ? `ingress from ${one}` : `ingress with ${unknownFound}`;
    return [{ found: text, allowed, remedy, unknown: one === UNKNOWN }];
  });
}

/** Who an ingress rule lets in that it should not, in words. Without `from` it is everybody. */
function ruleOpenings(rule: unknown): (string | typeof UNKNOWN)[] {
  const from = rule === UNKNOWN ? UNKNOWN : at(rule, "from");
  if (from === UNKNOWN) return [UNKNOWN];
  if (list(from).length === 0) return ["everybody"];
  return list(from).flatMap((peer): (string | typeof UNKNOWN)[] => {
    const cidr = at(peer, "ipBlock", "cidr");
    const selector = at(peer, "namespaceSelector");
    if ([peer, cidr, selector].includes(UNKNOWN)) return [UNKNOWN];
    if (typeof cidr === "string" && /\/0+$/.test(cidr.trim())) return [`every address (${shown(cidr)})`];
    return isRecord(selector) && !selectsSome(selector) ? ["every namespace"] : [];
  });
}

/** A label that only some namespaces have; every namespace has its name as a label. */
function selectsSome({ matchLabels, matchExpressions }: Readonly<Record<string, unknown>>): boolean {
  if (matchLabels === UNKNOWN || (isRecord(matchLabels) && Object.keys(matchLabels).length > 0)) return true;
  return list(matchExpressions).some((one) => {
    const operator = at(one, "operator");
    return operator === "In" || (operator === "Exists" && at(one, "key") !== "kubernetes.io/metadata.name");
  });
}
