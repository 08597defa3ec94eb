import { engineConfig } from "../config/engine";
import { projectFiles } from "../config/files";
import { loadPair, type PairResult } from "../config/pair";
import type { StackResult } from "../config/stack";
import { type Bundles, compilingArgs } from "./bundle";
import { Pack, PackError, type PolicyReport } from "./pack";
import {
  notEvaluated,
  notJudged,
  pairReport,
  type StackPreview,
  stackHead,
  stacksOf,
  toFinding,
} from "./pairReport";
import { evaluateProgram, type ProgramResult } from "./program";
import type { PreviewReport } from "./report";
import { isProvider } from "./resource";
import { type Runtime, readRuntime } from "./runtime";

export interface PreviewOptions {
  projectDir: string;
  /** Folder of the policy pack. */
  packDir: string;
  /** The stack to evaluate and then its counterpart, unless `only`. */
  stack: string;
  only: boolean;
  timeoutMs: number;
  /** The program and the pack as the build bundled them, where they are what the sources say. */
  bundles?: Bundles | undefined;
  /** Told what is being done, for a progress line. */
  progress(step: string): void;
}

/**
 * Evaluates the stacks of a pair as the engine would in a preview, and asks the policy pack about every
 * resource. Needs no Pulumi CLI, no credentials and no network.
 */
export async function previewPair(options: PreviewOptions): Promise<PreviewReport> {
  const files = projectFiles(options.projectDir);
  const loaded = loadPair(files, options.stack);
  const stacks = stacksOf(loaded, options.only);
  const runtime = readRuntime(files);
  options.progress(`evaluating ${stacks.map(({ name }) => name).join(" and ")}`);
  const bundles = isBundled(runtime) ? options.bundles : undefined;
  const results = await Promise.all(
    stacks.map(async (stack) => {
      const result = await previewStack(stack, loaded, runtime, options, bundles);
      // A bundle's error tells no line of a source: whatever fails in one is run again from the sources.
      return bundles === undefined || result.report.evaluated
        ? result
        : previewStack(stack, loaded, runtime, options, undefined);
    }),
  );
  return pairReport(loaded, results);
}

/** Whether the program is started as it was when it was bundled. */
const isBundled = ({ nodeArgs, typescript }: Runtime): boolean =>
  !typescript && nodeArgs.join(" ") === compilingArgs.join(" ");

async function previewStack(
  stack: StackResult,
  loaded: PairResult,
  runtime: Runtime,
  options: PreviewOptions,
  bundles: Bundles | undefined,
): Promise<StackPreview> {
  const { name } = stack;
  const head = stackHead(stack);
  const project = loaded.project.project;
  if (!loaded.pair || project === undefined) {
    return notEvaluated(stack, notJudged);
  }
  const { projectDir, packDir, timeoutMs, progress } = options;
  const config = engineConfig(stack);
  const starting = Pack.start({
    ...{ packDir, projectDir, project, stack: name, config, timeoutMs },
    bundle: bundles?.pack,
  });
  // Awaited below, after the program; a rejection in between is not lost by that.
  starting.catch(() => undefined);
  let program: ProgramResult;
  try {
    program = await evaluateProgram({
      ...{ projectDir, project, stack: name, config, ...runtime, timeoutMs },
      bundle: bundles?.program,
    });
  } catch (error) {
    starting.then((pack) => pack.stop()).catch(() => undefined);
    return notEvaluated(stack, error instanceof Error ? error.message : String(error));
  }
  const resources = program.resources.map(({ urn, type, name: own, parent, provider }) => ({
    urn,
    type,
    name: own,
    parent,
    provider,
  }));
  let pack: Pack | undefined;
  try {
    pack = await starting;
    progress(`asking the policy pack about ${name}`);
    const reports = await askPack(pack, program);
    return {
      name,
      report: { ...head, evaluated: program.succeeded, resources, diagnostics: program.diagnostics },
      findings: reports.map(toFinding),
      policies: pack.policies,
    };
  } catch (error) {
    if (!(error instanceof PackError)) throw error;
    return notEvaluated(stack, error.message, resources, program.diagnostics);
  } finally {
    pack?.stop();
  }
}

/** Like the engine, asks about all resources together only where the program came to its end. */
async function askPack(pack: Pack, { resources, succeeded }: ProgramResult): Promise<PolicyReport[]> {
  const providers = new Map(
    resources.filter(({ type }) => isProvider(type)).map((one) => [one.urn, one] as const),
  );
  const reports: PolicyReport[] = [];
  for (const resource of resources) reports.push(...(await pack.analyze(resource, providers)));
  if (succeeded) reports.push(...(await pack.analyzeStack(resources, providers)));
  return reports;
}
