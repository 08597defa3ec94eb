import Table from "cli-table3";
import { counted } from "../config/numbers";
import { visible } from "../config/visible";
import type { Criterion } from "../lifecycle/kind";
import { type EvalResults, untouchedLines } from "../lifecycle/kinds/eval";
import type { Paint } from "../review/terminal";

export interface ToldEval {
  passed: boolean;
  criteria: readonly Criterion[];
  inconclusive: readonly string[];
  results: EvalResults;
  notes: readonly string[];
  written: readonly string[];
}

/** Every criterion of every target, why the data do not decide, what no case touches, and the verdict. */
export function evalText(
  { passed, criteria, inconclusive, results, notes, written }: ToldEval,
  style: Paint,
): string {
  const table = new Table({
    head: ["target", "criterion", "measured", "asked for", ""],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, subject = "", measured, required, outcome } of criteria)
    table.push([subject, name, measured, required, style(colours[outcome], outcome)]);
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", style("bold", title), ...lines.map((line) => `  ${visible(line)}`)];
  const bad = criteria.filter(({ outcome }) => outcome !== "passes").length;
  return [
    table.toString(),
    ...section("Why the data do not decide", inconclusive),
    ...section("No case touches", results.untouched === undefined ? [] : untouchedLines(results.untouched)),
    ...section("How it was computed", [results.method, ...notes]),
    ...section("Added evidence", written),
    "",
    passed
      ? style("green", `All ${counted(criteria.length, "criterion", "criteria")} are met.`)
      : style(
          "red",
          `Not passed: ${counted(bad, "criterion", "criteria")} of ${criteria.length} not met, ${counted(inconclusive.length, "reason")} why the data do not decide.`,
        ),
    "",
  ].join("\n");
}

const colours = { passes: "green", fails: "red", inconclusive: "yellow" } as const;
