import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation";
import { quote } from "../config/visible";
import { type Receipt, readReceipts, receiptVariable } from "../policies/receipt";
import { Command, CommandFailed } from "./command";
import { explain, isCutOff } from "./explain";
import { nothingObserved, type Observed, observe } from "./observed";
import { type PendingOperation, pendingOperations, pendingText } from "./pending";
import { EngineError, type Pulumi } from "./pulumi";
import { packName } from "./verdict";

export interface EngineOptions {
  projectDir: string;
  /** Folder of the policy pack, absolute. */
  packDir: string;
  stack: string;
  pulumi: Pulumi;
  env: Readonly<Record<string, string | undefined>>;
}

/** One preview or update. */
export interface Run {
  observed: Observed;
  receipts: Receipt[];
  /** Why it did not come to its end, for a person; undefined where it did. */
  failure: string | undefined;
}

/** A stack of a project in the real engine, driven through Pulumi's Automation API. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #command: Command;
  readonly #stack: Stack;

  private constructor(options: EngineOptions, command: Command, stack: Stack) {
    this.#options = options;
    this.#command = command;
    this.#stack = stack;
  }

  /** @throws EngineError where the backend does not know the stack, or cannot be reached */
  static async open(options: EngineOptions): Promise<Engine> {
    const { projectDir, stack, pulumi, env } = options;
    const command = new Command(pulumi, { ...env, LOCKSTEP_PROJECT_DIR: projectDir });
    try {
      const workspace = await LocalWorkspace.create({
        workDir: projectDir,
        pulumiCommand: command.asPulumiCommand(),
      });
      return new Engine(options, command, await readWhole(() => Stack.select(stack, workspace)));
    } catch (error) {
      const failed = failureOf(error);
      if (/no stack named/.test(failed.stderr))
        throw new EngineError(
          `The backend has no stack ${quote(stack)}. Make it with pulumi stack init ${stack}, commit what that writes into its file, and try again.`,
        );
      throw new EngineError(explain(failed, nothingObserved()));
    }
  }

  /** What Pulumi takes for the stack's configuration; secrets stay encrypted, and out of it. */
  async printedConfig(): Promise<string> {
    return (await this.#ask(["config", "--json"])).stdout;
  }

  /** The stack's state as JSON, of any length; secrets stay encrypted. */
  async exportedState(): Promise<Uint8Array> {
    const folder = mkdtempSync(join(tmpdir(), "lockstep-state-"));
    try {
      const file = join(folder, "state.json");
      await this.#ask(["stack", "export", "--file", file]);
      return readFileSync(file);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** What the last update left open. */
  async pending(): Promise<PendingOperation[]> {
    return pendingOperations(await this.exportedState());
  }

  /** Warns of what an update left open, too, of which the engine says nothing. */
  async preview(watch: (observed: Observed) => void): Promise<Run> {
    const message = pendingText(await this.pending(), this.#options.stack);
    const run = await this.#run(watch, (options) => this.#stack.preview(options));
    if (message !== undefined) run.observed.diagnostics.push({ severity: "warning", message });
    return run;
  }

  update(watch: (observed: Observed) => void): Promise<Run> {
    return this.#run(watch, (options) => this.#stack.up(options));
  }

  /** Asks a running preview or update to end what it has begun; asked twice, it ends at once. */
  interrupt(): void {
    this.#command.interrupt();
  }

  async #run(
    watch: (observed: Observed) => void,
    start: (options: { policyPacks: string[]; onEvent(event: object): void }) => Promise<unknown>,
  ): Promise<Run> {
    const observed = nothingObserved();
    // A folder of this run's own: nothing in it can be another run's.
    const folder = mkdtempSync(join(tmpdir(), "lockstep-engine-"));
    const receipts = join(folder, "receipts");
    this.#stack.workspace.envVars[receiptVariable] = receipts;
    let failure: string | undefined;
    try {
      await start({
        policyPacks: [this.#options.packDir],
        onEvent(event) {
          observe(observed, event, packName);
          watch(observed);
        },
      });
    } catch (error) {
      failure = explain(failureOf(error), observed);
    } finally {
      delete this.#stack.workspace.envVars[receiptVariable];
    }
    const told = readIfThere(receipts);
    rmSync(folder, { recursive: true, force: true });
    return { observed, receipts: readReceipts(told), failure };
  }

  async #ask(args: readonly string[]) {
    const { projectDir, stack } = this.#options;
    try {
      return await readWhole(() => this.#command.run([...args, "--stack", stack], projectDir));
    } catch (error) {
      throw new EngineError(explain(failureOf(error), nothingObserved()));
    }
  }
}

const mostReads = 5;

/** Reads again what another update was just writing. */
async function readWhole<T>(read: () => Promise<T>): Promise<T> {
  for (let left = mostReads - 1; ; left--)
    try {
      return await read();
    } catch (error) {
      if (left === 0 || !(error instanceof CommandFailed) || !isCutOff(error.printed.stderr)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
}

function failureOf(error: unknown): { stderr: string; code: number } {
  if (error instanceof CommandFailed) return error.printed;
  throw error;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
