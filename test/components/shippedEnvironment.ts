import { Environment, type EnvironmentArgs } from "../../components/environment";
import { jobProject } from "../../config/jobProject";
import { loadPair, type Pair } from "../../config/pair";
import type { Config } from "../../config/schema";
import type { Stack } from "../../config/stack";
import { type Edit, shipped } from "../shipped";
import { type Collected, collect, type MockOptions } from "./mocks";

export const tiers = ["staging", "production"] as const;
export type Tier = (typeof tiers)[number];

/** The shipped pair after some edits, which has to load. */
export function pairOf(...edits: Edit[]): Pair {
  const { pair, problems } = loadPair(shipped(...edits), "staging");
  if (pair === undefined) throw new Error(JSON.stringify(problems, null, 2));
  return pair;
}

/** A configuration of its own, to be changed by a test. */
export const configOf = ({ config }: Stack): Config => structuredClone(config);

export function modelOf({ models }: Config, name: string): Config["models"][string] {
  const model = models[name];
  if (model === undefined) throw new Error(`There is no model ${name}.`);
  return model;
}

/** One environment of the shipped pair over mocks, under its tier's name, as `index.ts` builds it. */
export function environmentOf(
  tier: Tier,
  change: Partial<EnvironmentArgs> = {},
  options: MockOptions = {},
): Promise<Collected<Environment>> {
  const { config, contents, behaviourHash } = pairOf()[tier];
  const project = jobProject(shipped(), tier);
  return collect(() => new Environment(tier, { config, contents, behaviourHash, project, ...change }), {
    outputs,
    ...options,
  });
}

const asShipped = new Map<Tier, Promise<Collected<Environment>>>();

/** The same as shipped, built once for all tests of a file. */
export function shippedEnvironment(tier: Tier): Promise<Collected<Environment>> {
  const made = asShipped.get(tier) ?? environmentOf(tier);
  asShipped.set(tier, made);
  return made;
}

/** The outputs of resources that others take their inputs from. */
const outputs: NonNullable<MockOptions["outputs"]> = ({ type, name, inputs }) => ({
  arn: `arn:mock:${name}`,
  ...(type === "aws:rds/instance:Instance"
    ? { address: "db.example.internal", masterUserSecrets: [{ secretArn: "arn:mock:database-password" }] }
    : {}),
  ...(type === "aws:elasticache/replicationGroup:ReplicationGroup"
    ? { primaryEndpointAddress: "cache.example.internal" }
    : {}),
  ...inputs,
});
