/** Stores keep times to the second, or to its parts: a document is not missing for that. */
const sameMs = 1_000;
/** What clocks may be apart by; evidence may be so far ahead too. */
const aheadMs = 5 * 60_000;

export interface Newest {
  /** The newest document in the index. */
  index: Date;
  /** The newest document in production's corpus. */
  corpus: Date;
  /** The oldest document in the corpus after the index's newest, where that is told. */
  oldestAfter?: Date;
  now: Date;
}

/**
 * The age of an index against its corpus, in hours. It is 0 where the index has the newest document, however long ago
 * that was written. Else it is the time since the first document that the index lacks was written; where that is not
 * told, since its own newest document was: it can have lacked nothing for longer.
 */
export function ageHours({ index, corpus, oldestAfter = index, now }: Newest): number {
  if (index.getTime() >= corpus.getTime() - sameMs) return 0;
  return Math.max(0, (now.getTime() - oldestAfter.getTime()) / 3_600_000);
}

/** Why the times do not tell an age, one sentence; undefined where they do. */
export function ageFault({ index, corpus, now }: Newest): string | undefined {
  const latest = now.getTime() + aheadMs;
  if (index.getTime() > latest) return "The newest document in the index is of the future.";
  if (corpus.getTime() > latest) return "The newest document in the corpus is of the future.";
  if (index.getTime() > corpus.getTime() + sameMs)
    return "The index has a document that is newer than the newest of the corpus: its age against that corpus cannot be told.";
  return undefined;
}
