import { judged, same } from "../config/compare";
import { type Field, formatPath, type Path, type Relation } from "../config/relation";
import type { Tier } from "../config/schema/environment";
import type { Stack } from "../config/stack";
import { valueAt } from "../config/value";
import { quote } from "../config/visible";
import { type Value, walk } from "../config/walk";
import type { Position } from "../config/yaml";
import { changeWords, entryWords, valueWords, wordsOf } from "./words";

/** One change of one environment's effective values. */
export interface ValueChange {
  path: string;
  relation: Relation;
  kind: "changed" | "added" | "removed";
  /** "chat retries on 429 from 2 retries to 1 retries", without the environment. */
  words: string;
  before: string | undefined;
  after: string | undefined;
  /** Where the value stands after the change, for a file that is pointed to in that file; before it, where it is gone. */
  at: Position;
}

/** A change, and the environments in which it is made at the same place. */
export interface CommonChange extends ValueChange {
  tiers: Tier[];
}

/** What changes in any environment, each change once: a mirrored value stands in one file for both. */
export function commonChanges(
  environments: readonly { tier: Tier; changes: readonly ValueChange[] }[],
): CommonChange[] {
  const all = new Map<string, CommonChange>();
  for (const { tier, changes } of environments)
    for (const change of changes) {
      const { words, at } = change;
      const key = JSON.stringify([words, at.file, at.line, at.column]);
      const known = all.get(key);
      if (known) known.tiers.push(tier);
      else all.set(key, { ...change, tiers: [tier] });
    }
  return [...all.values()];
}

/**
 * What a change of the files does to one environment: one entry a value, and one alone for a whole route, model,
 * team or other entry that comes or goes. Encrypted values are not compared.
 */
export function changesOf(before: Stack, after: Stack): ValueChange[] {
  const old = leavesOf(before);
  const now = leavesOf(after);
  const told = new Set<string>();
  return [...new Set([...now.keys(), ...old.keys()])].flatMap((name): ValueChange[] => {
    const [was, is] = [old.get(name), now.get(name)];
    const { path, field } = (is ?? was) as Value;
    if (field.secret || same(judged(before, was), judged(after, is))) return [];
    const whole =
      was === undefined || is === undefined ? wholeEntry(path, was === undefined ? before : after) : path;
    const text = formatPath(whole);
    if (told.has(text)) return [];
    told.add(text);
    const side = is ? after : before;
    const at = side.position(whole);
    const relation = field.relation;
    if (whole.length < path.length) {
      const kind = was === undefined ? "added" : "removed";
      const words = `${entryWords(whole, side.config)} ${kind}`;
      return [{ path: text, relation, kind, words, before: undefined, after: undefined, at }];
    }
    if (field.file && was?.value === is?.value)
      return [contentChange(String(is?.value), path, relation, before, after)];
    const [from, to] = [was && shown(was, field), is && shown(is, field)];
    const kind = from === undefined ? "added" : to === undefined ? "removed" : "changed";
    const words = changeWords(path, field, was?.value, is?.value);
    return [{ path: text, relation, kind, words, before: from, after: to, at }];
  });
}

/** The same file with another content: it stands where the contents begin to differ. */
function contentChange(
  file: string,
  path: Path,
  relation: Relation,
  before: Stack,
  after: Stack,
): ValueChange {
  const [old = [], now = []] = [before, after].map((stack) => stack.contents.get(file)?.split("\n"));
  const first = now.findIndex((line, index) => line !== old[index]);
  const line = first < 0 ? Math.max(1, now.length) : first + 1;
  return {
    path: formatPath(path),
    relation,
    kind: "changed",
    words: `${wordsOf(path)}: the content of ${quote(file)}`,
    before: quote(file),
    after: quote(file),
    at: { file, line, column: 1 },
  };
}

const leavesOf = ({ config }: Stack): Map<string, Value> =>
  new Map([...walk(config)].map((value) => [value.name, value]));

/** The shortest part of a path that a stack has nothing at. */
function wholeEntry(path: Path, without: Stack): Path {
  for (let length = 1; length < path.length; length++) {
    const prefix = path.slice(0, length);
    if (valueAt(without.config, prefix) === undefined) return prefix;
  }
  return path;
}

const shown = ({ value }: Value, field: Field): string => valueWords(value, field);
