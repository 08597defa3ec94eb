import { SecurityGroup } from "@pulumi/aws/ec2";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";

export const redisPort = 6379;
export const postgresPort = 5432;

/** What both stores of a gateway are made with. */
export interface StoreArgs {
  vpcId: string;
  privateSubnetIds: string[];
  clusterSecurityGroupId: string;
  keyArn: pulumi.Input<string>;
  tags: { tags?: Record<string, string> };
}

/** In: one port, from the cluster's nodes. Out: nothing; neither store calls anybody. */
export function createSecurityGroup(
  name: string,
  store: string,
  port: number,
  args: StoreArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const group = new SecurityGroup(
    `${name}-${store}`,
    {
      // EC2 takes no apostrophe here, and in the rule neither.
      // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
      description: `The ${store} of the gateway: nodes of the cluster in, nothing out.`,
      vpcId: args.vpcId,
      revokeRulesOnDelete: true,
      ...args.tags,
    },
    { parent },
  );
  new SecurityGroupIngressRule(
    `${name}-${store}`,
    {
      securityGroupId: group.id,
      referencedSecurityGroupId: args.clusterSecurityGroupId,
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
      description: "Nodes of the cluster.",
      ...args.tags,
    },
    { parent },
  );
  return group.id;
}
