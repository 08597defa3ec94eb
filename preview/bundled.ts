import { Child, within } from "./child";
import type { StackPreview } from "./pairReport";

export interface BundledOptions {
  /** The stack's evaluation in one file, as the build made it (preview/oneProcess.ts). */
  bundle: string;
  projectDir: string;
  packDir: string;
  timeoutMs: number;
}

/** Evaluations of stacks by the bundle, each in a process of its own and run once. */
export class Bundled {
  private readonly runs = new Map<string, { child: Child; result: Promise<StackPreview | undefined> }>();

  constructor(private readonly options: BundledOptions) {}

  /** Undefined where the bundle did not come to its end, and the sources have to be run. */
  evaluate(stack: string): Promise<StackPreview | undefined> {
    const run = this.runs.get(stack) ?? this.start(stack);
    return run.result;
  }

  /** Ends whatever still runs. */
  stop(): void {
    for (const { child } of this.runs.values()) child.kill();
  }

  private start(stack: string) {
    const { bundle, projectDir, packDir, timeoutMs } = this.options;
    const child = new Child({
      args: [bundle, projectDir, packDir, stack],
      cwd: projectDir,
      env: process.env,
      result: true,
    });
    const result = within(timeoutMs, `Evaluating ${stack}`, child.exited())
      .then(({ code }) =>
        code === 0 && child.result !== "" ? (JSON.parse(child.result) as StackPreview) : undefined,
      )
      .finally(() => child.kill());
    // Whoever asks is told; nobody has to ask.
    result.catch(() => undefined);
    const run = { child, result };
    this.runs.set(stack, run);
    return run;
  }
}
