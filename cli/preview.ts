import { type ProjectFiles, projectFiles } from "../config/files";
import { findPairs, stackNames } from "../config/stacks";
import { bundlePath, isCurrent } from "../preview/bundle";
import { Bundled } from "../preview/bundled";
import { previewPair } from "../preview/preview";
import type { PreviewOutput, PreviewReport } from "../preview/report";
import { reportText } from "../preview/terminal";
import { exit, UsageError } from "./exit";
import type { Output } from "./output";
import { policyPackOf } from "./policyPack";
import { Progress } from "./progress";
import { findProject } from "./project";
import { optimiseLate } from "./shortLived";

export interface PreviewOptions {
  cwd: string;
  /** Evaluate this stack only. Default: every pair of the project, both stacks. */
  stack?: string;
  json: boolean;
  /** Ask the real engine, against the state of what is deployed. */
  engine: boolean;
}

/** The longest that the program or the pack of one stack may take. */
const timeoutMs = 120_000;

/** `lockstep preview`: what would be created, what the policies say, and how the environments differ. */
export async function preview(
  options: PreviewOptions,
  output: Output,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const projectDir = findProject(options.cwd);
  const packDir = policyPackOf(projectDir);
  const files = projectFiles(projectDir);
  const only = options.stack !== undefined;
  if (options.engine) {
    const stacks = stacksOf(files, projectDir, options);
    return byEngine({ projectDir, packDir, stacks, only }, options, output, env);
  }
  // Two others want the cores while this process reads.
  optimiseLate();
  const bundled = isCurrent(__dirname, projectDir, process.env)
    ? new Bundled({ bundle: bundlePath(__dirname), projectDir, packDir, timeoutMs })
    : undefined;
  const pairs: PreviewReport[] = [];
  try {
    // An evaluation can begin before anything else is read; it is taken only where all of that allows it.
    const first = options.stack === undefined ? stackNames(files, "").slice(0, 2) : [options.stack];
    for (const stack of first) bundled?.evaluate(stack);
    for (const stack of stacksOf(files, projectDir, options)) {
      const progress = new Progress(output.terminal ? process.stderr : undefined);
      try {
        pairs.push(
          await previewPair({
            ...{ projectDir, packDir, stack, only, timeoutMs, bundled },
            progress: progress.say,
          }),
        );
      } finally {
        progress.end();
      }
    }
  } finally {
    bundled?.stop();
  }
  print(pairs, options, output);
  if (pairs.every(({ passed }) => passed)) return exit.clean;
  return pairs.some(({ findings }) => findings.length > 0) ? exit.findings : exit.usage;
}

/** One stack of each pair to evaluate. */
function stacksOf(files: ProjectFiles, projectDir: string, { stack }: PreviewOptions): string[] {
  const stacks = stack === undefined ? [...findPairs(files)] : [stack];
  if (stacks.length === 0)
    throw new UsageError(`The project in ${projectDir} has no stack file (Pulumi.<stack>.yaml).`);
  return stacks;
}

function print(pairs: PreviewReport[], { json }: PreviewOptions, { out, style }: Output): void {
  const printed: PreviewOutput = { version: 1, passed: pairs.every(({ passed }) => passed), pairs };
  out(
    json ? `${JSON.stringify(printed, null, 2)}\n` : pairs.map((pair) => reportText(pair, style)).join("\n"),
  );
}

interface ByEngine {
  projectDir: string;
  packDir: string;
  stacks: readonly string[];
  only: boolean;
}

async function byEngine(
  { stacks, ...rest }: ByEngine,
  options: PreviewOptions,
  output: Output,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  // Loaded only here: the embedded preview does without the Automation API.
  const [{ EngineSession }, { previewPairByEngine }, { codeOf }] = [
    await import("./engineSession"),
    await import("./previewEngine"),
    await import("./engineCode"),
  ];
  return EngineSession.around(env, output, async (session) => {
    const pairs: PreviewReport[] = [];
    for (const stack of stacks)
      if (!session.isInterrupted) pairs.push(await previewPairByEngine(session, { ...rest, stack }));
    if (session.isInterrupted) {
      output.err("Stopped before anything was changed.\n");
      return exit.interrupted;
    }
    print(pairs, options, output);
    return codeOf(pairs);
  });
}
