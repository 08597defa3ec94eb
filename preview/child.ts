import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";

export interface ChildOptions {
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Whether it writes a result to file descriptor 3. */
  result?: boolean;
}

/** How a child process ended, with the end of what it wrote. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The most that is kept of what a child writes: its end says why it failed. */
const keptCharacters = 20_000;

const running = new Set<Child>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const killAll = () => {
  for (const child of running) child.kill();
};

/** Ends the children, then this process, with the signal that it got. */
function onSignal(signal: NodeJS.Signals): void {
  killAll();
  stopWatching();
  process.kill(process.pid, signal);
}

/** A signal ends Node without an "exit" event, and would leave the children behind. */
function watch(child: Child): void {
  if (running.size === 0) {
    process.on("exit", killAll);
    for (const signal of signals) process.on(signal, onSignal);
  }
  running.add(child);
}

function unwatch(child: Child): void {
  running.delete(child);
  if (running.size === 0) stopWatching();
}

function stopWatching(): void {
  process.removeListener("exit", killAll);
  for (const signal of signals) process.removeListener(signal, onSignal);
}

/** Pulumi hands a program and a pack the stack's configuration in one variable, as we do. */
function started({ args, cwd, env, result = false }: ChildOptions): ChildProcess {
  try {
    return spawn(process.execPath, [...args], {
      ...{ cwd, env },
      stdio: ["ignore", "pipe", "pipe", result ? "pipe" : "ignore"],
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "E2BIG") throw error;
    const kib = Math.ceil(
      Math.max(...Object.values(env).map((value) => Buffer.byteLength(value ?? ""))) / 1024,
    );
    throw new Error(
      `The stack's configuration is ${kib} KiB long; Pulumi hands it to programs and packs in one variable of the environment, which Linux limits to 128 KiB. Fewer routes or teams in one project are the remedy.`,
    );
  }
}

/** A Node process of ours; it is ended, by its own id, when this process ends. */
export class Child {
  private readonly process: ChildProcess;
  private readonly written = { stdout: "", stderr: "" };
  private results = "";
  private readonly end: Promise<Exit>;

  constructor(options: ChildOptions) {
    this.process = started(options);
    for (const stream of ["stdout", "stderr"] as const) {
      this.process[stream]?.setEncoding("utf8").on("data", (text: string) => {
        this.written[stream] = (this.written[stream] + text).slice(-keptCharacters);
      });
    }
    (this.process.stdio[3] as Readable | null)?.setEncoding("utf8").on("data", (text: string) => {
      this.results += text;
    });
    this.end = new Promise((resolve, reject) => {
      this.process.on("error", (error) => {
        unwatch(this);
        reject(error);
      });
      this.process.on("close", (code, signal) => {
        unwatch(this);
        resolve({ code, signal });
      });
    });
    // Both who waits and who does not are told once; nobody may be left with an unhandled rejection.
    this.end.catch(() => undefined);
    watch(this);
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  get stdout(): string {
    return this.written.stdout;
  }

  get stderr(): string {
    return this.written.stderr;
  }

  /** What it wrote to file descriptor 3. */
  get result(): string {
    return this.results;
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
