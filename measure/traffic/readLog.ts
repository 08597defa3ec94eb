import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type LogRange, logFiles } from "../log/folder";
import { Counts } from "./counts";
import { defineMacros, tableOf } from "./duckdb";
import { joined, type SizedFile } from "./joined";
import { countsSql, type Question } from "./sql";

export interface Reading {
  /** Where DuckDB puts what does not fit into its memory; the caller's to make and to remove. */
  temporary: string;
  /** Bytes of files read so far, and of all. */
  progress?(read: number, all: number): void;
  /** Stops the query that runs. */
  signal?: AbortSignal;
}

/** What DuckDB may use; a log of any size is read in parts. */
const memory = "1GB";
/** A part of a log: what is read between two looks at how far it is. */
const partBytes = 512 * 1024 * 1024;
const partFiles = 20_000;

/** Runs with a DuckDB of its own, which reads local files and nothing else. */
export async function withDuckDB<T>(
  { temporary, signal }: Pick<Reading, "temporary" | "signal">,
  run: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  // Large, and of no use to any other command.
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: memory,
    temp_directory: join(temporary, "spill"),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  const stop = () => connection.interrupt();
  signal?.addEventListener("abort", stop);
  try {
    await defineMacros(connection);
    return await run(connection);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    connection.closeSync();
    instance.closeSync();
  }
}

/** Counts a log in a folder, part by part: neither its size nor its number of files matters to memory. */
export function countLog(folder: string, question: Question, reading: Reading): Promise<Counts> {
  return withDuckDB(reading, async (connection) => {
    const counts = new Counts();
    await eachPart(connection, folder, question, reading, (table) => countsSql(question, table), {
      row: (row) =>
        counts.add({
          dimension: String(row.dimension),
          bin: String(row.bin),
          requests: Number(row.requests),
          first: row.first_at === null ? null : Number(row.first_at),
          last: row.last_at === null ? null : Number(row.last_at),
        }),
      broken: (file) => counts.brokenFiles.push(file),
    });
    return counts;
  });
}

type Row = Record<string, unknown>;

/** Asks one query of every part of a log. A file that stops it is asked alone, and told where it stops that too. */
export async function eachPart(
  connection: DuckDBConnection,
  folder: string,
  { range }: Question,
  { temporary, progress }: Reading,
  sql: (table: string) => string,
  { row, broken }: { row(row: Row): void; broken(file: string): void },
): Promise<void> {
  let all = 0;
  for await (const { bytes } of sized(folder, range)) all += bytes;
  const day = new Date(range.from * 1000).toISOString().slice(0, 10);
  const ask = async (paths: readonly string[]) => {
    const result = await connection.runAndReadAll(sql(tableOf(paths, day)));
    return result.getRowObjectsJson();
  };
  let read = 0;
  for await (const part of parts(sized(folder, range))) {
    const { paths, remove } = joined(part, temporary, broken);
    let rows: Row[] = [];
    try {
      if (paths.length > 0) rows = await ask(paths);
    } catch (error) {
      if (!unreadable(error)) throw error;
      for (const path of paths)
        try {
          rows.push(...(await ask([path])));
        } catch (own) {
          if (!unreadable(own)) throw own;
          broken(path);
        }
    } finally {
      remove();
    }
    for (const one of rows) row(one);
    read += part.reduce((sum, { bytes }) => sum + bytes, 0);
    progress?.(read, all);
  }
}

/** A file that is not what its name says, or a line longer than any record. */
const unreadable = (error: unknown): boolean =>
  error instanceof Error && /^(Invalid Input|IO|Serialization) Error|maximum_object_size/.test(error.message);

async function* sized(folder: string, range: LogRange): AsyncGenerator<SizedFile> {
  for await (const path of logFiles(folder, range)) yield { path, bytes: (await stat(path)).size };
}

async function* parts(files: AsyncIterable<SizedFile>): AsyncGenerator<SizedFile[]> {
  let part: SizedFile[] = [];
  let bytes = 0;
  for await (const file of files) {
    if (part.length > 0 && (bytes + file.bytes > partBytes || part.length >= partFiles)) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(file);
    bytes += file.bytes;
  }
  if (part.length > 0) yield part;
}
