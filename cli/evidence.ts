import { isAbsolute, relative, resolve, sep } from "node:path";
import { type ProjectFiles, projectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { releasesFolder } from "../config/release";
import { findPairs } from "../config/stacks";
import { quote } from "../config/visible";
import { evidenceStore, isStatement } from "../lifecycle/evidence";
import { statementFiles, verifyEvidence } from "../lifecycle/verifyEvidence";
import { evidenceListText, listEvidence, type Target, verifiedText } from "../review/evidence";
import { readTrust } from "./evidenceTrust";
import { exit, UsageError } from "./exit";
import type { Output } from "./output";
import { findProject } from "./project";

/** `lockstep evidence list`: everything that was measured, whatever it is worth. */
export function evidenceList(
  { cwd, release, json }: { cwd: string; release?: string; json: boolean },
  { out, err, style }: Output,
  now: Date,
): number {
  const files = projectFiles(findProject(cwd));
  const releases = files.list(releasesFolder);
  if (release !== undefined && !releases.includes(release))
    throw new UsageError(`There is no release ${quote(release)} in ${releasesFolder}/.`);
  const { targets, unread } = targetsOf(files);
  const list = listEvidence(
    evidenceStore(files),
    release === undefined ? releases : [release],
    targets,
    readTrust(files),
    now,
  );
  out(json ? `${JSON.stringify({ version: 1, ...list }, null, 2)}\n` : `${evidenceListText(list, style)}\n`);
  for (const stack of unread)
    err(`lockstep: the pair of ${quote(stack)} cannot be read, so what counts for it is not told.\n`);
  return exit.clean;
}

/** The present behaviour of every stack of every pair that can be read, staging's first. */
export function targetsOf(files: ProjectFiles): { targets: Target[]; unread: string[] } {
  const targets: Target[] = [];
  const unread: string[] = [];
  for (const stack of findPairs(files)) {
    const { pair } = loadPair(files, stack);
    if (pair === undefined) unread.push(stack);
    else
      for (const { name, behaviourHash } of [pair.staging, pair.production])
        targets.push({ stack: name, hash: behaviourHash });
  }
  return { targets, unread };
}

/** `lockstep evidence verify`: whether statements, raw output and signatures are what they say. */
export function evidenceVerify(
  named: readonly string[],
  { cwd, json }: { cwd: string; json: boolean },
  { out, style }: Output,
  now: Date,
): number {
  const root = findProject(cwd);
  const files = projectFiles(root);
  const paths =
    named.length === 0 ? statementFiles(files) : named.map((path) => projectPath(files, root, cwd, path));
  const { trustedKeys } = readTrust(files);
  const verified = paths.map((file) => verifyEvidence(files, file, trustedKeys, now));
  const passed = verified.every(({ faults }) => faults.length === 0);
  const report = {
    version: 1,
    passed,
    statements: verified.map(({ file, evidence, signers, faults }) => ({
      file,
      ...(evidence === undefined ? {} : { kind: evidence.kind, hash: evidence.hash }),
      signed: evidence?.envelope !== undefined,
      signedBy: signers,
      faults,
    })),
  };
  out(json ? `${JSON.stringify(report, null, 2)}\n` : `${verifiedText(verified, style)}\n`);
  return passed ? exit.clean : exit.findings;
}

/** A path of the command line, relative to the project's root. */
function projectPath(files: ProjectFiles, root: string, cwd: string, path: string): string {
  const inside = relative(root, resolve(cwd, path));
  if (isAbsolute(path) || inside.split(sep)[0] === "..")
    throw new UsageError(`${quote(path)} leads out of the project: name a statement inside it.`);
  if (!isStatement(inside))
    throw new UsageError(`${quote(path)} is no statement: its name ends in .intoto.json or .dsse.json.`);
  const read = files.read(inside);
  if (!read.found) throw new UsageError(`It cannot be verified: ${read.why}.`);
  return inside.split(sep).join("/");
}
