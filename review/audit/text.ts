import { counted } from "../../config/numbers";
import { visible } from "../../config/visible";
import type { DriftDifference } from "../../lifecycle/kinds/drift";
import type { Paint } from "../terminal";
import {
  type AuditReport,
  type DifferenceGroup,
  groupsOf,
  reasons,
  stateOf,
  verdictNotes,
  verdictText,
} from "./audit";

const signs = {
  passes: ["✓", "green"],
  drifted: ["✗", "red"],
  undecided: ["?", "yellow"],
} as const;

/** The audit for a terminal: verdict, differences by area, what was not looked at, what ends soon. */
export function auditText(report: AuditReport, style: Paint): string {
  const { results, written } = report;
  const [sign, colour] = signs[stateOf(report)];
  const titled = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", style("bold", title), ...lines.map((line) => `  ${visible(line)}`)];
  return [
    style([colour, "bold"], `${sign} ${visible(verdictText(report))}.`),
    style("dim", `${verdictNotes(report).join(". ")}.`),
    ...groupsOf(results.differences).flatMap((group) => [
      "",
      `${style(["red", "bold"], visible(group.area))}  ${style("dim", counted(group.differences.length, "difference"))}`,
      ...group.differences.map((one) => differenceText(one, group, style)),
    ]),
    ...titled(
      "Not audited",
      reasons(report).map(({ areas, reason }) => `${areas.join(", ")}: ${reason}`),
    ),
    ...titled(
      "Ends soon",
      (results.expiring ?? []).map(({ ends, name }) => `${ends}  ${name}`),
    ),
    ...titled(
      `Gone since the audit of ${results.last ?? ""}`,
      (results.gone ?? []).map(({ area, name, difference }) => `${area}: ${name}: ${difference}`),
    ),
    ...titled(
      "Left aside",
      (results.areas ?? []).flatMap(({ area, leftAside }) => leftAside.map((text) => `${area}: ${text}`)),
    ),
    ...titled("Added evidence", written),
    "",
  ].join("\n");
}

function differenceText(
  { name, difference, declared, deployed, since = "" }: DriftDifference,
  { sides: [first, second] }: DifferenceGroup,
  style: Paint,
): string {
  const row = (label: string, text: string | undefined) =>
    text === undefined ? [] : [`    ${style("dim", label.padEnd(10))}  ${visible(text)}`];
  return [
    `  ${style("bold", visible(name))}: ${visible(difference)}  ${style("dim", `since ${since}`)}`,
    ...row(first, declared),
    ...row(second, deployed),
  ].join("\n");
}
