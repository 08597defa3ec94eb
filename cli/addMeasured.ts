import { projectFiles } from "../config/files";
import { readReleases } from "../config/release";
import { quote } from "../config/visible";
import { addEvidence, EvidenceError } from "../lifecycle/addEvidence";
import type { KindName } from "../lifecycle/kind";
import { WriteError } from "../lifecycle/write";
import { type Measured, type MeasuredGateway, predicateOf } from "../measure/measurement";
import { readInput } from "./evidenceAdd";
import { UsageError } from "./exit";

/** Where a command that measures puts what it found: nowhere, unless a release is named. */
export interface AddingOptions {
  cwd: string;
  release?: string;
  sign?: string;
}

/** Before anything is measured for nothing: the release is there, and so is the key. */
export function checkAdding(root: string, { cwd, release, sign }: AddingOptions): void {
  if (sign !== undefined) {
    if (release === undefined) throw new UsageError("--sign goes with --release: only evidence is signed.");
    readInput(cwd, sign);
  }
  if (release !== undefined && !readReleases(projectFiles(root)).byId.has(release))
    throw new UsageError(`There is no release ${quote(release)} that can be read.`);
}

/** Adds what was measured to the evidence of the named release; returns the files that were written. */
export function addMeasured(
  root: string,
  { cwd, release, sign }: AddingOptions,
  kind: KindName,
  gateway: MeasuredGateway,
  found: Measured,
): string[] {
  if (release === undefined) return [];
  const { predicate, raw } = predicateOf(kind, gateway, found);
  const key = sign === undefined ? {} : { signingKey: Buffer.from(readInput(cwd, sign)).toString("utf8") };
  try {
    const added = addEvidence(root, {
      release,
      measured: { kind, predicate },
      raw: { bytes: Buffer.from(raw), extension: ".json" },
      ...key,
      now: new Date(),
    });
    return [added.file, added.raw];
  } catch (error) {
    if (error instanceof EvidenceError || error instanceof WriteError) throw new UsageError(error.message);
    throw error;
  }
}
