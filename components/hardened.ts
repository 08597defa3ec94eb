import type * as kubernetes from "@pulumi/kubernetes/types/input";

type PodSpec = kubernetes.core.v1.PodSpec;
type Container = kubernetes.core.v1.Container;

/** What a container requests and is limited to: the same, so that a pod gets what it was planned with. */
export interface ResourceArgs {
  cpuCores: number;
  memoryGib: number;
}

/** The labels that make a namespace refuse any pod that is not hardened. */
export const restrictedNamespace: Record<string, string> = Object.fromEntries(
  ["enforce", "audit", "warn"].flatMap((mode) => [
    [`pod-security.kubernetes.io/${mode}`, "restricted"],
    [`pod-security.kubernetes.io/${mode}-version`, "latest"],
  ]),
);

/** A user without a name and without rights, as the "restricted" pod security standard wants it. */
const nobody = 65_532;

/** A pod that runs as nobody, without the cluster's API token, and can write nowhere but in /tmp. */
export function hardenedPod(serviceAccountName: PodSpec["serviceAccountName"]) {
  return {
    ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: nobody,
      runAsGroup: nobody,
      fsGroup: nobody,
      seccompProfile: { type: "RuntimeDefault" },
    },
  } satisfies Partial<PodSpec>;
}

/** The container's part of the same, with /tmp, which needs `temporaryVolume` in the pod. */
export function hardenedContainer(resources: ResourceArgs) {
  const amounts = {
    cpu: `${Math.round(resources.cpuCores * 1000)}m`,
    memory: `${Math.round(resources.memoryGib * 1024)}Mi`,
  };
  return {
    imagePullPolicy: "IfNotPresent",
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    },
    resources: { requests: amounts, limits: amounts },
  } satisfies Partial<Container>;
}

export const temporaryVolume = { name: "tmp", emptyDir: { sizeLimit: "1Gi" } };
export const temporaryMount = { name: "tmp", mountPath: "/tmp" };

/** True for an image that is named by digest: a tag can be moved to other code. */
export const isPinnedImage = (image: string): boolean => /^[\w./:-]+@sha256:[0-9a-f]{64}$/.test(image);

/** A hash, short enough for a label: those have at most 63 characters. */
export const shortHash = (hash: string): string => hash.slice(0, 16);
