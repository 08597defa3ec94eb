import { styleText } from "node:util";
import Table from "cli-table3";
import { counted, percent, readable } from "../config/numbers";
import { visible } from "../config/visible";
import { blocks, daysText, type Finding } from "../policies/finding";
import type { Distance, Limit } from "./distance";

/** Colours a text, or leaves it alone where colours are off: whether standard output is a terminal is not asked. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

export const paint = (colours: boolean): Paint =>
  colours ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;

/** What a rule says of itself above its findings. */
export interface RuleHead {
  name: string;
  description: string;
}

/** A finding and the stacks whose update it concerns. */
export interface Located {
  finding: Finding;
  stacks: readonly string[];
  /** Whether a change brought it; absent where nothing is compared. */
  isNew?: boolean;
}

/** All findings, grouped by rule, those that block first. */
export function findingsText(located: readonly Located[], rules: readonly RuleHead[], style: Paint): string {
  const groups = new Map<string, Located[]>();
  for (const one of located) groups.set(one.finding.rule, [...(groups.get(one.finding.rule) ?? []), one]);
  const ordered = [...groups].sort(([, a], [, b]) => rank(a) - rank(b));
  return ordered
    .map(([rule, group]) => {
      const description = rules.find(({ name }) => name === rule)?.description;
      const colour = group.some(({ finding }) => blocks(finding)) ? "red" : "yellow";
      const head = `${style([colour, "bold"], rule)}  ${style("dim", counted(group.length, "finding"))}`;
      const body = group.map((one) => findingText(one, style)).join("\n\n");
      return `${head}${description === undefined ? "" : `\n${style("dim", description)}`}\n\n${indent(body)}`;
    })
    .join("\n\n");
}

const rank = (group: readonly Located[]) => (group.some(({ finding }) => blocks(finding)) ? 0 : 1);

function findingText({ finding, stacks, isNew }: Located, style: Paint): string {
  const { at, object, status } = finding;
  const place = visible(at ? `${at.file}:${at.line}:${at.column}` : stacks.join(", "));
  const notes = [isNew ? "new" : "", status === "violation" ? "" : statusText(finding)].filter(Boolean);
  const note = notes.length === 0 ? "" : `  ${style("yellow", `(${notes.join("; ")})`)}`;
  const rows = [
    ["found", finding.found],
    ["allowed", finding.allowed],
    ["remedy", finding.remedy],
  ] as const;
  return [
    `${style("bold", visible(object))}${note}  ${style("cyan", place)}`,
    ...rows.map(([label, text]) => `  ${style("dim", label.padEnd(8))}${visible(text)}`),
  ].join("\n");
}

function statusText({ status, exception }: Finding): string {
  if (status !== "exempted") return "cannot be decided";
  if (exception === undefined) return "exempted";
  const { expires, daysLeft, owner } = exception;
  return `exempted until ${expires}, ${daysText(daysLeft)}, owner ${visible(owner)}`;
}

const plain = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** Columns without rules between them; the first is aligned left, the others right unless `left` says so. */
export function columns(rows: readonly (readonly string[])[], left: readonly number[] = [0]): string {
  const width = Math.max(0, ...rows.map(({ length }) => length));
  const table = new Table({
    chars: plain,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: Array.from({ length: width }, (_, index) => (left.includes(index) ? "left" : "right")),
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** The limits of both environments side by side, with staging's share of production's. */
export function limitsText(limits: readonly Limit[], style: Paint): string {
  const rows = limits.map(({ path, unit, staging, production, holds }) => {
    const row = [
      path,
      staging === undefined ? "–" : readable(staging),
      production === undefined ? "–" : readable(production),
      staging === undefined || production === undefined ? "–" : percent(staging, production),
    ];
    return holds
      ? [...row, style("dim", unit)]
      : [...row.map((cell) => style("red", cell)), style("red", `${unit}  ✗ not stricter`)];
  });
  const head = ["limit", "staging", "production", "share", "unit"].map((text) => style("bold", text));
  return columns([head, ...rows], [0, 4]);
}

/** The distance between the environments: one line a relation. */
export function distanceText(counts: Distance["counts"], style: Paint): string {
  const rows = Object.entries(counts).map(([relation, { leaves, differ, broken }]) => [
    relation,
    readable(leaves),
    readable(differ),
    broken === 0 ? style("green", "kept") : style("red", `broken by ${readable(broken)}`),
  ]);
  return columns(
    [["relation", "values", "differ", "rule"].map((text) => style("bold", text)), ...rows],
    [0, 3],
  );
}

export const indent = (text: string, by = "  ") =>
  text
    .split("\n")
    .map((line) => (line === "" ? line : by + line))
    .join("\n");
