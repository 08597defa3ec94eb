import { readProject } from "../config/documents";
import { projectFiles } from "../config/files";
import { loadPair, type Pair } from "../config/pair";
import { readReleases } from "../config/release";
import { loadStack, type Stack } from "../config/stack";
import { chosenPair, pairOr, ReleaseError, sentenceOf } from "../lifecycle/releaseFiles";
import { UsageError } from "./exit";
import { orUsage } from "./orUsage";

export type Stacks = Readonly<Record<"staging" | "production", Stack>>;

/**
 * Staging as it is, and production as it will be once it carries what staging carries: evidence is for that.
 *
 * @param because what cannot be done where a stack cannot be read
 */
export function pairAhead(root: string, stack: string | undefined, because: string): Stacks {
  const { staging, production } = pairOf(root, stack, because);
  const ahead = production.carrying(staging.carried);
  if (ahead === undefined)
    throw new UsageError("Production could not carry what staging carries: lockstep preview says why.");
  return { staging, production: { ...production, ...ahead } };
}

/** The pair of a stack, or the project's only one, as it is. `because` as for `pairAhead`. */
export const pairOf = (root: string, stack: string | undefined, because: string): Pair =>
  orUsage(() => {
    const files = projectFiles(root);
    return pairOr(loadPair(files, chosenPair(files, stack)), because);
  });

/**
 * A stack without its counterpart: a job has no more than its own environment's files.
 *
 * @param because as for `pairAhead`
 */
const loneStack = (root: string, name: string, because: string): Stack =>
  orUsage(() => {
    const files = projectFiles(root);
    const project = readProject(files);
    const releases = readReleases(files);
    const { stack, problems } = loadStack(files, project, releases, name);
    const [first] = [...project.problems, ...releases.problems, ...problems];
    if (stack === undefined || first !== undefined)
      throw new ReleaseError(
        `${because}: ${first === undefined ? `there is no ${name}.` : sentenceOf(first)}`,
      );
    return stack;
  });

/**
 * The stack that a command is about, staging's unless one is named, with its pair; in a job the one that LOCKSTEP_STACK
 * names, which has no pair.
 *
 * @param because as for `pairAhead`
 */
export function stackOrOwn(
  root: string,
  name: string | undefined,
  { LOCKSTEP_STACK: own = "" }: Readonly<Record<string, string | undefined>>,
  because: string,
): ReturnType<typeof measuredStack> & { pair?: Pair } {
  if (name === undefined && own !== "") {
    const stack = loneStack(root, own, because);
    return { environment: stack.config.environment.tier, stack };
  }
  const pair = pairOf(root, name, because);
  return { ...measuredStack(pair, name), pair };
}

/** The stack of a pair that is measured: staging's, unless production's is named. */
export function measuredStack(
  { staging, production }: Pair,
  name: string | undefined,
): { environment: "staging" | "production"; stack: Stack } {
  return name === production.name
    ? { environment: "production", stack: production }
    : { environment: "staging", stack: staging };
}
