import { counted } from "../../config/numbers";
import type { Config } from "../../config/schema";
import type { FaultName } from "../../lifecycle/kinds/routing";
import { type Injection, injections, planOf } from "./faults";
import { pathText, placeOf } from "./path";
import { firstOrder } from "./run";
import type { Difference, Trace } from "./trace";

/**
 * Where an environment does not do what the configuration says in plain words: as many retries as declared, a
 * cool-down or breaker that opens, and that is over afterwards. Two gateways can be alike and both be wrong.
 */
export function undeclared(config: Config, environment: string, traces: readonly Trace[]): Difference[] {
  return injections.flatMap((injection) =>
    Object.entries(config.routes).flatMap(([name, route]): Difference[] => {
      const own = traces.filter((trace) => trace.fault === injection.fault && trace.route === name);
      const first = `${name}.${firstOrder(route)}`;
      const found = (difference: string): Difference => ({ fault: injection.fault, route: name, difference });
      const toFirst = (trace: Trace) => trace.calls.filter(({ target }) => placeOf(target) === first).length;
      const told = (trace: Trace) => `${environment}: ${trace.client} after ${pathText(name, trace.calls)}`;
      const [alone] = own.filter(({ phase }) => phase === "alone");
      const [recovered] = own.filter(({ phase }) => phase === "recovered");
      const last = own.filter(({ phase }) => phase === "after").at(-1);
      const retries = injection.errorClass === undefined ? undefined : route.retries[injection.errorClass];
      return [
        ...(alone !== undefined && retries !== undefined && toFirst(alone) !== retries + 1
          ? [found(`${told(alone)}; declared: ${counted(retries, "retry", "retries")} of the first target`)]
          : []),
        ...(last !== undefined && planOf(route, injection).opens && toFirst(last) > 0
          ? [found(`${told(last)}; by then the first target should be left alone`)]
          : []),
        ...(recovered !== undefined && (toFirst(recovered) !== 1 || !recovered.client.startsWith("200"))
          ? [found(`${told(recovered)}; by then the first target should be called again`)]
          : []),
      ];
    }),
  );
}

/** The faults that not even the most requests at once would open a cool-down for, by route. */
export const unopened = (
  { routes }: Config,
  chosen: readonly Injection[],
): { fault: FaultName; route: string }[] =>
  chosen
    .filter(({ errorClass, few }) => errorClass !== undefined && !few)
    .flatMap((injection) =>
      Object.entries(routes)
        .filter(([, route]) => !planOf(route, injection).opens)
        .map(([route]) => ({ fault: injection.fault, route })),
    );
