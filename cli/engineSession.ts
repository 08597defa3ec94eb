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
  /** Whether somebody asked to stop. */
  isInterrupted = false;
  #engine: Engine | undefined;

  private constructor(
    readonly pulumi: Pulumi,
    private readonly env: Environment,
    private readonly output: Output,
  ) {}

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

  /** A preview or an update, with a line that says how far it is. */
  async run(
    engine: Engine,
    doing: string,
    start: (watch: (observed: Observed) => void) => Promise<Run>,
  ): Promise<Run> {
    if (this.isInterrupted) throw new Stopped();
    this.#engine = engine;
    return this.#step(doing, async (say) => start((observed) => say(progressOf(doing, observed)))).finally(
      () => {
        this.#engine = undefined;
      },
    );
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
    const isFirst = !this.isInterrupted;
    this.isInterrupted = true;
    if (this.#engine === undefined) return;
    this.output.err(
      isFirst
        ? "\nStopping: Pulumi ends what it has begun and writes the state. Ctrl-C once more ends it at once.\n"
        : "\nEnding at once. What was under way is in no state: run pulumi cancel, which gives the lock back, and then pulumi refresh.\n",
    );
    this.#engine.interrupt();
  }
}

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
