import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hideCredentials } from "../config/credentialPattern";
import { visible } from "../config/visible";
import type { LogRange } from "../measure/log/folder";
import { UsageError } from "./exit";

const location = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w./=-]*))?$/;

const daySeconds = 86_400;
const hourSeconds = 3_600;
/** Beyond so many hours of a day its whole folder is as well. */
const mostHours = 12;

/**
 * A copy of what of a log in a bucket the range can be in, which is there for as long as `read` runs. A bucket is read
 * with the AWS CLI, which knows every way to credentials: a pod's identity, a profile, single sign-on.
 *
 * @throws UsageError where the CLI is not there, or says why not.
 */
export async function withCopy<T>(
  source: string,
  { range, id, signal }: { range: LogRange; id?: string | undefined; signal: AbortSignal },
  read: (folder: string) => Promise<T>,
): Promise<T> {
  checkLocation(source);
  // Only its owner may read it.
  const folder = mkdtempSync(join(tmpdir(), "lockstep-log-"));
  try {
    for (const args of copies(source.replace(/\/+$/, ""), folder, range, id)) await aws(args, { signal });
    return await read(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function checkLocation(source: string): void {
  if (!location.test(source))
    throw new UsageError(
      `"${visible(source)}" names no bucket and prefix: s3://example-requests/requests, for instance.`,
    );
}

/** Without a character that a pattern of the AWS CLI has a meaning for. */
const plainId = /^[\w.-]+$/;

/** One copy a day, since a list of all days would be as long as the log. `id`: of the one request that is looked for. */
export function copies(source: string, folder: string, { from, until }: LogRange, id?: string): string[][] {
  const all: string[][] = [];
  for (let day = Math.floor(from / daySeconds) * daySeconds; day < until; day += daySeconds) {
    const name = new Date(day * 1000).toISOString().slice(0, 10);
    const first = Math.max(0, Math.floor((from - day) / hourSeconds));
    const end = Math.min(24, Math.ceil((until - day) / hourSeconds));
    const hours = Array.from({ length: end - first }, (_, index) => String(first + index).padStart(2, "0"));
    all.push([
      ...["s3", "cp", `${source}/${name}/`, join(folder, name), "--recursive", "--only-show-errors"],
      // Records are named by the time at which they started (gateway/callback/lockstep_log.py).
      ...(id !== undefined && plainId.test(id)
        ? ["--exclude", "*", "--include", `time-*_${id}.json`]
        : hours.length > mostHours
          ? []
          : ["--exclude", "*", ...hours.flatMap((hour) => ["--include", `time-${hour}-*`])]),
    ]);
  }
  return all;
}

interface AwsOptions {
  signal?: AbortSignal | undefined;
  input?: string;
}

/** Runs the AWS CLI; what it printed. Nothing goes through a shell. */
export function aws(args: readonly string[], { signal, input }: AwsOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("aws", args, {
      stdio: ["pipe", "pipe", "pipe"],
      ...(signal === undefined ? {} : { signal }),
    });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.on("error", (error) =>
      reject(
        signal?.aborted
          ? signal.reason
          : new UsageError(
              "code" in error && error.code === "ENOENT"
                ? "A bucket is read with the AWS CLI, and there is no aws on the PATH: install it, or name a folder."
                : "The AWS CLI could not be started.",
            ),
      ),
    );
    child.on("close", (code) => {
      if (code === 0) return resolve(out);
      const why = err.split("\n").find((line) => line.trim() !== "") ?? "";
      reject(
        new AwsError(
          `The AWS CLI ended with ${code ?? "a signal"}: ${hideCredentials(visible(why)).slice(0, 300)}`,
          err,
        ),
      );
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input ?? "");
  });
}

/** What the AWS CLI refused. */
export class AwsError extends UsageError {
  constructor(
    message: string,
    private readonly told: string,
  ) {
    super(message);
  }

  /** An object that is not there, as `s3 cp` says it. */
  get absent(): boolean {
    return /\(404\)|NoSuchKey/.test(this.told);
  }
}
