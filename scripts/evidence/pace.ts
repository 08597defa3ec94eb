import type { Config } from "../../config/schema";
import { concurrencyPerReplica } from "../../gateway/deployments";
import { wait } from "../../measure/standIn/reply";

/**
 * Runs jobs one after the other in a few lanes, each no sooner than `gapMs` after the one that was started before it.
 * The order of the results is that of the jobs.
 */
export async function paced<T>(
  jobs: readonly (() => Promise<T>)[],
  { lanes, gapMs }: { lanes: number; gapMs: number },
): Promise<T[]> {
  const results: T[] = [];
  const begin = performance.now();
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < jobs.length; index = next++) {
      await wait(begin + index * gapMs - performance.now());
      const job = jobs[index];
      if (job !== undefined) results[index] = await job();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** Stays below the environment's limits, which are in force: a tenth below requests per minute of each target. */
export const withinLimits = (config: Config, targets: number) => ({
  lanes: Math.max(1, Math.floor(concurrencyPerReplica(config) / targets)),
  gapMs: 60_000 / (0.9 * config.limits.requestsPerMinute),
});
