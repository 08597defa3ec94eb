import { counted } from "../config/numbers";
import { visible } from "../config/visible";
import { rules } from "../policies/registry";
import { distanceText, findingsText, indent, limitsText, type Paint } from "../review/terminal";
import { withoutFrames } from "./frames";
import type { PreviewReport, StackReport } from "./report";

/**
 * The report of a preview, for a terminal.
 *
 * @param isShort without resources, limits and distance: what an update waits for
 */
export function reportText(report: PreviewReport, style: Paint, isShort = false): string {
  const findings = report.findings.map(({ stacks, at, exception, ...rest }) => ({
    finding: { ...rest, ...(at ? { at } : {}), ...(exception ? { exception } : {}) },
    stacks,
  }));
  const sections = [
    ...report.stacks.map((stack) => stackText(isShort ? { ...stack, resources: [] } : stack, style)),
    ...report.stacks.map((stack) => faultsText(stack, style)),
    findings.length === 0
      ? ""
      : `${title("Findings", style)}\n\n${indent(findingsText(findings, report.policies.length > 0 ? report.policies : rules, style))}`,
    report.limits.length === 0 || isShort
      ? ""
      : `${title("Limits", style)}\n\n${indent(limitsText(limitsOf(report), style))}`,
    report.distance && !isShort
      ? `${title("Distance between the environments", style)}\n\n${indent(distanceText(report.distance, style))}`
      : "",
    verdict(report, style),
  ];
  return `${sections.filter(Boolean).join("\n\n")}\n`;
}

const limitsOf = (report: PreviewReport) =>
  report.limits.map(({ path, unit, staging, production, holds }) => ({
    path,
    unit,
    staging,
    production,
    holds,
  }));

const title = (text: string, style: Paint) => style(["bold", "underline"], text);

function stackText(
  { name, tier, behaviourHash, carries = [], evaluated, resources, diagnostics, engine }: StackReport,
  style: Paint,
): string {
  const facts = [
    tier,
    behaviourHash && `behaviour ${behaviourHash.slice(0, 12)}`,
    carries.length > 0 && `carries ${carries.join(", ")}`,
    !evaluated
      ? style("red", "not evaluated")
      : engine
        ? changesText(engine.changes)
        : `${counted(resources.length, "resource")} to create`,
    engine && `pulumi ${engine.pulumi}`,
  ].filter(Boolean);
  const tree = treeText(resources, style);
  const messages = diagnostics.map(
    ({ severity, message }) =>
      `${style(severity === "error" ? "red" : "yellow", severity)}: ${withoutFrames(message)}`,
  );
  return [
    `${title(`Stack ${name}`, style)}  ${style("dim", facts.join(" · "))}`,
    tree && indent(tree),
    messages.length === 0 ? "" : indent(messages.join("\n")),
  ]
    .filter(Boolean)
    .join("\n\n");
}

/** What keeps a run of the engine from proving that every policy ran. */
function faultsText({ name, engine }: StackReport, style: Paint): string {
  const faults = engine?.faults ?? [];
  if (faults.length === 0) return "";
  const shown = faults.slice(0, mostFaults).map(({ message }) => visible(message));
  const more = faults.length > mostFaults ? [`and ${faults.length - mostFaults} more`] : [];
  return `${title(`Policies that did not run as they must, ${name}`, style)}\n\n${indent([...shown, ...more].join("\n"))}`;
}

const mostFaults = 10;

const steps: Readonly<Record<string, string>> = { same: "unchanged" };

/** "3 to create, 1 to delete, 80 unchanged". */
export function changesText(changes: Readonly<Record<string, number>>, isDone = false): string {
  const parts = Object.entries(changes)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => Number(a === "same") - Number(b === "same"))
    .map(([op, count]) => `${count} ${steps[op] ?? (isDone ? past(op) : `to ${op}`)}`);
  return parts.length === 0 ? "no resources" : parts.join(", ");
}

const past = (op: string): string =>
  op.replace(/^\w+/, (verb) => (verb === "read" ? verb : `${verb.replace(/e$/, "")}ed`));

type Resource = StackReport["resources"][number];

/** The resources as a tree, each with its type. */
export function treeText(resources: readonly Resource[], style: Paint): string {
  const children = new Map<string, Resource[]>();
  for (const resource of resources)
    children.set(resource.parent, [...(children.get(resource.parent) ?? []), resource]);
  const lines: string[] = [];
  const visit = (resource: Resource, lead: string, branch: string): void => {
    lines.push(
      `${style("dim", lead + branch)}${visible(resource.name)}  ${style("dim", visible(resource.type))}`,
    );
    const below = (children.get(resource.urn) ?? []).sort(byName);
    const next = branch === "" ? "" : `${lead}${branch.startsWith("├") ? "│  " : "   "}`;
    below.forEach((child, index) => {
      visit(child, next, index === below.length - 1 ? "└─ " : "├─ ");
    });
  };
  for (const root of children.get("") ?? []) visit(root, "", "");
  return lines.join("\n");
}

/** The order of registration changes from run to run; by name the same program gives the same tree. */
const byName = (a: Resource, b: Resource) => a.name.localeCompare(b.name) || a.type.localeCompare(b.type);

function verdict({ passed, stacks, findings, policies }: PreviewReport, style: Paint): string {
  const blocking = findings.filter(({ status }) => status !== "exempted");
  const exempted = findings.length - blocking.length;
  const unproven = stacks.filter(({ engine }) => engine && engine.faults.length > 0).map(({ name }) => name);
  const failed = stacks.filter(({ evaluated }) => !evaluated).map(({ name }) => name);
  const parts = [
    blocking.length === 0 ? "" : `${counted(blocking.length, "finding")} would block the update`,
    failed.length === 0 ? "" : `${failed.join(" and ")} could not be evaluated`,
    unproven.length === 0 ? "" : `it is not proven that every policy ran for ${unproven.join(" and ")}`,
    exempted === 0 ? "" : `${counted(exempted, "finding")} under an exception`,
  ].filter(Boolean);
  if (!passed) return style(["red", "bold"], `✗ ${parts.join("; ")}.`);
  const asked = `${counted(policies.length, "policy", "policies")} passed for ${stacks.map(({ name }) => name).join(" and ")}`;
  return style(["green", "bold"], `✓ ${[asked, ...parts].join("; ")}.`);
}
