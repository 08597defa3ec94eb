import { projectFiles } from "../../config/files";
import type { Pair } from "../../config/pair";
import { policyPackState } from "../../config/policyPack";
import { evidenceStore } from "../../lifecycle/evidence";
import { type AuditOptions, audit, type Sources } from "../../measure/drift/audit";
import { areas } from "../../measure/drift/difference";
import { readObjects } from "../../measure/drift/objects";
import type { RunningGateway } from "../../measure/drift/running";
import { readState } from "../../measure/drift/state";
import { pairOf } from "../components/shippedEnvironment";
import { root } from "../project";
import { shipped } from "../shipped";
import { bytesOf, clusterList, type ExportedStack, exportedState, renderedOf } from "./deployed";

export const now = new Date("2026-11-21T21:00:00Z");

export interface Planted {
  pair?: Pair;
  state?: (state: ExportedStack) => void;
  otherState?: (state: ExportedStack) => void;
  // biome-ignore lint/suspicious/noExplicitAny: a test reaches into it anywhere
  objects?: (items: any[]) => void;
  gateway?: (gateway: RunningGateway) => void;
  sources?: Partial<Sources>;
  options?: Partial<AuditOptions>;
}

/** The shipped staging stack, deployed as it is declared, audited after what a test plants. */
export function audited({
  pair = pairOf(),
  state,
  otherState,
  objects,
  gateway,
  sources,
  options,
}: Planted = {}) {
  const stack = pair.staging;
  const rendered = renderedOf(stack);
  const own = exportedState(stack);
  const list = clusterList(exportedState(stack));
  const other = exportedState(pair.production);
  asProduction(other);
  state?.(own);
  objects?.(list.items);
  otherState?.(other);
  const running: RunningGateway = {
    hashes: [stack.behaviourHash],
    deployments: structuredClone(rendered.proxy.model_list),
    served: new Map(),
    providers: "real",
  };
  gateway?.(running);
  return audit(
    {
      state: { value: readState(bytesOf(own)) },
      otherState: { value: readState(bytesOf(other)) },
      objects: { value: readObjects(bytesOf(list)) },
      gateway: { value: running },
      program: { value: [] },
      secretVersions: new Map(),
      last: undefined,
      ...sources,
    },
    {
      pair,
      stack,
      rendered,
      now,
      warnDays: 30,
      policies: { ...policyPackState(projectFiles(root)), rules: 3, starts: true },
      releases: ["initial"],
      store: evidenceStore(shipped()),
      trust: { trustedKeys: [], stubProviders: "accept" },
      requiredKinds: ["drift"],
      // The literal state has few resources; what the program declares is compared in a test of its own.
      areasNamed: false,
      areas: areas.filter((area) => area !== "resources"),
      ...options,
    },
  );
}

/** The production stack as it is shipped: the literal state has staging's own values. */
function asProduction(state: ExportedStack): void {
  const change = (
    name: string,
    type: string,
    set: (one: ExportedStack["deployment"]["resources"][number]) => void,
  ) => {
    for (const one of state.deployment.resources)
      if (one.urn.endsWith(`::${name}`) && one.type.includes(type)) set(one);
  };
  const limits = pairOf().production.config.limits;
  change("production-budgets-monthly", "Budget", (one) => {
    one.inputs.limitAmount = String(limits.monthlyUsd);
  });
  change("production-budgets-daily", "Budget", (one) => {
    one.inputs.limitAmount = String(limits.dailyUsd);
  });
  change("production-budgets", "Budgets", (one) => {
    one.outputs.alertAtPercent = limits.alertAtPercent;
  });
  change("production-quotas", "Quotas", (one) => {
    one.outputs.rateLimits = { environment: limits, teams: limits.teams };
  });
  change("production-quotas-quota", "ResourceQuota", (one) => {
    const { cpuCores, memoryGib, pods } = limits.cluster;
    one.inputs.spec.hard = {
      "limits.cpu": `${cpuCores}`,
      "limits.memory": `${memoryGib}Gi`,
      pods: `${pods}`,
    };
  });
}

/** Differences, one line each. */
export const told = ({ measured }: ReturnType<typeof audited>): string[] =>
  measured.results.differences.map(({ area, name, difference, declared, deployed }) =>
    [area, name, difference, declared, deployed].map((text) => text ?? "-").join(" | "),
  );
