import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { isAbsolute, join, sep } from "node:path";

/** The largest file that is read: 4 MiB. */
export const maxFileBytes = 4 * 1024 * 1024;

/** A file's bytes, or one sentence (without a full stop) that says why it could not be read. */
export type FileResult = { found: true; bytes: Uint8Array } | { found: false; why: string };

/** Files by their path relative to the project's root: a folder, or a commit of a repository. */
export interface ProjectFiles {
  read(path: string): FileResult;
  /** The names of the entries of a folder ("" for the root), sorted; none where there is no such folder. */
  list(folder: string): string[];
}

/**
 * The files of a project folder. Whatever leads out of it (`..`, an absolute path, a link), is no regular
 * file (a folder, FIFO or device) or is over the limit is not read.
 */
export function projectFiles(root: string, limitBytes = maxFileBytes): ProjectFiles {
  const realRoot = realpathSync(root);
  return {
    read(path) {
      if (isAbsolute(path) || path.split(/[\\/]/).includes("..")) {
        return { found: false, why: `"${path}" leads out of the project` };
      }
      let real: string;
      try {
        real = realpathSync(join(realRoot, path));
      } catch {
        return { found: false, why: `there is no file "${path}"` };
      }
      if (!real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) {
        return { found: false, why: `"${path}" is a link that leads out of the project` };
      }
      return readRegular(real, path, limitBytes);
    },
    list(folder) {
      if (isAbsolute(folder) || folder.split(/[\\/]/).includes("..")) return [];
      try {
        return readdirSync(join(realRoot, folder)).sort();
      } catch {
        return [];
      }
    },
  };
}

function readRegular(real: string, path: string, limitBytes: number): FileResult {
  let descriptor: number;
  try {
    // Without O_NONBLOCK, opening a FIFO waits for a writer for ever.
    descriptor = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return { found: false, why: `"${path}" cannot be opened` };
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { found: false, why: `"${path}" is not a regular file` };
    if (stats.size > limitBytes)
      return { found: false, why: `"${path}" is larger than ${limitBytes / 1024 ** 2} MiB` };
    return { found: true, bytes: readFileSync(descriptor) };
  } finally {
    closeSync(descriptor);
  }
}

/** The same files, each read once: whoever reads twice gets the same bytes, whatever happens to the files meanwhile. */
export function snapshot(files: ProjectFiles): ProjectFiles {
  const read = new Map<string, FileResult>();
  const listed = new Map<string, string[]>();
  return {
    read: (path) => remember(read, path, () => files.read(path)),
    list: (folder) => remember(listed, folder, () => files.list(folder)),
  };
}

function remember<T>(known: Map<string, T>, key: string, find: () => T): T {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}

/** Files held in memory, for tests and for trees read from a repository. */
export function memoryFiles(entries: Readonly<Record<string, string>>): ProjectFiles {
  return {
    read(path) {
      const text = Object.hasOwn(entries, path) ? entries[path] : undefined;
      return text === undefined
        ? { found: false, why: `there is no file "${path}"` }
        : { found: true, bytes: new TextEncoder().encode(text) };
    },
    list(folder) {
      const prefix = folder === "" ? "" : `${folder}/`;
      const below = Object.keys(entries).filter((path) => path.startsWith(prefix));
      return [...new Set(below.map((path) => path.slice(prefix.length).split("/")[0] ?? ""))].sort();
    },
  };
}
