import { counted } from "../../config/numbers";
import type { DriftDifference, DriftResults } from "../../lifecycle/kinds/drift";

/** What an audit found out about one stack; the form of `lockstep audit --format json` too. */
export interface AuditReport {
  version: 1;
  project: string;
  stack: string;
  environment: "staging" | "production";
  /** The behaviour that the files declare. */
  behaviourHash: string;
  ended: string;
  passed: boolean;
  /** How many values were compared. */
  compared: number;
  /** Why it is no evidence that passes, one sentence a reason. */
  inconclusive: string[];
  results: DriftResults;
  /** The files of the evidence; empty where no release was named. */
  written: string[];
}

export type AuditState = "passes" | "drifted" | "undecided";

export function stateOf({ passed, results }: AuditReport): AuditState {
  if (results.differences.length > 0) return "drifted";
  return passed ? "passes" : "undecided";
}

/** The verdict as a sentence without its full stop. */
export function verdictText(report: AuditReport): string {
  const { stack, results } = report;
  switch (stateOf(report)) {
    case "passes":
      return `${stack} is what is declared`;
    case "drifted": {
      const areas = new Set(results.differences.map(({ area }) => area)).size;
      return `${stack} has drifted: ${counted(results.differences.length, "difference")} in ${counted(areas, "area")}`;
    }
    case "undecided":
      return `No drift was found in ${stack}, and ${counted(unlooked(report).length, "area")} could not be looked at whole`;
  }
}

/** What stands beside the verdict, one sentence each, without a full stop. */
export function verdictNotes({ compared, ended, results }: AuditReport): string[] {
  const { differences, last, gone = [], sources } = results;
  const day = ended.slice(0, 10);
  const news = differences.filter(({ since }) => since === day).length;
  return [
    `${counted(compared, "value")} compared on ${ended.slice(0, 16).replace("T", " ")} UTC`,
    ...(sources === undefined ? [] : [`Read was only: ${sources.join(", ")}`]),
    last === undefined
      ? "No earlier audit was given"
      : `Since the audit of ${last}: ${news} new, ${differences.length - news} still there, ${gone.length} gone`,
  ];
}

/** The areas of which something was not looked at. */
export const unlooked = ({ results: { areas = [] } }: AuditReport) =>
  areas.filter(({ notAudited }) => notAudited.length > 0);

/** Areas and why they were not looked at whole: a reason that several have is told once. */
export function reasons(report: AuditReport): { areas: string[]; reason: string }[] {
  const byReason = new Map<string, string[]>();
  for (const { area, notAudited } of unlooked(report))
    for (const reason of notAudited) byReason.set(reason, [...(byReason.get(reason) ?? []), area]);
  return Array.from(byReason, ([reason, areas]) => ({ areas, reason }));
}

export interface DifferenceGroup {
  area: string;
  /** What the two columns of values are called. */
  sides: readonly [string, string];
  differences: DriftDifference[];
}

/** Differences by area, in their order. */
export function groupsOf(differences: readonly DriftDifference[]): DifferenceGroup[] {
  return [...new Set(differences.map(({ area }) => area))].map((area) => ({
    area,
    sides: area === "environments" ? ["staging", "production"] : ["declared", "deployed"],
    differences: differences.filter((one) => one.area === area),
  }));
}
