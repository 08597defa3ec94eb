import { createReadStream, type Dirent } from "node:fs";
import { opendir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { type LoggedRequest, readRecord } from "./record";

/** A log that cannot be read; one sentence. */
export class LogError extends Error {
  override readonly name = "LogError";
}

export interface LogRange {
  /** Seconds since 1970; requests that started before are left out. */
  from: number;
  /** And those that started then or later. */
  until: number;
}

/** What could not be read, so that nothing is left out in silence. */
export interface Unread {
  count: number;
  /** The first few, each with its file and why. */
  first: string[];
}

const most = 5;
/** Longer lines are no record that a gateway wrote. */
const maxBytes = 16 * 1024 * 1024;

/**
 * All chat completions of a log in a folder, in no order: one JSON document a file, as the gateway writes it
 * (`requests/<yyyy-MM-dd>/<id>.json`), or one a line (`.jsonl`, `.jsonl.gz`). Days whose folder says that they lie
 * outside the range are not opened. Memory does not grow with the log.
 *
 * @throws LogError where the folder is not there.
 */
export async function* readLog(
  folder: string,
  range: LogRange,
  unread: Unread,
): AsyncGenerator<LoggedRequest> {
  for await (const file of logFiles(folder, range)) {
    for await (const text of textsOf(file, unread)) {
      const record = readRecord(text);
      if (record === null) continue;
      if ("why" in record) note(unread, file, record.why);
      else if (record.startedAt >= range.from && record.startedAt < range.until) yield record;
    }
  }
}

/**
 * The files of a log, without those of days that lie outside the range.
 *
 * @throws LogError where the folder is not there.
 */
export async function* logFiles(folder: string, range: LogRange): AsyncGenerator<string> {
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error();
  } catch {
    throw new LogError(`There is no folder ${folder}.`);
  }
  yield* filesOf(folder, range);
}

function note(unread: Unread, file: string, why: string): void {
  unread.count++;
  if (unread.first.length < most) unread.first.push(`${file}: ${why}`);
}

const dayFolder = /^\d{4}-\d\d-\d\d$/;
const daySeconds = 86_400;

async function* filesOf(folder: string, range: LogRange): AsyncGenerator<string> {
  const entries: Dirent[] = [];
  for await (const entry of await opendir(folder)) entries.push(entry);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const day = dayFolder.test(entry.name) ? Date.parse(`${entry.name}T00:00:00Z`) / 1000 : undefined;
      // A request is filed under the day of its start; a day on either side for another zone's clock.
      const outside =
        day !== undefined && (day - daySeconds >= range.until || day + 2 * daySeconds <= range.from);
      if (!outside) yield* filesOf(path, range);
    } else if (entry.isFile() && /\.(json|jsonl|jsonl\.gz)$/.test(entry.name)) yield path;
  }
}

async function* textsOf(file: string, unread: Unread): AsyncGenerator<string> {
  if (file.endsWith(".json")) {
    if ((await stat(file)).size > maxBytes) note(unread, file, "it is larger than 16 MiB");
    else yield await readFile(file, "utf8");
    return;
  }
  const source = createReadStream(file);
  const input = file.endsWith(".gz") ? source.pipe(createGunzip()) : source;
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
      if (line !== "") yield line;
  } catch {
    note(unread, file, "it ends in the middle");
  }
}
