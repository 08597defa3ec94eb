import type { Problem } from "../../config/problem";
import type { Finding } from "../finding";
import type { RuleBase } from "../rule";

/**
 * The only rule that does not take the pair: it reports what keeps the pair from being read. While it
 * reports anything, the other stack rules have nothing to judge.
 */
export const configValid = {
  name: "config-valid",
  description: "Both stacks of the pair can be read, without doubt and as the engine reads them.",
  protects: "From judging another configuration than the one that is deployed.",
  severity: "critical",
  exceptions: false,
} as const satisfies RuleBase;

/** Problems of the files as findings. */
export function problemFindings(problems: readonly Problem[]): Finding[] {
  return problems.map(({ file, line, column, path, found, allowed, remedy, undecided }) => ({
    rule: configValid.name,
    status: undecided ? "cannot-decide" : "violation",
    object: path === "" ? file : `${path} in ${file}`,
    path: path === "" ? file : path,
    found,
    allowed,
    remedy,
    at: { file, line, column },
  }));
}
