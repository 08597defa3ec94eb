import { isRecord } from "../config/record";
import type { PodSpec } from "./podSpec";
import { at, list, type Props, shown, unknownFound } from "./props";
import { UNKNOWN } from "./rule";

/** One thing in which a pod or a container is not hardened. */
export interface Fault {
  found: string;
  allowed: string;
  /** It may be right, but is not known before the update. */
  unknown?: boolean;
}

/** A field of an object that must have one of some values; `undefined` among them: it may be absent. */
function field(name: string, value: unknown, good: readonly unknown[], allowed: string): Fault[] {
  if (good.includes(value ?? undefined)) return [];
  if (value === UNKNOWN) return [{ found: `${name} with ${unknownFound}`, allowed, unknown: true }];
  return [
    { found: value === undefined || value === null ? `no ${name}` : `${name} ${shown(value)}`, allowed },
  ];
}

const absent = [false, undefined] as const;

export function podFaults({ spec }: PodSpec): Fault[] {
  const volumes = list(spec.volumes).map((volume) => ({ volume, hostPath: at(volume, "hostPath") }));
  const hostPaths = volumes.filter(({ hostPath }) => isRecord(hostPath)).map(({ volume }) => volume);
  const unknown = spec.volumes === UNKNOWN || volumes.some(({ hostPath }) => hostPath === UNKNOWN);
  const ownAccount = typeof spec.serviceAccountName === "string" && spec.serviceAccountName !== "default";
  return [
    ...["hostNetwork", "hostPID", "hostIPC"].flatMap((name) =>
      field(name, spec[name], absent, `${name} false`),
    ),
    ...(unknown ? [{ found: `volumes with ${unknownFound}`, allowed: "no hostPath volumes", unknown }] : []),
    ...hostPaths.map((volume) => ({
      found: `hostPath volume ${shown(at(volume, "name"))}`,
      allowed: "no hostPath volumes",
    })),
    ...field(
      "automountServiceAccountToken",
      spec.automountServiceAccountToken,
      ownAccount ? [false, true, undefined] : [false],
      "automountServiceAccountToken false, or a service account of its own",
    ),
  ];
}

export function containerFaults(spec: Props, container: Props): Fault[] {
  const own = (...path: string[]) => at(container, "securityContext", ...path);
  /** A container's own value counts before its pod's. */
  const effective = (...path: string[]) => own(...path) ?? at(spec, "securityContext", ...path);
  const user = effective("runAsUser");
  return [
    ...field("runAsNonRoot", effective("runAsNonRoot"), [true], "runAsNonRoot true"),
    ...(user === 0 ? [{ found: "runAsUser 0", allowed: "runAsUser above 0" }] : []),
    ...field("readOnlyRootFilesystem", own("readOnlyRootFilesystem"), [true], "readOnlyRootFilesystem true"),
    ...field(
      "allowPrivilegeEscalation",
      own("allowPrivilegeEscalation"),
      [false],
      "allowPrivilegeEscalation false",
    ),
    ...field("privileged", own("privileged"), absent, "privileged false"),
    ...capabilityFaults(own("capabilities")),
    ...field(
      "seccompProfile.type",
      effective("seccompProfile", "type"),
      ["RuntimeDefault", "Localhost"],
      "seccompProfile.type RuntimeDefault or Localhost",
    ),
    ...list(container.ports)
      .filter((port) => ![0, undefined].includes(at(port, "hostPort") as 0 | undefined))
      .map((port) => ({ found: `hostPort ${shown(at(port, "hostPort"))}`, allowed: "no hostPort" })),
    ...resourceFaults(container),
  ];
}

function capabilityFaults(capabilities: unknown): Fault[] {
  const drop = at(capabilities, "drop");
  const add = at(capabilities, "add");
  const dropped = list(drop).includes("ALL") || list(drop).includes("all");
  const unknown = [drop, add].includes(UNKNOWN) || [...list(drop), ...list(add)].includes(UNKNOWN);
  if (unknown)
    return [{ found: `capabilities with ${unknownFound}`, allowed: "capabilities.drop [ALL]", unknown }];
  const added = list(add).filter((name) => name !== "NET_BIND_SERVICE");
  return [
    ...(dropped ? [] : [{ found: "capabilities that are not dropped", allowed: "capabilities.drop [ALL]" }]),
    ...added.map((name) => ({
      found: `the added capability ${shown(name)}`,
      allowed: "none but NET_BIND_SERVICE",
    })),
  ];
}

/** A limit without a request counts as the request too: that is what Kubernetes makes of it. */
function resourceFaults(container: Props): Fault[] {
  const value = (kind: "requests" | "limits", name: string) => at(container, "resources", kind, name);
  const needed: [string, unknown][] = [
    ["resources.requests.cpu", value("requests", "cpu") ?? value("limits", "cpu")],
    ["resources.requests.memory", value("requests", "memory") ?? value("limits", "memory")],
    ["resources.limits.memory", value("limits", "memory")],
  ];
  return needed.flatMap(([name, found]): Fault[] => {
    if (found === UNKNOWN) return [{ found: `${name} with ${unknownFound}`, allowed: name, unknown: true }];
    return found === undefined || found === null ? [{ found: `no ${name}`, allowed: name }] : [];
  });
}
