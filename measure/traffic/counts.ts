import { states } from "./sql";

/** One row of what `countsSql` asks for. */
export interface CountRow {
  dimension: string;
  bin: string;
  requests: number;
  first: number | null;
  last: number | null;
}

/** How many requests there are of each value of each dimension. Those of parts of a log add up to those of the log. */
export class Counts {
  private readonly bins = new Map<string, Map<string, number>>();
  /** Seconds since 1970 of the first and the last request that counts. */
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  /** Files that could not be read at all, or not to their end; each is a record that cannot be read. */
  readonly brokenFiles: string[] = [];

  add({ dimension, bin, requests, first, last }: CountRow): void {
    const own = this.bins.get(dimension) ?? new Map<string, number>();
    this.bins.set(dimension, own);
    own.set(bin, (own.get(bin) ?? 0) + requests);
    if (dimension !== "state" || bin !== states.counted) return;
    this.first = Math.min(this.first, first ?? this.first);
    this.last = Math.max(this.last, last ?? this.last);
  }

  of(column: string): ReadonlyMap<string, number> {
    return this.bins.get(column) ?? new Map();
  }

  state(name: keyof typeof states): number {
    const files = name === "unreadable" ? this.brokenFiles.length : 0;
    return (this.of("state").get(states[name]) ?? 0) + files;
  }

  /** The requests that are compared. */
  get requests(): number {
    return this.state("counted");
  }

  /** How many of the days had a request at all. */
  get days(): number {
    return this.of("day_of_range").size;
  }

  /** What of a log could not be read, as a share of what could have been compared. */
  get unreadShare(): number {
    const unread = this.state("unreadable");
    return unread === 0 ? 0 : unread / (unread + this.requests);
  }
}
