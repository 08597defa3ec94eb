import { containerFaults, type Fault, podFaults } from "../podFaults";
import { podSpecOf, workloadTypes } from "../podSpec";
import { objectOf, unknownFound } from "../props";
import type { Report, ResourceRule, ResourceView } from "../rule";

/**
 * What Kubernetes' "restricted" profile asks for, and with it a read-only root file system, requests and
 * limits, and no token for the Kubernetes API. A pod that names a service account of its own is taken to
 * need that token.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export const workloadHardened: ResourceRule = {
  kind: "resource",
  name: "workload-hardened",
  description: "Workloads run without root, privileges and access to the node, within declared resources.",
  protects: "From a compromised container that takes the node, and from one that starves its neighbours.",
  severity: "high",
  exceptions: true,
  types: workloadTypes,
  check(resource) {
    const pod = podSpecOf(resource);
    if (pod === undefined) return [];
    if (pod.unknown) {
      return [
        report(resource, objectOf(resource), [
          {
            found: `a pod with ${unknownFound}`,
            allowed: "a pod that is known before the update",
            unknown: true,
          },
        ]),
      ];
    }
    return [
      report(resource, objectOf(resource), podFaults(pod)),
      ...pod.containers.map(({ object, data }) => report(resource, object, containerFaults(pod.spec, data))),
    ].filter(({ found }) => found !== "");
  },
};

/** All faults of one object in one report. What is surely wrong is told first, and decides the status. */
function report(resource: ResourceView, object: string, faults: Fault[]): Report {
  const wrong = faults.filter(({ unknown }) => !unknown);
  return {
    object,
    path: resource.urn,
    found: faults.map(({ found }) => found).join("; "),
    allowed: faults.map(({ allowed }) => allowed).join("; "),
    remedy: "Set these fields; where the software needs more, write an exception that says why.",
    ...(wrong.length === 0 ? { status: "cannot-decide" as const } : {}),
  };
}
