import { type ChildProcess, spawn } from "node:child_process";

export interface ChildOptions {
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** How a child process ended, with the end of what it wrote. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The most that is kept of what a child writes: its end says why it failed. */
const keptCharacters = 20_000;

/** A Node process of ours; it is ended, by its own id, when this process ends. */
export class Child {
  private readonly process: ChildProcess;
  private readonly written = { stdout: "", stderr: "" };
  private readonly end: Promise<Exit>;
  private readonly stop = () => this.kill();

  constructor({ args, cwd, env }: ChildOptions) {
    this.process = spawn(process.execPath, [...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of ["stdout", "stderr"] as const) {
      this.process[stream]?.setEncoding("utf8").on("data", (text: string) => {
        this.written[stream] = (this.written[stream] + text).slice(-keptCharacters);
      });
    }
    this.end = new Promise((resolve, reject) => {
      this.process.on("error", reject);
      this.process.on("close", (code, signal) => {
        process.removeListener("exit", this.stop);
        resolve({ code, signal });
      });
    });
    // Both who waits and who does not are told once; nobody may be left with an unhandled rejection.
    this.end.catch(() => undefined);
    process.on("exit", this.stop);
  }

  get stdout(): string {
    return this.written.stdout;
  }

  get stderr(): string {
    return this.written.stderr;
  }

  /** Called with each piece of standard output as it comes. */
  onOutput(listener: (text: string) => void): void {
    this.process.stdout?.on("data", listener);
  }

  exited(): Promise<Exit> {
    return this.end;
  }

  kill(): void {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill("SIGKILL");
  }
}

/** The result of `work`, or an error after `milliseconds`. */
export async function within<T>(milliseconds: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what} took longer than ${milliseconds / 1_000} seconds.`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
