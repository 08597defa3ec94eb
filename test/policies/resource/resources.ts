import { projectFiles } from "../../../config/files";
import { loadPair, type Pair } from "../../../config/pair";
import type { Stack } from "../../../config/stack";
import { rules } from "../../../policies/registry";
import type { ResourceContext, ResourceView } from "../../../policies/rule";

/** A resource with a URN made of its type and name. */
export function resource(
  type: string,
  name: string,
  props: Record<string, unknown>,
  more: Partial<ResourceView> = {},
): ResourceView {
  return {
    urn: urnOf(type, name),
    type,
    name,
    props,
    provider: undefined,
    parent: undefined,
    dependsOn: {},
    protect: false,
    ...more,
  };
}

export const urnOf = (type: string, name: string): string => `urn:pulumi:staging::app::${type}::${name}`;

const now = new Date("2026-11-02T12:00:00Z");

/** A stack of some other program: no Lockstep configuration. */
export const foreign: ResourceContext = { pair: undefined, stack: "dev", rules, now };

/** The project's own pair, with values that a test may change. */
export function ownPair(): Pair {
  const { pair, problems } = loadPair(projectFiles("."), "staging");
  if (pair === undefined) throw new Error(`The project's own pair has problems: ${JSON.stringify(problems)}`);
  const { staging, production } = pair;
  return { ...pair, staging: ownValues(staging), production: ownValues(production) };
}

const ownValues = (stack: Stack): Stack => ({ ...stack, config: structuredClone(stack.config) });

/** The project's own staging stack. */
export const staging = (): ResourceContext => ({ pair: ownPair(), stack: "staging", rules, now });

export const image = `registry.example.com/app@sha256:${"a".repeat(64)}`;

/** A container that every rule over workloads accepts. */
export const goodContainer = {
  name: "app",
  image,
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  },
  resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "64Mi" } },
};

/** A Deployment of one container, with fields of the pod. */
export function deployment(
  container: Record<string, unknown>,
  pod: Record<string, unknown> = {},
): ResourceView {
  const spec = { automountServiceAccountToken: false, containers: [container], ...pod };
  return resource("kubernetes:apps/v1:Deployment", "web", { spec: { template: { spec } } });
}
