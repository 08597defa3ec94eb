import { isRecord } from "../../config/record";
import { isEvalsLog, type Line, readEvalsLog } from "./evalsLog";
import { json, refuse } from "./problem";
import { runOfRecord } from "./record";
import type { Run } from "./run";

/** One JSON object a line: either our own records, or the log that `oaieval --record_path` writes. */
export function readJsonl(text: string, file: string): Run[] {
  const lines = text
    .split("\n")
    .map((content, index) => ({ content, at: `line ${index + 1}` }))
    .filter(({ content }) => content.trim() !== "")
    .map(({ content, at }): Line => {
      const data = json(content, file, at);
      if (isRecord(data)) return { at, data };
      return refuse({
        file,
        at,
        found: "no JSON object",
        allowed: "one JSON object a line",
        remedy: "docs/evals.md has the format.",
      });
    });
  if (lines.length === 0)
    refuse({
      file,
      at: "the file",
      found: "no line",
      allowed: "one JSON object a line",
      remedy: "docs/evals.md has the format.",
    });
  return isEvalsLog(lines)
    ? readEvalsLog(lines, file)
    : lines.map(({ at, data }) => runOfRecord(data, file, at));
}
