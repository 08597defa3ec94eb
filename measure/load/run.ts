import type { Config } from "../../config/schema";
import type { Budget } from "../budget";
import type { Client } from "../client";
import type { Journal } from "../journal";
import { mostUsd } from "../price";
import type { ChatRequest } from "../standIn/chat";
import { pick, random } from "../standIn/random";
import { wait } from "../standIn/reply";
import { arrivals } from "./arrivals";
import type { LoadRecord } from "./record";

export interface LoadStep {
  /** Of the peak. */
  multiple: number;
  requests: number;
}

export interface LoadPlan {
  peakPerSecond: number;
  /** From the lowest multiple to the highest. */
  steps: readonly LoadStep[];
  /** Another one for every pod: their processes are independent of each other. */
  seed: string;
}

export interface LoadContext {
  config: Config;
  client: Pick<Client, "chat">;
  requests: readonly ChatRequest[];
  budget: Budget;
  journal: Pick<Journal<LoadRecord>, "earlier" | "add">;
  progress?(step: LoadStep, sent: number): void;
  signal?: AbortSignal;
}

/**
 * Sends requests when they are due, whether or not earlier ones are answered (an open loop), and returns what became
 * of all of them, those of earlier stretches too. Every route is asked once before, so that caches are warm.
 *
 * @throws the signal's reason, after the answers to what was sent are in the journal; a `JournalError`
 */
export async function runLoad(
  { peakPerSecond, steps, seed }: LoadPlan,
  context: LoadContext,
): Promise<LoadRecord[]> {
  const { config, client, requests, budget, journal, signal } = context;
  const records = [...journal.earlier];
  const stretch = 1 + Math.max(0, ...records.map((record) => record.stretch));
  await warm();
  for (const step of steps) {
    const done = records.filter(({ multiple }) => multiple === step.multiple).length;
    if (done < step.requests && !(await send(step, step.requests - done, done))) break;
  }
  signal?.throwIfAborted();
  return records;

  async function warm(): Promise<void> {
    const routes = new Set(requests.map(({ model }) => model));
    if (records.filter(({ multiple }) => multiple === 0).length >= routes.size) return;
    for (const route of routes) {
      const request = requests.find(({ model }) => model === route);
      if (request !== undefined && !signal?.aborted) await ask(request, 0, 0, performance.now());
    }
  }

  /** False where a bound or the signal has ended it. */
  async function send(step: LoadStep, count: number, done: number): Promise<boolean> {
    const next = random("load", seed, step.multiple, stretch);
    // A little more, so that chance in the first and the last arrival does not fall below the multiple.
    const times = arrivals(next, count, peakPerSecond * step.multiple * (1 + 5 / count));
    const begin = performance.now() + 100;
    const pending: Promise<void>[] = [];
    let whole = true;
    let failure: unknown;
    for (const [index, seconds] of times.entries()) {
      const request = pick(next, requests);
      const due = begin + seconds * 1000;
      if (due > performance.now()) await wait(due - performance.now());
      if (signal?.aborted || failure !== undefined || !budget.take(mostUsd(config, request))) {
        whole = false;
        break;
      }
      pending.push(
        ask(request, step.multiple, seconds * 1000, due, true).catch((error: unknown) => {
          failure ??= error;
        }),
      );
      context.progress?.(step, done + index + 1);
    }
    await Promise.all(pending);
    if (failure !== undefined) throw failure;
    return whole;
  }

  async function ask(
    request: ChatRequest,
    multiple: number,
    dueMs: number,
    due: number,
    taken = false,
  ): Promise<void> {
    const most = mostUsd(config, request);
    if (!taken && !budget.take(most)) return;
    const lateMs = performance.now() - due;
    const answer = await client.chat({ ...request, stream: true }, due);
    budget.settle(most, answer.usd);
    const { prompt_tokens_details: details } = answer.usage ?? {};
    const record: LoadRecord = {
      multiple,
      stretch,
      dueMs: rounded(dueMs),
      lateMs: rounded(lateMs),
      firstTokenMs: rounded(answer.firstTokenSeconds * 1000),
      totalMs: rounded(answer.totalSeconds * 1000),
      status: answer.status,
      // Without usage at its end a stream was cut off.
      whole: answer.status === 200 && answer.usage !== undefined,
      hit: (details?.cached_tokens ?? 0) > 0,
      fallbacks: answer.fallbacks,
      usd: answer.usd ?? most,
    };
    journal.add(record);
    records.push(record);
  }
}

const rounded = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;
