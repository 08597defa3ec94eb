import { isRecord } from "../config/record";
import { at, list, objectOf, type Props } from "./props";
import { type ResourceView, UNKNOWN } from "./rule";

/** By the type of a workload, where its pod stands in it. Charts are judged by the objects that they render. */
const podPaths: Readonly<Record<string, readonly string[]>> = {
  "kubernetes:apps/v1:DaemonSet": ["spec", "template"],
  "kubernetes:apps/v1:Deployment": ["spec", "template"],
  "kubernetes:apps/v1:ReplicaSet": ["spec", "template"],
  "kubernetes:apps/v1:StatefulSet": ["spec", "template"],
  "kubernetes:batch/v1:CronJob": ["spec", "jobTemplate", "spec", "template"],
  "kubernetes:batch/v1:Job": ["spec", "template"],
  "kubernetes:core/v1:Pod": [],
  "kubernetes:core/v1:PodTemplate": ["template"],
  "kubernetes:core/v1:ReplicationController": ["spec", "template"],
};

/** The types that run pods. */
export const workloadTypes = Object.keys(podPaths);

export interface Container {
  /** "Deployment gateway's container proxy". */
  object: string;
  /** As written; `UNKNOWN` inside where something is not known yet. */
  data: Props;
}

/** A pod as a workload declares it. */
export interface PodSpec {
  spec: Props;
  containers: Container[];
  /** True where the pod, or a list of containers in it, is not known yet. */
  unknown: boolean;
}

let last: { resource: ResourceView; pod: PodSpec } | undefined;

/** The pod of a workload; undefined for other types. Several rules ask one after the other. */
export function podSpecOf(resource: ResourceView): PodSpec | undefined {
  const path = podPaths[resource.type];
  if (path === undefined) return undefined;
  if (last?.resource !== resource) last = { resource, pod: podAt(resource, path) };
  return last.pod;
}

function podAt(resource: ResourceView, path: readonly string[]): PodSpec {
  const spec = at(resource.props, ...path, "spec");
  const lists = ["containers", "initContainers"].map((key) => at(spec, key));
  const entries = lists.flatMap(list);
  return {
    spec: isRecord(spec) ? spec : {},
    containers: entries.filter(isRecord).map((data, index) => ({
      object: `${objectOf(resource)}'s container ${nameOf(data, index)}`,
      data,
    })),
    unknown: spec === UNKNOWN || lists.includes(UNKNOWN) || entries.includes(UNKNOWN),
  };
}

function nameOf(container: Props, index: number): string {
  return typeof container.name === "string" ? container.name : String(index);
}
