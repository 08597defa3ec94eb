import type { Config } from "../config/schema";
import { at } from "./props";
import { quantityOf } from "./quantity";

type Cluster = Config["limits"]["cluster"];

/** By what a quota bounds: the declared amount, and the steps in which a quota is written, rounded down. */
const bounds: readonly { keys: readonly string[]; step: number; steps(cluster: Cluster): number }[] = [
  {
    keys: ["requests.cpu", "limits.cpu", "cpu"],
    step: 1 / 1000,
    steps: ({ cpuCores }) => cpuCores * 1000,
  },
  {
    keys: ["requests.memory", "limits.memory", "memory"],
    step: 1024 ** 2,
    steps: ({ memoryGib }) => memoryGib * 1024,
  },
  { keys: ["pods", "count/pods"], step: 1, steps: ({ pods }) => pods },
];

/** A quantity of a quota that is not the declared one. */
export interface ClusterDifference {
  key: string;
  value: unknown;
  declared: string;
}

/** Where the `hard` of a quota differs from what is declared; what it does not bound is no difference. */
export function clusterDifferences(hard: unknown, cluster: Cluster): ClusterDifference[] {
  return bounds.flatMap(({ keys, step, steps }) => {
    // Takes binary noise off a product: 0.29 * 100 is 28.999999999999996.
    const whole = Math.floor(Number(steps(cluster).toPrecision(12)));
    return keys.flatMap((key): ClusterDifference[] => {
      const value = at(hard, key);
      const quantity = quantityOf(value);
      const same = quantity !== undefined && Math.abs(quantity / step - whole) < 0.001;
      if (value === undefined || same) return [];
      return [{ key, value, declared: key.endsWith("memory") ? `${whole}Mi` : String(whole * step) }];
    });
  });
}
