import type { Config } from "../../config/schema";
import type { Bounds } from "../budget";
import type { LoadRecord } from "./record";
import type { LoadPlan, LoadStep } from "./run";

/** Requests at every multiple but the one that is asked for: enough for a 99th percentile. */
const otherRequests = 1_000;

/** Stepping up from twice the peak to five times, unless other multiples are named; the one that is asked for always. */
export function stepsOf({ acceptance }: Pick<Config, "acceptance">, multiples = [2, 3, 4, 5]): LoadStep[] {
  const { minPeakMultiple, minRequests } = acceptance.load;
  return [...new Set([...multiples, minPeakMultiple])]
    .sort((a, b) => a - b)
    .map((multiple) => ({ multiple, requests: multiple === minPeakMultiple ? minRequests : otherRequests }));
}

/** One pod's share of a plan: a Poisson process of its own, at its part of the rate. */
export const shareOf = (
  peakPerSecond: number,
  steps: readonly LoadStep[],
  { pod, pods, seed }: { pod: number; pods: number; seed: string },
): LoadPlan => ({
  peakPerSecond: peakPerSecond / pods,
  steps: steps.map(({ multiple, requests }) => ({ multiple, requests: Math.ceil(requests / pods) })),
  seed: `${seed}/${pod}/${pods}`,
});

const stepSeconds = ({ peakPerSecond }: LoadPlan, { multiple, requests }: LoadStep): number =>
  requests / (peakPerSecond * multiple);

/** What a plan sends and how long that takes, answers aside. */
export const plannedBy = (plan: LoadPlan): Omit<Bounds, "usd"> => ({
  requests: plan.steps.reduce((sum, { requests }) => sum + requests, 0),
  seconds: plan.steps.reduce((sum, step) => sum + stepSeconds(plan, step), 0),
});

/** What earlier stretches used; pauses between them cost nothing. */
export function usedBy(records: readonly LoadRecord[]): Bounds {
  const last = new Map<string, number>();
  for (const { stretch, multiple, dueMs, totalMs } of records) {
    const key = `${stretch}/${multiple}`;
    last.set(key, Math.max(last.get(key) ?? 0, dueMs + totalMs));
  }
  return {
    requests: records.length,
    seconds: [...last.values()].reduce((sum, ms) => sum + ms / 1000, 0),
    usd: records.reduce((sum, { usd }) => sum + usd, 0),
  };
}

/** Seconds that are left once so many requests of a step have been sent. */
export function secondsLeft(plan: LoadPlan, step: LoadStep, sent: number): number {
  const later = plan.steps.filter(({ multiple }) => multiple > step.multiple);
  const own = { multiple: step.multiple, requests: step.requests - sent };
  return [own, ...later].reduce((sum, one) => sum + stepSeconds(plan, one), 0);
}
