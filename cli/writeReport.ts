import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "./exit";

/** The whole file or none of it: a report that is cut off looks like one that passes. */
export function writeReport(path: string, text: string): void {
  const part = `${path}.${process.pid}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(part, text);
    renameSync(part, path);
  } catch {
    rmSync(part, { force: true });
    throw new UsageError(`${path} cannot be written.`);
  }
}
