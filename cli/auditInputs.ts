import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { ProjectFiles } from "../config/files";
import { policyPackState } from "../config/policyPack";
import type { Config } from "../config/schema";
import { quote } from "../config/visible";
import { type Deployed, DeployedError, parseDeployed, readDeployed } from "../lifecycle/deployed";
import { type Source, type SourceName, sourceNames } from "../measure/drift/audit";
import { type Area, areas as allAreas } from "../measure/drift/difference";
import { type KubernetesObject, maxObjectsBytes, readObjects } from "../measure/drift/objects";
import type { DeclaredPolicies } from "../measure/drift/policies";
import { readSecretVersions, type SecretVersions } from "../measure/drift/secrets";
import { type LastAudit, readLast } from "../measure/drift/since";
import { maxStateBytes, readState, type State } from "../measure/drift/state";
import { rules } from "../policies/registry";
import { projectRuleset } from "../policies/ruleset";
import { SettingsError } from "../policies/settings";
import type { AuditCommandOptions } from "./auditOptions";
import { fromFile, fromTool } from "./auditSources";
import { readInput } from "./evidenceAdd";
import { UsageError } from "./exit";
import type { Environment } from "./measuring";
import { refusing } from "./orUsage";

const mostAuditBytes = 16 * 1024 ** 2;

export function areasOf({ area }: Pick<AuditCommandOptions, "area">): readonly Area[] {
  return (area ?? allAreas).map((name) => {
    const known = allAreas.find((one) => one === name);
    if (known === undefined) throw new UsageError(`--area has to be one of: ${allAreas.join(", ")}.`);
    return known;
  });
}

/** A job has its command from the configuration, and what it may read from its environment. */
export function sourcesOf(
  { source }: Pick<AuditCommandOptions, "source">,
  { LOCKSTEP_AUDIT_SOURCES: listed }: Environment,
): readonly SourceName[] | undefined {
  const [named, from] =
    source !== undefined || listed === undefined || listed === ""
      ? [source, "--source"]
      : [listed.split(",").map((name) => name.trim()), "LOCKSTEP_AUDIT_SOURCES"];
  return named?.map((name) => {
    const known = sourceNames.find((one) => one === name);
    if (known === undefined) throw new UsageError(`${from} has to be one of: ${sourceNames.join(", ")}.`);
    return known;
  });
}

export function daysOf({ warnDays }: Pick<AuditCommandOptions, "warnDays">): number {
  if (!/^\d{1,3}$/.test(warnDays))
    throw new UsageError("--warn-days has to be a whole number of days, up to 999.");
  return Number(warnDays);
}

/** The stack's state: of the file, or as `pulumi` on the PATH exports it. Secrets stay encrypted in both. */
export async function stateOf(
  { cwd, offline }: AuditCommandOptions,
  { root, stack, file, flag }: { root: string; stack: string; file: string | undefined; flag: string },
  env: Environment,
): Promise<Source<State>> {
  if (file !== undefined) {
    const state = fromFile(cwd, file, maxStateBytes, readState);
    checkStack(state, stack, quote(file));
    return { value: state };
  }
  if (offline || !isOnPath("pulumi", env))
    return { why: `The state of ${stack} was not read: give what pulumi stack export wrote (${flag}).` };
  const args = ["stack", "export", "--stack", stack, "--non-interactive"];
  const tool = { command: "pulumi", args, cwd: root, mostBytes: maxStateBytes, otherwise: flag };
  const exported = await fromTool(tool, readState);
  if ("value" in exported) checkStack(exported.value, stack, "pulumi stack export");
  return exported;
}

function checkStack(state: State, stack: string, what: string): void {
  if (state.resources.length === 0)
    throw new UsageError(`${what} has no resources: ${stack} was never deployed.`);
  if (state.stack !== stack)
    throw new UsageError(`${what} is the state of ${quote(state.stack)}, and not of ${quote(stack)}.`);
}

/** The cluster's objects: of the file, or as `kubectl` on the PATH reads them; within a cluster by the pod's own account. */
export async function objectsOf(
  { cwd, offline, objects }: AuditCommandOptions,
  root: string,
  { cluster, namespace }: Config["environment"],
  env: Environment,
): Promise<Source<KubernetesObject[]>> {
  if (objects !== undefined) return { value: fromFile(cwd, objects, maxObjectsBytes, readObjects) };
  if (offline || !isOnPath("kubectl", env))
    return { why: "The cluster was not read: give what kubectl get -o json printed (--objects)." };
  const args = [
    "get",
    "configmaps,deployments,cronjobs,resourcequotas",
    ...["--namespace", namespace, "--output", "json", "--request-timeout", "20s"],
    ...(env.KUBERNETES_SERVICE_HOST === undefined ? ["--context", cluster.context] : []),
  ];
  return fromTool(
    { command: "kubectl", args, cwd: root, mostBytes: maxObjectsBytes, otherwise: "--objects" },
    readObjects,
  );
}

const isOnPath = (command: string, { PATH = "" }: Environment): boolean =>
  PATH.split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, command)));

/** What files alone tell: when secrets were stored, and what the audit before found. */
export function filesOf(
  { cwd, secretVersions, last }: AuditCommandOptions,
  stack: string,
): { secretVersions: SecretVersions; last: LastAudit | undefined } {
  const versions: SecretVersions =
    secretVersions === undefined
      ? new Map()
      : fromFile(cwd, secretVersions, mostAuditBytes, readSecretVersions);
  if (last === undefined) return { secretVersions: versions, last: undefined };
  const before = fromFile(cwd, last, mostAuditBytes, readLast);
  if (before.stack !== stack)
    throw new UsageError(`${quote(last)} is an audit of ${quote(before.stack)}, and not of ${quote(stack)}.`);
  return { secretVersions: versions, last: before };
}

/** What lockstep up recorded of the stack: in the file that is named, or in the project. */
export function recordOf(
  { cwd, deployed }: AuditCommandOptions,
  files: ProjectFiles,
  stack: string,
): { record?: Deployed } {
  const record = refusing(DeployedError)(() =>
    deployed === undefined
      ? readDeployed(files, stack)
      : parseDeployed(readInput(cwd, deployed, mostAuditBytes), quote(deployed)),
  );
  if (record === undefined) return {};
  if (record.stack !== stack)
    throw new UsageError(
      `${quote(deployed ?? "")} is the record of ${quote(record.stack)}, and not of ${quote(stack)}.`,
    );
  return { record };
}

/** The policy pack as the files have it. */
export function policiesOf(files: ProjectFiles): DeclaredPolicies {
  let starts = true;
  try {
    projectRuleset(files);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    starts = false;
  }
  return { ...policyPackState(files), rules: rules.length, starts };
}
