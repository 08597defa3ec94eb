import { canaryFiles } from "../config/jobProject";
import type { Stack } from "../config/stack";
import { type Baseline, BaselineError } from "../measure/fingerprint/baseline";
import { type CanaryPlan, embeddingModel, paceOf } from "../measure/fingerprint/plan";
import { cellsOf, readPrompts } from "../measure/fingerprint/prompts";
import { RequestsError } from "../measure/requests";
import { readInput } from "./evidenceAdd";
import { UsageError } from "./exit";
import type { MeasuringOptions } from "./measuring";
import { refusing } from "./orUsage";

export interface CanaryOptions extends MeasuringOptions {
  prompts?: string;
  baseline?: string;
  repeats?: string;
  accept: boolean;
  by?: string;
  yes: boolean;
  json: boolean;
}

/** Answers to each prompt at each target; more for a baseline, which every later run is compared with. */
const usualRepeats = { run: 3, accept: 10 } as const;

/** What is asked, as the options and the baseline say. */
export function planOf(
  root: string,
  options: CanaryOptions,
  stack: Stack,
  baseline: Baseline | undefined,
): CanaryPlan {
  const { cwd, prompts, accept } = options;
  const [folder, file] = prompts === undefined ? [root, canaryFiles.prompts] : [cwd, prompts];
  return {
    cells: cellsOf(
      stack,
      orRefused(() => readPrompts(textOf(folder, file), file, stack)),
    ),
    repeats: repeatsOf(options),
    seed: stack.behaviourHash,
    pace: paceOf(stack.config),
    logprobs: accept ? {} : logprobsOf(baseline),
    embedding: embeddingModel(stack.config),
  };
}

/** What the baseline says of each target; all that were never asked are tried. */
function logprobsOf(baseline: Baseline | undefined): Record<string, boolean> {
  return Object.fromEntries(
    (baseline?.cells ?? []).map(({ target, answers }) => [
      target,
      answers.every(({ values }) => "logprob" in values),
    ]),
  );
}

function repeatsOf({ repeats, accept }: CanaryOptions): number {
  if (repeats === undefined) return accept ? usualRepeats.accept : usualRepeats.run;
  const count = Number(repeats);
  if (!/^\d{1,3}$/.test(repeats) || count < 2)
    throw new UsageError(
      "--repeats has to be a whole number from 2 to 999: one answer says nothing of chance.",
    );
  return count;
}

export const textOf = (cwd: string, file: string): string =>
  Buffer.from(readInput(cwd, file)).toString("utf8");

export const orRefused = refusing(RequestsError, BaselineError);
