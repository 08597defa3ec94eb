import { short } from "../../config/hash";
import { counted } from "../../config/numbers";
import { longestComment } from "../markdown";
import { cell, code } from "../markdownText";
import {
  type AuditReport,
  type DifferenceGroup,
  groupsOf,
  reasons,
  stateOf,
  verdictNotes,
  verdictText,
} from "./audit";

const signs = { passes: "✅", drifted: "❌", undecided: "⚠️" } as const;

/**
 * The audit as Markdown, for an issue: the verdict and the differences first. Texts from files and clusters stand in
 * code spans. However many differences there are, it has at most 60,000 characters; what does not fit is counted.
 */
export function auditMarkdown(report: AuditReport): string {
  const { results } = report;
  const head = [
    `### ${signs[stateOf(report)]} Lockstep audit: ${verdictText(report)}`,
    "",
    `${verdictNotes(report).join(". ")}. Declared behaviour: ${code(short(report.behaviourHash))}.`,
    "",
  ];
  const tail = [
    ...list(
      "Not audited",
      reasons(report).map(({ areas, reason }) => `${areas.join(", ")}: ${code(reason)}`),
    ),
    ...list(
      "Ends soon",
      (results.expiring ?? []).map(({ ends, name }) => `${ends}: ${code(name)}`),
    ),
    ...list(
      `Gone since the audit of ${results.last ?? ""}`,
      (results.gone ?? []).map(({ area, name, difference }) => `${area}: ${code(`${name}: ${difference}`)}`),
    ),
    ...list(
      "Left aside",
      (results.areas ?? []).flatMap(({ area, leftAside }) =>
        leftAside.map((text) => `${area}: ${code(text)}`),
      ),
    ),
  ];
  const room = longestComment - [...head, ...tail].join("\n").length - 200;
  return `${[...head, ...differences(groupsOf(results.differences), room), ...tail].join("\n")}\n`;
}

function differences(groups: readonly DifferenceGroup[], room: number): string[] {
  const lines: string[] = [];
  let [left, length] = [0, 0];
  for (const { area, sides, differences: all } of groups) {
    const head = [
      `**${area}**: ${counted(all.length, "difference")}`,
      "",
      `| what | difference | ${sides.join(" | ")} | since |`,
      "|---|---|---|---|---|",
    ];
    const rows = all.map(
      ({ name, difference, declared = "", deployed = "", since = "" }) =>
        `| ${[name, difference, declared, deployed].map(cell).join(" | ")} | ${since} |`,
    );
    const fitting = [...head, ...rows].filter((line) => {
      length += line.length + 1;
      return length <= room;
    });
    left += Math.max(0, rows.length - Math.max(0, fitting.length - head.length));
    if (fitting.length > head.length) lines.push(...fitting, "");
  }
  return left === 0
    ? lines
    : [...lines, `${counted(left, "difference")} more: the report has all of them.`, ""];
}

const longestList = 50;

function list(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const rest = items.length - longestList;
  return [
    `**${title}**`,
    "",
    ...items.slice(0, longestList).map((item) => `- ${item}`),
    ...(rest > 0 ? [`- … and ${rest} more`] : []),
    "",
  ];
}
