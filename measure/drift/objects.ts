import { isRecord } from "../../config/record";
import { gatewayLabel } from "../../gateway/names";
import { DriftInputError, readJson } from "./json";
import type { State } from "./state";

/** A Kubernetes object: as a stack's state has it, or as the cluster does. */
export interface KubernetesObject {
  kind: string;
  name: string;
  namespace: string;
  manifest: Record<string, unknown>;
}

/** The largest answer of `kubectl get` that is read. */
export const maxObjectsBytes = 64 * 1024 ** 2;

/** Reads what `kubectl get … -o json` printed: a List, or one object. Secrets are passed over, values and all. */
export function readObjects(bytes: Uint8Array): KubernetesObject[] {
  const data = readJson(bytes);
  if (!isRecord(data) || typeof data.kind !== "string")
    throw new DriftInputError("is no list of Kubernetes objects");
  if (data.kind !== "List" && !data.kind.endsWith("List")) return objectOf(data);
  if (!Array.isArray(data.items)) throw new DriftInputError("is a list of Kubernetes objects without items");
  return data.items.flatMap(objectOf);
}

/** The Kubernetes objects of a stack, by their inputs: what was last sent to the cluster. */
export const objectsInState = ({ resources }: State): KubernetesObject[] =>
  resources
    .filter(({ type, pendingDelete }) => type.startsWith("kubernetes:") && !pendingDelete)
    .flatMap(({ type, inputs }) => objectOf({ ...inputs, kind: type.slice(type.lastIndexOf(":") + 1) }));

function objectOf(data: unknown): KubernetesObject[] {
  if (!isRecord(data) || typeof data.kind !== "string" || data.kind === "Secret") return [];
  const metadata = isRecord(data.metadata) ? data.metadata : {};
  if (typeof metadata.name !== "string") return [];
  return [
    {
      kind: data.kind,
      name: metadata.name,
      namespace: typeof metadata.namespace === "string" ? metadata.namespace : "",
      manifest: data,
    },
  ];
}

/** The value at some keys of nested maps and lists; undefined where there is none. */
export function at(value: unknown, ...keys: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of keys) {
    if (Array.isArray(found) && typeof key === "number") found = found[key];
    else if (isRecord(found) && Object.hasOwn(found, key)) found = found[key];
    else return undefined;
  }
  return found;
}

export interface GatewayObjects {
  deployment: KubernetesObject;
  /** The files of the ConfigMap that the pods start with; undefined where it is not among the objects. */
  files: Record<string, unknown> | undefined;
}

/** The gateway's Deployment in a namespace and the ConfigMap that it names; of old ConfigMaps there may be more. */
export function gatewayOf(
  objects: readonly KubernetesObject[],
  namespace: string,
): GatewayObjects | undefined {
  const own = objects.filter((one) => one.namespace === namespace);
  const deployment = own.find(
    ({ kind, manifest }) =>
      kind === "Deployment" && at(manifest, "metadata", "labels", gatewayLabel.key) === gatewayLabel.value,
  );
  if (deployment === undefined) return undefined;
  const volumes = at(deployment.manifest, "spec", "template", "spec", "volumes");
  const named = (Array.isArray(volumes) ? volumes : []).map((volume) => at(volume, "configMap", "name"));
  const map = own.find(({ kind, name }) => kind === "ConfigMap" && named.includes(name));
  const data = at(map?.manifest, "data");
  return { deployment, files: isRecord(data) ? data : undefined };
}
