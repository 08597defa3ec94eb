import Table from "cli-table3";
import { counted } from "../../config/numbers";
import { visible } from "../../config/visible";
import type { Paint } from "../terminal";
import { type AuditReport, groupsOf, reasons, stateOf, verdictNotes, verdictText } from "./audit";

/** The audit for a terminal: verdict, differences by area, what was not looked at, what ends soon. */
export function auditText(report: AuditReport, style: Paint): string {
  const { results, written } = report;
  const state = stateOf(report);
  const [sign, colour] = (
    { passes: ["✓", "green"], drifted: ["✗", "red"], undecided: ["?", "yellow"] } as const
  )[state];
  const titled = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", style("bold", title), ...lines.map((line) => `  ${visible(line)}`)];
  return [
    `${style([colour, "bold"], `${sign} ${visible(verdictText(report))}.`)}`,
    style("dim", `${verdictNotes(report).join(". ")}.`),
    ...groupsOf(results.differences).flatMap((group) => {
      const table = new Table({
        head: ["what", "difference", ...group.sides, "since"],
        style: { head: [], border: [], compact: true },
        colWidths: [30, 40, 22, 22, 12],
        wordWrap: true,
        wrapOnWordBoundary: false,
      });
      for (const { name, difference, declared, deployed, since } of group.differences)
        table.push([name, difference, declared, deployed, since].map((text) => visible(text ?? "")));
      const head = `${style("bold", group.area)}  ${style("dim", counted(group.differences.length, "difference"))}`;
      return ["", head, table.toString()];
    }),
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
