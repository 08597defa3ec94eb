import { at, list, type Props, shown, unknownFound } from "./props";
import { type ResourceView, UNKNOWN } from "./rule";

/** A way in from outside, as a message tells it. */
export interface Opening {
  found: string;
  allowed: string;
  remedy: string;
  /** True where only the update will show whether it is one. */
  unknown: boolean;
}

/** The ports of Redis and Postgres. */
const storePorts = [6379, 5432];

/** The rules of a security group, or one rule by itself, that let every address reach a store's port. */
export function opensGroup({ type, props }: ResourceView): Opening[] {
  if (type === "aws:ec2/securityGroupRule:SecurityGroupRule" && props.type === "egress") return [];
  const rules = type === "aws:ec2/securityGroup:SecurityGroup" ? list(props.ingress) : [props];
  const unknown = type === "aws:ec2/securityGroup:SecurityGroup" && props.ingress === UNKNOWN;
  return [...(unknown ? [opening(UNKNOWN)] : []), ...rules.flatMap(ruleOpening)];
}

function ruleOpening(rule: unknown): Opening[] {
  if (rule === UNKNOWN) return [opening(UNKNOWN)];
  const reaches = reachesStore(rule as Props);
  if (reaches === false) return [];
  const sources = ["cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"].flatMap((key) => at(rule, key));
  const open = sources.find((one) => typeof one === "string" && /\/0+$/.test(one.trim()));
  if (open !== undefined) return [reaches === UNKNOWN ? opening(UNKNOWN) : opening(open)];
  return sources.includes(UNKNOWN) ? [opening(UNKNOWN)] : [];
}

/** Protocol "-1" is all protocols and ports. */
function reachesStore(rule: Props): boolean | typeof UNKNOWN {
  const { fromPort, toPort } = rule;
  const protocol = rule.protocol ?? rule.ipProtocol;
  if (protocol === "-1" || protocol === "all") return true;
  if ([fromPort, toPort, protocol].includes(UNKNOWN)) return UNKNOWN;
  return storePorts.some((port) => Number(fromPort) <= port && port <= Number(toPort));
}

function opening(source: unknown): Opening {
  return {
    found:
      source === UNKNOWN
        ? `ingress with ${unknownFound}`
        : `ingress from ${shown(source)} to a port of Redis or Postgres`,
    allowed: "ingress from the cluster's security group",
    remedy: "Name the cluster's security group as the source.",
    unknown: source === UNKNOWN,
  };
}
