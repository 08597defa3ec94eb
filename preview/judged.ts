import type { StackResult } from "../config/stack";
import { type StackPreview, stackHead, toFinding } from "./pairReport";
import type { PolicyInfo, PolicyReport } from "./policyReport";
import type { ProgramResult } from "./program";
import type { Providers } from "./requests";
import { isProvider, type PlannedResource } from "./resource";

/** A pack that answers, wherever it runs. */
export interface Answering {
  readonly policies: readonly PolicyInfo[];
  analyze(resource: PlannedResource, providers: Providers): Promise<PolicyReport[]>;
  analyzeStack(resources: readonly PlannedResource[], providers: Providers): Promise<PolicyReport[]>;
}

/** What the pack says of the resources that the program registered. */
export async function judged(
  stack: StackResult,
  pack: Answering,
  program: ProgramResult,
): Promise<StackPreview> {
  const { succeeded, diagnostics } = program;
  const reports = await ask(pack, program);
  return {
    name: stack.name,
    report: { ...stackHead(stack), evaluated: succeeded, resources: reportedResources(program), diagnostics },
    findings: reports.map(toFinding),
    policies: pack.policies,
  };
}

/** Resources as a report names them. */
export const reportedResources = ({ resources }: ProgramResult) =>
  resources.map(({ urn, type, name, parent, provider }) => ({ urn, type, name, parent, provider }));

/** Like the engine, asks about all resources together only where the program came to its end. */
async function ask(pack: Answering, { resources, succeeded }: ProgramResult): Promise<PolicyReport[]> {
  const providers = new Map(
    resources.filter(({ type }) => isProvider(type)).map((one) => [one.urn, one] as const),
  );
  const reports: PolicyReport[] = [];
  for (const resource of resources) reports.push(...(await pack.analyze(resource, providers)));
  if (succeeded) reports.push(...(await pack.analyzeStack(resources, providers)));
  return reports;
}
