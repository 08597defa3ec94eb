import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { projectFiles } from "../config/files";
import { findPairs } from "../config/stacks";
import { currentBundles } from "../preview/bundle";
import { previewPair } from "../preview/preview";
import type { PreviewOutput, PreviewReport } from "../preview/report";
import { reportText } from "../preview/terminal";
import { exit, UsageError } from "./exit";
import type { Output } from "./output";
import { Progress } from "./progress";
import { findProject } from "./project";

export interface PreviewOptions {
  cwd: string;
  /** Evaluate this stack only. Default: every pair of the project, both stacks. */
  stack?: string;
  json: boolean;
}

/** The longest that the program or the pack of one stack may take. */
const timeoutMs = 120_000;

/** `lockstep preview`: what would be created, what the policies say, and how the environments differ. */
export async function preview(options: PreviewOptions, output: Output): Promise<number> {
  const projectDir = findProject(options.cwd);
  const packDir = join(projectDir, "policies");
  if (!existsSync(join(packDir, "PulumiPolicy.yaml"))) {
    throw new UsageError(
      `There is no policy pack in ${resolve(packDir)}: preview needs its PulumiPolicy.yaml.`,
    );
  }
  const only = options.stack !== undefined;
  const stacks = options.stack === undefined ? [...findPairs(projectFiles(projectDir))] : [options.stack];
  if (stacks.length === 0)
    throw new UsageError(`The project in ${projectDir} has no stack file (Pulumi.<stack>.yaml).`);
  const pairs: PreviewReport[] = [];
  const bundles = currentBundles(__dirname, projectDir, process.env);
  for (const stack of stacks) {
    const progress = new Progress(output.terminal ? process.stderr : undefined);
    try {
      pairs.push(
        await previewPair({
          ...{ projectDir, packDir, stack, only, timeoutMs, bundles },
          progress: progress.say,
        }),
      );
    } finally {
      progress.end();
    }
  }
  const passed = pairs.every((pair) => pair.passed);
  const json: PreviewOutput = { version: 1, passed, pairs };
  output.out(
    options.json
      ? `${JSON.stringify(json, null, 2)}\n`
      : pairs.map((pair) => reportText(pair, output.style)).join("\n"),
  );
  if (passed) return exit.clean;
  return pairs.some(({ findings }) => findings.length > 0) ? exit.findings : exit.usage;
}
