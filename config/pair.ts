import { environmentText, type ProjectDocument, problem, readProject } from "./documents";
import type { ProjectFiles } from "./files";
import type { Problem } from "./problem";
import { type Release, readReleases } from "./release";
import { loadStack, type Stack, type StackResult } from "./stack";

/** The two stacks of a pair, both read whole, and the releases of their project by id, open and closed. */
export interface Pair {
  staging: Stack;
  production: Stack;
  releases: ReadonlyMap<string, Release>;
}

export interface PairResult {
  project: ProjectDocument;
  /** The stack that was asked for. */
  own: StackResult;
  /** Its counterpart; undefined where the stack does not say which it is. */
  counterpart: StackResult | undefined;
  /** Undefined when there are problems. */
  pair: Pair | undefined;
  /** All problems of Pulumi.yaml, of the releases and of both stacks, each once. */
  problems: Problem[];
}

/** Loads a stack and the counterpart that it names. */
export function loadPair(files: ProjectFiles, stackName: string): PairResult {
  const project = readProject(files);
  const releases = readReleases(files);
  const own = loadStack(files, project, releases, stackName);
  const named = counterpartOf(own);
  const counterpart =
    named === undefined || named === stackName ? undefined : loadStack(files, project, releases, named);
  const problems = dedupe([
    ...project.problems,
    ...releases.problems,
    ...own.problems,
    ...(counterpart?.problems ?? []),
  ]);
  if (own.stack && !counterpart) {
    const at = own.stack.position(["environment", "counterpart"]);
    problems.push(
      problem(
        at,
        "environment.counterpart",
        "the stack itself",
        "the other stack of the pair",
        "Name the other stack.",
      ),
    );
  }
  if (problems.length > 0 || !own.stack || !counterpart?.stack) {
    return { project, own, counterpart, pair: undefined, problems };
  }
  problems.push(...checkPair(own.stack, counterpart.stack));
  const staging = own.stack.config.environment.tier === "staging" ? own.stack : counterpart.stack;
  const production = staging === own.stack ? counterpart.stack : own.stack;
  return {
    project,
    own,
    counterpart,
    pair: problems.length === 0 ? { staging, production, releases: releases.byId } : undefined,
    problems,
  };
}

/** The counterpart that a stack names, also where the rest of its configuration has problems. */
function counterpartOf({ raw }: StackResult): string | undefined {
  const name = environmentText(raw.get("environment"), "counterpart");
  return name !== undefined && /^[\w.-]+$/.test(name) ? name : undefined;
}

function checkPair(own: Stack, other: Stack): Problem[] {
  const problems: Problem[] = [];
  const back = other.config.environment.counterpart;
  if (back !== own.name) {
    problems.push(
      problem(
        other.position(["environment", "counterpart"]),
        "environment.counterpart",
        `"${back}"`,
        `"${own.name}", which names ${other.name} as its counterpart`,
        "Let both stacks of the pair name each other.",
      ),
    );
  }
  const tier = own.config.environment.tier;
  if (other.config.environment.tier === tier) {
    problems.push(
      problem(
        other.position(["environment", "tier"]),
        "environment.tier",
        `"${tier}" in both stacks of the pair`,
        "staging in one and production in the other",
        "Correct the tier of one of the two stacks.",
      ),
    );
  }
  return problems;
}

function dedupe(problems: Problem[]): Problem[] {
  const seen = new Map(
    problems.map((one) => [`${one.file}:${one.line}:${one.column}:${one.path}:${one.found}`, one] as const),
  );
  return [...seen.values()];
}
