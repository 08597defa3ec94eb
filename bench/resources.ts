import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type EngineConfig, engineConfig } from "../config/engine";
import { projectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { compilingArgs } from "../preview/bundle";
import { evaluateProgram } from "../preview/program";
import { isProvider, type PlannedResource } from "../preview/resource";

const root = join(__dirname, "..");

export interface Planned {
  config: EngineConfig;
  providers: ReadonlyMap<string, PlannedResource>;
  /** What a cloud would be asked for: no components, no providers. */
  resources: PlannedResource[];
}

/** The shipped staging stack's resources, as the program plans them. */
export async function plannedResources(): Promise<Planned> {
  const { own } = loadPair(projectFiles(root), "staging");
  const config = engineConfig(own);
  const { resources, succeeded } = await evaluateProgram({
    ...{ projectDir: root, project: "lockstep", stack: "staging", config, timeoutMs: 300_000 },
    ...{ nodeArgs: compilingArgs, typescript: false },
  });
  if (!succeeded) throw new Error("The shipped program did not come to its end.");
  return {
    config,
    providers: new Map(resources.filter(({ type }) => isProvider(type)).map((one) => [one.urn, one])),
    resources: resources.filter(({ custom, type }) => custom && !isProvider(type)),
  };
}

/** So many resources: the planned ones again and again, each time under other names, which they know each other by. */
export function repeated(resources: readonly PlannedResource[], count: number): PlannedResource[] {
  const own = new Set(resources.map(({ urn }) => urn));
  return Array.from({ length: count }, (_, index) => {
    const one = resources[index % resources.length] as PlannedResource;
    const again = Math.floor(index / resources.length);
    if (again === 0) return one;
    const renamed = (urns: readonly string[]) => urns.map((urn) => (own.has(urn) ? `${urn}-${again}` : urn));
    return {
      ...one,
      ...{
        name: `${one.name}-${again}`,
        urn: `${one.urn}-${again}`,
        dependencies: renamed(one.dependencies),
      },
      propertyDependencies: new Map(
        [...one.propertyDependencies].map(([property, urns]) => [property, renamed(urns)]),
      ),
    };
  });
}

/** As JSON for the tools that read files. */
export const plainResource = ({ urn, type, name, inputs }: PlannedResource) => ({
  ...{ urn, type, name },
  inputs: inputs.toJavaScript(),
});

/** Resident memory of a process in MiB; undefined where the system does not tell it. */
export function residentMib(pid: number): number | undefined {
  try {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kib === undefined ? undefined : Number(kib) / 1_024;
  } catch {
    return undefined;
  }
}
