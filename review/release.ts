import { short } from "../config/hash";
import { counted, signedMargin } from "../config/numbers";
import { describeValue } from "../config/value";
import { visible } from "../config/visible";
import type { Criterion } from "../lifecycle/kind";
import type { EvidenceStatus, ReleaseStatus } from "./releaseStatus";
import type { RuleHead } from "./terminal";
import { columns, findingsText, indent, type Paint } from "./terminal";

/**
 * The state of a release as a person reads it: what it changes, what proves it, what is missing; of that only the
 * count where it `isTold` elsewhere.
 */
export function statusText(
  status: ReleaseStatus,
  rules: readonly RuleHead[],
  style: Paint,
  isTold = false,
): string {
  const { id, state, owner, created, closed, reverts, carriedBy, file } = status;
  const head = [
    `${style("bold", id)}  ${state}  ${style("cyan", file)}`,
    style(
      "dim",
      visible(`owner ${owner}, made ${created}${reverts === undefined ? "" : `, undoes ${reverts}`}`),
    ),
    closed === undefined
      ? carriedBy.length === 0
        ? "carried by no stack"
        : `carried by ${carriedBy.join(" and ")}`
      : `closed ${closed.at} with ${short(closed.behaviourHash)}`,
  ].join("\n");
  const sections = [
    section("changes", changesText(status, style), style),
    ...(status.checklist.length === 0 ? [] : [section("checklist", checklistText(status, style), style)]),
    ...rest(status, rules, style, isTold),
  ];
  return [head, ...sections].join("\n\n");
}

const section = (title: string, body: string, style: Paint) => `${style("bold", title)}\n${indent(body)}`;

function changesText({ changes }: ReleaseStatus, style: Paint): string {
  if (changes.length === 0) return "none";
  const rows = changes.map(({ path, from, to }) => [path, describeValue(from), describeValue(to)]);
  return columns([["path", "from", "to"].map((text) => style("bold", text)), ...rows], [0, 1, 2]);
}

function checklistText({ checklist }: ReleaseStatus, style: Paint): string {
  return checklist
    .map(({ item, done, note }) => `${mark(done, style)} ${item.padEnd(11)}  ${visible(note)}`)
    .join("\n");
}

const mark = (good: boolean, style: Paint) => (good ? style("green", "✓") : style("red", "✗"));

function rest(
  { behaviourHash, evidence, missing, problems }: ReleaseStatus,
  rules: readonly RuleHead[],
  style: Paint,
  isTold: boolean,
): string[] {
  if (problems !== undefined) return [section("production cannot carry it", problems.join("\n\n"), style)];
  if (behaviourHash === undefined || evidence === undefined || missing === undefined) return [];
  const title = `evidence about ${short(behaviourHash)}, production's behaviour with it`;
  const located = missing.map((finding) => ({ finding, stacks: ["production"] }));
  return [
    section(title, evidence.map((one) => evidenceText(one, style)).join("\n") || "none is asked for", style),
    missing.length === 0
      ? style("green", isTold ? "nothing stops it" : "nothing is missing: production may carry it")
      : isTold
        ? style(
            "red",
            `${counted(missing.length, "finding")} below ${missing.length === 1 ? "stops" : "stop"} it`,
          )
        : section(
            `missing before production may carry it  ${style("dim", counted(missing.length, "finding"))}`,
            findingsText(located, rules, style),
            style,
          ),
  ];
}

function evidenceText(
  { kind, file, ageDays, maxAgeDays, ageIsAtClosing, criteria, shortfalls, untouched = [] }: EvidenceStatus,
  style: Paint,
): string {
  const passes = shortfalls.length === 0;
  const age =
    ageDays === undefined
      ? ""
      : `  ${Math.floor(ageDays)} of ${counted(maxAgeDays, "day")} old${ageIsAtClosing ? " when it was closed" : ""}`;
  const head = `${mark(passes, style)} ${kind.padEnd(11)}  ${file === undefined ? style("dim", "none that counts") : style("cyan", visible(file))}${age}`;
  const below = [
    ...(criteria.length === 0 ? [] : [criteriaText(criteria, style)]),
    ...(untouched.length === 0 ? [] : [visible(`no case touches ${untouched.join("; ")}`)]),
  ];
  return [head, ...below.map((text) => indent(text, "    "))].join("\n");
}

function criteriaText(criteria: readonly Criterion[], style: Paint): string {
  const rows = criteria.map(({ name, subject, measured, required, margin, outcome }) => [
    `${outcomeMark(outcome, style)} ${name}${subject === undefined ? "" : ` (${visible(subject)})`}`,
    visible(measured),
    style("dim", visible(required)),
    margin === undefined ? "" : signedMargin(margin),
  ]);
  return columns(rows, [0, 1, 2]);
}

const outcomeMark = (outcome: Criterion["outcome"], style: Paint) =>
  outcome === "inconclusive" ? style("yellow", "?") : mark(outcome === "passes", style);
