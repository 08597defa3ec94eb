import { configurationTooLong } from "../config/configurationSize";
import type { StackResult } from "../config/stack";
import { compareConfiguration, readPrintedConfig } from "../engine/configuration";
import { Engine, type Run } from "../engine/engine";
import type { Observed } from "../engine/observed";
import { EngineError, findPulumi, type Pulumi, refusedVariables } from "../engine/pulumi";
import { exit, UsageError } from "./exit";
import type { Output } from "./output";
import { Progress } from "./progress";

type Environment = Readonly<Record<string, string | undefined>>;

/** Somebody asked to stop while nothing was running that could be. */
class Stopped extends Error {}

/** The engine for one command: Ctrl-C ends what runs, and errors are for a person. */
export class EngineSession {
  /** How often somebody asked to stop. */
  interruptions = 0;
  #running: { engine: Engine; changes: boolean } | undefined;

  private constructor(
    readonly pulumi: Pulumi,
    private readonly env: Environment,
    private readonly output: Output,
  ) {}

  get isInterrupted(): boolean {
    return this.interruptions > 0;
  }

  /** Finds Pulumi, does `work`, and lets go of the signals. */
  static async around(
    env: Environment,
    output: Output,
    work: (session: EngineSession) => Promise<number>,
  ): Promise<number> {
    const refused = refusedVariables(env);
    if (refused.length > 0)
      throw new UsageError(
        `${refused.join(" and ")} would change what Pulumi does without standing in a file: unset ${refused.length === 1 ? "it" : "them"}.`,
      );
    const session = new EngineSession(await orUsage(findPulumi(env)), env, output);
    const stop = () => session.#interrupt();
    for (const signal of signals) process.on(signal, stop);
    try {
      return await work(session);
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      output.err("Stopped before anything was changed.\n");
      return exit.interrupted;
    } finally {
      for (const signal of signals) process.off(signal, stop);
    }
  }

  /** @throws UsageError where the backend does not know the stack, or would take another configuration than the files' */
  async open(projectDir: string, packDir: string, stack: StackResult): Promise<Engine> {
    const { pulumi, env } = this;
    const tooLong = configurationTooLong(stack, process.platform);
    if (tooLong !== undefined) throw new UsageError(tooLong);
    return this.#step(`looking for ${stack.name}`, async () => {
      const engine = await Engine.open({ projectDir, packDir, stack: stack.name, pulumi, env });
      const differences = compareConfiguration(stack, readPrintedConfig(await engine.printedConfig()));
      if (differences.length > 0)
        throw new UsageError(
          `Pulumi would not use the configuration that stands in ${stack.file} and Pulumi.yaml:\n${differences
            .map(({ message }) => `  ${message}`)
            .join("\n")}\nWrite what is meant into the files, and give nothing on the side.`,
        );
      return engine;
    });
  }

  /** A preview, with a line that says how far it is. */
  preview(engine: Engine, stack: string): Promise<Run> {
    return this.#run({ engine, changes: false }, `previewing ${stack}`, (watch) => engine.preview(watch));
  }

  /** An update, in the same way. */
  update(engine: Engine, stack: string): Promise<Run> {
    return this.#run({ engine, changes: true }, `updating ${stack}`, (watch) => engine.update(watch));
  }

  async #run(
    running: { engine: Engine; changes: boolean },
    doing: string,
    start: (watch: (observed: Observed) => void) => Promise<Run>,
  ): Promise<Run> {
    if (this.isInterrupted) throw new Stopped();
    this.#running = running;
    try {
      return await this.#step(doing, async (say) => start((observed) => say(progressOf(doing, observed))));
    } catch (error) {
      // What was asked before the preview itself began.
      if (this.isInterrupted && error instanceof UsageError) throw new Stopped();
      throw error;
    } finally {
      this.#running = undefined;
    }
  }

  /** What another question to the engine gives. */
  ask<T>(doing: string, question: Promise<T>): Promise<T> {
    return this.#step(doing, () => question);
  }

  async #step<T>(doing: string, work: (say: (step: string) => void) => Promise<T>): Promise<T> {
    const progress = new Progress(this.output.terminal ? process.stderr : undefined);
    progress.say(doing);
    try {
      return await orUsage(work(progress.say));
    } finally {
      progress.end();
    }
  }

  #interrupt(): void {
    this.interruptions += 1;
    if (this.#running === undefined) return;
    const { engine, changes } = this.#running;
    const told = stopping[Math.min(this.interruptions, stopping.length) - 1];
    this.output.err(`\n${changes ? told : "Stopping the preview."}\n`);
    engine.interrupt();
  }
}

const stopping = [
  "Stopping: Pulumi ends what it has begun and writes the state. Ctrl-C once more ends it at once.",
  "Ending at once.",
  "Killing Pulumi, which then gives no lock back and leaves its plugins running.",
];

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function progressOf(doing: string, { resources, done }: Observed): string {
  const last = [...resources.values()].at(-1);
  if (last === undefined) return doing;
  const type = last.type.slice(last.type.lastIndexOf(":") + 1);
  return `${doing}: ${done.size} of ${resources.size} so far, ${type} ${last.name}`.slice(0, 100);
}

async function orUsage<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof EngineError) throw new UsageError(error.message);
    throw error;
  }
}
