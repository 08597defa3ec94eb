import { projectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import type { Stack } from "../config/stack";
import { chosenPair, pairOr } from "../lifecycle/releaseFiles";
import { UsageError } from "./exit";
import { orUsage } from "./orUsage";

export type Stacks = Readonly<Record<"staging" | "production", Stack>>;

/**
 * Staging as it is, and production as it will be once it carries what staging carries: evidence is for that.
 *
 * @param because what cannot be done where a stack cannot be read
 */
export function pairAhead(root: string, stack: string | undefined, because: string): Stacks {
  return orUsage(() => {
    const files = projectFiles(root);
    const name = chosenPair(files, stack);
    const { staging, production } = pairOr(loadPair(files, name), because);
    const ahead = production.carrying(staging.carried);
    if (ahead === undefined)
      throw new UsageError("Production could not carry what staging carries: lockstep preview says why.");
    return { staging, production: { ...production, ...ahead } };
  });
}
