import { dayOf } from "../config/days";
import type { ProjectFiles } from "../config/files";
import { loadPair } from "../config/pair";
import { type Release, readReleases, releaseFile } from "../config/release";
import type { ReleaseData } from "../config/schema/release";
import { quote } from "../config/visible";
import { closedReleases } from "./proof";
import { addLine, bothOf, knownRelease, removeLine } from "./releaseCarry";
import { carriedIds, chosenPair, Draft, pairOr, ReleaseError, sentenceOf } from "./releaseFiles";
import { checkId, defaultStep, hashWithout } from "./releaseNew";
import { inverse, releaseText } from "./releaseText";
import type { FileChange } from "./write";

export interface Revert {
  /** Default: `revert-<id>`. */
  as?: string | undefined;
  /** Default: whoever answers for the release that is undone. */
  owner?: string | undefined;
  stack?: string | undefined;
  now: Date;
}

/** A release with the inverse changes of a closed one; carried by nobody yet. */
export function revert(files: ProjectFiles, id: string, options: Revert): FileChange[] {
  const release = knownRelease(files, id);
  if (release.data.state === "open") {
    throw new ReleaseError(
      `${id} is open: nothing of it stands in Pulumi.yaml. To take it out: lockstep release drop ${id}`,
    );
  }
  const stack = chosenPair(files, options.stack);
  const draft = new Draft(files);
  const inverseId = putInverse(draft, files, release, stack, options);
  const trial = new Draft(draft.now());
  const { staging } = pairOr(loadPair(draft.now(), stack), `${inverseId} cannot be written`);
  addLine(trial, staging.file, inverseId);
  pairOr(loadPair(trial.now(), stack), `${staging.name} could not carry ${inverseId}`);
  return draft.all();
}

function putInverse(
  draft: Draft,
  files: ProjectFiles,
  release: Release,
  stack: string,
  { as, owner, now }: Revert,
): string {
  const id = as ?? `revert-${release.id}`;
  if (release.changes.length === 0)
    throw new ReleaseError(`${release.id} changes nothing: there is nothing to undo.`);
  checkId(files, id);
  const pair = pairOr(loadPair(files, stack), "The project cannot be read as it is");
  const text = releaseText({
    id,
    owner: owner ?? release.data.owner,
    created: dayOf(now),
    state: "open",
    reverts: release.id,
    changes: inverse(release),
    ...inverseTokens(release.data),
    rollback: { to: hashWithout(pair), steps: [defaultStep] },
  });
  draft.put(releaseFile(id), text);
  return id;
}

/** What a release was expected to cost, its inverse saves. */
const inverseTokens = ({ tokenDelta }: ReleaseData): Pick<ReleaseData, "tokenDelta"> =>
  tokenDelta === undefined
    ? {}
    : {
        tokenDelta: tokenDelta.map(({ before, after, monthlyUsd: { warm, cold }, ...row }) => ({
          ...row,
          before: after,
          after: before,
          monthlyUsd: { warm: 0 - warm, cold: 0 - cold },
        })),
      };

/**
 * Puts production back to a behaviour that a closed release proved: takes out what it carries and is still open,
 * or else lets it carry the inverse of the release that was closed last. Asks for no evidence.
 */
export function rollback(files: ProjectFiles, options: Omit<Revert, "as">): FileChange[] {
  const stack = chosenPair(files, options.stack);
  const production = productionOf(files, stack);
  const { byId } = readReleases(files);
  if (closedReleases(byId.values()).length === 0)
    throw new ReleaseError("There is nothing to go back to: no release is closed yet.");
  const carried = carriedIds(files, production.file);
  const reverting = carried.filter((id) => byId.get(id)?.data.reverts !== undefined);
  if (carried.length > 0 && reverting.length === carried.length) {
    throw new ReleaseError(
      `${production.name} is going back already: it carries ${carried.join(", ")} (${production.file}). Update it: pulumi up --stack ${production.name}`,
    );
  }
  return carried.length > 0
    ? dropOpen(files, stack, production, carried, reverting)
    : carryInverse(files, stack, production, options);
}

interface Named {
  name: string;
  file: string;
}

/** Production's file is found also where the project has problems: then going back is what mends it. */
function productionOf(files: ProjectFiles, stack: string): Named {
  const result = loadPair(files, stack);
  const tier = (raw: (typeof result.own)["raw"]) => {
    const environment = raw.get("environment");
    const node = environment?.kind === "map" ? environment.entries.get("tier")?.node : undefined;
    return node?.kind === "scalar" ? node.value : undefined;
  };
  const production = bothOf(result).find(({ raw }) => tier(raw) === "production");
  if (production !== undefined) return production;
  throw new ReleaseError(`Neither ${quote(stack)} nor its counterpart says that it is production.`);
}

/**
 * Inverses that production carries stay where its behaviour is a proven one with them. Staging drops the releases
 * too only where the pair could not be read otherwise.
 */
function dropOpen(
  files: ProjectFiles,
  stack: string,
  { name, file }: Named,
  carried: readonly string[],
  reverting: readonly string[],
): FileChange[] {
  const all = bothOf(loadPair(files, stack)).map((one) => one.file);
  const choices = [
    { ids: carried.filter((id) => !reverting.includes(id)), from: [file] },
    { ids: carried, from: [file] },
    { ids: carried, from: all },
  ];
  const failures: string[] = [];
  for (const { ids, from } of choices) {
    const draft = new Draft(files);
    for (const one of from) removeLine(draft, one, ids);
    const failure = unproven(draft.now(), stack, `Without ${ids.join(", ")}, ${name}`);
    if (failure === undefined) return draft.all();
    failures.push(failure);
  }
  throw new ReleaseError(failures.at(-1) ?? "");
}

function carryInverse(
  files: ProjectFiles,
  stack: string,
  { name, file }: Named,
  options: Omit<Revert, "as">,
): FileChange[] {
  const wrong = unproven(files, stack, name);
  if (wrong !== undefined) throw new ReleaseError(wrong);
  const { staging, production, releases } = pairOr(
    loadPair(files, stack),
    "The project cannot be read as it is",
  );
  const undone = lastClosed(releases.values(), production.behaviourHash);
  if (undone.length === 0)
    throw new ReleaseError("There is nothing to go back to: the release that production runs is the first.");
  const draft = new Draft(files);
  const ids = undone.map((release) => {
    const known = openInverse(releases.values(), release);
    return known ?? putInverse(draft, files, release, stack, { ...options, as: freeId(files, release) });
  });
  for (const id of ids) addLine(draft, file, id);
  const failure = unproven(draft.now(), stack, `With ${ids.join(", ")}, ${name}`);
  if (failure !== undefined) throw new ReleaseError(failure);
  const both = new Draft(draft.now());
  const missing = ids.filter((id) => !carriedIds(files, staging.file).includes(id));
  for (const id of missing) addLine(both, staging.file, id);
  // Staging may have a release on its way that touches the same values; then production goes back alone.
  if (loadPair(both.now(), stack).pair !== undefined)
    for (const id of missing) addLine(draft, staging.file, id);
  return draft.all();
}

/** The releases that were closed together when production got its hash; inverses only where there is nothing else. */
function lastClosed(releases: Iterable<Release>, hash: string): Release[] {
  // One that changed nothing has no inverse; it leaves the hash of the one before it.
  const same = closedReleases(releases).filter(
    ({ release }) => release.data.closed?.behaviourHash === hash && release.changes.length > 0,
  );
  const changing = same.filter(({ release }) => release.data.reverts === undefined);
  const last = (changing.length > 0 ? changing : same).at(-1);
  return same.filter(({ at }) => at === last?.at).map(({ release }) => release);
}

const openInverse = (releases: Iterable<Release>, { id }: Release): string | undefined =>
  [...releases].find(({ data }) => data.state === "open" && data.reverts === id)?.id;

/** The same release may have been undone before, and made anew. */
function freeId(files: ProjectFiles, { id }: Release): string {
  const taken = (candidate: string) => files.list(`releases/${candidate}`).length > 0;
  const base = `revert-${id}`.slice(0, 56).replace(/-$/, "");
  const tried = [base, ...Array.from({ length: 99 }, (_, index) => `${base}-${index + 2}`)];
  return tried.find((candidate) => !taken(candidate)) ?? base;
}

/** Why production's behaviour is that of no closed release, and what to do; undefined where it is. */
function unproven(files: ProjectFiles, stack: string, subject: string): string | undefined {
  const { pair, problems } = loadPair(files, stack);
  const [first] = problems;
  if (pair === undefined)
    return first === undefined
      ? `${subject} has no counterpart.`
      : `${subject} could not be read: ${sentenceOf(first)}`;
  const closed = closedReleases(pair.releases.values());
  const { behaviourHash } = pair.production;
  if (closed.some(({ release }) => release.data.closed?.behaviourHash === behaviourHash)) return undefined;
  const last = closed.at(-1)?.release.id;
  return `${subject} has the behaviour hash ${behaviourHash.slice(0, 12)}…, which no closed release has: a mirrored value was edited by hand after ${last} was closed. Put Pulumi.yaml and the prompts back to the commit that closed it (git log -- releases/${last}), and try again.`;
}
