import type { Budget } from "../budget";
import type { Journal } from "../journal";
import { closedLoop } from "./closedLoop";
import { type RetrievalPlan, type Stage, textsPerRequest } from "./plan";
import { type FixedQuery, recallOf } from "./query";
import type { RetrievalRecord, Timed } from "./record";
import { type Query, type Search, SearchError } from "./search";

export interface RetrievalContext {
  search: Search;
  /** Asks the gateway's embedding model. */
  embed(texts: readonly string[]): Promise<number[][]>;
  /** The most that embedding these can cost. */
  mostUsd(texts: readonly string[]): number;
  budget: Budget;
  journal: Pick<Journal<RetrievalRecord>, "earlier" | "add">;
  progress?(step: string, done: number, of: number, secondsLeft: number): void;
  signal?: AbortSignal;
}

/**
 * Embeds the queries that are not yet, searches for each alone, and then for all in turn with as many at once as each
 * stage has lanes. Returns all records, those of earlier stretches too.
 *
 * @throws the signal's reason, with what was measured in the journal; whatever `embed` throws.
 */
export async function runRetrieval(
  { queries, vectors, stages }: RetrievalPlan,
  { search, embed, mostUsd, budget, journal, progress, signal }: RetrievalContext,
): Promise<RetrievalRecord[]> {
  const records = [...journal.earlier];
  const add = (record: RetrievalRecord) => {
    journal.add(record);
    records.push(record);
  };
  const ended = () => signal?.aborted === true;
  const asked = await queried();
  if (asked !== undefined && (await recalled(asked)))
    for (const stage of stages) if (!(await timed(stage, asked))) break;
  signal?.throwIfAborted();
  return records;

  /** The queries as they are searched for; undefined where a bound or the signal has ended it. */
  async function queried(): Promise<Map<FixedQuery, Query> | undefined> {
    if (!vectors) return new Map(queries.map((query) => [query, { text: query.text }]));
    const known = new Map(records.flatMap((one) => (one.part === "vector" ? [[one.query, one.vector]] : [])));
    const missing = queries.filter(({ id }) => !known.has(id));
    for (let from = 0; from < missing.length; from += textsPerRequest) {
      const batch = missing.slice(from, from + textsPerRequest);
      const texts = batch.map(({ text }) => text);
      const most = mostUsd(texts);
      if (ended() || !budget.take(most)) return undefined;
      const begin = performance.now();
      const made = await embed(texts);
      budget.settle(most, undefined);
      const ms = rounded((performance.now() - begin) / batch.length);
      for (const [index, { id }] of batch.entries()) {
        const vector = made[index] ?? [];
        add({ part: "vector", query: id, vector, ms, usd: most / batch.length });
        known.set(id, vector);
      }
    }
    return new Map(queries.map((query) => [query, { text: query.text, vector: known.get(query.id) ?? [] }]));
  }

  /** False where a bound or the signal has ended it. */
  async function recalled(asked: ReadonlyMap<FixedQuery, Query>): Promise<boolean> {
    const known = new Set(records.flatMap((one) => (one.part === "recall" ? [one.query] : [])));
    const left = timeLeft(queries.length - known.size);
    for (const [query, sent] of asked) {
      if (known.has(query.id)) continue;
      const answer = await once(sent);
      if (answer === undefined) return false;
      const { found, ms } = answer;
      const recall = found === undefined ? 0 : recallOf(query, found);
      add({ part: "recall", query: query.id, recall, failed: found === undefined, ms });
      known.add(query.id);
      progress?.("recall", known.size, queries.length, left());
    }
    return true;
  }

  async function timed(stage: Stage, asked: ReadonlyMap<FixedQuery, Query>): Promise<boolean> {
    const { multiple, lanes, searches } = stage;
    const done = (record: RetrievalRecord): record is Timed =>
      record.part === "search" && record.counts && record.multiple === multiple;
    let count = records.filter(done).length;
    if (count >= searches) return true;
    const sent = [...asked.values()];
    const left = timeLeft(searches - count);
    return closedLoop(lanes, searches - count, async (index, counts) => {
      const answer = await once(sent[index % sent.length] as Query);
      if (answer === undefined) return false;
      add({ part: "search", multiple, counts, failed: answer.found === undefined, ms: answer.ms });
      if (counts) progress?.(`${multiple} times`, ++count, searches, left());
      return true;
    });
  }

  /** One search; undefined where a bound or the signal has ended it. */
  async function once(query: Query): Promise<{ found: string[] | undefined; ms: number } | undefined> {
    if (ended() || !budget.take(0)) return undefined;
    const begin = performance.now();
    let found: string[] | undefined;
    try {
      found = await search.search(query);
    } catch (error) {
      // It was cut off by us.
      if (ended()) return undefined;
      if (!(error instanceof SearchError)) throw error;
    } finally {
      budget.settle(0, 0);
    }
    return { found, ms: rounded(performance.now() - begin) };
  }
}

/** Told after each of so many: the seconds that the others take, at the pace so far. */
function timeLeft(count: number): () => number {
  const begin = performance.now();
  let done = 0;
  return () => {
    done++;
    return ((performance.now() - begin) / 1000 / done) * (count - done);
  };
}

const rounded = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;
