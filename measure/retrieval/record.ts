/** A multiple of the expected concurrency. */
export type Multiple = 10 | 50 | 100;
export const multiples: readonly Multiple[] = [10, 50, 100];

/** What was measured, as the journal keeps it: nothing of what the search answered. */
export type RetrievalRecord = Vector | Recall | Timed;

/** A query that was embedded. */
export interface Vector {
  part: "vector";
  query: string;
  vector: number[];
  ms: number;
  usd: number;
}

/** A query that was searched for alone. */
export interface Recall {
  part: "recall";
  query: string;
  /** The share of its relevant documents that were found; a search that failed found none. */
  recall: number;
  failed: boolean;
  ms: number;
}

/** One of many searches at once. */
export interface Timed {
  part: "search";
  multiple: Multiple;
  /** False for what warmed up, and for what kept others company. */
  counts: boolean;
  failed: boolean;
  ms: number;
}
