import { type ChildProcess, spawn } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation";
import type { Pulumi } from "./pulumi";

/** What a run of Pulumi's command line wrote. */
export interface Printed {
  stdout: string;
  stderr: string;
  code: number;
}

/** It ended with another exit code than 0. */
export class CommandFailed extends Error {
  constructor(readonly printed: Printed) {
    super(`pulumi ended with exit code ${printed.code}`);
  }
}

/** The most that is kept of what it writes on either stream. */
const keptCharacters = 32 * 1024 ** 2;

const repeatedMilliseconds = 500;

/**
 * Runs Pulumi's command line for the Automation API in a process group of its own. A Ctrl-C of the terminal would
 * otherwise reach it beside ours, and Pulumi takes the second for "end at once", which leaves resources behind that no
 * state knows.
 */
export class Command {
  #running: ChildProcess | undefined;
  /** How often each was asked to end. */
  readonly #asked = new WeakMap<ChildProcess, number>();

  constructor(
    private readonly pulumi: Pulumi,
    private readonly env: Readonly<Record<string, string | undefined>>,
  ) {}

  /** In the type that the Automation API wants: its own class has a private constructor. */
  asPulumiCommand(): PulumiCommand {
    return Object.assign(Object.create(PulumiCommand.prototype), {
      command: this.pulumi.path,
      version: { toString: () => this.pulumi.version },
      run: (args: string[], cwd: string, env: Record<string, string>) => this.run(args, cwd, env),
    });
  }

  run(given: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<Printed> {
    // Whether the stack is there is all that is asked: the person's own selection stays.
    const [first, second, ...rest] = given;
    const args = first === "stack" && second === "select" ? ["stack", ...rest, "--show-name"] : [...given];
    if (!args.includes("--non-interactive")) args.push("--non-interactive");
    const { PATH = "" } = this.env;
    const child = spawn(this.pulumi.path, args, {
      cwd,
      env: {
        ...this.env,
        ...env,
        PATH: [dirname(this.pulumi.path), PATH].join(delimiter),
        PULUMI_AUTOMATION_API: "true",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#running = child;
    const written = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        written[stream] = (written[stream] + text).slice(-keptCharacters);
      });
    return new Promise((resolve, reject) => {
      child.on("error", () => reject(new CommandFailed({ ...written, code: -1 })));
      child.on("close", (code) => {
        if (this.#running === child) this.#running = undefined;
        const printed = { ...written, code: code ?? -1 };
        if (code === 0) resolve(printed);
        else reject(new CommandFailed(printed));
      });
    });
  }

  /**
   * The first lets Pulumi end what it has begun, write the state and give the lock back; the second ends it at once.
   * Pulumi misses one that follows the first too closely, so the second is said until it has been heard. The third
   * kills it, for a Pulumi that hears none.
   */
  interrupt(): void {
    const child = this.#running;
    if (child === undefined) return;
    const asked = (this.#asked.get(child) ?? 0) + 1;
    this.#asked.set(child, asked);
    child.kill(asked > 2 ? "SIGKILL" : "SIGINT");
    if (asked !== 2) return;
    const again = setInterval(() => child.kill("SIGINT"), repeatedMilliseconds);
    child.once("close", () => clearInterval(again));
  }
}
