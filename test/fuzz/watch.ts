import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type Answer, Current, type Order, type Start } from "./wire";

export interface Failure {
  bytes: Uint8Array;
  what: string;
}

/**
 * Runs cases on a thread of its own and watches it: one that never ends is stopped, and known. Time is the process's
 * processor time, so that a busy machine makes no case slow.
 */
export class Watch {
  private current = new Current();
  private worker: Worker | undefined;
  targets: string[] = [];

  constructor(
    private readonly options: {
      pulumiDir?: string | undefined;
      faulty?: boolean;
      endlessSeconds?: number;
    } = {},
  ) {}

  /** After so many without an end a case is stopped; one that is only slow tells of itself. */
  private get mostSeconds(): number {
    return this.options.endlessSeconds ?? 5;
  }

  private get endless(): string {
    return `it has no end: stopped after ${this.mostSeconds} s`;
  }

  /** Cases of one target for a while; the first failure, as small as fast-check makes it. */
  async fuzz(
    target: string,
    seed: number,
    milliseconds: number,
  ): Promise<{ cases: number; failure?: Failure }> {
    const before = this.current.count;
    const answer = await this.ask({ kind: "fuzz", target, seed, milliseconds });
    if (answer === undefined) {
      const cases = Math.ceil((this.current.count - before) / 2);
      return { cases, failure: { bytes: this.current.bytes, what: this.endless } };
    }
    if (answer.kind !== "fuzzed") throw new Error(`an answer of the kind ${answer.kind}`);
    const { cases, breach } = answer;
    return breach === undefined ? { cases } : { cases, failure: breach };
  }

  /** What is wrong with how a target takes bytes; undefined where nothing is. */
  async try(target: string, bytes: Uint8Array): Promise<string | undefined> {
    const answer = await this.ask({ kind: "try", target, bytes });
    if (answer === undefined) return this.endless;
    return answer.kind === "tried" ? answer.what : undefined;
  }

  async start(): Promise<void> {
    // An endless case has left the count odd.
    this.current = new Current();
    const { pulumiDir, faulty = false } = this.options;
    const start: Start = { memory: this.current.memory, pulumiDir, faulty };
    const worker = new Worker(join(__dirname, "worker.ts"), {
      workerData: start,
      execArgv: ["--require", "tsx/cjs"],
    });
    this.worker = worker;
    const answer = await next(worker);
    if (answer.kind === "ready") this.targets = answer.targets;
  }

  async stop(): Promise<void> {
    await this.worker?.terminate();
    this.worker = undefined;
  }

  /** Undefined where a case had no end; the thread is gone then, and the next order gets another. */
  private async ask(order: Order): Promise<Answer | undefined> {
    if (this.worker === undefined) await this.start();
    const worker = this.worker as Worker;
    const watched = this.watched();
    try {
      const answered = next(worker);
      worker.postMessage(order);
      const answer = await Promise.race([answered, watched.endless]);
      if (answer === undefined) await this.stop();
      return answer;
    } finally {
      watched.stop();
    }
  }

  private watched(): { endless: Promise<undefined>; stop(): void } {
    let { count } = this.current;
    let since = process.cpuUsage();
    let timer: NodeJS.Timeout | undefined;
    const endless = new Promise<undefined>((resolve) => {
      timer = setInterval(() => {
        if (this.current.count !== count || count % 2 === 0) {
          count = this.current.count;
          since = process.cpuUsage();
          return;
        }
        const { user, system } = process.cpuUsage(since);
        if ((user + system) / 1e6 > this.mostSeconds) resolve(undefined);
      }, 250);
    });
    return { endless, stop: () => clearInterval(timer) };
  }
}

const next = (worker: Worker): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const settle = (settled: () => void) => {
      worker.off("message", message).off("error", failed);
      settled();
    };
    const message = (answer: Answer) => settle(() => resolve(answer));
    const failed = (error: unknown) => settle(() => reject(error));
    worker.once("message", message).once("error", failed);
  });
