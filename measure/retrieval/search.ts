/** A query as it is searched for: by its text, or by the vector that it was embedded to. */
export interface Query {
  text: string;
  vector?: readonly number[];
}

/** An index that is measured. How many documents it is asked for is settled when it is made. */
export interface Search {
  /** The ids of what was found, the nearest first. */
  search(query: Query): Promise<string[]>;
  /** The time of the newest document. */
  newest(): Promise<Date>;
  /** Ends what is in flight too. */
  close(): Promise<void>;
}

/** A search that did not come to its end; one sentence, with nothing of what was sent or answered. */
export class SearchError extends Error {
  override readonly name = "SearchError";
}

/** What is the same in every search for a query, so that making it is no part of what is measured. */
export class Made<T> {
  private readonly made = new WeakMap<Query, T>();

  constructor(private readonly make: (query: Query) => T) {}

  of(query: Query): T {
    const known = this.made.get(query);
    if (known !== undefined) return known;
    const made = this.make(query);
    this.made.set(query, made);
    return made;
  }
}
