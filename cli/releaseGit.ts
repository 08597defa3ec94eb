import { execFileSync } from "node:child_process";
import { maxFileBytes, type ProjectFiles } from "../config/files";
import { quote } from "../config/visible";
import { UsageError } from "./exit";

/** The files of a project as a commit of its repository has them; the working tree is not touched. */
export function gitFiles(root: string, ref: string): ProjectFiles {
  const commit = git(root, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`])
    ?.toString("utf8")
    .trim();
  if (commit === undefined) {
    throw new UsageError(
      git(root, ["rev-parse", "--git-dir"]) === undefined
        ? `${root} is in no git repository, so --since has nothing to compare with.`
        : `There is no commit ${quote(ref)} in the repository of ${root}.`,
    );
  }
  return {
    read(path) {
      // Unlike `git show`, this runs none of the repository's filters.
      const bytes = leadsOut(path) ? undefined : git(root, ["cat-file", "blob", `${commit}:./${path}`]);
      return bytes === undefined
        ? { found: false, why: `there is no file "${path}" in ${ref}` }
        : { found: true, bytes };
    },
    list(folder) {
      if (leadsOut(folder)) return [];
      const names = git(root, ["ls-tree", "--name-only", "-z", `${commit}:./${folder}`]);
      return names === undefined ? [] : names.toString("utf8").split("\0").filter(Boolean).sort();
    },
  };
}

const leadsOut = (path: string) => path.startsWith("/") || path.split("/").includes("..");

/** What git prints; undefined where it fails, whatever the reason. */
function git(root: string, args: readonly string[]): Buffer | undefined {
  try {
    return execFileSync("git", ["-C", root, ...args], {
      maxBuffer: maxFileBytes,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return undefined;
  }
}
