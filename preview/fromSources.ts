import { engineConfig } from "../config/engine";
import type { StackResult } from "../config/stack";
import { judged, reportedResources } from "./judged";
import { PackError } from "./launch";
import { Pack } from "./pack";
import { notEvaluated, type StackPreview } from "./pairReport";
import { evaluateProgram, type ProgramResult } from "./program";
import type { Runtime } from "./runtime";

export interface SourcesOptions {
  projectDir: string;
  packDir: string;
  project: string;
  runtime: Runtime;
  timeoutMs: number;
  progress(step: string): void;
}

/** Evaluates a stack as the engine starts its program and its pack: each in a process of its own, from its sources. */
export async function previewFromSources(stack: StackResult, options: SourcesOptions): Promise<StackPreview> {
  const { name } = stack;
  const { projectDir, packDir, project, runtime, timeoutMs, progress } = options;
  const config = engineConfig(stack);
  const common = { projectDir, project, stack: name, config, timeoutMs };
  const starting = Pack.start({ ...common, packDir });
  // Awaited below, after the program; a rejection in between is not lost by that.
  starting.catch(() => undefined);
  let program: ProgramResult;
  try {
    program = await evaluateProgram({ ...common, ...runtime });
  } catch (error) {
    starting.then((pack) => pack.stop()).catch(() => undefined);
    return notEvaluated(stack, error instanceof Error ? error.message : String(error));
  }
  let pack: Pack | undefined;
  try {
    pack = await starting;
    progress(`asking the policy pack about ${name}`);
    return await judged(stack, pack, program);
  } catch (error) {
    if (!(error instanceof PackError)) throw error;
    return notEvaluated(stack, error.message, reportedResources(program), program.diagnostics);
  } finally {
    pack?.stop();
  }
}
