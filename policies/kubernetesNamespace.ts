import { at } from "./props";
import { type ResourceView, UNKNOWN } from "./rule";

/** The namespace of a Kubernetes object: its own, or else its provider's, or else the cluster's default. */
export function namespaceOf({ props, provider }: ResourceView): unknown {
  return at(props, "metadata", "namespace") ?? at(provider?.props, "namespace") ?? "default";
}

/** Whether an object is in a namespace; `UNKNOWN` where that is only known after the update. */
export function isInNamespace(resource: ResourceView, namespace: string): boolean | typeof UNKNOWN {
  const own = namespaceOf(resource);
  return own === UNKNOWN ? UNKNOWN : own === namespace;
}
