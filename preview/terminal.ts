import { stripVTControlCharacters } from "node:util";
import { counted } from "../config/numbers";
import { visible } from "../config/visible";
import { rules } from "../policies/registry";
import { distanceText, findingsText, indent, limitsText, type Paint } from "../review/terminal";
import type { PreviewReport, StackReport } from "./report";

/** The report of a preview, for a terminal. */
export function reportText(report: PreviewReport, style: Paint): string {
  const findings = report.findings.map(({ stacks, at, exception, ...rest }) => ({
    finding: { ...rest, ...(at ? { at } : {}), ...(exception ? { exception } : {}) },
    stacks,
  }));
  const sections = [
    ...report.stacks.map((stack) => stackText(stack, style)),
    findings.length === 0
      ? ""
      : `${title("Findings", style)}\n\n${indent(findingsText(findings, report.policies.length > 0 ? report.policies : rules, style))}`,
    report.limits.length === 0
      ? ""
      : `${title("Limits", style)}\n\n${indent(limitsText(limitsOf(report), style))}`,
    report.distance
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
  { name, tier, behaviourHash, carries = [], evaluated, resources, diagnostics }: StackReport,
  style: Paint,
): string {
  const facts = [
    tier,
    behaviourHash && `behaviour ${behaviourHash.slice(0, 12)}`,
    carries.length > 0 && `carries ${carries.join(", ")}`,
    evaluated ? `${counted(resources.length, "resource")} to create` : style("red", "not evaluated"),
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

/** Only the first frame of a stack trace: the place. `--json` has them all. */
function withoutFrames(message: string): string {
  const text = stripVTControlCharacters(message).replaceAll("\t", "  ");
  const lines = text.trim().split(/\r?\n/).map(visible);
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  return lines.filter((line, index) => index === first || !/^\s+at /.test(line)).join("\n");
}

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
  const failed = stacks.filter(({ evaluated }) => !evaluated).map(({ name }) => name);
  const parts = [
    blocking.length === 0 ? "" : `${counted(blocking.length, "finding")} would block the update`,
    failed.length === 0 ? "" : `${failed.join(" and ")} could not be evaluated`,
    exempted === 0 ? "" : `${counted(exempted, "finding")} under an exception`,
  ].filter(Boolean);
  if (!passed) return style(["red", "bold"], `✗ ${parts.join("; ")}.`);
  const asked = `${counted(policies.length, "policy", "policies")} passed for ${stacks.map(({ name }) => name).join(" and ")}`;
  return style(["green", "bold"], `✓ ${[asked, ...parts].join("; ")}.`);
}
