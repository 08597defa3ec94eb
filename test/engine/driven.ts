import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type CommandResult, startLockstep } from "../project";
import { type EngineProject, pulumi, until } from "./harness";

const git = (dir: string, ...args: string[]): string =>
  execFileSync("git", ["-C", dir, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
    encoding: "utf8",
  }).trim();

/** Makes the project's folder a repository whose last commit has it as it stands; returns that commit. */
export function commit({ dir }: EngineProject): string {
  writeFileSync(join(dir, ".gitignore"), "node_modules\n.engine\ndist\n");
  git(dir, "init", "--quiet");
  git(dir, "add", "--all");
  git(dir, "commit", "--quiet", "--allow-empty", "--message", "As it stands");
  return git(dir, "rev-parse", "HEAD");
}

/** Starts the built command line in the project, with its engine. */
export const startDriven = (
  project: EngineProject,
  args: readonly string[],
  env: Record<string, string> = {},
) => startLockstep(args, project.dir, project.environment(env));

export const driven = (
  project: EngineProject,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CommandResult> => startDriven(project, args, env).result;

/** A PATH on which "pulumi" is a script of somebody's that changes what previews and updates are told. */
export function wrapped(project: EngineProject, script: string): { PATH: string } {
  const folder = join(project.dir, ".engine", "wrapper");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "pulumi");
  writeFileSync(file, `#!/bin/bash\nreal='${pulumi}'\n${script}\nexec "$real" "$@"\n`);
  chmodSync(file, 0o755);
  return { PATH: [folder, project.environment().PATH].join(delimiter) };
}

/**
 * Waits until nothing but what is slow is under way: what the cloud has made and the state does not know yet when the
 * engine is ended has to be found by a person, and is not what is tested.
 */
export async function quiet(project: EngineProject): Promise<void> {
  let [count, since] = [0, Date.now()];
  await until(
    "only what is slow is under way",
    () => {
      const now = project.operations().length;
      if (now !== count) [count, since] = [now, Date.now()];
      return Date.now() - since > 3_000;
    },
    120_000,
  );
}
