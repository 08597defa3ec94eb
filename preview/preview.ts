import { projectFiles } from "../config/files";
import { loadPair, type PairResult } from "../config/pair";
import type { StackResult } from "../config/stack";
import { compilingArgs } from "./bundle";
import type { Bundled } from "./bundled";
import { notEvaluated, notJudged, pairReport, type StackPreview, stacksOf } from "./pairReport";
import type { PreviewReport } from "./report";
import { type Runtime, readRuntime } from "./runtime";

export interface PreviewOptions {
  projectDir: string;
  /** Folder of the policy pack. */
  packDir: string;
  /** The stack to evaluate and then its counterpart, unless `only`. */
  stack: string;
  only: boolean;
  timeoutMs: number;
  /** Evaluations by what the build bundled, where that is what the sources say. */
  bundled?: Bundled | undefined;
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
  const results = await Promise.all(stacks.map((stack) => previewStack(stack, loaded, runtime, options)));
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
): Promise<StackPreview> {
  const { project } = loaded.project;
  if (!loaded.pair || project === undefined) return notEvaluated(stack, notJudged);
  const { bundled } = options;
  if (bundled !== undefined && isBundled(runtime)) {
    try {
      const result = await bundled.evaluate(stack.name);
      if (result !== undefined) return result;
    } catch (error) {
      return notEvaluated(stack, error instanceof Error ? error.message : String(error));
    }
    // A bundle's error tells no line of a source: whatever fails in it is run again from the sources.
  }
  // Loaded only here: a bundle brings the protocol of the engine itself.
  const { previewFromSources } = await import("./fromSources");
  return previewFromSources(stack, { ...options, project, runtime });
}
