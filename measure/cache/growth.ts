import { keyOf, MetricsError, type Sample, type Scrape } from "./scrape";

/** How much counters have grown over a time. */
export interface Growth {
  rows: readonly Sample[];
  /** The series that there are, grown or not. */
  names: ReadonlySet<string>;
  /** What a reader has to know of it. */
  notes: readonly string[];
  /** Why what was counted does not decide. */
  inconclusive: readonly string[];
}

/** Of Python's client, on Linux; several processes that share their metrics have none. */
const startTime = "process_start_time_seconds";

/**
 * What counters have grown by between two scrapes of one process, or since it began. As for Prometheus, a process that
 * began anew counts from zero again: what it had counted since the first scrape is lost, which is said.
 *
 * @throws MetricsError for a counter that is none, and for scrapes of two processes or in the wrong order.
 */
export function growthOf(before: Scrape | undefined, after: Scrape, counters: readonly string[]): Growth {
  const own = (scrape: Scrape) => [...scrape.samples].filter(([, { name }]) => counters.includes(name));
  for (const scrape of before === undefined ? [after] : [before, after])
    for (const [, sample] of own(scrape)) checkCount(sample, scrape.from);
  const again = before !== undefined && beganAnew(before, after, own(before));
  const rows = own(after).map(([key, sample]) => ({
    ...sample,
    value: sample.value - ((again ? undefined : before?.samples.get(key)?.value) ?? 0),
  }));
  return {
    rows,
    names: after.names,
    notes: [
      ...(before === undefined ? ["One scrape: all that the process has counted since it began."] : []),
      ...(again
        ? [
            "The gateway's process began anew between the scrapes: what it had counted since the first one is not in the sums.",
          ]
        : []),
    ],
    inconclusive: [],
  };
}

function beganAnew(before: Scrape, after: Scrape, counted: readonly [string, Sample][]): boolean {
  const fell = counted.find(([key, { value }]) => (after.samples.get(key)?.value ?? -1) < value);
  const [one, other] = [before, after].map((scrape) => startOf(scrape));
  if (one === undefined || other === undefined) return fell !== undefined;
  if (other < one)
    throw new MetricsError(
      `The process of ${after.from} began before that of ${before.from}: give them in order, both of the same pod.`,
    );
  if (other === one && fell !== undefined)
    throw new MetricsError(
      `${fell[1].name} is lower in ${after.from} than in ${before.from}, and the process is the same: give them in order.`,
    );
  return other > one;
}

/** When the process began, in seconds since 1970. */
export const startOf = ({ samples }: Scrape): number | undefined =>
  samples.get(keyOf({ name: startTime, labels: new Map() }))?.value;

/** NaN, infinities and what is below zero are no counts. */
export function checkCount({ name, value }: Sample, from: string): void {
  if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER))
    throw new MetricsError(`${from} has ${value} for ${name}, which counts: it has to be a number from 0.`);
}
