import type { Config } from "../../config/schema";
import type { Budget } from "../budget";
import type { Client, FullAnswer } from "../client";
import type { Journal } from "../journal";
import { embeddingUsd, mostUsd } from "../price";
import { random, shuffle } from "../standIn/random";
import { wait } from "../standIn/reply";
import { type Asked, featuresOf } from "./features";
import type { CanaryPlan } from "./plan";
import type { Cell } from "./prompts";
import type { CanaryRecord } from "./record";

export interface CanaryContext {
  config: Config;
  asked: ReadonlyMap<string, Asked>;
  client: Pick<Client, "full" | "embeddings">;
  budget: Budget;
  journal: Pick<Journal<CanaryRecord>, "earlier" | "add">;
  progress?(done: number, total: number): void;
  signal?: AbortSignal;
}

/**
 * Asks every prompt at every target so many times, in an order of chance within each round, so that whatever changes
 * with time is spread over all prompts. Returns all records, those of earlier stretches too.
 *
 * @throws the signal's reason, after the answers to what was sent are in the journal.
 */
export async function runCanary(plan: CanaryPlan, context: CanaryContext): Promise<CanaryRecord[]> {
  const { config, client, budget, journal, signal } = context;
  const records = [...journal.earlier];
  const gives = new Map(Object.entries(plan.logprobs));
  const jobs = remaining(plan, records);
  const total = plan.cells.length * plan.repeats;
  for (const { cell, logprobs } of records) {
    const target = plan.cells.find(({ key }) => key === cell)?.target;
    if (target !== undefined && logprobs !== undefined && !gives.has(target)) gives.set(target, logprobs);
  }
  const begin = performance.now();
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < jobs.length; index = next++) {
      await wait(begin + index * plan.pace.gapMs - performance.now());
      const cell = jobs[index];
      if (cell === undefined || signal?.aborted || !(await ask(cell))) return;
      context.progress?.(total - jobs.length + index + 1, total);
    }
  };
  await Promise.all(Array.from({ length: plan.pace.lanes }, lane));
  signal?.throwIfAborted();
  return records;

  /** False where a bound was reached. */
  async function ask(cell: Cell): Promise<boolean> {
    const sent = { requests: 0, usd: 0 };
    const wanted = gives.get(cell.target) ?? true;
    let answer = await send(cell, wanted, sent);
    // LiteLLM refuses what a model does not support; a model that gave them has to go on giving them.
    if (answer?.status === 400 && wanted) {
      gives.set(cell.target, false);
      answer = await send(cell, false, sent);
    }
    if (answer === undefined) return false;
    const { status, deployment } = answer;
    const answered = status === 200;
    const embedded = answered ? await embed(answer.text, sent) : undefined;
    const whole = answered && (plan.embedding === undefined || embedded !== undefined);
    const given = answered && wanted ? answer.logprobs !== undefined : undefined;
    if (given !== undefined && !gives.has(cell.target)) gives.set(cell.target, given);
    const record: CanaryRecord = {
      cell: cell.key,
      atSeconds: Number(budget.used.seconds.toFixed(3)),
      ...sent,
      status,
      ...(deployment === undefined ? {} : { deployment }),
      ...(gives.has(cell.target) ? { logprobs: gives.get(cell.target) === true } : {}),
      ...(whole ? { features: featuresOf(answer, askedOf(cell.route), embedded) } : {}),
    };
    journal.add(record);
    records.push(record);
    return true;
  }

  async function send(
    cell: Cell,
    logprobs: boolean,
    sent: { requests: number; usd: number },
  ): Promise<FullAnswer | undefined> {
    const most = mostUsd(config, cell.request);
    if (!budget.take(most)) return undefined;
    const answer = await client.full({
      ...cell.request,
      model: cell.target,
      ...(logprobs ? { logprobs: true } : {}),
      // An answer from the gateway's own cache would be yesterday's.
      ...(config.behaviour.semanticCache.enabled ? { cache: { "no-cache": true, "no-store": true } } : {}),
    });
    budget.settle(most, answer.usd);
    sent.requests++;
    sent.usd += answer.usd ?? most;
    return answer;
  }

  async function embed(text: string, sent: { requests: number; usd: number }) {
    const { embedding } = plan;
    if (embedding === undefined) return undefined;
    const model = config.models[embedding];
    const usd = model === undefined ? 0 : embeddingUsd(model, [text]);
    if (!budget.take(usd)) return undefined;
    sent.requests++;
    sent.usd += usd;
    try {
      // Providers refuse an empty text.
      const [vector] = await client.embeddings(`embedding/${embedding}`, [text.trim() === "" ? "-" : text]);
      return vector;
    } catch {
      return undefined;
    } finally {
      budget.settle(usd, usd);
    }
  }

  function askedOf(route: string): Asked {
    const asked = context.asked.get(route);
    if (asked === undefined) throw new Error(`Nothing is known of the route ${route}.`);
    return asked;
  }
}

/** What is still to be asked: round by round, each in an order of its own. What failed is asked again. */
function remaining({ cells, repeats, seed }: CanaryPlan, records: readonly CanaryRecord[]): Cell[] {
  const done = new Map<string, number>();
  for (const { cell, features } of records)
    if (features !== undefined) done.set(cell, (done.get(cell) ?? 0) + 1);
  return Array.from({ length: repeats }, (_, round) =>
    shuffle(
      random("canary", seed, round),
      cells.filter(({ key }) => (done.get(key) ?? 0) <= round),
    ),
  ).flat();
}
