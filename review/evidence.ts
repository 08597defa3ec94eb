import { day } from "../config/days";
import { short } from "../config/hash";
import { counted, readable } from "../config/numbers";
import { visible } from "../config/visible";
import { countingFault, type Trust } from "../lifecycle/assess";
import { trustedSigners } from "../lifecycle/envelope";
import type { Evidence, EvidenceStore } from "../lifecycle/evidence";
import { type EvalResults, untouchedLines } from "../lifecycle/kinds/eval";
import type { Verified } from "../lifecycle/verifyEvidence";
import { columns, type Paint } from "./terminal";

/** A stack whose present behaviour evidence may be about. */
export interface Target {
  stack: string;
  hash: string;
}

/** One piece of evidence, and for which stack's present behaviour it counts. */
export interface ListedEvidence {
  file: string;
  release: string;
  kind: string;
  hash: string;
  environment: string;
  stack: string;
  providers: string;
  ended: string;
  /** Negative where it ended in the future. */
  ageDays: number;
  samples: number;
  repeats: number;
  signed: boolean;
  /** Fingerprints of the trusted keys that signed it. */
  signedBy: string[];
  /** `fault` is the rest of a sentence about the file; absent where it counts. */
  counts: { stack: string; fault?: string }[];
  /** Of an evaluation, what no case touches, one line each; absent where it does not say. */
  untouched?: string[];
}

export interface EvidenceList {
  evidence: ListedEvidence[];
  unreadable: { file: string; release: string; why: string }[];
}

/** All evidence of some releases. Whether it also passes is told by the policies, not here. */
export function listEvidence(
  store: EvidenceStore,
  releases: readonly string[],
  targets: readonly Target[],
  trust: Trust,
  now: Date,
): EvidenceList {
  const all = releases.map((id) => store.of(id));
  return {
    evidence: all.flatMap(({ evidence }) => evidence).map((one) => listed(one, targets, trust, now)),
    unreadable: all
      .flatMap(({ unreadable }) => unreadable)
      .map(({ file, release, why }) => ({ file, release, why })),
  };
}

function listed(evidence: Evidence, targets: readonly Target[], trust: Trust, now: Date): ListedEvidence {
  const { file, release, kind, hash, envelope, statement } = evidence;
  const { environment, stack, providers, ended, samples, repeats } = statement.predicate;
  return {
    file,
    release,
    kind,
    hash,
    environment,
    stack,
    providers,
    ended,
    ageDays: (now.getTime() - Date.parse(ended)) / day,
    samples,
    repeats,
    signed: envelope !== undefined,
    signedBy: envelope === undefined ? [] : trustedSigners(envelope, trust.trustedKeys),
    counts: targets.map((target) => {
      const fault = countingFault(evidence, target.hash, trust);
      return { stack: target.stack, ...(fault === undefined ? {} : { fault }) };
    }),
    ...untouchedOf(evidence),
  };
}

/** What no case of an evaluation touches, where the evidence is one's and says it. */
export function untouchedOf({ kind, statement }: Evidence): { untouched?: string[] } {
  if (kind !== "eval") return {};
  const { untouched } = statement.predicate.results as EvalResults;
  return untouched === undefined ? {} : { untouched: untouchedLines(untouched) };
}

/** The list as a table, and below it why something does not count or cannot be read. */
export function evidenceListText({ evidence, unreadable }: EvidenceList, style: Paint): string {
  if (evidence.length + unreadable.length === 0) return "There is no evidence yet.";
  const head = [
    "release",
    "kind",
    "about",
    "environment",
    "ended",
    "age",
    "samples",
    "signed by",
    "counts for",
  ];
  const table = columns(
    [head.map((text) => style("bold", text)), ...evidence.map((one) => row(one, style))],
    [0, 1, 2, 3, 4, 7, 8],
  );
  return [
    ...(evidence.length === 0 ? [] : [table]),
    ...section("does not count", evidence.flatMap(whyNot), style),
    ...section(
      "no case touches",
      evidence.flatMap(({ file, untouched: lines = [] }) => (lines.length === 0 ? [] : [{ file, lines }])),
      style,
    ),
    ...section(
      "cannot be read",
      unreadable.map(({ file, why }) => ({ file, lines: [why] })),
      style,
    ),
  ].join("\n\n");
}

function row(one: ListedEvidence, style: Paint): string[] {
  const counting = one.counts.filter(({ fault }) => fault === undefined).map(({ stack }) => visible(stack));
  return [
    visible(one.release),
    one.kind,
    one.hash.slice(0, 12),
    one.providers === "stub" ? `${one.environment} (stubs)` : one.environment,
    `${new Date(one.ended).toISOString().slice(0, 19)}Z`,
    ageText(one.ageDays),
    readable(one.samples),
    signerText(one),
    counting.length === 0 ? style("yellow", "none") : style("green", counting.join(", ")),
  ];
}

export function ageText(days: number): string {
  if (days < 0) return "in the future";
  if (days >= 1) return counted(Math.floor(days), "day");
  const hours = days * 24;
  return hours >= 1 ? `${Math.floor(hours)} h` : `${Math.floor(hours * 60)} min`;
}

function signerText({ signed, signedBy }: ListedEvidence): string {
  if (!signed) return "–";
  return signedBy.length === 0 ? "no trusted key" : signedBy.map((key) => key.slice(0, 12)).join(", ");
}

/** For which stacks one piece of evidence counts, and why not for the others; one line each. */
export function countsText(counts: ListedEvidence["counts"]): string[] {
  const counting = counts.filter(({ fault }) => fault === undefined).map(({ stack }) => visible(stack));
  return [
    ...(counting.length === 0 ? [] : [`It counts for ${both(counting)}.`]),
    ...Array.from(faultsOf(counts), ([fault, stacks]) => visible(`For ${both(stacks)} it ${fault}.`)),
  ];
}

interface Reasons {
  file: string;
  lines: string[];
}

const both = (stacks: readonly string[]) =>
  stacks.length < 2 ? stacks.join("") : `${stacks.slice(0, -1).join(", ")} and ${stacks.at(-1)}`;

/** The reasons for which it does not count, each with the stacks that it holds for. */
function faultsOf(counts: ListedEvidence["counts"]): Map<string, string[]> {
  const stacksOf = new Map<string, string[]>();
  for (const { stack, fault } of counts)
    if (fault !== undefined) stacksOf.set(fault, [...(stacksOf.get(fault) ?? []), stack]);
  return stacksOf;
}

function whyNot({ file, counts }: ListedEvidence): Reasons[] {
  const lines = Array.from(faultsOf(counts), ([fault, stacks]) => `for ${both(stacks)}: it ${fault}`);
  return lines.length === 0 ? [] : [{ file, lines }];
}

function section(title: string, reasons: readonly Reasons[], style: Paint): string[] {
  if (reasons.length === 0) return [];
  return [
    [
      style("bold", title),
      ...reasons.flatMap(({ file, lines }) => [
        `  ${style("cyan", visible(file))}`,
        ...lines.map((line) => `    ${visible(line)}`),
      ]),
    ].join("\n"),
  ];
}

/** What was verified, one statement after the other, and how many have faults. */
export function verifiedText(verified: readonly Verified[], style: Paint): string {
  if (verified.length === 0) return "There is no evidence yet.";
  const faulty = verified.filter(({ faults }) => faults.length > 0).length;
  return [
    ...verified.map((one) => oneVerified(one, style)),
    "",
    `${counted(verified.length, "statement")}, ${faulty === 0 ? style("green", "no fault") : style("red", `${readable(faulty)} with faults`)}.`,
  ].join("\n");
}

function oneVerified({ file, evidence, signers, faults }: Verified, style: Paint): string {
  const path = visible(file);
  if (faults.length > 0)
    return [
      `${style("red", "✗")} ${style("bold", path)}`,
      ...faults.map((fault) => `    ${visible(fault)}`),
    ].join("\n");
  const about =
    evidence === undefined
      ? ""
      : `  ${evidence.kind} about ${short(evidence.hash)}, ${signatureText(evidence, signers)}`;
  return `${style("green", "✓")} ${path}${style("dim", about)}`;
}

function signatureText({ envelope }: Evidence, signers: readonly string[]): string {
  if (envelope === undefined) return "not signed";
  return signers.length === 0
    ? "signed, with no trusted key to verify it by"
    : `signed by ${signers.map((key) => key.slice(0, 12)).join(", ")}`;
}
