import { namespace } from "../config/documents";
import type { ProjectFiles } from "../config/files";
import type { Pair, PairResult } from "../config/pair";
import type { Problem } from "../config/problem";
import { findPairs } from "../config/stacks";
import { quote } from "../config/visible";
import { lookup, readYaml } from "../config/yaml";
import { EditError } from "./editSource";
import type { FileChange } from "./write";

/** Why something cannot be done to a release, in a sentence or more for the person who asked. Nothing is written. */
export class ReleaseError extends Error {
  override readonly name: string = "ReleaseError";
}

/** Findings of the rules keep it from being done now. */
export class ReleaseBlocked extends ReleaseError {
  override readonly name = "ReleaseBlocked";
}

/** A file's text with its byte order mark; undefined where there is no such file. */
export function textOf(files: ProjectFiles, path: string): string | undefined {
  const read = files.read(path);
  if (!read.found) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(read.bytes);
  } catch {
    throw new ReleaseError(`${path} is not UTF-8 text.`);
  }
}

/** The project as it would be with some changes. */
export function overlay(files: ProjectFiles, changes: readonly FileChange[]): ProjectFiles {
  const changed = new Map(changes.map(({ path, after }) => [path, after]));
  return {
    read(path) {
      if (!changed.has(path)) return files.read(path);
      const after = changed.get(path);
      if (after === undefined) return { found: false, why: `there is no file "${path}"` };
      return { found: true, bytes: typeof after === "string" ? new TextEncoder().encode(after) : after };
    },
    list(folder) {
      const prefix = folder === "" ? "" : `${folder}/`;
      const added = [...changed]
        .filter(([path, after]) => after !== undefined && path.startsWith(prefix))
        .map(([path]) => path.slice(prefix.length).split("/")[0] ?? "");
      const gone = (name: string) => changed.has(prefix + name) && changed.get(prefix + name) === undefined;
      return [...new Set([...files.list(folder).filter((name) => !gone(name)), ...added])].sort();
    },
  };
}

/** Edits of several files in turn: each sees what the ones before it left. */
export class Draft {
  private readonly changes = new Map<string, FileChange>();

  constructor(private readonly files: ProjectFiles) {}

  text(path: string): string {
    const text = textOf(this.now(), path);
    if (text === undefined) throw new ReleaseError(`There is no file ${path}.`);
    return text;
  }

  edit(path: string, by: (text: string) => string): void {
    const text = this.text(path);
    try {
      this.put(path, by(text));
    } catch (error) {
      if (error instanceof EditError) throw new ReleaseError(`${path}: ${error.message}`);
      throw error;
    }
  }

  put(path: string, after: string): void {
    const before = this.changes.has(path) ? this.changes.get(path)?.before : textOf(this.files, path);
    this.changes.set(path, { path, before, after });
  }

  now(): ProjectFiles {
    return overlay(this.files, this.all());
  }

  all(): FileChange[] {
    return [...this.changes.values()].filter(({ before, after }) => before !== after);
  }
}

/** A problem in one sentence. */
export const sentenceOf = ({ file, line, path, found, allowed, remedy }: Problem): string =>
  `${file}:${line} ${path}: found ${found}; allowed is ${allowed}. ${remedy}`;

/** The pair, or an error with the first of its problems behind `because`. */
export function pairOr({ pair, problems }: Pick<PairResult, "pair" | "problems">, because: string): Pair {
  if (pair !== undefined) return pair;
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more: lockstep preview)` : "";
  throw new ReleaseError(
    first === undefined
      ? `${because}: a stack has no counterpart.`
      : `${because}: ${sentenceOf(first)}${more}`,
  );
}

/** One stack of each pair of the project; at least one. */
export function pairsOf(files: ProjectFiles): string[] {
  const stacks = [...findPairs(files)];
  if (stacks.length === 0) throw new ReleaseError("The project has no stack file (Pulumi.<stack>.yaml).");
  return stacks;
}

/** A stack of the pair that is meant: the one that is named, or the project's only pair. */
export function chosenPair(files: ProjectFiles, stack: string | undefined): string {
  if (stack !== undefined) return stack;
  const [only, ...more] = pairsOf(files);
  if (only !== undefined && more.length === 0) return only;
  throw new ReleaseError(
    `The project has several pairs: name a stack of the one that is meant with --stack (${[only, ...more].map((name) => quote(name ?? "")).join(", ")}).`,
  );
}

/** The releases that a stack file names in its key `carries`, also where they cannot be carried. */
export function carriedIds(files: ProjectFiles, file: string): string[] {
  const read = files.read(file);
  const root = read.found ? readYaml(read.bytes, file).root : undefined;
  const list = root && lookup(root, ["config", carriesKey]);
  if (list?.kind !== "list") return [];
  return list.items.flatMap((item) =>
    item.kind === "scalar" && typeof item.value === "string" ? [item.value] : [],
  );
}

export const carriesKey = `${namespace}:carries`;
