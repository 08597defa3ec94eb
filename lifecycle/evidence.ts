import type { z } from "zod";
import { credentialIn } from "../config/credentialPattern";
import type { ProjectFiles } from "../config/files";
import { sha256 } from "../config/hash";
import { isRecord } from "../config/record";
import { formatPath } from "../config/relation";
import { releasesFolder } from "../config/release";
import { visible } from "../config/visible";
import { decodeEnvelope, type Envelope } from "./envelope";
import type { KindName } from "./kind";
import { hashOf, kindOf, type Statement, statementSchemas } from "./statement";

/** A file of evidence that could be read; whether it counts is told by `assess`. */
export interface Evidence {
  /** Relative to the project's root. */
  file: string;
  /** The release in whose folder it lies. */
  release: string;
  kind: KindName;
  statement: Statement;
  /** The behaviour hash that it is about. */
  hash: string;
  /** Present where it was signed; not verified yet. */
  envelope: Envelope | undefined;
  /** Why the raw output beside it does not belong to it; undefined where it does. */
  rawFault: string | undefined;
}

/** A file among the evidence that says nothing, and why. */
export interface Unreadable {
  file: string;
  release: string;
  /** The kind that its name begins with, where it begins with one. */
  kind: KindName | undefined;
  /** A clause without a full stop. */
  why: string;
}

export interface EvidenceOfRelease {
  evidence: readonly Evidence[];
  unreadable: readonly Unreadable[];
}

/** Evidence by release, read when it is first asked for. */
export interface EvidenceStore {
  of(release: string): EvidenceOfRelease;
}

export const noEvidence: EvidenceStore = { of: () => ({ evidence: [], unreadable: [] }) };

export const evidenceFolder = (release: string) => `${releasesFolder}/${release}/evidence`;

/** Statements end in `.intoto.json`, signed ones in `.dsse.json`; every other file is raw output. */
export const isStatement = (file: string) => /\.(intoto|dsse)\.json$/.test(file);

/** The evidence of a project's releases. */
export function evidenceStore(files: ProjectFiles): EvidenceStore {
  const known = new Map<string, EvidenceOfRelease>();
  return {
    of(release) {
      const found = known.get(release) ?? readFolder(files, release);
      known.set(release, found);
      return found;
    },
  };
}

function readFolder(files: ProjectFiles, release: string): EvidenceOfRelease {
  const folder = evidenceFolder(release);
  const evidence: Evidence[] = [];
  const unreadable: Unreadable[] = [];
  for (const name of files.list(folder).filter(isStatement)) {
    const file = `${folder}/${name}`;
    const result = readEvidence(files, release, file);
    if ("why" in result) unreadable.push({ file, release, kind: kindInName(name), why: result.why });
    else evidence.push(result);
  }
  return { evidence, unreadable };
}

const kindInName = (name: string) =>
  (Object.keys(statementSchemas) as KindName[]).find((kind) => name.startsWith(`${kind}-`));

/** Reads one statement, plain or in a DSSE envelope. */
export function readEvidence(files: ProjectFiles, release: string, file: string): Evidence | { why: string } {
  const read = files.read(file);
  if (!read.found) return { why: read.why };
  const decoded = file.endsWith(".dsse.json")
    ? decodeEnvelope(read.bytes)
    : { payload: read.bytes, envelope: undefined };
  if ("why" in decoded) return decoded;
  const parsed = parseStatement(decoded.payload);
  if ("why" in parsed) return parsed;
  const { kind, statement } = parsed;
  return {
    file,
    release,
    kind,
    statement,
    hash: hashOf(statement),
    envelope: decoded.envelope,
    rawFault: rawFault(files, file, statement),
  };
}

/** Checks the text of a statement: JSON, an in-toto Statement of a kind that is known, and no credential in it. */
export function parseStatement(
  bytes: Uint8Array,
): { kind: KindName; statement: Statement } | { why: string } {
  let text: string;
  let data: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    data = JSON.parse(text);
  } catch {
    return { why: "it is not JSON in UTF-8" };
  }
  // Also one that is written with escapes.
  const credential = credentialIn(text) ?? credentialIn(JSON.stringify(data));
  if (credential !== undefined) return { why: `it has ${credential} in it, which has to be revoked now` };
  if (!isRecord(data)) return { why: "it is no JSON object" };
  const kind = kindOf(data.predicateType);
  if (kind === undefined) return { why: "its predicateType is none that Lockstep knows" };
  const result = statementSchemas[kind].safeParse(data);
  if (!result.success) return { why: `it is no ${kind} statement: ${faultOf(result.error)}` };
  return { kind, statement: result.data };
}

/** The first fault, with its path; zod's own words say what was expected and never what was there. */
function faultOf({ issues }: z.ZodError): string {
  const [first] = issues;
  if (first === undefined) return "it does not fit the schema";
  const path = formatPath(first.path.filter((step): step is string | number => typeof step !== "symbol"));
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  // A key that the statement may not have is named as it is there.
  return visible(`${path === "" ? "" : `${path}: `}${first.message}${more}`);
}

function rawFault(files: ProjectFiles, file: string, { predicate }: Statement): string | undefined {
  const path = `${file.slice(0, file.lastIndexOf("/"))}/${predicate.raw.file}`;
  const read = files.read(path);
  if (!read.found) return `its raw output cannot be read: ${read.why}`;
  const digest = sha256(read.bytes);
  return digest === predicate.raw.sha256
    ? undefined
    : `its raw output, ${path}, has another SHA-256 than it says`;
}
