import type { Environment } from "../../components/environment";
import type { Config } from "../../config/schema";
import type { Collected, MockOptions } from "../components/mocks";
import { configOf, environmentOf, pairOf, type Tier } from "../components/shippedEnvironment";
import type { Aws, Json } from "./aws";
import { makers } from "./awsTypes";

/** What may stand in a configuration and does not in the shipped ones: so that every type is created. */
function withEverything(config: Config): void {
  config.deployment.serviceQuotas = {
    // An example: no code of a real quota.
    tokens: { serviceCode: "bedrock", quotaCode: "L-00000000", value: 1_000_000, description: "An example." },
  };
}

/** One environment with all of its AWS resources created on moto, each from what the others' creation gave. */
export async function created(aws: Aws, tier: Tier): Promise<Collected<Environment>> {
  const config = configOf(pairOf()[tier]);
  withEverything(config);
  const { account, region } = config.environment;
  const call = (service: string, operation: string, parameters: Json) =>
    aws.call({ account, region }, service, operation, parameters);
  config.deployment.network = await network(call, region);
  // The SDK waits for ever on a resource that could not be made.
  return new Promise((resolve, reject) => {
    const create: NonNullable<MockOptions["create"]> = async ({ type, name, inputs }) => {
      if (!type.startsWith("aws:")) return { id: `${name}-id`, state: inputs };
      const make = makers[type];
      if (make === undefined) throw new Error("No mapping: write one in test/shapes.");
      const { id, outputs } = await make({ name, inputs, call, region });
      return { id, state: { ...inputs, ...outputs } };
    };
    environmentOf(
      tier,
      { config, credentialValues: { openai: "an-example-and-no-key" } },
      {
        stack: tier,
        create: (resource) =>
          create(resource).catch((error: Error) => {
            reject(new Error(`${resource.type} ${resource.name}: ${error.message}`));
            return new Promise(() => undefined);
          }),
      },
    ).then(resolve, reject);
  });
}

/** The cluster's network, which is there before. */
async function network(
  call: (service: string, operation: string, parameters: Json) => Promise<Json>,
  region: string,
) {
  const { Vpc } = await call("ec2", "create_vpc", { CidrBlock: "10.0.0.0/16" });
  const subnet = async (zone: string, third: number): Promise<string> => {
    const block = { VpcId: Vpc.VpcId, CidrBlock: `10.0.${third}.0/24`, AvailabilityZone: `${region}${zone}` };
    return (await call("ec2", "create_subnet", block)).Subnet.SubnetId;
  };
  const nodes = { GroupName: "nodes", Description: "The nodes.", VpcId: Vpc.VpcId };
  return {
    vpcId: Vpc.VpcId as string,
    privateSubnetIds: [await subnet("a", 1), await subnet("b", 2)],
    clusterSecurityGroupId: (await call("ec2", "create_security_group", nodes)).GroupId as string,
  };
}
