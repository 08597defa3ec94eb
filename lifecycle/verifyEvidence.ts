import type { ProjectFiles } from "../config/files";
import { releasesFolder } from "../config/release";
import { credentialInBytes, statementFaults } from "./addEvidence";
import { trustedSigners } from "./envelope";
import { type Evidence, evidenceFolder, isStatement, readEvidence } from "./evidence";

/** A statement's file and everything that is wrong with it, whatever its results are. */
export interface Verified {
  file: string;
  /** Undefined where it cannot be read. */
  evidence: Evidence | undefined;
  /** The trusted keys that signed it, by fingerprint. */
  signers: readonly string[];
  /** Clauses without a full stop; empty where nothing is wrong. */
  faults: readonly string[];
}

/** The paths of all statements of a project, or of one release, in order. */
export function statementFiles(files: ProjectFiles, release?: string): string[] {
  const releases = release === undefined ? files.list(releasesFolder) : [release];
  return releases.flatMap((id) =>
    files
      .list(evidenceFolder(id))
      .filter(isStatement)
      .map((name) => `${evidenceFolder(id)}/${name}`),
  );
}

/** Checks one statement: what it says of itself, its raw output, and who signed it. */
export function verifyEvidence(
  files: ProjectFiles,
  file: string,
  trustedKeys: readonly string[],
  now: Date,
): Verified {
  const evidence = readEvidence(files, file.split("/")[1] ?? "", file);
  if ("why" in evidence) return { file, evidence: undefined, signers: [], faults: [evidence.why] };
  const { statement, envelope, rawFault } = evidence;
  const signers = envelope === undefined ? [] : trustedSigners(envelope, trustedKeys);
  return {
    file,
    evidence,
    signers,
    faults: [
      ...statementFaults(statement, now),
      ...(rawFault === undefined ? credentialFaults(files, file, statement.predicate.raw.file) : [rawFault]),
      ...(trustedKeys.length === 0 || signers.length > 0 ? [] : [signatureFault(evidence)]),
    ],
  };
}

const signatureFault = ({ envelope }: Evidence) =>
  envelope === undefined ? "it is not signed" : "it is signed by no trusted key";

/** A statement with a credential in it cannot be read at all; its raw output is only looked at here. */
function credentialFaults(files: ProjectFiles, file: string, raw: string): string[] {
  const read = files.read(`${file.slice(0, file.lastIndexOf("/"))}/${raw}`);
  const credential = read.found ? credentialInBytes(read.bytes) : undefined;
  return credential === undefined
    ? []
    : [`its raw output has ${credential} in it, which has to be revoked now`];
}
