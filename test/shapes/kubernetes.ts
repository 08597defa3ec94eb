import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Environment } from "../../components/environment";
import type { Collected } from "../components/mocks";
import { configOf, environmentOf, pairOf, type Tier } from "../components/shippedEnvironment";
import type { Json } from "./aws";
import { definitions, python } from "./standIns";

export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [field: string]: Json };
  [field: string]: Json;
}

const collected = new Map<Tier, Promise<Collected<Environment>>>();

/** One environment, with a team's namespace in addition. */
export function environment(tier: Tier): Promise<Collected<Environment>> {
  const config = configOf(pairOf()[tier]);
  const [team] = Object.values(config.limits.teams ?? {});
  if (team !== undefined) team.cluster = { cpuCores: 1, memoryGib: 2, pods: 5 };
  const made = collected.get(tier) ?? environmentOf(tier, { config }, { stack: tier });
  collected.set(tier, made);
  return made;
}

/** Its Kubernetes objects as the provider sends them, in the order of their registration. */
export async function objectsOf(tier: Tier): Promise<KubernetesObject[]> {
  const { resources } = await environment(tier);
  return resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => structuredClone(inputs) as KubernetesObject);
}

export const named = ({ kind, metadata }: KubernetesObject): string =>
  `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;

/** What the published schemas of a version of Kubernetes find, an object each. */
export async function faultsOf(version: string, objects: Json[]): Promise<string[][]> {
  const child = spawn(python, [join(__dirname, "kubernetes.py")], { stdio: ["pipe", "pipe", "pipe"] });
  const told = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      told[stream] += text;
    });
  child.stdin.end(JSON.stringify({ version, definitions: Object.values(definitions()).flat(), objects }));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(told.stderr);
  return JSON.parse(told.stdout);
}
