import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { maxFileBytes, type ProjectFiles, projectFiles, snapshot } from "../config/files";
import { quote } from "../config/visible";
import { UsageError } from "./exit";

/**
 * The files of a project as a commit of its repository has them; the working tree is not touched. Git is asked
 * once for the names, beside whatever the caller does until it waits, and then only for what the working tree has
 * not, byte for byte, at the same path.
 */
export async function gitFiles(root: string, ref: string): Promise<ProjectFiles> {
  const blobs = await treeOf(root, ref);
  const tree = projectFiles(root);
  const inTree = (path: string, id: string): Uint8Array | undefined => {
    const there = tree.read(path);
    return there.found && blobId(there.bytes, id) === id ? there.bytes : undefined;
  };
  let others: Map<string, Uint8Array> | undefined;
  const contentOf = (path: string, id: string): Uint8Array | undefined => {
    const same = inTree(path, id);
    if (same || !stackFile.test(path)) return same ?? git(root, ["cat-file", "blob", id]);
    // Where one stack's file has changed, those of others mostly have too.
    others ??= blobsOf(
      root,
      [...blobs].flatMap(([one, blob]) => (stackFile.test(one) && !inTree(one, blob) ? [blob] : [])),
    );
    return others.get(id) ?? git(root, ["cat-file", "blob", id]);
  };
  return snapshot({
    read(path) {
      const id = blobs.get(path);
      const bytes = id && contentOf(path, id);
      return bytes ? { found: true, bytes } : { found: false, why: `there is no file "${path}" in ${ref}` };
    },
    list(folder) {
      const prefix = folder === "" ? "" : `${folder}/`;
      const names = new Set<string>();
      for (const path of blobs.keys())
        if (path.startsWith(prefix)) names.add(path.slice(prefix.length).split("/", 1)[0] ?? "");
      return [...names].sort();
    },
  });
}

const stackFile = /(?:^|\/)Pulumi\.[\w.-]+\.yaml$/;

/** The contents of many blobs by their names, from one process; of those that it does not print, none. */
function blobsOf(root: string, ids: readonly string[]): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const printed = git(root, ["cat-file", "--batch"], { input: `${ids.join("\n")}\n`, maxBuffer: mostListed });
  let at = 0;
  while (printed && at < printed.length) {
    const line = printed.indexOf("\n", at);
    const [id = "", kind, size = "0"] = printed.toString("latin1", at, line).split(" ");
    if (kind !== "blob") break;
    const end = line + 1 + Number(size);
    if (Number(size) <= maxFileBytes) found.set(id, printed.subarray(line + 1, end));
    at = end + 1;
  }
  return found;
}

/** The blob of each regular file below the project's folder, by its path; links and submodules are left out. */
async function treeOf(root: string, ref: string): Promise<Map<string, string>> {
  const blobs = new Map<string, string>();
  // A name that begins with a dash would be an option.
  const listed = ref.startsWith("-") ? undefined : await list(root, `${ref}^{commit}`);
  if (listed === undefined) throw new UsageError(whyUnread(root, ref));
  for (const entry of listed.split("\0")) {
    const tab = entry.indexOf("\t");
    const [mode = "", , id = ""] = entry.slice(0, tab).split(" ");
    if (mode.startsWith("100")) blobs.set(entry.slice(tab + 1), id);
  }
  return blobs;
}

function whyUnread(root: string, ref: string): string {
  if (git(root, ["rev-parse", "--git-dir"]) === undefined)
    return `${root} is in no git repository, so there is nothing to compare with.`;
  const commit = ref.startsWith("-") ? undefined : git(root, ["rev-parse", "--verify", `${ref}^{commit}`]);
  return commit === undefined
    ? `There is no commit ${quote(ref)} in the repository of ${root}.`
    : `git cannot list the files of ${quote(ref)} in the repository of ${root}.`;
}

/** The name that git gives to a file's content, by the kind of hash of the repository. */
function blobId(bytes: Uint8Array, like: string): string {
  const hash = createHash(like.length === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** The entries of a tree; undefined where git fails, whatever the reason. */
function list(root: string, tree: string): Promise<string | undefined> {
  const args = ["-C", root, "ls-tree", "-r", "-z", tree];
  return new Promise((done) => {
    execFile("git", args, { maxBuffer: mostListed }, (error, listed) => {
      done(error ? undefined : listed);
    });
  });
}

/** The most bytes that are taken from git at once. */
const mostListed = 256 * 1024 * 1024;

/** What git prints, without any of the repository's filters; undefined where it fails, whatever the reason. */
function git(
  root: string,
  args: readonly string[],
  options: { input?: string; maxBuffer?: number } = {},
): Buffer | undefined {
  try {
    return execFileSync("git", ["-C", root, ...args], {
      maxBuffer: maxFileBytes,
      ...options,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "ignore"],
    });
  } catch {
    return undefined;
  }
}
