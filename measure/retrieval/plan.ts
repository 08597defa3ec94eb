import type { Bounds } from "../budget";
import { mostRuns } from "./closedLoop";
import type { FixedQuery } from "./query";
import { type Multiple, multiples, type RetrievalRecord } from "./record";

/** A 99th percentile of fewer is nearly the largest value. */
export const enoughForP99 = 1_000;
/** So many for each that is in flight, that the beginning of a stage is a small part of it. */
const rounds = 10;
/** Texts in one request to the embedding model. */
export const textsPerRequest = 25;

export interface Stage {
  multiple: Multiple;
  /** Searches in flight. */
  lanes: number;
  /** Searches that count. */
  searches: number;
}

export interface RetrievalPlan {
  queries: readonly FixedQuery[];
  /** Whether queries are embedded through the gateway; else the search takes their text. */
  vectors: boolean;
  stages: readonly Stage[];
}

export const stagesOf = (expectedConcurrency: number, least = enoughForP99): Stage[] =>
  multiples.map((multiple) => {
    const lanes = multiple * expectedConcurrency;
    return { multiple, lanes, searches: Math.max(least, rounds * lanes) };
  });

/** What a plan asks for at the most, and how long that takes where every search takes so long. */
export function plannedBy({ queries, stages, vectors }: RetrievalPlan, seconds: number): Omit<Bounds, "usd"> {
  const batches = vectors ? Math.ceil(queries.length / textsPerRequest) : 0;
  const runs = stages.map(({ lanes, searches }) => ({ lanes, runs: mostRuns(lanes, searches) }));
  return {
    requests: batches + queries.length + runs.reduce((sum, stage) => sum + stage.runs, 0),
    seconds: seconds * (batches + queries.length + runs.reduce((sum, one) => sum + one.runs / one.lanes, 0)),
  };
}

/** What earlier stretches used; pauses between them cost nothing. */
export function usedBy({ stages }: RetrievalPlan, records: readonly RetrievalRecord[]): Bounds {
  const used = { requests: 0, seconds: 0, usd: 0 };
  for (const record of records) {
    const lanes =
      record.part === "search" ? stages.find(({ multiple }) => multiple === record.multiple)?.lanes : 1;
    used.requests += record.part === "vector" ? 1 / textsPerRequest : 1;
    used.seconds += record.ms / 1000 / (lanes ?? 1);
    used.usd += record.part === "vector" ? record.usd : 0;
  }
  return { ...used, requests: Math.ceil(used.requests) };
}
