import type { Config } from "../../config/schema";
import type { Bounds, Budget } from "../budget";
import type { Client } from "../client";
import type { Journal } from "../journal";
import { mostUsd } from "../price";
import type { ChatRequest } from "../standIn/chat";
import { wait } from "../standIn/reply";
import { type Output, outputOfAnswer, type Validators } from "./outputs";

/** One request of the plan. */
export interface Planned {
  /** Seconds since 1970 at which production got it. */
  startedAt: number;
  request: ChatRequest & Record<string, unknown>;
}

/** What became of one, as the journal keeps it. */
export interface ReplayRecord {
  /** Its place in the plan. */
  index: number;
  /** HTTP status; 0 where no response came. */
  status: number;
  /** How late it was sent, in seconds. */
  lateSeconds: number;
  /** Seconds that the replay had taken so far, earlier runs too. */
  atSeconds: number;
  usd: number;
  output: Output | null;
}

export interface ReplayContext {
  config: Config;
  client: Pick<Client, "full">;
  validators: Validators;
  budget: Budget;
  journal: Pick<Journal<ReplayRecord>, "earlier" | "add">;
  progress?(done: number, secondsLeft: number): void;
  signal?: AbortSignal;
}

/** What waits for an answer at the most: a gateway that stands still does not fill this machine's memory. */
const mostInFlight = 64;

/** What earlier runs of the same replay used. */
export const usedBy = (earlier: readonly ReplayRecord[]): Bounds => ({
  requests: earlier.length,
  seconds: Math.max(0, ...earlier.map(({ atSeconds }) => atSeconds)),
  usd: earlier.reduce((sum, { usd }) => sum + usd, 0),
});

/**
 * Sends requests with the gaps in which production got them, divided by the speed, whether or not earlier ones are
 * answered; returns what became of all, those of earlier runs too.
 *
 * @throws the signal's reason, after the answers to what was sent are in the journal; a `JournalError`
 */
export async function runReplay(
  plan: readonly Planned[],
  speed: number,
  { config, client, validators, budget, journal, progress, signal }: ReplayContext,
): Promise<ReplayRecord[]> {
  const records = [...journal.earlier];
  const done = new Set(records.map(({ index }) => index));
  const left = plan.map((one, index) => ({ ...one, index })).filter(({ index }) => !done.has(index));
  const first = left[0]?.startedAt ?? 0;
  const last = left.at(-1)?.startedAt ?? 0;
  const begin = performance.now() + 50;
  const pending = new Set<Promise<void>>();
  let failure: unknown;
  for (const { index, startedAt, request } of left) {
    const due = begin + ((startedAt - first) / speed) * 1000;
    while (!signal?.aborted && due > performance.now()) await wait(Math.min(500, due - performance.now()));
    while (pending.size >= mostInFlight) await Promise.race(pending);
    if (signal?.aborted || failure !== undefined || !budget.take(mostUsd(config, request))) break;
    const sent = ask(index, request, due)
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => pending.delete(sent));
    pending.add(sent);
    progress?.(records.length, (last - startedAt) / speed);
  }
  await Promise.all(pending);
  if (failure !== undefined) throw failure;
  signal?.throwIfAborted();
  return records;

  async function ask(index: number, request: Planned["request"], due: number): Promise<void> {
    const lateSeconds = Math.max(0, performance.now() - due) / 1000;
    const answer = await client.full({ ...request, stream: false });
    const most = mostUsd(config, request);
    budget.settle(most, answer.usd);
    const record: ReplayRecord = {
      index,
      status: answer.status,
      lateSeconds: Math.round(lateSeconds * 1000) / 1000,
      atSeconds: Math.round(budget.used.seconds * 1000) / 1000,
      usd: answer.usd ?? most,
      output: answer.status === 200 ? outputOfAnswer(request.model, answer, validators) : null,
    };
    journal.add(record);
    records.push(record);
  }
}
