import { execFile } from "node:child_process";
import { type ProjectFiles, projectFiles } from "../config/files";
import { gitFiles } from "./gitFiles";

/** What an update reads, beside the files that the configuration points to. */
const folders = [
  "canary",
  "components",
  "config",
  "gateway",
  "lifecycle",
  "policies",
  "prompts",
  "releases",
  "retrieval",
  "tools",
];
const files = /^(?:Pulumi(?:\.[\w.-]+)?\.ya?ml|index\.[jt]s|package(?:-lock)?\.json|tsconfig\.json)$/;

/** Which commit a project stands at, and what of an update's files is not as that commit has it. */
export interface Checkout {
  /** Undefined where there is no repository, or no commit in it. */
  commit: string | undefined;
  /** Paths relative to the project's root, sorted. */
  uncommitted: string[];
}

/**
 * Compares what an update reads with the last commit, byte by byte: what git was told to overlook is found too.
 *
 * @param more further files and folders that the update reads
 */
export async function checkoutOf(root: string, more: readonly string[]): Promise<Checkout> {
  const commit = await head(root);
  if (commit === undefined) return { commit, uncommitted: [] };
  const [tree, committed] = [projectFiles(root), await gitFiles(root, commit)];
  const paths = new Set([...pathsIn(tree), ...pathsIn(committed), ...more]);
  const isSame = (path: string): boolean => {
    const [now, then] = [tree.read(path), committed.read(path)];
    if (!now.found || !then.found) return now.found === then.found;
    return Buffer.from(now.bytes).equals(then.bytes);
  };
  return { commit, uncommitted: [...paths].filter((path) => !isSame(path)).sort() };
}

function* pathsIn(tree: ProjectFiles): Generator<string> {
  for (const name of tree.list("")) {
    if (files.test(name)) yield name;
    if (folders.includes(name)) yield* below(tree, name);
  }
}

function* below(tree: ProjectFiles, folder: string): Generator<string> {
  for (const name of tree.list(folder)) {
    if (name === "node_modules") continue;
    const path = `${folder}/${name}`;
    if (tree.list(path).length > 0) yield* below(tree, path);
    else yield path;
  }
}

function head(root: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile("git", ["-C", root, "rev-parse", "--verify", "HEAD^{commit}"], (error, printed) =>
      resolve(error ? undefined : printed.trim()),
    );
  });
}
