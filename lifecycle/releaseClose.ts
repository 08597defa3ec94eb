import { namespace, readStack } from "../config/documents";
import type { ProjectFiles } from "../config/files";
import { loadPair, type Pair } from "../config/pair";
import type { Path } from "../config/relation";
import type { Change, Release } from "../config/release";
import { toPlain } from "../config/yaml";
import { removeValue, setValue } from "./edit";
import { openRelease, removeLine } from "./releaseCarry";
import { carriedIds, Draft, pairOr, pairsOf, ReleaseBlocked, ReleaseError } from "./releaseFiles";
import { projectPath } from "./releaseSince";
import type { FileChange } from "./write";

/** What keeps production from being updated now; a finding of any rule has these. */
export interface Refusal {
  rule: string;
  object: string;
  found: string;
  allowed: string;
}

/**
 * Folds releases that production carries into Pulumi.yaml, or into the stack files where those have the key
 * themselves, and takes them out of every stack file. No behaviour hash changes: that is checked on the edited
 * files, and anything else writes nothing.
 */
export function close(
  files: ProjectFiles,
  ids: readonly string[],
  { now, refusals }: { now: Date; refusals: readonly Refusal[] },
): FileChange[] {
  const wanted = [...new Set(ids)].map((id) => openRelease(files, id));
  const pairs = pairsOf(files).map((stack) =>
    pairOr(loadPair(files, stack), "The project cannot be read as it is"),
  );
  for (const pair of pairs) checkCarried(pair, wanted);
  const hash = sharedHash(pairs);
  const [first, ...more] = refusals;
  if (first !== undefined) {
    const others = more.length === 0 ? "" : ` (and ${more.length} more: lockstep release status)`;
    throw new ReleaseBlocked(
      `Production may not carry ${ids.join(", ")} now: ${first.rule}: ${first.object}: found ${first.found}; allowed is ${first.allowed}${others}.`,
    );
  }
  const draft = new Draft(files);
  const stacks = pairs.flatMap(({ staging, production }) => [staging, production]);
  const stackFiles = stacks.map(({ file }) => file);
  // In the order in which they are applied.
  const ordered = pairs[0]?.production.carried ?? [];
  for (const release of ordered) for (const change of release.changes) fold(draft, stackFiles, change);
  for (const file of stackFiles)
    removeLine(
      draft,
      file,
      carriedIds(files, file).filter((id) => ids.includes(id)),
    );
  for (const { file } of wanted) {
    draft.edit(file, (text) => {
      const closed = { at: now.toISOString().replace(/\.\d+Z$/, "Z"), behaviourHash: hash };
      return setValue(setValue(text, ["state"], "closed"), ["closed"], closed);
    });
  }
  checkHashes(draft.now(), pairs);
  return draft.all();
}

function checkCarried({ production, staging }: Pair, wanted: readonly Release[]): void {
  for (const { id } of wanted) {
    for (const stack of [production, staging]) {
      if (stack.carried.some((one) => one.id === id)) continue;
      throw new ReleaseError(
        `${stack.name} does not carry ${id}: a release is closed once both environments run it (lockstep release carry ${id} --stack ${stack.name}).`,
      );
    }
  }
  const other = production.carried.find(({ id }) => wanted.every((one) => one.id !== id));
  if (other === undefined) return;
  throw new ReleaseError(
    `${production.name} carries ${other.id} too: close both together, since its hash is that of both (lockstep release close ${production.carried.map(({ id }) => id).join(" ")}).`,
  );
}

/** The hash that the release records is one: of every pair's production. */
function sharedHash(pairs: readonly Pair[]): string {
  const hashes = new Set(pairs.map(({ production }) => production.behaviourHash));
  const [hash, ...more] = hashes;
  if (hash !== undefined && more.length === 0) return hash;
  throw new ReleaseError(
    `The productions of the project's pairs have different behaviour hashes (${pairs.map(({ production }) => production.name).join(", ")}): a release can only be closed where they have one.`,
  );
}

/** Writes one change where the value stands: in Pulumi.yaml, and in the stack files that have the key themselves. */
function fold(draft: Draft, stackFiles: readonly string[], { path, to }: Change): void {
  const [key, ...rest] = path;
  const name = String(key);
  const own = stackFiles.filter((file) => readStack(draft.now(), file).entries.has(name));
  for (const file of own) apply(draft, file, ["config", `${namespace}:${name}`, ...rest], to);
  if (own.length === stackFiles.length) return;
  const written = projectPath(draft.text("Pulumi.yaml"), name, rest);
  if (written === undefined) {
    const value = { value: to && toPlain(to) };
    draft.edit("Pulumi.yaml", (text) => setValue(text, ["config", `${namespace}:${name}`], value));
    // The key goes with its value: `value` alone would be one without.
  } else
    apply(draft, "Pulumi.yaml", rest.length === 0 && to === undefined ? written.slice(0, 2) : written, to);
}

function apply(draft: Draft, file: string, path: Path, to: Change["to"]): void {
  draft.edit(file, (text) =>
    to === undefined ? removeValue(text, path) : setValue(text, path, toPlain(to)),
  );
}

/** A guard against a defect of ours: what was proven is what production goes on to be. */
function checkHashes(files: ProjectFiles, pairs: readonly Pair[]): void {
  for (const before of pairs) {
    const after = pairOr(
      loadPair(files, before.production.name),
      "Closing would leave a project that cannot be read",
    );
    for (const tier of ["staging", "production"] as const) {
      if (after[tier].behaviourHash === before[tier].behaviourHash) continue;
      throw new ReleaseError(
        `Closing would change the behaviour hash of ${before[tier].name}: nothing was written.`,
      );
    }
  }
}
