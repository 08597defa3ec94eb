import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { percent, readable } from "../config/numbers";
import type { Stack } from "../config/stack";
import { ResultsError } from "../measure/eval/problem";
import { maxResultsBytes, readResults } from "../measure/eval/read";
import { asked, declaredTargets, labelsOf } from "../measure/eval/targets";
import { LogError } from "../measure/log/folder";
import { AthenaError, readAthena } from "../measure/traffic/athena";
import type { Counts } from "../measure/traffic/counts";
import { evalRecords } from "../measure/traffic/evalSet";
import { countLog, type Reading } from "../measure/traffic/readLog";
import type { Tested } from "../measure/traffic/results";
import type { Question } from "../measure/traffic/sql";
import { readInput } from "./evidenceAdd";
import { UsageError } from "./exit";
import { interruptible } from "./interruptible";
import { refusing } from "./orUsage";
import type { Output } from "./output";
import { Progress } from "./progress";

/** Runs with a folder that is gone afterwards, and what Ctrl-C stops. */
export async function withReading<T>(
  { terminal }: Output,
  run: (reading: (what: string) => Reading) => Promise<T>,
): Promise<T> {
  const temporary = mkdtempSync(join(tmpdir(), "lockstep-traffic-"));
  const progress = new Progress(terminal ? process.stderr : undefined);
  try {
    return await interruptible(async (signal) => {
      try {
        return await run((what) => ({ temporary, signal, progress: telling(progress, what) }));
      } catch (error) {
        if (signal.aborted) throw new UsageError("Stopped. Nothing was written.");
        if (error instanceof LogError) throw new UsageError(error.message);
        throw error;
      }
    });
  } finally {
    progress.end();
    rmSync(temporary, { recursive: true, force: true });
  }
}

function telling(progress: Progress, what: string): NonNullable<Reading["progress"]> {
  const started = performance.now();
  progress.say(`${what} is read`);
  return (read, all) => {
    const left = ((performance.now() - started) / 1000) * (all / Math.max(1, read) - 1);
    progress.say(`${what}: ${percent(read, all)} read, ${readable(Math.ceil(left))} s left`);
  };
}

/** A request log in a folder, or what Athena found out of one. */
export async function countsOf(
  cwd: string,
  log: string,
  question: Question,
  reading: Reading,
): Promise<Counts> {
  if (!log.endsWith(".csv")) return await countLog(resolve(cwd, log), question, reading);
  const text = Buffer.from(readInput(cwd, log, maxResultsBytes)).toString("utf8");
  return refusing(AthenaError)(() => readAthena(text, log, question));
}

/** Whether this is a file with the results of an evaluation. */
export const isEvalFile = (cwd: string, log: string): boolean =>
  !log.endsWith(".csv") && statSync(resolve(cwd, log), { throwIfNoEntry: false })?.isFile() === true;

/** The cases of an evaluation, counted as the log is. */
export async function countEval(
  cwd: string,
  file: string,
  { config }: Pick<Stack, "config">,
  { targets, question, reading }: { targets: readonly string[]; question: Question; reading: Reading },
): Promise<Tested> {
  const { lines, silent } = refusing(ResultsError)(() => {
    const declared = declaredTargets(config);
    const read = readResults([{ name: file, bytes: readInput(cwd, file, maxResultsBytes) }]);
    const runs = asked(read, labelsOf(targets, declared), declared);
    return evalRecords(runs, config, question.range.from);
  });
  const folder = mkdtempSync(join(reading.temporary, "eval-"));
  writeFileSync(join(folder, "cases.jsonl"), lines, { mode: 0o600 });
  const counts = await countLog(folder, { ...question, behaviourHash: undefined }, reading);
  return { counts, name: "an evaluation", silent };
}
