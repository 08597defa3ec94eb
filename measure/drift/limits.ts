import { readable } from "../../config/numbers";
import { formatPath } from "../../config/relation";
import type { Config } from "../../config/schema";
import { valueAt } from "../../config/value";
import { type AreaFound, areaFound, differ, shown } from "./difference";
import { at, type KubernetesObject } from "./objects";
import { limitsIn, type Observed, quotaIn } from "./observed";
import { resourceNamed, type State } from "./state";

/** Limits of budgets, quotas and rates in the state, each against the declared one. */
export function limitDrift(config: Config, state: State): AreaFound {
  const found = held(config, limitsIn(config, state), "in the state");
  return {
    ...found,
    compared: found.compared + 1,
    differences: [...found.differences, ...notificationDrift(config, state)],
  };
}

/** The quota of the gateway's namespace as the cluster has it. */
export function quotaDrift(config: Config, objects: readonly KubernetesObject[]): AreaFound {
  const { namespace } = config.environment;
  const quota = objects.find(
    (one) => one.kind === "ResourceQuota" && one.namespace === namespace && one.name === "lockstep",
  );
  return held(config, quotaIn(quota?.manifest, ["limits", "cluster"]), "in the cluster");
}

function held(config: Config, observed: readonly Observed[], where: string): AreaFound {
  const differences = observed.flatMap(({ path, value }) => {
    const declared = valueAt(config, path);
    if (sameAmount(declared, value)) return [];
    return [
      differ("limits", {
        name: formatPath(path),
        difference: `the limit ${value === undefined ? "is missing" : "differs"} ${where}`,
        declared: shown("limit", declared),
        deployed: shown("limit", value),
      }),
    ];
  });
  return areaFound("limits", { compared: observed.length, differences });
}

/** Quantities are rounded down as they are written. */
const sameAmount = (declared: unknown, found: unknown): boolean =>
  typeof declared === "number" && typeof found === "number" && Math.abs(declared - found) < 0.001;

/** The shares at which AWS notifies: those of the resource, not those that the component says. */
function notificationDrift({ environment: { name }, limits }: Config, state: State) {
  const budget = resourceNamed(state, "aws:budgets/budget:Budget", `${name}-budgets-monthly`);
  if (budget === undefined) return [];
  const found = at(budget.inputs, "notifications");
  const thresholds = (Array.isArray(found) ? found : []).map((one) => at(one, "threshold"));
  const [declared, deployed] = [Object.values(limits.alertAtPercent), thresholds].map((all) => {
    const numbers = new Set(all.filter((one): one is number => typeof one === "number"));
    return numbers.size === 0
      ? "none"
      : `${[...numbers]
          .sort((a, b) => a - b)
          .map(readable)
          .join(", ")} %`;
  });
  if (declared === deployed) return [];
  const difference = "notifications are sent at other shares of the budget in the state";
  return [differ("limits", { name: budget.name, difference, declared, deployed })];
}
