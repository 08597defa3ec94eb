import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { HistoryError, historyText, type PastWindow, readHistory } from "../measure/sample/history";
import { UsageError } from "./exit";
import { AwsError, aws, checkLocation } from "./logSource";
import { journalFolder } from "./measuring";
import { refusing } from "./orUsage";

/** Where the counts of earlier windows are. */
export interface HistoryPlace {
  place: string;
  remote: boolean;
}

export function historyPlace(root: string, cwd: string, named: string | undefined): HistoryPlace {
  if (named?.startsWith("s3://")) {
    checkLocation(named);
    return { place: named, remote: true };
  }
  const place = named === undefined ? join(journalFolder(root), "sample-history.jsonl") : resolve(cwd, named);
  return { place, remote: false };
}

export async function loadHistory({ place, remote }: HistoryPlace): Promise<PastWindow[]> {
  const text = remote ? await fromBucket(place) : existsSync(place) ? readFileSync(place, "utf8") : "";
  return refusing(HistoryError)(() => readHistory(text, place));
}

export async function saveHistory(
  { place, remote }: HistoryPlace,
  history: readonly PastWindow[],
): Promise<void> {
  const text = historyText(history);
  if (remote) {
    await aws(["s3", "cp", "-", place, "--only-show-errors"], { input: text });
    return;
  }
  try {
    mkdirSync(dirname(place), { recursive: true });
    // Whole at every moment.
    writeFileSync(`${place}.part`, text);
    renameSync(`${place}.part`, place);
  } catch {
    throw new UsageError(`The history could not be written to ${place}: name another one with --history.`);
  }
}

async function fromBucket(place: string): Promise<string> {
  try {
    return await aws(["s3", "cp", place, "-"]);
  } catch (error) {
    if (error instanceof AwsError && error.absent) return "";
    throw error;
  }
}
