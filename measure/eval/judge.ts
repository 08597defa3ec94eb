import type { Behaviour } from "../../config/stack";
import { validatorOf } from "../schema";
import { ResultsError, shown } from "./problem";
import { type Asked, declaredTargets, deployed, targetKey } from "./targets";

/** A run with all that is known of it. */
export type Judged = Asked & {
  /** Whether the answer satisfies every schema that it has to; undefined where the file does not have it. */
  valid: boolean | undefined;
  /** Another deployment answered than the one that was asked. */
  strayed: boolean;
};

/** Holds answers against the schemas, and who answered against who was asked. */
export function judge(runs: readonly Asked[], behaviour: Pick<Behaviour, "config" | "contents">): Judged[] {
  const { routes } = behaviour.config;
  const declared = declaredTargets(behaviour.config);
  const validators = new Map(Object.keys(routes).map((route) => [route, validatorOf(behaviour, route)]));
  const routesOf = new Map<string, Set<string>>();
  for (const { caseId, route } of runs)
    routesOf.set(caseId, (routesOf.get(caseId) ?? new Set<string>()).add(route));
  checkRepeats(runs);
  return runs.map((run) => {
    // The case of a route that was also asked of its fallback: there its answer has to do as well.
    const inPlaceOf = [...(routesOf.get(run.caseId) ?? [])].filter((other) =>
      routes[other]?.fallbacks.includes(run.route),
    );
    const checks = [run.route, ...inPlaceOf].flatMap((route) => validators.get(route) ?? []);
    const by = run.answeredBy === undefined ? undefined : deployed(declared, run.answeredBy);
    const strayed = run.answeredBy !== undefined && (by === undefined || targetKey(by) !== targetKey(run));
    const { text } = run;
    const valid =
      run.failed || strayed
        ? false
        : checks.length === 0
          ? true
          : text === undefined
            ? undefined
            : checks.every((check) => check(text));
    return strayed
      ? { ...run, score: 0, pass: false, failed: true, valid, strayed }
      : { ...run, valid, strayed };
  });
}

function checkRepeats(runs: readonly Asked[]): void {
  const seen = new Set<string>();
  for (const run of runs) {
    if (run.repeat === undefined) continue;
    const key = JSON.stringify([targetKey(run), run.caseId, run.repeat]);
    if (seen.has(key))
      throw new ResultsError(
        `${run.file}: ${run.at}: found repeat ${run.repeat} of the case ${shown(run.caseId)} a second time; allowed is every repeat once. Repeats have to be asked again, not counted twice.`,
      );
    seen.add(key);
  }
}
