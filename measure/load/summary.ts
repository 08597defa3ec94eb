import { Latencies } from "../latencies";
import { arrivalsOf } from "../statistics";
import { arrivalFaults, gapsOf } from "./arrivals";
import type { LoadRecord } from "./record";

/** How one process's requests arrived. */
export interface Arrivals {
  coefficientOfVariation: number;
  lag1Autocorrelation: number;
  /** Why they are no Poisson process; empty where they are. */
  faults: string[];
}

/** All requests at one multiple of the peak, of one pod or of several. */
export interface StepSummary {
  multiple: number;
  requests: number;
  requestsPerSecond: number;
  errors: number;
  fallbacks: number;
  /** Of whole answers, from the time at which the request was due. */
  firstToken: Latencies;
  total: Latencies;
  /** Those of them whose prompt the provider had in its cache, and the others. */
  hit: Latencies;
  miss: Latencies;
  /** How late requests were sent: the generator's own share. */
  late: Latencies;
  arrivals: Arrivals[];
}

/** One summary for each multiple, from the lowest. */
export function summaries(records: readonly LoadRecord[]): StepSummary[] {
  const multiples = [...new Set(records.map(({ multiple }) => multiple))].filter((multiple) => multiple > 0);
  return multiples
    .sort((a, b) => a - b)
    .map((multiple) =>
      summary(
        multiple,
        records.filter((record) => record.multiple === multiple),
      ),
    );
}

function summary(multiple: number, records: readonly LoadRecord[]): StepSummary {
  const made: StepSummary = {
    multiple,
    requests: records.length,
    requestsPerSecond: 0,
    errors: records.filter(({ whole }) => !whole).length,
    fallbacks: records.filter(({ fallbacks }) => fallbacks > 0).length,
    firstToken: Latencies.empty(),
    total: Latencies.empty(),
    hit: Latencies.empty(),
    miss: Latencies.empty(),
    late: Latencies.empty(),
    arrivals: [],
  };
  for (const { whole, firstTokenMs, totalMs, hit, lateMs } of records) {
    made.late.add(lateMs / 1000);
    if (!whole) continue;
    made.firstToken.add(firstTokenMs / 1000);
    made.total.add(totalMs / 1000);
    (hit ? made.hit : made.miss).add(firstTokenMs / 1000);
  }
  const sent = stretches(records);
  const gaps = sent.flatMap(gapsOf);
  const seconds = gaps.reduce((sum, gap) => sum + gap, 0) / 1000;
  made.requestsPerSecond = seconds === 0 ? 0 : gaps.length / seconds;
  const longest = sent.reduce((one, other) => (other.length > one.length ? other : one), []);
  made.arrivals.push({ ...arrivalsOf(gaps), faults: arrivalFaults(longest) });
  return made;
}

/** The times of sending in each stretch, in order: what was stopped and went on had no arrivals in between. */
function stretches(records: readonly LoadRecord[]): number[][] {
  const byStretch = new Map<number, number[]>();
  for (const { stretch, dueMs, lateMs } of records) {
    const times = byStretch.get(stretch) ?? [];
    times.push(dueMs + lateMs);
    byStretch.set(stretch, times);
  }
  return Array.from(byStretch.values(), (times) => times.sort((a, b) => a - b));
}

/** What n pods sent at once: rates add up, histograms merge exactly. The first part takes all of it up. */
export function merged([first, ...others]: readonly StepSummary[]): StepSummary {
  if (first === undefined) throw new Error("Nothing to merge.");
  for (const part of others) {
    for (const name of ["firstToken", "total", "hit", "miss", "late"] as const) first[name].merge(part[name]);
    for (const name of ["requests", "requestsPerSecond", "errors", "fallbacks"] as const)
      first[name] += part[name];
    first.arrivals.push(...part.arrivals);
  }
  return first;
}
