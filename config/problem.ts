import { visible } from "./visible";
import type { Position } from "./yaml";

/** One thing that is wrong with a file, or that keeps it from being judged. */
export interface Problem extends Position {
  /** Path into the configuration (`limits.monthlyUsd`) or the file (`config`). */
  path: string;
  found: string;
  allowed: string;
  remedy: string;
  /** True where the file may be right but cannot be read here: an encrypted value, an imported environment. */
  undecided?: boolean;
}

export function formatProblem(problem: Problem): string {
  return [
    `${problem.file}:${problem.line}:${problem.column} ${problem.path}`,
    `  found   ${problem.found}`,
    `  allowed ${problem.allowed}`,
    `  remedy  ${problem.remedy}`,
  ]
    .map(visible)
    .join("\n");
}
