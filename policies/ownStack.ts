import type { Stack } from "../config/stack";
import type { ResourceContext } from "./rule";

/** The stack that is being updated and its counterpart; undefined where there is no Lockstep configuration. */
export function ownStack({ pair, stack }: ResourceContext): { own: Stack; counterpart: Stack } | undefined {
  if (pair === undefined) return undefined;
  if (pair.staging.name === stack) return { own: pair.staging, counterpart: pair.production };
  return pair.production.name === stack ? { own: pair.production, counterpart: pair.staging } : undefined;
}
