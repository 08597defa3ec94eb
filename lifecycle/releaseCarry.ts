import type { ProjectFiles } from "../config/files";
import { loadPair, type PairResult } from "../config/pair";
import { place, type Release, readReleases, releaseFile } from "../config/release";
import type { StackResult } from "../config/stack";
import { quote } from "../config/visible";
import { removeValue, setValue } from "./edit";
import { carriedIds, carriesKey, Draft, pairOr, pairsOf, ReleaseError } from "./releaseFiles";
import type { FileChange } from "./write";

/** Lets a stack carry an open release: one line in its file. Both stacks have to be readable with it. */
export function carry(files: ProjectFiles, id: string, stack: string): FileChange[] {
  const release = openRelease(files, id);
  const { own } = loadPair(files, stack);
  if (textless(files, own))
    throw new ReleaseError(`There is no stack ${quote(stack)}: ${own.file} is missing.`);
  if (carriedIds(files, own.file).includes(id))
    throw new ReleaseError(`${own.name} carries ${id} already (${own.file}).`);
  const draft = new Draft(files);
  addLine(draft, own.file, release.id);
  pairOr(loadPair(draft.now(), stack), `${own.name} cannot carry ${id}`);
  return draft.all();
}

/**
 * Takes a release out of one stack, or out of every stack that carries it. Nothing else has to be right: this is
 * how a project that cannot be read any more becomes readable.
 */
export function drop(files: ProjectFiles, id: string, stack: string | undefined): FileChange[] {
  const results =
    stack === undefined ? pairsOf(files).map((name) => loadPair(files, name)) : [loadPair(files, stack)];
  const stacks = stack === undefined ? results.flatMap(bothOf) : results.map(({ own }) => own);
  const carrying = stacks.filter(({ file }) => carriedIds(files, file).includes(id));
  if (carrying.length === 0) {
    const who = stack === undefined ? "No stack" : (stacks[0]?.name ?? stack);
    throw new ReleaseError(`${who} ${stack === undefined ? "carries" : "does not carry"} ${id}.`);
  }
  const draft = new Draft(files);
  for (const { file } of carrying) removeLine(draft, file, [id]);
  return draft.all();
}

const textless = (files: ProjectFiles, { file }: StackResult) => !files.read(file).found;

export const bothOf = ({ own, counterpart }: PairResult): StackResult[] =>
  counterpart === undefined ? [own] : [own, counterpart];

/** Adds a release at the end of those that a stack file carries. */
export function addLine(draft: Draft, file: string, id: string): void {
  draft.edit(file, (text) => {
    const carried = carriedIds(draft.now(), file);
    return carried.length === 0
      ? setValue(text, ["config", carriesKey], [id])
      : setValue(text, ["config", carriesKey, carried.length], id);
  });
}

/** Takes releases out of a stack file, and the key with the last of them. */
export function removeLine(draft: Draft, file: string, ids: readonly string[]): void {
  for (const id of ids) {
    const carried = carriedIds(draft.now(), file);
    if (!carried.includes(id)) continue;
    draft.edit(file, (text) =>
      carried.every((one) => one === id)
        ? removeValue(text, ["config", carriesKey])
        : removeValue(text, ["config", carriesKey, carried.indexOf(id)]),
    );
    if (carriedIds(draft.now(), file).includes(id)) removeLine(draft, file, [id]);
  }
}

/** An open release that can be read. */
export function openRelease(files: ProjectFiles, id: string): Release {
  const release = knownRelease(files, id);
  if (release.data.state === "open") return release;
  throw new ReleaseError(
    `${id} is closed (${place(release.position(["state"]))}): its values stand in Pulumi.yaml. To take them back: lockstep release revert ${id}`,
  );
}

export function knownRelease(files: ProjectFiles, id: string): Release {
  const { byId, problems } = readReleases(files);
  const release = byId.get(id);
  if (release !== undefined) return release;
  const own = problems.filter(({ file }) => file === releaseFile(id));
  if (own.length > 0) pairOr({ pair: undefined, problems: own }, `${id} cannot be used`);
  const open = [...byId.values()].filter(({ data }) => data.state === "open").map((one) => one.id);
  throw new ReleaseError(
    `There is no release ${quote(id)}. ${open.length === 0 ? "None is open." : `Open: ${open.join(", ")}.`}`,
  );
}
