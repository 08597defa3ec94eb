import { createHash } from "node:crypto";
import { credentialIn } from "../config/credentialPattern";
import { maxFileBytes, type ProjectFiles, projectFiles } from "../config/files";
import { canonicalJson } from "../config/hash";
import { isRecord } from "../config/record";
import { readReleases, releaseFile } from "../config/release";
import { releaseId } from "../config/schema/release";
import { quote } from "../config/visible";
import { decodeEnvelope, SigningError, signEnvelope } from "./envelope";
import { evidenceFolder, isStatement, parseStatement } from "./evidence";
import type { KindName } from "./kind";
import { skewMilliseconds } from "./proof";
import { hashOf, predicateType, type Statement, statementType } from "./statement";
import { writeAll } from "./write";

/** What a measurement found out, before it is evidence. */
export interface NewEvidence {
  release: string;
  /** What was measured: a predicate without `raw`, or a statement that another tool made, plain or in an envelope. */
  measured: { kind: KindName; predicate: Record<string, unknown> } | { statement: Uint8Array };
  /** The raw output; the extension (".jsonl") is kept, of a complete statement the name that it gives. */
  raw: { bytes: Uint8Array; extension: string };
  /** The private key in PEM that it is signed with; absent for plain evidence. */
  signingKey?: string;
  now: Date;
}

/** What was written, as paths relative to the project's root. */
export interface Added {
  file: string;
  raw: string;
  kind: KindName;
  /** The behaviour hash that it is about. */
  hash: string;
  signed: boolean;
}

/** Evidence that is not taken: one sentence, without any value of the files. Nothing was written. */
export class EvidenceError extends Error {
  override readonly name = "EvidenceError";
}

/**
 * Puts a measurement beside the other evidence of its release, as a statement and its raw output, both or none.
 * Whether it says enough is not asked: failed measurements are evidence too.
 */
export function addEvidence(root: string, { release, measured, raw, signingKey, now }: NewEvidence): Added {
  checkRelease(projectFiles(root), release);
  checkRaw(raw.bytes);
  const made =
    "statement" in measured ? complete(measured.statement) : draft(measured.kind, measured.predicate, raw);
  const { kind, statement } = made;
  checkStatement(statement, raw.bytes, now);
  if (made.envelope !== undefined && signingKey !== undefined)
    throw new EvidenceError("The statement is signed already: leave the signing key out.");
  const envelope = made.envelope ?? (signingKey === undefined ? undefined : signed(statement, signingKey));
  const folder = evidenceFolder(release);
  const file = `${folder}/${stemOf(kind, statement)}${envelope === undefined ? ".intoto.json" : ".dsse.json"}`;
  const rawFile = `${folder}/${statement.predicate.raw.file}`;
  const text = envelope ?? `${JSON.stringify(statement, null, 2)}\n`;
  if (Buffer.byteLength(text) > maxFileBytes)
    throw new EvidenceError("The statement is larger than 4 MiB: put the details into the raw output.");
  writeAll(root, [
    { path: file, before: undefined, after: text },
    { path: rawFile, before: undefined, after: raw.bytes },
  ]);
  return { file, raw: rawFile, kind, hash: hashOf(statement), signed: envelope !== undefined };
}

function checkRelease(files: ProjectFiles, id: string): void {
  if (!releaseId().safeParse(id).success)
    throw new EvidenceError(
      `${quote(id)} is no release id: it has 2 to 60 characters, a-z, 0-9 and single dashes.`,
    );
  if (readReleases(files).byId.has(id)) return;
  throw new EvidenceError(
    files.read(releaseFile(id)).found
      ? `The release ${id} cannot be read: lockstep preview says what is wrong with ${releaseFile(id)}.`
      : `There is no release ${id} (${releaseFile(id)}).`,
  );
}

function checkRaw(bytes: Uint8Array): void {
  if (bytes.byteLength > maxFileBytes) throw new EvidenceError("The raw output is larger than 4 MiB.");
  refuseCredential("The raw output", credentialInBytes(bytes));
}

/** Without the zero bytes that UTF-16 puts between letters. */
export const credentialInBytes = (bytes: Uint8Array): string | undefined =>
  credentialIn(Buffer.from(bytes).toString("utf8").replaceAll("\0", ""));

function refuseCredential(object: string, kind: string | undefined): void {
  if (kind !== undefined)
    throw new EvidenceError(
      `${object} has ${kind} in it: revoke it now, since it was written down, and measure without it.`,
    );
}

interface Made {
  kind: KindName;
  statement: Statement;
  /** The text of its envelope, where it came in one. */
  envelope: string | undefined;
}

function complete(bytes: Uint8Array): Made {
  const refuse = (why: string): never => {
    throw new EvidenceError(`The statement cannot be added: ${why}.`);
  };
  const inEnvelope = looksLikeEnvelope(bytes);
  const decoded = inEnvelope ? decodeEnvelope(bytes) : { payload: bytes };
  if ("why" in decoded) return refuse(decoded.why);
  const parsed = parseStatement(decoded.payload);
  if ("why" in parsed) return refuse(parsed.why);
  // The name goes beside statements, and may not pass for one.
  if (isStatement(parsed.statement.predicate.raw.file))
    return refuse("predicate.raw.file has a statement's ending");
  return { ...parsed, envelope: inEnvelope ? Buffer.from(bytes).toString("utf8") : undefined };
}

function looksLikeEnvelope(bytes: Uint8Array): boolean {
  try {
    const data: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return isRecord(data) && "payload" in data;
  } catch {
    return false;
  }
}

function draft(kind: KindName, predicate: Record<string, unknown>, raw: NewEvidence["raw"]): Made {
  const gateway = isRecord(predicate.gateway) ? predicate.gateway : {};
  const hash = String(gateway.before);
  const ended = new Date(String(predicate.ended));
  const data = {
    _type: statementType,
    subject: [{ name: "behaviour", digest: { sha256: hash } }],
    predicateType: predicateType(kind),
    predicate: {
      ...predicate,
      raw: {
        file: `${stem(kind, ended, hash)}.raw${extensionOf(raw.extension)}`,
        sha256: sha256(raw.bytes),
      },
    },
  };
  refuseCredential("What was measured", credentialIn(JSON.stringify(predicate)));
  const parsed = parseStatement(Buffer.from(JSON.stringify(data)));
  if ("why" in parsed) throw new EvidenceError(`The measurement cannot be added: ${parsed.why}.`);
  return { ...parsed, envelope: undefined };
}

function checkStatement(statement: Statement, raw: Uint8Array, now: Date): void {
  const fault = statementFaults(statement, now)[0];
  if (fault !== undefined) throw new EvidenceError(`The measurement cannot be added: ${fault}.`);
  if (sha256(raw) !== statement.predicate.raw.sha256)
    throw new EvidenceError("The raw output has another SHA-256 than the statement says.");
}

/** What makes a statement worthless whoever asks (clauses without a full stop), its raw output aside. */
export function statementFaults(statement: Statement, now: Date): string[] {
  const { gateway, started, ended } = statement.predicate;
  const hash = hashOf(statement);
  const faults: string[] = [];
  if (gateway.before !== gateway.after)
    faults.push(
      "the gateway's behaviour hash was another one after the measurement: its configuration changed meanwhile",
    );
  else if (gateway.before !== hash)
    faults.push("the gateway reported another behaviour hash than the one that the statement is about");
  if (Date.parse(started) > Date.parse(ended))
    faults.push(`it started at ${started}, after its end at ${ended}`);
  if (Date.parse(ended) > now.getTime() + skewMilliseconds)
    faults.push(`it ended at ${ended}, which is in the future`);
  return faults;
}

function signed(statement: Statement, key: string): string {
  try {
    return signEnvelope(Buffer.from(canonicalJson(statement)), key);
  } catch (error) {
    if (error instanceof SigningError) throw new EvidenceError(error.message);
    throw error;
  }
}

const stemOf = (kind: KindName, statement: Statement) =>
  stem(kind, new Date(statement.predicate.ended), hashOf(statement));

/** Names that sort by kind and time. A time that is none is refused with the rest of the statement. */
function stem(kind: KindName, ended: Date, hash: string): string {
  const time = Number.isNaN(ended.getTime())
    ? ""
    : ended
        .toISOString()
        .replace(/\.\d+Z$/, "Z")
        .replace(/[-:]/g, "");
  return `${kind}-${time}-${hash.slice(0, 12)}`;
}

/** An extension that a file may have; others are left away. */
const extensionOf = (extension: string) => (/^\.[A-Za-z0-9]{1,10}$/.test(extension) ? extension : "");

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
