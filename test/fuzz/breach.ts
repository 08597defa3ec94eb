import { compare } from "../../config/compare";
import { credentialIn } from "../../config/credentialPattern";
import { effective } from "../../config/effective";
import { engineConfig } from "../../config/engine";
import type { ProjectFiles } from "../../config/files";
import type { PairResult } from "../../config/pair";
import { formatProblem } from "../../config/problem";
import { evidenceStore } from "../../lifecycle/evidence";
import type { Finding } from "../../policies/finding";
import { judgeAll } from "../../policies/judge";
import { projectRuleset } from "../../policies/ruleset";

/** An invariant that an input broke. */
export class Breach extends Error {
  override readonly name = "Breach";
}

export function must(holds: boolean, breach: string): void {
  if (!holds) throw new Breach(breach);
}

/** What a person or a log gets to see: one that can be shown, without a key or token in it. */
export function mustBeShowable(text: string): void {
  must(credentialIn(text) === undefined, "a message shows a credential");
  must(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text), "a message has control characters");
}

/** What reading a project promises, whatever its files say. */
export function mustBeSound(files: ProjectFiles, result: PairResult): void {
  const { pair, problems, project, own } = result;
  must((pair === undefined) === problems.length > 0, "neither a pair nor a problem, or both");
  for (const problem of problems) {
    must(problem.line >= 1 && problem.column >= 1, "a problem stands nowhere");
    must(
      [problem.found, problem.allowed, problem.remedy].every((part) => part.length > 0),
      "a problem says too little",
    );
    mustBeShowable(formatProblem(problem).replaceAll("\n", " "));
  }
  must(
    (Object.prototype as { polluted?: unknown }).polluted === undefined,
    "an object's prototype was changed",
  );
  if (pair === undefined) return;
  must(project.problems.length === 0, "a pair in spite of Pulumi.yaml's problems");
  // What the program would make of what the engine hands it is what was judged.
  const mine = pair.staging.name === own.name ? pair.staging : pair.production;
  const program = effective(engineConfig(own).values, files);
  must(program.behaviourHash === mine.behaviourHash, "the program reads another behaviour than the review");
  const differs = compare(pair.staging, pair.production).some(
    ({ field, equal }) => field.relation === "mirrored" && !equal,
  );
  must(
    differs === (pair.staging.behaviourHash !== pair.production.behaviourHash),
    "the comparison and the hashes disagree",
  );
}

const now = new Date("2026-11-22T00:00:00Z");

/** All rules over a pair that could be read: each says something or nothing, and none breaks. */
export function judged(files: ProjectFiles, { pair }: PairResult): Finding[] {
  if (pair === undefined) return [];
  const ruleset = projectRuleset(files);
  const findings = judgeAll({ pair, evidence: evidenceStore(files), tier: "production" }, now, ruleset);
  for (const finding of findings)
    mustBeShowable([finding.object, finding.found, finding.allowed, finding.remedy].map(String).join(" "));
  return findings;
}
