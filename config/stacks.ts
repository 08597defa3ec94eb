import { environmentText, readProject, readStack, stackFile } from "./documents";
import type { ProjectFiles } from "./files";

/**
 * One stack of each pair of a project, in the order of their names, found by the counterparts that the stack files
 * name; at the end those that name none. Every stack is one of these or the counterpart of one, also where its
 * file is broken: it is judged, not lost. Each file is read when its turn comes.
 */
export function* findPairs(files: ProjectFiles): Generator<string> {
  const { stackDir } = readProject(files);
  const covered = new Set<string>();
  const alone: string[] = [];
  for (const name of stackNames(files, stackDir)) {
    if (covered.has(name)) continue;
    const counterpart = counterpartOf(files, stackDir, name);
    if (counterpart === undefined) alone.push(name);
    else {
      covered.add(name).add(counterpart);
      yield name;
    }
  }
  yield* alone.filter((name) => !covered.has(name));
}

/** One stack of each pair that was there before, and of which neither stack has a file any more. */
export function* removedPairs(before: ProjectFiles, after: ProjectFiles): Generator<string> {
  const { stackDir } = readProject(before);
  const left = new Set(stackNames(after, readProject(after).stackDir));
  if (stackNames(before, stackDir).every((name) => left.has(name))) return;
  for (const name of findPairs(before)) {
    const counterpart = counterpartOf(before, stackDir, name);
    if (!left.has(name) && (counterpart === undefined || !left.has(counterpart))) yield name;
  }
}

/** The stacks that have a file in a folder, in the order of their names. */
export const stackNames = (files: ProjectFiles, stackDir: string): string[] =>
  files.list(stackDir).flatMap((file) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(file)?.[1] ?? []);

const counterpartOf = (files: ProjectFiles, stackDir: string, name: string): string | undefined =>
  environmentText(
    readStack(files, stackFile(stackDir, name)).entries.get("environment")?.node,
    "counterpart",
  );
