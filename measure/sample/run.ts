import type { Config } from "../../config/schema";
import type { Budget } from "../budget";
import type { Client } from "../client";
import type { Journal } from "../journal";
import { wait } from "../standIn/reply";
import type { Chosen } from "./choose";
import { type Judge, judgeUsd } from "./judge";
import { judgeMessages, type Verdict, verdictOf } from "./rubric";

/** What became of one answer, as the journal keeps it: no text. */
export interface ScoreRecord {
  id: string;
  requests: number;
  usd: number;
  /** Seconds of the run that had passed, pauses between its stretches aside. */
  atSeconds: number;
  /** Absent where the judge gave none. */
  verdict?: Verdict;
  /** The judge's last HTTP status; 0 where no response came. */
  status: number;
}

export const scoredBefore = (records: readonly ScoreRecord[]) => ({
  requests: records.reduce((sum, { requests }) => sum + requests, 0),
  usd: records.reduce((sum, { usd }) => sum + usd, 0),
  seconds: records.reduce((most, { atSeconds }) => Math.max(most, atSeconds), 0),
});

export interface ScoreContext {
  config: Config;
  judge: Judge;
  client: Pick<Client, "full">;
  budget: Budget;
  journal: Pick<Journal<ScoreRecord>, "earlier" | "add">;
  pace: { lanes: number; gapMs: number };
  nonce(): string;
  progress?(done: number, total: number): void;
  signal?: AbortSignal;
}

/** A verdict that is none is asked for once more. */
const tries = 2;

/**
 * Asks the judge for each answer, in their order. What has a verdict in the journal is not asked again; what has none
 * is. Returns one record for each that was asked; those that a bound kept from it have none.
 *
 * @throws the signal's reason, after the verdicts on what was sent are in the journal.
 */
export async function runScoring(
  chosen: readonly Chosen[],
  { config, judge, client, budget, journal, pace, nonce, progress, signal }: ScoreContext,
): Promise<Map<string, ScoreRecord>> {
  const records = new Map(journal.earlier.map((record) => [record.id, record]));
  const left = chosen.filter(({ id }) => records.get(id)?.verdict === undefined);
  const begin = performance.now();
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < left.length; index = next++) {
      await wait(begin + index * pace.gapMs - performance.now());
      const one = left[index];
      if (one === undefined || signal?.aborted || !(await ask(one))) return;
      progress?.(chosen.length - left.length + index + 1, chosen.length);
    }
  };
  await Promise.all(Array.from({ length: pace.lanes }, lane));
  signal?.throwIfAborted();
  return records;

  /** False where a bound was reached before anything was sent. */
  async function ask(one: Chosen): Promise<boolean> {
    const sent = { requests: 0, usd: 0 };
    let status = 0;
    let verdict: Verdict | undefined;
    for (let time = 0; time < tries && verdict === undefined; time++) {
      const messages = judgeMessages(one, nonce());
      const most = judgeUsd(config, judge, messages);
      if (!budget.take(most)) break;
      const answer = await client.full({
        model: judge.deployment,
        messages,
        // A verdict from the gateway's own cache would be another answer's.
        ...(config.behaviour.semanticCache.enabled ? { cache: { "no-cache": true, "no-store": true } } : {}),
      });
      budget.settle(most, answer.usd);
      sent.requests++;
      sent.usd += answer.usd ?? most;
      status = answer.status;
      // Another than the one that was asked scores otherwise.
      const own = answer.deployment === undefined || answer.deployment === judge.deployment;
      verdict = status === 200 && own ? verdictOf(answer.text) : undefined;
    }
    if (sent.requests === 0) return false;
    const atSeconds = Number(budget.used.seconds.toFixed(3));
    const record = { id: one.id, ...sent, atSeconds, status, ...(verdict === undefined ? {} : { verdict }) };
    journal.add(record);
    records.set(one.id, record);
    return true;
  }
}
