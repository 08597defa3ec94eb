import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, isAbsolute, join, sep } from "node:path";

/** What one file is to become: `before` undefined for a new file, `after` undefined for one that goes. */
export interface FileChange {
  /** Relative to the project's root, with forward slashes. */
  path: string;
  before: string | Uint8Array | undefined;
  after: string | Uint8Array | undefined;
}

/** Thrown before anything is written, or after everything was put back; the message is one sentence. */
export class WriteError extends Error {
  override readonly name = "WriteError";
}

/**
 * Makes all changes or none. Refuses a path that leads out of the project, a file that is no longer as it was
 * read, and a new file where there is one already. Each file is complete at every moment: it is written beside
 * its place first and then put there.
 */
export function writeAll(root: string, changes: readonly FileChange[]): void {
  const realRoot = realpathSync(root);
  const made: string[] = [];
  const staged: { change: FileChange; target: string; temporary: string | undefined }[] = [];
  const done: (() => void)[] = [];
  try {
    for (const change of changes) {
      const target = targetOf(realRoot, change.path, made);
      checkUnchanged(target, change);
      const { after } = change;
      const temporary = `${target}.lockstep-${process.pid}-${staged.length}`;
      staged.push({ change, target, temporary: after === undefined ? undefined : temporary });
      if (after !== undefined) writeFile(temporary, after, modeOf(target));
    }
    for (const { change, target, temporary } of staged) {
      const mode = modeOf(target);
      if (temporary === undefined) rmSync(target);
      else if (change.before === undefined) {
        // A link, unlike a rename, never replaces what somebody else has put there in the meantime.
        linkSync(temporary, target);
        rmSync(temporary);
      } else renameSync(temporary, target);
      done.push(() => restore(target, change.before, mode));
    }
  } catch (error) {
    // One step back that fails must not keep the others from being taken.
    const back = done.reverse().map(attempt);
    // Most are in their place already, and gone from here.
    for (const { temporary } of staged) if (temporary !== undefined) attempt(() => rmSync(temporary));
    // A folder stays where somebody else has put something there.
    for (const folder of made.reverse()) attempt(() => rmdirSync(folder));
    if (back.includes(false))
      throw new WriteError("A part was written and could not be taken back: git status shows which.");
    throw error instanceof WriteError ? error : new WriteError(`Nothing was written: ${reasonOf(error)}.`);
  }
}

/** The place of a file in the project, whose folder is made where it is missing. */
function targetOf(realRoot: string, path: string, made: string[]): string {
  if (path === "" || isAbsolute(path) || path.split(/[\\/]/).some((step) => step === ".." || step === "."))
    throw new WriteError(`"${path}" leads out of the project: nothing was written.`);
  const target = join(realRoot, path);
  let existing = dirname(target);
  const missing: string[] = [];
  while (!existsSync(existing)) {
    missing.push(existing);
    existing = dirname(existing);
  }
  const real = realpathSync(existing);
  if (real !== realRoot && !real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep))
    throw new WriteError(`"${path}" leads out of the project by a link: nothing was written.`);
  for (const folder of missing.reverse()) {
    mkdirSync(folder);
    made.push(folder);
  }
  return target;
}

function checkUnchanged(target: string, { path, before }: FileChange): void {
  if (!existsSync(target)) {
    if (before !== undefined) throw new WriteError(`${path} is gone: nothing was written.`);
    return;
  }
  if (before === undefined) throw new WriteError(`There is a file ${path} already: nothing was written.`);
  const real = realpathSync(target);
  if (real !== join(realpathSync(dirname(target)), target.slice(target.lastIndexOf(sep) + 1)))
    throw new WriteError(`${path} is a link: nothing was written.`);
  if (!statSync(target).isFile()) throw new WriteError(`${path} is not a regular file: nothing was written.`);
  if (!Buffer.from(before).equals(readFileSync(target)))
    throw new WriteError(`${path} was changed in the meantime: nothing was written.`);
}

/** Undefined for a file that is not there: a new one gets what the process gives to new files. */
const modeOf = (target: string): number | undefined =>
  existsSync(target) ? statSync(target).mode & 0o777 : undefined;

function writeFile(path: string, content: string | Uint8Array, mode: number | undefined): void {
  const descriptor = openSync(path, "wx", mode ?? 0o644);
  try {
    // The mode that a file is opened with is cut by the process's mask.
    if (mode !== undefined) fchmodSync(descriptor, mode);
    const bytes = Buffer.from(content);
    let written = 0;
    while (written < bytes.length) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function restore(target: string, before: string | Uint8Array | undefined, mode: number | undefined): void {
  rmSync(target, { force: true });
  if (before !== undefined) writeFile(target, before, mode);
}

function attempt(step: () => void): boolean {
  try {
    step();
    return true;
  } catch {
    return false;
  }
}

/** The system's own code alone: its message has the whole path. */
const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^E[A-Z]+$/.test(code) ? `the system says ${code}` : "an unexpected error";
};
