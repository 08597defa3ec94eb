import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { python } from "./standIns";

// biome-ignore lint/suspicious/noExplicitAny: AWS's parameters and answers are JSON of every shape.
export type Json = any;

/** The account and region in which a call is made. */
export interface Place {
  account: string;
  region: string;
}

export class AwsError extends Error {
  constructor(
    /** AWS's own, or `ShapeError` for what is not of the operation's shape, or `NotInMoto`. */
    readonly code: string,
    message: string,
  ) {
    super(`${code}: ${message}`);
  }
}

/** AWS's API as boto3 speaks it, over moto. Its state lives as long as its process. */
export class Aws {
  private constructor(
    private readonly process: ChildProcess,
    private readonly answers: AsyncIterator<string>,
  ) {}

  private last: Promise<unknown> = Promise.resolve();

  static start(): Aws {
    // Without the developer's own settings and credentials; and a proxy is none for loopback.
    const process = spawn(python, [join(__dirname, "aws.py")], {
      env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent", NO_PROXY: "127.0.0.1" },
      stdio: ["pipe", "pipe", "ignore"],
    });
    const lines = createInterface({ input: process.stdout });
    return new Aws(process, lines[Symbol.asyncIterator]());
  }

  /** One call after the other. Throws an AwsError. */
  call(place: Place, service: string, operation: string, parameters: Json): Promise<Json> {
    const asked = this.last.then(async () => {
      this.process.stdin?.write(`${JSON.stringify({ ...place, service, operation, parameters })}\n`);
      const { value, done } = await this.answers.next();
      if (done) throw new Error(`moto ended at ${service} ${operation}.`);
      const { error, result } = JSON.parse(value) as { error?: AwsError; result: Json };
      if (error !== undefined) throw new AwsError(error.code, `${operation}: ${error.message}`);
      return result;
    });
    this.last = asked.catch(() => undefined);
    return asked;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    this.process.stdin?.end();
    await once(this.process, "exit");
  }
}
