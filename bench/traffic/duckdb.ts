/** Counts a folder's records as `lockstep evidence traffic` does, and prints what it took as JSON. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countLog } from "../../measure/traffic/readLog";
import { countedColumns } from "../../measure/traffic/sql";
import { from, until } from "./records";

async function main(folder: string): Promise<void> {
  const temporary = mkdtempSync(join(tmpdir(), "lockstep-bench-duckdb-"));
  try {
    const started = performance.now();
    const counts = await countLog(
      folder,
      { range: { from, until }, behaviourHash: undefined },
      { temporary },
    );
    const seconds = (performance.now() - started) / 1000;
    const bins = Object.fromEntries(
      countedColumns.map((column) => [column, Object.fromEntries(counts.of(column))]),
    );
    process.stdout.write(JSON.stringify({ seconds, peakBytes: process.resourceUsage().maxRSS * 1024, bins }));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

void main(process.argv[2] ?? "");
