import { rounded } from "../../statistics";
import type { LoadRecord } from "../record";
import { type StepSummary, summaries } from "../summary";
import type { ToolRequest } from "./request";

/** One step for each run, from the lowest rate: its multiple of the peak is what was measured. */
export function toolSteps(runs: readonly (readonly ToolRequest[])[], peakPerSecond: number): StepSummary[] {
  return runs
    .flatMap((run) => summaries(run.map((request) => recordOf(request, run[0]?.start ?? 0))))
    .map((step) => ({ ...step, multiple: rounded(step.requestsPerSecond / peakPerSecond, 3) }))
    .sort((a, b) => a.multiple - b.multiple);
}

/** What is not known of a first token is no earlier than the answer's end. */
function recordOf({ due, start, firstToken, end, whole, hit }: ToolRequest, begin: number): LoadRecord {
  const from = due ?? start;
  const ms = (seconds: number) => seconds * 1000;
  return {
    multiple: 1,
    stretch: 1,
    dueMs: ms(from - begin),
    lateMs: ms(start - from),
    firstTokenMs: ms((firstToken ?? end) - from),
    totalMs: ms(end - from),
    status: whole ? 200 : 0,
    whole,
    hit: hit ?? false,
    fallbacks: 0,
    usd: 0,
  };
}
