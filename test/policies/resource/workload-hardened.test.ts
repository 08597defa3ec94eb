import { describe, expect, it } from "vitest";
import { workloadHardened } from "../../../policies/resource/workload-hardened";
import { UNKNOWN } from "../../../policies/rule";
import { deployment, foreign, goodContainer, resource, urnOf } from "./resources";

const check = (container: Record<string, unknown>, pod?: Record<string, unknown>) =>
  workloadHardened.check(deployment(container, pod), foreign);
const path = urnOf("kubernetes:apps/v1:Deployment", "web");
const remedy = "Set these fields; where the software needs more, write an exception that says why.";
const withContext = (more: Record<string, unknown>) => ({
  ...goodContainer,
  securityContext: { ...goodContainer.securityContext, ...more },
});

describe("workload-hardened", () => {
  it("accepts a hardened pod", () => {
    expect(check(goodContainer)).toEqual([]);
  });

  it("tells all that a bare container lacks in one report, and the pod in another", () => {
    const bare = resource("kubernetes:core/v1:Pod", "bare", { spec: { containers: [{ name: "app" }] } });
    expect(workloadHardened.check(bare, foreign)).toEqual([
      {
        object: "Pod bare",
        path: bare.urn,
        found: "no automountServiceAccountToken",
        allowed: "automountServiceAccountToken false, or a service account of its own",
        remedy,
      },
      {
        object: "Pod bare's container app",
        path: bare.urn,
        found:
          "no runAsNonRoot; no readOnlyRootFilesystem; no allowPrivilegeEscalation; capabilities that are not dropped; no seccompProfile.type; no resources.requests.cpu; no resources.requests.memory; no resources.limits.memory",
        allowed:
          "runAsNonRoot true; readOnlyRootFilesystem true; allowPrivilegeEscalation false; capabilities.drop [ALL]; seccompProfile.type RuntimeDefault or Localhost; resources.requests.cpu; resources.requests.memory; resources.limits.memory",
        remedy,
      },
    ]);
  });

  it.each([
    ["privileged true", withContext({ privileged: true }), "privileged false"],
    ["runAsNonRoot false", withContext({ runAsNonRoot: false }), "runAsNonRoot true"],
    ["runAsUser 0", withContext({ runAsUser: 0 }), "runAsUser above 0"],
    [
      "readOnlyRootFilesystem false",
      withContext({ readOnlyRootFilesystem: false }),
      "readOnlyRootFilesystem true",
    ],
    [
      "allowPrivilegeEscalation true",
      withContext({ allowPrivilegeEscalation: true }),
      "allowPrivilegeEscalation false",
    ],
    [
      "capabilities that are not dropped",
      withContext({ capabilities: { drop: ["NET_RAW"] } }),
      "capabilities.drop [ALL]",
    ],
    [
      'the added capability "SYS_ADMIN"',
      withContext({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } }),
      "none but NET_BIND_SERVICE",
    ],
    [
      'seccompProfile.type "Unconfined"',
      withContext({ seccompProfile: { type: "Unconfined" } }),
      "seccompProfile.type RuntimeDefault or Localhost",
    ],
    ["hostPort 8080", { ...goodContainer, ports: [{ containerPort: 80, hostPort: 8080 }] }, "no hostPort"],
    [
      "no resources.limits.memory",
      { ...goodContainer, resources: { requests: { cpu: 1, memory: "1Gi" } } },
      "resources.limits.memory",
    ],
  ])("refuses a container with %s", (found, container, allowed) => {
    expect(check(container)).toEqual([
      { object: "Deployment web's container app", path, found, allowed, remedy },
    ]);
  });

  it("takes the pod's security context where the container has none of its own", () => {
    const { runAsNonRoot, seccompProfile, ...own } = goodContainer.securityContext;
    const container = { ...goodContainer, securityContext: own };
    expect(check(container, { securityContext: { runAsNonRoot, seccompProfile } })).toEqual([]);
    expect(
      check(withContext({ runAsNonRoot: false }), { securityContext: { runAsNonRoot: true } }),
    ).toHaveLength(1);
  });

  it("takes a limit for the request where there is none, as Kubernetes does", () => {
    const limits = { cpu: "1", memory: "1Gi" };
    expect(check({ ...goodContainer, resources: { limits } })).toEqual([]);
    expect(check({ ...goodContainer, resources: { limits: { memory: "1Gi" } } })[0]?.found).toBe(
      "no resources.requests.cpu",
    );
  });

  it.each([
    ["hostNetwork true", { hostNetwork: true }, "hostNetwork false"],
    ["hostPID true", { hostPID: true }, "hostPID false"],
    ["hostIPC true", { hostIPC: true }, "hostIPC false"],
    [
      'hostPath volume "node"',
      { volumes: [{ name: "node", hostPath: { path: "/" } }] },
      "no hostPath volumes",
    ],
    [
      "automountServiceAccountToken true",
      { automountServiceAccountToken: true },
      "automountServiceAccountToken false, or a service account of its own",
    ],
  ])("refuses a pod with %s", (found, pod, allowed) => {
    expect(check(goodContainer, pod)).toEqual([{ object: "Deployment web", path, found, allowed, remedy }]);
  });

  it("lets a pod have the API's token when it has a service account of its own", () => {
    const own = { automountServiceAccountToken: undefined, serviceAccountName: "operator" };
    expect(check(goodContainer, own)).toEqual([]);
    expect(check(goodContainer, { ...own, serviceAccountName: "default" })).toHaveLength(1);
  });

  it.each([
    ["a field", withContext({ privileged: UNKNOWN }), {}],
    ["the security context", { ...goodContainer, securityContext: UNKNOWN }, {}],
    ["the capabilities", withContext({ capabilities: { drop: ["ALL"], add: [UNKNOWN] } }), {}],
    ["the resources", { ...goodContainer, resources: UNKNOWN }, {}],
    ["the volumes", goodContainer, { volumes: UNKNOWN }],
    ["a volume", goodContainer, { volumes: [UNKNOWN] }],
    ["a host setting", goodContainer, { hostNetwork: UNKNOWN }],
    ["the containers", goodContainer, { initContainers: UNKNOWN }],
  ])("cannot decide while %s is unknown", (_, container, pod) => {
    expect(check(container, pod).map(({ status }) => status)).toEqual(["cannot-decide"]);
  });

  it("is a violation as soon as one thing is surely wrong, whatever else is unknown", () => {
    expect(
      check(withContext({ privileged: true, runAsNonRoot: UNKNOWN })).map(({ status }) => status),
    ).toEqual([undefined]);
  });
});
