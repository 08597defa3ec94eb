import { expect, it } from "vitest";
import { containerFaults, podFaults } from "../../policies/podFaults";
import { UNKNOWN } from "../../policies/rule";
import { goodContainer } from "./resource/resources";

type Props = Record<string, unknown>;
const unknown = "a value that is only known after the update";
const good = goodContainer;
const secure = good.securityContext;

/** Each fault as "found; allowed", with "?" before it where it may be right. */
const text = (faults: { found: string; allowed: string; unknown?: boolean }[]) =>
  faults.map(({ found, allowed, unknown: maybe }) => `${maybe ? "? " : ""}${found}; ${allowed}`);
const pod = (spec: Props) =>
  text(podFaults({ spec: { automountServiceAccountToken: false, ...spec }, containers: [], unknown: false }));
const container = (more: Props, spec: Props = {}) => text(containerFaults(spec, { ...good, ...more }));
const context = (more: Props) => container({ securityContext: { ...secure, ...more } });

const mount = "automountServiceAccountToken false, or a service account of its own";
it.each<[Props, string[]]>([
  [{}, []],
  [{ hostNetwork: false, hostPID: false, hostIPC: null }, []],
  [{ hostNetwork: true }, ["hostNetwork true; hostNetwork false"]],
  [{ hostPID: true }, ["hostPID true; hostPID false"]],
  [{ hostIPC: true }, ["hostIPC true; hostIPC false"]],
  [{ hostIPC: UNKNOWN }, [`? hostIPC with ${unknown}; hostIPC false`]],
  [{ volumes: [{ name: "data", emptyDir: {} }] }, []],
  [{ volumes: [{ name: "data", hostPath: { path: "/" } }] }, ['hostPath volume "data"; no hostPath volumes']],
  [{ volumes: UNKNOWN }, [`? volumes with ${unknown}; no hostPath volumes`]],
  [
    {
      volumes: [
        { name: "a", emptyDir: {} },
        { name: "b", hostPath: UNKNOWN },
      ],
    },
    [`? volumes with ${unknown}; no hostPath volumes`],
  ],
  [{ automountServiceAccountToken: undefined }, [`no automountServiceAccountToken; ${mount}`]],
  [{ automountServiceAccountToken: true }, [`automountServiceAccountToken true; ${mount}`]],
  [
    { automountServiceAccountToken: true, serviceAccountName: "default" },
    [`automountServiceAccountToken true; ${mount}`],
  ],
  [
    { automountServiceAccountToken: true, serviceAccountName: UNKNOWN },
    [`automountServiceAccountToken true; ${mount}`],
  ],
  [{ automountServiceAccountToken: true, serviceAccountName: "gateway" }, []],
  [{ automountServiceAccountToken: undefined, serviceAccountName: "gateway" }, []],
  [{ serviceAccountName: "gateway" }, []],
])("a pod with %j", (spec, faults) => {
  expect(pod(spec)).toEqual(faults);
});

it.each<[Props, string[]]>([
  [{}, []],
  [{ runAsNonRoot: undefined }, ["no runAsNonRoot; runAsNonRoot true"]],
  [{ runAsNonRoot: null }, ["no runAsNonRoot; runAsNonRoot true"]],
  [{ runAsNonRoot: false }, ["runAsNonRoot false; runAsNonRoot true"]],
  [{ runAsUser: 0 }, ["runAsUser 0; runAsUser above 0"]],
  [{ runAsUser: 1 }, []],
  [{ readOnlyRootFilesystem: false }, ["readOnlyRootFilesystem false; readOnlyRootFilesystem true"]],
  [{ allowPrivilegeEscalation: undefined }, ["no allowPrivilegeEscalation; allowPrivilegeEscalation false"]],
  [{ privileged: true }, ["privileged true; privileged false"]],
  [{ privileged: false }, []],
  [{ privileged: UNKNOWN }, [`? privileged with ${unknown}; privileged false`]],
  [{ seccompProfile: { type: "Localhost" } }, []],
  [
    { seccompProfile: { type: "Unconfined" } },
    ['seccompProfile.type "Unconfined"; seccompProfile.type RuntimeDefault or Localhost'],
  ],
  [
    { seccompProfile: undefined },
    ["no seccompProfile.type; seccompProfile.type RuntimeDefault or Localhost"],
  ],
  [{ capabilities: { drop: ["all"] } }, []],
  [{ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }, []],
  [{ capabilities: undefined }, ["capabilities that are not dropped; capabilities.drop [ALL]"]],
  [{ capabilities: { drop: ["NET_RAW"] } }, ["capabilities that are not dropped; capabilities.drop [ALL]"]],
  [
    { capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE", "SYS_ADMIN"] } },
    ['the added capability "SYS_ADMIN"; none but NET_BIND_SERVICE'],
  ],
  [{ capabilities: { drop: UNKNOWN } }, [`? capabilities with ${unknown}; capabilities.drop [ALL]`]],
  [
    { capabilities: { drop: ["ALL"], add: UNKNOWN } },
    [`? capabilities with ${unknown}; capabilities.drop [ALL]`],
  ],
  [
    { capabilities: { drop: ["ALL"], add: [UNKNOWN] } },
    [`? capabilities with ${unknown}; capabilities.drop [ALL]`],
  ],
  [{ capabilities: { drop: ["ALL", UNKNOWN] } }, [`? capabilities with ${unknown}; capabilities.drop [ALL]`]],
])("a container with the security context %j", (more, faults) => {
  expect(context(more)).toEqual(faults);
});

it("takes the pod's own values where the container has none, but for those that only containers have", () => {
  const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities, ...shared } = secure;
  const bare = { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities };
  expect(container({ securityContext: bare }, { securityContext: shared })).toEqual([]);
  expect(container({ securityContext: bare }, { securityContext: { ...shared, runAsUser: 0 } })).toEqual([
    "runAsUser 0; runAsUser above 0",
  ]);
  expect(
    container({ securityContext: { ...secure, runAsUser: 1 } }, { securityContext: { runAsUser: 0 } }),
  ).toEqual([]);
  expect(container({ securityContext: shared }, { securityContext: bare })).toEqual([
    "no readOnlyRootFilesystem; readOnlyRootFilesystem true",
    "no allowPrivilegeEscalation; allowPrivilegeEscalation false",
    "capabilities that are not dropped; capabilities.drop [ALL]",
  ]);
});

it.each<[Props, string[]]>([
  [{ ports: [{ containerPort: 1 }, { hostPort: 0 }] }, []],
  [{ ports: [{ hostPort: 80 }] }, ["hostPort 80; no hostPort"]],
  [
    { resources: undefined },
    ["requests.cpu", "requests.memory", "limits.memory"].map(
      (one) => `no resources.${one}; resources.${one}`,
    ),
  ],
  [{ resources: { limits: { cpu: "1", memory: "1Gi" } } }, []],
  [
    { resources: { requests: { cpu: "1", memory: "1Gi" } } },
    ["no resources.limits.memory; resources.limits.memory"],
  ],
  [{ resources: { limits: { memory: "1Gi" } } }, ["no resources.requests.cpu; resources.requests.cpu"]],
  [
    { resources: { requests: { cpu: null, memory: "1Gi" }, limits: { memory: "1Gi" } } },
    ["no resources.requests.cpu; resources.requests.cpu"],
  ],
  [
    { resources: { requests: { cpu: "1" }, limits: { memory: UNKNOWN } } },
    [
      `? resources.requests.memory with ${unknown}; resources.requests.memory`,
      `? resources.limits.memory with ${unknown}; resources.limits.memory`,
    ],
  ],
])("a container with %j", (more, faults) => {
  expect(container(more)).toEqual(faults);
});
