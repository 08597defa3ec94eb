import { projectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { formatProblem } from "../config/problem";
import { effectiveValues, valuesText } from "../review/values";
import { exit, UsageError } from "./exit";
import type { Output } from "./output";
import { findProject } from "./project";

export interface ShowOptions {
  cwd: string;
  stack: string;
  json: boolean;
}

/** `lockstep show`: the effective values of a stack, each with where it comes from. */
export function show(path: string | undefined, options: ShowOptions, { out, err, style }: Output): number {
  const { own, project, problems } = loadPair(projectFiles(findProject(options.cwd)), options.stack);
  if (!own.stack) {
    err(
      `${[...new Set([...project.problems, ...own.problems, ...problems])].map(formatProblem).join("\n\n")}\n`,
    );
    return exit.usage;
  }
  const values = effectiveValues(own.stack, path);
  if (values.length === 0) {
    throw new UsageError(
      `The stack ${options.stack} has no value at "${path}". Leave the path out to see all of them.`,
    );
  }
  out(
    options.json
      ? `${JSON.stringify({ stack: own.stack.name, behaviourHash: own.stack.behaviourHash, values }, null, 2)}\n`
      : `${valuesText(values, style)}\n`,
  );
  return exit.clean;
}
