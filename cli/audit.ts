import { join, resolve } from "node:path";
import { readProject } from "../config/documents";
import { type ProjectFiles, projectFiles } from "../config/files";
import { readReleases } from "../config/release";
import type { Stack } from "../config/stack";
import { renderGateway } from "../gateway/render";
import type { Trust } from "../lifecycle/assess";
import { evidenceStore } from "../lifecycle/evidence";
import { type Audit, audit, type SourceName } from "../measure/drift/audit";
import { projectRuleset } from "../policies/ruleset";
import { productionProven } from "../policies/stack/production-proven";
import type { AuditReport } from "../review/audit/audit";
import { addMeasured, checkAdding } from "./addMeasured";
import { askGateway, needsGateway, notAsked } from "./auditGateway";
import { areasOf, daysOf, filesOf, objectsOf, policiesOf, recordOf, sourcesOf, stateOf } from "./auditInputs";
import type { AuditCommandOptions } from "./auditOptions";
import { exit } from "./exit";
import type { Environment } from "./measuring";
import { orUsage } from "./orUsage";
import type { Output } from "./output";
import { stackOrOwn } from "./pairAhead";
import { Progress } from "./progress";
import { findProject } from "./project";
import { writeReport } from "./writeReport";

/** `lockstep audit`: what is deployed and what runs, against what is declared. */
export async function auditCommand(
  given: AuditCommandOptions,
  output: Output,
  version: string,
  env: Environment,
): Promise<number> {
  const root = findProject(given.cwd);
  checkAdding(root, given);
  const [areas, only, warnDays] = [areasOf(given), sourcesOf(given, env), daysOf(given)];
  const wants = (source: SourceName) => only === undefined || only.includes(source);
  const options = named(given);
  const files = projectFiles(root);
  const { environment, stack, pair } = stackOrOwn(root, given.stack, env, "It cannot be audited");
  const fromFiles = { ...filesOf(options, stack.name), ...recordOf(options, files, stack.name) };
  const progress = new Progress(output.terminal ? process.stderr : undefined);
  const started = new Date();
  progress.say("asking the running gateway");
  const asked = wants("gateway") ? await askGateway(root, options, env) : notAsked(null);
  try {
    progress.say("reading the states of both stacks");
    const own = { root, stack: stack.name, file: options.state, flag: "--state" };
    const state = wants("state") ? await stateOf(options, own, env) : null;
    const counterpart = stack.config.environment.counterpart;
    const others = { root, stack: counterpart, file: options.otherState, flag: "--other-state" };
    const otherState = pair && wants("other-state") ? await stateOf(options, others, env) : null;
    progress.say("reading the cluster's objects");
    const objects = wants("cluster") ? await objectsOf(options, root, stack.config.environment, env) : null;
    progress.say("evaluating the program");
    const isCompared = [state, objects].some((source) => source !== null && "value" in source);
    const isAsked = areas.includes("resources") && (state !== null || objects !== null);
    const program = !isAsked ? null : isCompared ? await programOf(root, stack) : { why: nothingToCompare };
    const tool = { name: "lockstep audit", version, command: `lockstep audit --stack ${stack.name}` };
    const gateway = await asked.around(tool, started);
    needsGateway(options.release, gateway, asked);
    const now = new Date();
    const found = audit(
      { state, otherState, objects, gateway: asked.source, program, ...fromFiles },
      {
        ...(pair === undefined ? {} : { pair }),
        ...{ stack, areas, areasNamed: given.area !== undefined, now, warnDays },
        ...(only === undefined ? {} : { only }),
        rendered: renderedOf(stack),
        ...declaredBy(files),
      },
    );
    const written = gateway === undefined ? [] : addMeasured(root, options, "drift", gateway, found.measured);
    const about = { project: readProject(files).project ?? "", stack: stack.name, environment };
    progress.end();
    await tell(reportOf(found, stack, now, written, about), options, output, version);
    return found.passed ? exit.clean : exit.findings;
  } finally {
    progress.end();
    asked.close();
  }
}

const nothingToCompare =
  "Neither a state nor a cluster was read: there is nothing to compare the program with.";

/** The command's own word for what other commands call otherwise. */
const named = (given: AuditCommandOptions): AuditCommandOptions => ({
  ...given,
  ...(given.gateway === undefined ? {} : { url: given.gateway }),
});

const renderedOf = ({ config, behaviourHash, contents }: Stack) =>
  renderGateway(config, { behaviourHash, files: contents });

/** The Pulumi SDK may be missing where a job runs: then the program is not evaluated, and that is said. */
async function programOf(root: string, { name }: Stack) {
  try {
    const { declaredResources } = await import("./auditProgram");
    return await declaredResources(root, name);
  } catch {
    return { why: "The program could not be evaluated: the Pulumi SDK is not installed here." };
  }
}

function declaredBy(files: ProjectFiles) {
  const policies = policiesOf(files);
  // Settings with which the pack does not start are a finding; what they would have said is the defaults.
  const own = policies.starts ? orUsage(() => projectRuleset(files)).settings(productionProven.name) : {};
  const { requiredKinds = [], ...trust } = productionProven.settings?.parse(own) ?? noTrust;
  return {
    policies,
    requiredKinds,
    trust,
    releases: [...readReleases(files).byId.keys()],
    store: evidenceStore(files),
  };
}

const noTrust: Trust & { requiredKinds?: [] } = { trustedKeys: [], stubProviders: "refuse" };

function reportOf(
  { measured, passed }: Audit,
  { behaviourHash }: Stack,
  now: Date,
  written: string[],
  about: Pick<AuditReport, "project" | "stack" | "environment">,
): AuditReport {
  return {
    version: 1,
    ...about,
    behaviourHash,
    ended: now.toISOString(),
    passed,
    compared: measured.samples,
    inconclusive: measured.inconclusive,
    results: measured.results,
    written,
  };
}

async function tell(
  report: AuditReport,
  options: AuditCommandOptions,
  output: Output,
  version: string,
): Promise<void> {
  const { cwd, format, output: file, report: folder } = options;
  if (folder !== undefined)
    for (const [name, form] of [
      ["audit.md", "markdown"],
      ["audit.html", "html"],
      ["audit.json", "json"],
    ] as const)
      writeReport(join(resolve(cwd, folder), name), await formatted(report, form, output, version));
  const text = await formatted(report, format, output, version);
  if (file === undefined) output.out(text);
  else writeReport(resolve(cwd, file), text);
}

async function formatted(
  report: AuditReport,
  format: AuditCommandOptions["format"],
  { style }: Output,
  version: string,
): Promise<string> {
  switch (format) {
    case "text":
      return (await import("../review/audit/text")).auditText(report, style);
    case "markdown":
      return (await import("../review/audit/markdown")).auditMarkdown(report);
    case "html":
      return (await import("../review/html/report")).auditHtml(report, version);
    case "json":
      return `${JSON.stringify(report, null, 2)}\n`;
  }
}
