import { resolve } from "node:path";
import { readable } from "../config/numbers";
import { LogError, type LogRange, readLog, type Unread } from "../measure/log/folder";
import { isOurs, type LoggedRequest } from "../measure/log/record";
import { UsageError } from "./exit";
import { interruptible } from "./interruptible";
import { withCopy } from "./logSource";
import type { Output } from "./output";
import { Progress } from "./progress";

/** The options of every command that reads a request log. */
export interface LogOptions {
  from?: string;
  until?: string;
}

const defaultDays = 7;

/** What of a log was about one behaviour. */
export interface Logged {
  /** Chat completions that this behaviour answered, or failed to. */
  count: number;
  /** Those of other behaviours. */
  others: number;
  /** Those of our own jobs. */
  jobs: number;
  unread: Unread;
  /** When the first and the last of them started. */
  first: Date;
  last: Date;
}

export function rangeOf({ from, until }: LogOptions, now: Date): LogRange & { days: number } {
  const end = timeOf("--until", until, now.getTime() / 1000);
  const start = timeOf("--from", from, end - defaultDays * 86_400);
  if (start >= end) throw new UsageError("--from has to be before --until.");
  return { from: start, until: end, days: Math.round((end - start) / 86_400) };
}

/** Where a log is: a folder, or "s3://" with a bucket and a prefix, and what of it is read. */
export interface LogPlace {
  cwd: string;
  folder: string;
  range: LogRange;
  /** Where only one request is looked for, so that of a bucket no others are copied. */
  id?: string;
}

/** Reads all requests, whoever wrote them; what could not be read. */
export async function readRequests(
  { cwd, folder, range, id }: LogPlace,
  { terminal }: Pick<Output, "terminal">,
  each: (request: LoggedRequest) => void,
): Promise<Unread> {
  const progress = new Progress(terminal ? process.stderr : undefined);
  const unread: Unread = { count: 0, first: [] };
  let count = 0;
  const read = async (local: string, signal?: AbortSignal) => {
    for await (const request of readLog(resolve(cwd, local), range, unread)) {
      signal?.throwIfAborted();
      each(request);
      progress.say(`${readable(++count)} requests read`);
    }
  };
  let stopped: AbortSignal | undefined;
  try {
    if (!folder.startsWith("s3://")) await read(folder);
    else {
      progress.say("copying the log");
      // A copy is not left behind.
      await interruptible((signal) => {
        stopped = signal;
        return withCopy(folder, { range, id, signal }, (copy) => read(copy, signal));
      });
    }
  } catch (error) {
    if (stopped?.aborted) throw new UsageError("Stopped while the log was read.");
    if (error instanceof LogError) throw new UsageError(error.message);
    throw error;
  } finally {
    progress.end();
  }
  return unread;
}

/** Reads all requests of one behaviour but those of our own jobs, and throws where there is none. */
export async function readLogged(
  { behaviourHash, ...place }: LogPlace & { behaviourHash: string },
  output: Output,
  each: (request: LoggedRequest) => void,
): Promise<Logged> {
  let [count, others, jobs, first, last] = [0, 0, 0, Number.POSITIVE_INFINITY, 0];
  const unread = await readRequests(place, output, (request) => {
    if (isOurs(request)) {
      jobs++;
      return;
    }
    if (request.behaviourHash !== behaviourHash) {
      others++;
      return;
    }
    each(request);
    count++;
    [first, last] = [Math.min(first, request.startedAt), Math.max(last, request.startedAt)];
  });
  if (count === 0) {
    const broken =
      unread.count === 0 ? "" : `, and ${readable(unread.count)} that cannot be read (${unread.first[0]})`;
    throw new UsageError(
      `The log has no request of the behaviour ${behaviourHash.slice(0, 12)}… in that time; ${readable(others)} of others${broken}.`,
    );
  }
  return { count, others, jobs, unread, first: new Date(first * 1000), last: new Date(last * 1000) };
}

/** Why a log that cannot be read whole decides nothing. */
export const unreadReason = ({ unread }: Pick<Logged, "unread">): string[] =>
  unread.count === 0
    ? []
    : [`${readable(unread.count)} records of the log cannot be read: ${unread.first[0]}.`.slice(0, 500)];

/** For the raw output. */
export const loggedNote = (environment: string, { count, others, jobs }: Logged): string =>
  `From ${environment}'s request log: ${readable(count)} requests of its behaviour; ${readable(others)} of others and ${readable(jobs)} of our own jobs were left out.`;

function timeOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new UsageError(`${name} has to be a day or a time in UTC: 2026-11-20T10:00:00Z.`);
  return time / 1000;
}
