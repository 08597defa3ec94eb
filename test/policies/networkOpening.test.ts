import { expect, it } from "vitest";
import { opensGroup } from "../../policies/networkOpening";
import { UNKNOWN } from "../../policies/rule";
import { resource } from "./resource/resources";

const group = "aws:ec2/securityGroup:SecurityGroup";
const rule = "aws:ec2/securityGroupRule:SecurityGroupRule";
const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const redis = { protocol: "tcp", fromPort: 6379, toPort: 6379 };
const unknown = "ingress with a value that is only known after the update";
const open = (source: string) => `ingress from ${JSON.stringify(source)} to a port of Redis or Postgres`;
const found = (type: string, props: Record<string, unknown>) =>
  opensGroup(resource(type, "it", props)).map((one) => (one.unknown ? `? ${one.found}` : one.found));

it.each<[object, string[]]>([
  [{ ...redis, cidrBlocks: ["10.0.0.0/8", "0.0.0.0/0"] }, [open("0.0.0.0/0")]],
  [{ ...redis, cidrBlocks: [" 0.0.0.0/0 "] }, [open(" 0.0.0.0/0 ")]],
  [{ ...redis, cidrBlocks: ["1.2.3.4/00"] }, [open("1.2.3.4/00")]],
  [{ ...redis, cidrBlocks: ["10.0.0.0/01"] }, []],
  [{ ...redis, ipv6CidrBlocks: ["::/0"] }, [open("::/0")]],
  [{ ...redis, cidrIpv4: "0.0.0.0/0" }, [open("0.0.0.0/0")]],
  [{ ...redis, cidrIpv6: "::/0" }, [open("::/0")]],
  [{ ...redis, cidrBlocks: ["10.0.0.0/8"] }, []],
  [{ ...redis, securityGroups: ["sg-1"] }, []],
  [{ ...redis, fromPort: 5432, toPort: 5432, cidrIpv4: "0.0.0.0/0" }, [open("0.0.0.0/0")]],
  [{ ...redis, fromPort: 5433, toPort: 6378, cidrIpv4: "0.0.0.0/0" }, []],
  [{ ...redis, fromPort: 6380, toPort: 6400, cidrIpv4: "0.0.0.0/0" }, []],
  [{ ...redis, fromPort: 0, toPort: 5431, cidrIpv4: "0.0.0.0/0" }, []],
  [{ ...redis, fromPort: "0", toPort: "65535", cidrIpv4: "0.0.0.0/0" }, [open("0.0.0.0/0")]],
  [{ protocol: "-1", cidrIpv4: "0.0.0.0/0" }, [open("0.0.0.0/0")]],
  [{ ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" }, [open("0.0.0.0/0")]],
  [{ protocol: "all", cidrIpv4: "0.0.0.0/0" }, [open("0.0.0.0/0")]],
  [{ protocol: "icmp", cidrIpv4: "0.0.0.0/0" }, []],
  [{ ...redis, fromPort: UNKNOWN, cidrIpv4: "0.0.0.0/0" }, [`? ${unknown}`]],
  [{ ...redis, toPort: UNKNOWN, cidrIpv4: "0.0.0.0/0" }, [`? ${unknown}`]],
  [{ ...redis, protocol: UNKNOWN, cidrIpv4: "0.0.0.0/0" }, [`? ${unknown}`]],
  [{ ...redis, protocol: UNKNOWN, cidrIpv4: "10.0.0.0/8" }, []],
  [{ ...redis, cidrBlocks: UNKNOWN }, [`? ${unknown}`]],
  [{ ...redis, cidrBlocks: ["10.0.0.0/8", UNKNOWN] }, [`? ${unknown}`]],
  [{ ...redis, cidrBlocks: [UNKNOWN], cidrIpv4: "0.0.0.0/0" }, [open("0.0.0.0/0")]],
])("a rule %j", (props, openings) => {
  expect(found(ingressRule, props as Record<string, unknown>)).toEqual(openings);
  expect(found(rule, { type: "ingress", ...props })).toEqual(openings);
  expect(found(rule, { type: "egress", ...props })).toEqual([]);
  expect(found(group, { ingress: [{}, props], egress: [props] })).toEqual(openings);
});

it("a group whose rules are not known may be open", () => {
  expect(found(group, { ingress: UNKNOWN })).toEqual([`? ${unknown}`]);
  expect(found(group, { ingress: [UNKNOWN] })).toEqual([`? ${unknown}`]);
  expect(found(group, { ingress: [] })).toEqual([]);
  expect(found(ingressRule, { ingress: UNKNOWN })).toEqual([]);
});
