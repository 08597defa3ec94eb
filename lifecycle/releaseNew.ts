import type { ProjectFiles } from "../config/files";
import { loadPair, type Pair, type PairResult } from "../config/pair";
import { nodeAt } from "../config/patch";
import { parsePath, unpatchable } from "../config/path";
import { formatPath, type Path } from "../config/relation";
import { releaseFile, releasesFolder } from "../config/release";
import type { Config } from "../config/schema";
import { type ReleaseData, releaseId } from "../config/schema/release";
import type { Stack } from "../config/stack";
import { describeValue, firstDifference } from "../config/value";
import { quote } from "../config/visible";
import { readYaml, toPlain, type YamlNode } from "../config/yaml";
import { type Expectation, monthlyUsd } from "./price";
import { closedReleases } from "./proof";
import { addLine } from "./releaseCarry";
import { chosenPair, Draft, dayOf, pairOr, ReleaseError } from "./releaseFiles";
import { releasedEdit } from "./releaseSince";
import { type PlainChange, releaseText } from "./releaseText";
import type { FileChange } from "./write";

/** What a person says of a new release. */
export interface NewRelease {
  id: string;
  owner: string;
  hypothesis?: string | undefined;
  tokens?: readonly Expectation[];
  rollbackSteps?: readonly string[];
  /** A stack of the pair whose values count; needed where the project has several pairs. */
  stack?: string | undefined;
  now: Date;
}

/** Where the changes of a new release come from: values by path, an edit of the files, or nowhere. */
export type Changes =
  | { kind: "values"; set: readonly { path: string; value: string }[]; unset: readonly string[] }
  | { kind: "edit"; base: ProjectFiles; since: string }
  | { kind: "none" };

export const defaultStep = "lockstep release rollback";

/** A new open release, carried by nobody yet. Staging has to be readable with it. */
export function newRelease(files: ProjectFiles, wanted: NewRelease, changes: Changes): FileChange[] {
  checkId(files, wanted.id);
  const stack = chosenPair(files, wanted.stack);
  const draft = new Draft(files);
  const plain = changesOf(draft, files, stack, wanted.id, changes);
  if (plain.length === 0 && changes.kind !== "none") {
    throw new ReleaseError(
      changes.kind === "edit"
        ? `No mirrored value of Pulumi.yaml, and no file that one points to, differs from ${changes.since}.`
        : "The release changes nothing: name its changes with --set or --unset, take an edit with --since, or say --empty.",
    );
  }
  const base = pairOr(loadPair(draft.now(), stack), "The project cannot be read as it is");
  write(draft, stack, base, wanted, plain);
  return draft.all();
}

/** The release's file: first without what is computed from the release itself, then whole. */
function write(draft: Draft, stack: string, base: Pair, wanted: NewRelease, changes: PlainChange[]): void {
  const { id, owner, hypothesis, now } = wanted;
  const data = {
    id,
    owner,
    created: dayOf(now),
    state: "open" as const,
    ...(hypothesis === undefined ? {} : { hypothesis }),
    changes,
  };
  const file = releaseFile(id);
  draft.put(file, releaseText(data));
  tryIn(draft.now(), stack, base.staging, id);
  const tried = tryIn(draft.now(), stack, base.production, id);
  draft.put(
    file,
    releaseText({
      ...data,
      ...tokenDelta(wanted.tokens ?? [], base.production.config, tried.production.config),
      // A first release has nothing to go back to.
      ...(closedReleases(base.releases.values()).length === 0
        ? {}
        : { rollback: { to: hashWithout(base), steps: [...(wanted.rollbackSteps ?? [defaultStep])] } }),
    }),
  );
  pairOr(loadPair(draft.now(), stack), `${id} cannot be written`);
}

/** The pair as it would be if a stack carried the release: what the schema refuses is told before it is written. */
function tryIn(files: ProjectFiles, stack: string, { name, file }: Stack, id: string): Pair {
  pairOr(loadPair(files, stack), `${id} cannot be written`);
  const trial = new Draft(files);
  addLine(trial, file, id);
  return pairOr(loadPair(trial.now(), stack), `${name} could not carry ${id}`);
}

/** What production goes back to: its hash without anything that is still open. */
export function hashWithout({ production }: Pair): string {
  const bare = production.carrying([]);
  if (bare !== undefined) return bare.behaviourHash;
  throw new ReleaseError(
    "Production cannot be read without the releases that it carries: close or drop them first.",
  );
}

function tokenDelta(
  tokens: readonly Expectation[],
  before: Config,
  after: Config,
): Pick<ReleaseData, "tokenDelta"> {
  if (tokens.length === 0) return {};
  const rows = tokens.map((one) => {
    const usd = monthlyUsd(one, before, after);
    if (usd !== undefined) return { ...one, monthlyUsd: usd };
    const known = Object.keys(after.routes).join(", ");
    throw new ReleaseError(`There is no route ${quote(one.route)} for --tokens; routes: ${known}.`);
  });
  return { tokenDelta: rows };
}

export function checkId(files: ProjectFiles, id: string): void {
  const parsed = releaseId().safeParse(id);
  if (!parsed.success)
    throw new ReleaseError(
      `${quote(id)} cannot name a release: it takes ${parsed.error.issues[0]?.message}.`,
    );
  if (files.list(`${releasesFolder}/${id}`).length > 0)
    throw new ReleaseError(`There is a release ${id} already (${releasesFolder}/${id}).`);
}

function changesOf(
  draft: Draft,
  files: ProjectFiles,
  stack: string,
  id: string,
  changes: Changes,
): PlainChange[] {
  switch (changes.kind) {
    case "none":
      return [];
    case "edit":
      return releasedEdit(draft, files, changes.base, stack, id, changes.since);
    case "values": {
      const result = loadPair(files, stack);
      pairOr(result, "The project cannot be read as it is");
      return [
        ...changes.set.map(({ path, value }) => setChange(result, path, value)),
        ...changes.unset.map((path) => unsetChange(result, path)),
      ];
    }
  }
}

function setChange(result: PairResult, text: string, value: string): PlainChange {
  const path = mirroredPath(text);
  const from = baseValue(result, path);
  const to = parsedValue(text, value);
  const change = { path: formatPath(path), ...(from === undefined ? {} : { from: toPlain(from) }), to };
  if (from !== undefined && firstDifference(toPlain(from), to, []) === undefined)
    throw new ReleaseError(`${change.path} is ${describeValue(to)} already.`);
  return change;
}

function unsetChange(result: PairResult, text: string): PlainChange {
  const path = mirroredPath(text);
  const from = baseValue(result, path);
  if (from === undefined)
    throw new ReleaseError(`There is nothing at ${formatPath(path)} that could be removed.`);
  return { path: formatPath(path), from: toPlain(from) };
}

function mirroredPath(text: string): Path {
  const path = parsePath(text);
  const wrong = path === undefined ? "no path" : unpatchable(path);
  if (path !== undefined && wrong === undefined) return path;
  throw new ReleaseError(
    `${quote(text)} is ${wrong}; a release changes mirrored values, at paths as \`lockstep show\` writes them.`,
  );
}

/** The value at a path without any release: the same in both stacks, or there is no base to start from. */
function baseValue({ own, counterpart }: PairResult, path: Path): YamlNode | undefined {
  const values = [own, counterpart].flatMap((one) => (one === undefined ? [] : [nodeAt(one.raw, path)]));
  const [first, second] = values;
  const [one, other] = [first && toPlain(first), second && toPlain(second)];
  const different = firstDifference(one, other, []) ?? firstDifference(other, one, []);
  if (different === undefined) return first;
  throw new ReleaseError(
    `${formatPath(path)} is ${describeValue(one)} in ${own.name} and ${describeValue(other)} in ${counterpart?.name}: a release starts from one value. Let both stacks have the same first.`,
  );
}

/** A value as YAML has it on one line: 0.7, gpt-5, [a, b], { file: prompts/x.md }. */
function parsedValue(path: string, text: string): unknown {
  const { root, problems } = readYaml(`value: ${text}\n`, "--set");
  const entry = root?.kind === "map" && root.entries.size === 1 ? root.entries.get("value")?.node : undefined;
  if (entry !== undefined && text.trim() !== "") return toPlain(entry);
  const [first] = problems;
  throw new ReleaseError(
    first === undefined
      ? `--set ${path} has no value that stands in one line.`
      : `--set ${path}: found ${first.found}; allowed is ${first.allowed}. ${first.remedy}`,
  );
}
