import { sha256 } from "../config/hash";
import type { Config } from "../config/schema";
import type { Stack } from "../config/stack";
import type { LogRange } from "../measure/log/folder";
import { type Judge, JudgeError, judgeOf } from "../measure/sample/judge";
import { rubricDigest } from "../measure/sample/rubric";
import { UsageError } from "./exit";
import { type LogOptions, rangeOf } from "./logged";
import type { Environment } from "./measuring";
import { refusing } from "./orUsage";

export interface SampleOptions extends LogOptions {
  cwd: string;
  log?: string;
  stack?: string;
  share?: string;
  judge?: string;
  lowScore: string;
  rules?: string;
  history?: string;
  report: boolean;
  url?: string;
  providers: string;
  maxRequests?: string;
  maxSeconds?: string;
  maxUsd?: string;
  journal?: string;
  json: boolean;
}

/** Which answers are looked at, and by what. */
export interface SamplePlan {
  log: string;
  range: LogRange;
  share: number;
  judge: Judge;
  lowScore: number;
  /** What scores are comparable by. */
  scale: string;
}

const hourSeconds = 3_600;

export function samplePlan(
  options: SampleOptions,
  { config }: Stack,
  env: Environment,
  now: Date,
): SamplePlan {
  const log = options.log ?? env.LOCKSTEP_REQUEST_LOG;
  if (log === undefined || log === "")
    throw new UsageError("Name the request log with --log, or in LOCKSTEP_REQUEST_LOG.");
  const judge = refusing(JudgeError)(() => judgeOf(config, options.judge ?? env.LOCKSTEP_JUDGE));
  const lowScore = Number(options.lowScore);
  if (!/^[1-4]$/.test(options.lowScore)) throw new UsageError("--low-score has to be 1, 2, 3 or 4.");
  return {
    log,
    range: windowOf(options, now),
    share: shareOf(options.share ?? env.LOCKSTEP_SAMPLING_RATIO, config),
    judge,
    lowScore,
    scale: sha256(`${judge.modelId} ${rubricDigest} ${lowScore}`).slice(0, 16),
  };
}

/** The last whole hour, whose requests have all been logged, unless another time is named. */
function windowOf(options: LogOptions, now: Date): LogRange {
  if (options.from !== undefined || options.until !== undefined) {
    const { from, until } = rangeOf(options, now);
    return { from, until };
  }
  const until = Math.floor(now.getTime() / 1000 / hourSeconds) * hourSeconds;
  return { from: until - hourSeconds, until };
}

function shareOf(text: string | undefined, { monitoring }: Config): number {
  const share = text === undefined ? monitoring.samplingRatio : Number(text);
  if (text?.trim() === "" || !(share > 0 && share <= 1))
    throw new UsageError("--share has to be a number above 0 and up to 1: 0.05 is one answer in twenty.");
  return share;
}

/** Of the day's limit, for all runs of a day together. */
const dailyShare = 0.1;

/** What one window's scoring may spend where nobody names a bound: its part of a tenth of the day's limit. */
export const usualUsd = ({ limits }: Config, { from, until }: LogRange): number =>
  (limits.dailyUsd * dailyShare * (until - from)) / 86_400;
