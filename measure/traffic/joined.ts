import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface SizedFile {
  path: string;
  bytes: number;
}

/** Longer ones are no record that a gateway wrote. */
const maxBytes = 16 * 1024 * 1024;
const [lineFeed, carriageReturn, space] = [10, 13, 32];

/**
 * Files as DuckDB is given them: those with one document each, as the gateway writes them, as lines of one file. It
 * opens a thousand files a second and reads a million lines. `remove` takes the file away again.
 *
 * @param broken told of files without a document, or with one that is too long
 */
export function joined(
  files: readonly SizedFile[],
  temporary: string,
  broken: (file: string) => void,
): { paths: string[]; remove(): void } {
  const single = files.filter(({ path }) => path.endsWith(".json"));
  const paths = files.filter(({ path }) => !path.endsWith(".json")).map(({ path }) => path);
  if (single.length === 0) return { paths, remove: () => {} };
  const lines = join(temporary, "joined.jsonl");
  const handle = openSync(lines, "wx", 0o600);
  try {
    for (const { path, bytes } of single) {
      const text = bytes > maxBytes ? Buffer.alloc(0) : readFileSync(path);
      if (text.every((byte) => byte <= space)) broken(path);
      // In JSON a line break stands between values only.
      else writeSync(handle, Buffer.concat([text.map(unbroken), Buffer.of(lineFeed)]));
    }
  } finally {
    closeSync(handle);
  }
  return { paths: [...paths, lines], remove: () => rmSync(lines) };
}

const unbroken = (byte: number): number => (byte === lineFeed || byte === carriageReturn ? space : byte);
