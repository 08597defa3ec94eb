import { realpathSync } from "node:fs";
import { basename, dirname, extname, resolve } from "node:path";
import { credentialIn } from "../config/credentialPattern";
import { projectFiles } from "../config/files";
import { short } from "../config/hash";
import { isRecord } from "../config/record";
import { hash } from "../config/schema/release";
import { quote } from "../config/visible";
import { type Added, addEvidence, EvidenceError, type NewEvidence } from "../lifecycle/addEvidence";
import { evidenceStore } from "../lifecycle/evidence";
import { type KindName, kindNames } from "../lifecycle/kind";
import { WriteError } from "../lifecycle/write";
import { countsText, listEvidence } from "../review/evidence";
import { targetsOf } from "./evidence";
import { readTrust } from "./evidenceTrust";
import { exit, UsageError } from "./exit";
import type { Output } from "./output";
import { findProject } from "./project";

/** What the command line of `lockstep evidence add` gave. */
export interface AddOptions extends Partial<Record<Single, string>> {
  release: string;
  raw: string;
  statement?: string;
  kind?: string;
  predicate?: string;
  inconclusive?: string[];
  sign?: string;
}

const singles = [
  "results",
  "environment",
  "stack",
  "hashBefore",
  "hashAfter",
  "providers",
  "tool",
  "toolVersion",
  "command",
  "started",
  "ended",
  "samples",
  "repeats",
] as const;
type Single = (typeof singles)[number];

/** `lockstep evidence add`: a measurement becomes a statement in its release's folder. */
export function evidenceAdd(
  options: AddOptions & { cwd: string },
  { out, style }: Output,
  now: Date,
): number {
  const root = findProject(options.cwd);
  const files = projectFiles(root);
  const trust = readTrust(files);
  const input = (path: string) => readInput(options.cwd, path);
  const measured = measuredBy(options, input);
  const raw = { bytes: input(options.raw), extension: extname(options.raw) };
  const key = options.sign === undefined ? {} : { signingKey: text(input(options.sign)) };
  let added: Added;
  try {
    added = addEvidence(root, { release: options.release, measured, raw, ...key, now });
  } catch (error) {
    if (error instanceof EvidenceError || error instanceof WriteError) throw new UsageError(error.message);
    throw error;
  }
  const { evidence } = listEvidence(
    evidenceStore(files),
    [options.release],
    targetsOf(files).targets,
    trust,
    now,
  );
  const counts = evidence.find(({ file }) => file === added.file)?.counts ?? [];
  out(
    [
      `Added ${added.signed ? "signed " : ""}${added.kind} evidence about ${short(added.hash)}:`,
      `  ${style("cyan", added.file)}`,
      `  ${style("cyan", added.raw)}`,
      ...countsText(counts),
      "",
    ].join("\n"),
  );
  return exit.clean;
}

type Input = (path: string) => Uint8Array;

function measuredBy(options: AddOptions, input: Input): NewEvidence["measured"] {
  const { statement, predicate, kind } = options;
  const given = singles.filter((name) => options[name] !== undefined);
  const inconclusive = options.inconclusive === undefined ? [] : ["inconclusive"];
  if (statement !== undefined) {
    const others = [kind && "kind", predicate && "predicate", ...given, ...inconclusive].filter(Boolean);
    if (others.length > 0) throw new UsageError(`--statement says all that ${flags(others)} would say.`);
    return { statement: input(statement) };
  }
  if (predicate !== undefined) {
    if (given.length + inconclusive.length > 0)
      throw new UsageError(`--predicate says all that ${flags([...given, ...inconclusive])} would say.`);
    return { kind: kindOf(kind), predicate: jsonObject(input(predicate), "--predicate") };
  }
  const missing = [...(kind === undefined ? ["kind"] : []), ...singles].filter(
    (name) => options[name as Single | "kind"] === undefined,
  );
  if (missing.length > 0)
    throw new UsageError(
      `evidence add needs ${flags(missing)} too; or --predicate and --kind, or --statement, in their place.`,
    );
  const one = (name: Single) => options[name] ?? "";
  return {
    kind: kindOf(kind),
    predicate: {
      environment: one("environment"),
      stack: one("stack"),
      gateway: gateway(one("hashBefore"), one("hashAfter")),
      providers: one("providers"),
      tool: { name: one("tool"), version: one("toolVersion"), command: one("command") },
      started: one("started"),
      ended: one("ended"),
      samples: whole("samples", one("samples")),
      repeats: whole("repeats", one("repeats")),
      inconclusive: options.inconclusive ?? [],
      results: jsonObject(input(one("results")), "--results"),
    },
  };
}

const flags = (names: readonly (string | undefined)[]) =>
  names
    .map((name) => `--${(name ?? "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
    .join(", ");

function kindOf(kind: string | undefined): KindName {
  const found = kindNames.find((one) => one === kind);
  if (found === undefined) throw new UsageError(`--kind has to be one of ${kindNames.join(", ")}.`);
  return found;
}

function gateway(before: string, after: string): { before: string; after: string } {
  for (const [flag, value] of [
    ["--hash-before", before],
    ["--hash-after", after],
  ] as const)
    if (!hash().safeParse(value).success)
      throw new UsageError(`${flag} is no behaviour hash: 64 hexadecimal digits in lower case.`);
  return { before, after };
}

function whole(name: Single, value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new UsageError(`--${name} has to be a whole number.`);
  return Number(value);
}

function jsonObject(bytes: Uint8Array, flag: string): Record<string, unknown> {
  const content = text(bytes);
  const credential = credentialIn(content);
  if (credential !== undefined)
    throw new UsageError(
      `The file of ${flag} has ${credential} in it: revoke it now, since it was written down.`,
    );
  let data: unknown;
  try {
    data = JSON.parse(content);
  } catch {
    throw new UsageError(`The file of ${flag} is not JSON.`);
  }
  if (!isRecord(data)) throw new UsageError(`The file of ${flag} is no JSON object.`);
  return data;
}

/** A file that the command line names may lie anywhere; it is only read, and never if it is no regular file. */
export function readInput(cwd: string, path: string, limitBytes?: number): Uint8Array {
  let real: string;
  try {
    real = realpathSync(resolve(cwd, path));
  } catch {
    throw new UsageError(`There is no file ${quote(path)}.`);
  }
  // These have a size of zero and any content: the kernel's own, of this process or another one.
  const read = /^\/(proc|sys|dev)\//.test(real)
    ? { found: false as const, why: "it is no file on a disk" }
    : projectFiles(dirname(real), limitBytes).read(basename(real));
  if (!read.found) throw new UsageError(`${quote(path)} cannot be read: ${read.why}.`);
  return read.bytes;
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");
