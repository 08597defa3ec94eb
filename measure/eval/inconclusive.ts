import { counted } from "../../config/numbers";
import type { Config } from "../../config/schema";
import type { Judged } from "./judge";
import { costOf } from "./prices";
import { shown } from "./problem";
import { byCase } from "./target";
import type { TargetName } from "./targets";

/** Below this an interval says little, whatever a configuration asks for. */
const fewestCases = 20;

/** Why the runs of a target decide nothing, one sentence a reason. */
export function whyInconclusive(
  target: TargetName,
  runs: readonly Judged[],
  config: Pick<Config, "models">,
): string[] {
  const on = `${target.route} on ${target.model}`;
  const cases = byCase(runs);
  const answered = runs.filter(({ failed }) => !failed);
  const once = cases.filter((one) => one.length === 1).length;
  const cached = runs.filter((run) => run.cached).length;
  const strayed = runs.filter((run) => run.strayed);
  const by = [...new Set(strayed.map(({ answeredBy = "" }) => answeredBy))];
  const silent = answered.filter(({ latencySeconds }) => latencySeconds === undefined).length;
  const unpriced = answered.filter((run) => costOf(run, config, run.model) === undefined).length;
  const unchecked = answered.filter(({ valid }) => valid === undefined).length;
  const missing = (what: string, count: number) =>
    count === 0
      ? []
      : [
          `${on}: ${count} of ${counted(answered.length, "answer")} ${count === 1 ? "has" : "have"} no ${what}.`,
        ];
  return [
    ...(cases.length < fewestCases
      ? [`${on}: ${counted(cases.length, "case")}, fewer than ${fewestCases}.`]
      : []),
    ...(once > 0
      ? [`${on}: ${counted(once, "case")} asked once, and temperature zero is not deterministic.`]
      : []),
    ...(cached > 0
      ? [`${on}: ${counted(cached, "answer")} from the tool's cache, where no model was asked.`]
      : []),
    ...(strayed.length > 0
      ? [
          `${on}: ${counted(strayed.length, "answer")} by another deployment (${by.slice(0, 3).map(shown).join(", ")}), which says nothing of this one.`,
        ]
      : []),
    ...(answered.length === 0 ? [`${on}: no request was answered.`] : []),
    ...missing("latency", silent),
    ...missing("cost and no count of tokens", unpriced),
    ...missing("text to hold against the route's schema", unchecked),
  ];
}
