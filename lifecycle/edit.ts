import { isDeepStrictEqual } from "node:util";
import { type CST, isCollection, isMap, isSeq, type ParsedNode } from "yaml";
import { isRecord } from "../config/record";
import { valueAt } from "../config/value";
import { readYaml, SECRET, toPlain } from "../config/yaml";
import { formatPath, type YamlPath } from "../config/yamlText";
import {
  type Collection,
  EditError,
  type Entry,
  entriesOf,
  isFlow,
  type Place,
  placeOf,
  Source,
  startOf,
  startsEmpty,
} from "./editSource";
import { blockLines, entryLines, flowText, isBlock, isEmpty, keyText } from "./editText";

/**
 * The text with one value set, in place of what stands there or as a new entry of a map or list. Only the lines
 * of that value change: comments, blank lines, quotes, line ends and the byte order mark of all others stay.
 * Of maps and lists only what differs is touched.
 */
export function setValue(text: string, path: YamlPath, value: unknown): string {
  const before = dataOf(text, path);
  const edited = mergeInto(text, path, value, before);
  check(edited, path, assign(before, path, value));
  return edited;
}

/** The text without the value at a path. A map or list that becomes empty is written `{}` or `[]`. */
export function removeValue(text: string, path: YamlPath): string {
  const before = dataOf(text, path);
  const edited = removeAt(text, path);
  check(edited, path, unassign(before, path));
  return edited;
}

/**
 * Where an entry or item stands in lines of its own, by offsets: from the head of its first line to behind the end
 * of its last. Undefined where it shares a line, stands in brackets, or is not there.
 */
export function linesOf(text: string, path: YamlPath): { from: number; to: number } | undefined {
  const source = new Source(text);
  let place: Place;
  try {
    place = placeOf(source, path);
  } catch {
    return undefined;
  }
  const entry = place.entries[place.index];
  if (entry === undefined || place.inFlow || !source.heads(entry.start)) return undefined;
  const before = source.mark.length;
  return { from: before + source.lineStart(entry.start), to: before + source.lineEnd(entry.end) };
}

/** Sets a value, one difference at a time where a map or list stands there and another one is to. */
function mergeInto(text: string, path: YamlPath, value: unknown, data: unknown): string {
  const old = valueAt(data, path);
  if (isDeepStrictEqual(old, value)) return text;
  const alike = isRecord(old) ? isRecord(value) : Array.isArray(old) && Array.isArray(value);
  if (!alike || isEmpty(old) || isEmpty(value)) return setWhole(text, path, value);
  const [before, after] = [old as object, value as object];
  let edited = text;
  for (const [key, inner] of Object.entries(after))
    edited = mergeInto(edited, [...path, stepOf(after, key)], inner, data);
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  for (const key of gone.reverse()) edited = removeAt(edited, [...path, stepOf(before, key)]);
  return edited;
}

const stepOf = (collection: object, key: string) => (Array.isArray(collection) ? Number(key) : key);

function setWhole(text: string, path: YamlPath, value: unknown): string {
  const source = new Source(text);
  const place = placeOf(source, path);
  const step = path.at(-1) as string | number;
  const existing = place.entries[place.index];
  if (existing) return replaceEntry(source, place, existing, value);
  if (isSeq(place.parent) ? step !== place.entries.length : typeof step !== "string")
    throw new EditError(`${formatPath(path)} is not the end of its list.`);
  return addEntry(source, place, step, value);
}

function replaceEntry(source: Source, { parent, inFlow }: Place, entry: Entry, value: unknown): string {
  const column = source.column(entry.start);
  const { value: old, sign = entry.end } = entry;
  const from = old === null || startsEmpty(old) ? sign : startOf(old);
  const gap = from === sign && !inFlow ? " " : "";
  const block = !inFlow && isBlock(value, column) && !(isCollection(old) && isFlow(old as Collection));
  const wasBlock = isCollection(old) && !isFlow(old as Collection);
  const tail = source.text[entry.end - 1] === "\n" && entry.end > from ? source.eol : "";
  if (!block) {
    const inline = flowText(value, inFlow);
    if (wasBlock && source.heads(from)) {
      // The lines of the old map or list go, and the new value stands behind the sign.
      return source.splice(
        { from: sign, to: sign, by: ` ${inline}` },
        { from: source.lineStart(from), to: source.lineEnd(entry.end), by: "" },
      );
    }
    const separated = inFlow && from === sign ? ` ${inline}` : gap + inline;
    return source.splice({ from, to: entry.end, by: separated + tail });
  }
  if (isSeq(parent)) {
    const lines = blockLines(value, column + 2);
    const body = lines.join(source.eol).trimStart();
    return source.splice({ from: sign, to: entry.end, by: ` ${body}${tail}` });
  }
  const lines = blockLines(value, column + 2).join(source.eol);
  if (wasBlock) return source.splice({ from: source.lineStart(from), to: entry.end, by: lines + tail });
  return source.splice({ from: sign, to: entry.end, by: source.eol + lines + tail });
}

function addEntry(
  source: Source,
  { parent, entries, inFlow, outer }: Place,
  step: string | number,
  value: unknown,
): string {
  const last = entries.at(-1);
  if (isFlow(parent)) {
    const text = isMap(parent) ? `${keyText(String(step))}: ${flowText(value, true)}` : flowText(value, true);
    if (last) return source.splice({ from: last.end, to: last.end, by: `, ${text}` });
    return addToEmpty(source, parent, outer, inFlow, step, value, text);
  }
  if (last === undefined) throw new EditError("There is a map or list without anything in it.");
  const column = source.column(entries[0]?.start ?? 0);
  const at = source.lineEnd(last.end);
  const like = entries.findLast((entry) => isCollection(entry.value) && !isEmptyNode(entry.value));
  const flow = like !== undefined && isFlow(like.value as Collection);
  const lines = flow
    ? [`${" ".repeat(column)}${isMap(parent) ? `${keyText(String(step))}:` : "-"} ${flowText(value, false)}`]
    : isMap(parent)
      ? entryLines(String(step), value, column)
      : blockLines([value], column);
  return source.splice({
    from: at,
    to: at,
    by: source.linesAt(at, [...gapBefore(source, entries), ...lines]),
  });
}

const isEmptyNode = (node: ParsedNode | null) => isCollection(node) && node.items.length === 0;

/** A blank line where the entries of the map have one between them. */
function gapBefore(source: Source, entries: readonly Entry[]): string[] {
  const [before, last] = entries.slice(-2);
  if (before === undefined || last === undefined) return [];
  return /\n[ \t]*\r?\n/.test(`\n${source.text.slice(source.lineEnd(before.end), last.start)}`) ? [""] : [];
}

function addToEmpty(
  source: Source,
  parent: Collection,
  outer: Entry | undefined,
  inFlow: boolean,
  step: string | number,
  value: unknown,
  text: string,
): string {
  const [start, end] = parent.range;
  const whole = isMap(parent) ? { [step]: value } : [value];
  const innermost = outer === undefined ? 0 : source.column(outer.start);
  const surrounded = inFlow && !isOutermostFlow(source, parent);
  const hasComment = source.text.slice(start, end).includes("#");
  if (hasComment) {
    const line = source.lineStart(end - 1);
    return source.splice({ from: line, to: line, by: `${" ".repeat(innermost + 2)}${text}${source.eol}` });
  }
  const block = !surrounded && isBlock(whole, innermost + text.length);
  if (!block) return source.splice({ from: start, to: end, by: isMap(parent) ? `{ ${text} }` : `[${text}]` });
  if (outer === undefined)
    return source.splice({ from: start, to: end, by: blockLines(whole, 0).join(source.eol) });
  const lines = blockLines(whole, innermost + 2).join(source.eol);
  return source.splice({ from: outer.sign ?? start, to: end, by: source.eol + lines });
}

/** Whether no other brackets are around these. */
function isOutermostFlow(source: Source, node: Collection): boolean {
  const open: (ParsedNode | null)[] = [source.root];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === node) return true;
    if (isCollection(next) && !isFlow(next as Collection))
      open.push(...entriesOf(source, next as Collection).map(({ value }) => value));
  }
  return false;
}

function removeAt(text: string, path: YamlPath): string {
  const source = new Source(text);
  const { parent, entries, index, outer } = placeOf(source, path);
  const entry = entries[index];
  if (entry === undefined) throw new EditError(`There is nothing at ${formatPath(path)}.`);
  return isFlow(parent)
    ? removeFromFlow(source, parent, entries, index, entry)
    : removeFromBlock(source, parent, entries, index, entry, outer);
}

function removeFromBlock(
  source: Source,
  parent: Collection,
  entries: readonly Entry[],
  index: number,
  entry: Entry,
  outer: Entry | undefined,
): string {
  const own = { from: source.lineStart(entry.start), to: source.lineEnd(entry.end), by: "" };
  const next = entries[index + 1];
  if (entries.length === 1) {
    const empty = isMap(parent) ? "{}" : "[]";
    const tail = source.text[entry.end - 1] === "\n" ? source.eol : "";
    if (!source.heads(entry.start) || outer?.sign === undefined)
      return source.splice({ from: entry.start, to: entry.end, by: empty + tail });
    return source.splice({ from: outer.sign, to: outer.sign, by: ` ${empty}` }, own);
  }
  // With the last entry goes the blank line that stood between it and the others: see `gapBefore`.
  const gap = source.text.slice(source.lineEnd(entries[index - 1]?.end ?? own.from), own.from);
  const above = /(?:^|\n)([ \t]*\r?\n)$/.exec(gap)?.[1];
  if (next === undefined) return source.splice({ ...own, from: own.from - (above?.length ?? 0) });
  if (source.heads(entry.start)) return source.splice(own);
  // The first entry stands behind the dash of the item that the map is.
  const between = source.text.slice(entry.end, next.start);
  return source.splice({ from: entry.start, to: between.includes("#") ? entry.end : next.start, by: "" });
}

function removeFromFlow(
  source: Source,
  parent: Collection,
  entries: readonly Entry[],
  index: number,
  entry: Entry,
): string {
  const [start, end] = parent.range;
  const inner = source.text.slice(start + 1, entry.start) + source.text.slice(entry.end, end - 1);
  if (entries.length === 1 && /^[\s,]*$/.test(inner))
    return source.splice({ from: start, to: end, by: isMap(parent) ? "{}" : "[]" });
  const rest = source.text.slice(entry.end, source.lineEnd(entry.end));
  if (source.heads(entry.start) && /^\s*(?:,\s*)?(?:#.*)?$/.test(rest.trimEnd())) {
    const line = { from: source.lineStart(entry.start), to: source.lineEnd(entry.end), by: "" };
    return source.splice(line);
  }
  const comma = commaBefore(parent, index);
  const nextComma = commaBefore(parent, index + 1);
  if (comma !== undefined) return source.splice({ from: comma, to: entry.end, by: "" });
  if (nextComma === undefined) return source.splice({ from: entry.start, to: entry.end, by: "" });
  const blank = /^[ \t]*/.exec(source.text.slice(nextComma + 1))?.[0].length ?? 0;
  return source.splice({ from: entry.start, to: nextComma + 1 + blank, by: "" });
}

function commaBefore(parent: Collection, index: number): number | undefined {
  const items = (parent.srcToken as { items?: CST.CollectionItem[] } | undefined)?.items ?? [];
  return items[index]?.start.find(({ type }) => type === "comma")?.offset;
}

/** The data of a text that can be read; an edit of any other one could not be checked. */
function dataOf(text: string, path: YamlPath): unknown {
  const { root, problems } = readYaml(text, "");
  const [first] = problems;
  if (root !== undefined && first === undefined) return toPlain(root);
  throw new EditError(`${formatPath(path)} cannot be edited: line ${first?.line} has ${first?.found}.`);
}

function check(edited: string, path: YamlPath, expected: unknown): void {
  const { root } = readYaml(edited, "");
  if (root === undefined || !isDeepStrictEqual(toPlain(root), expected))
    throw new EditError(`${formatPath(path)} cannot be edited without touching what stands around it.`);
}

function assign(data: unknown, [step, ...rest]: YamlPath, value: unknown): unknown {
  if (step === undefined) return plain(value);
  if (Array.isArray(data)) {
    const copy = [...data];
    copy[Number(step)] = assign(copy[Number(step)], rest, value);
    return copy;
  }
  const old = isRecord(data) && Object.hasOwn(data, step) ? data[step] : undefined;
  return { ...(data as object), [step]: assign(old, rest, value) };
}

function unassign(data: unknown, [step, ...rest]: YamlPath): unknown {
  if (Array.isArray(data))
    return data.flatMap((item, index) =>
      index !== step ? [item] : rest.length === 0 ? [] : [unassign(item, rest)],
    );
  return Object.fromEntries(
    Object.entries(data as object).flatMap(([key, inner]) =>
      key !== step ? [[key, inner]] : rest.length === 0 ? [] : [[key, unassign(inner, rest)]],
    ),
  );
}

/** A value as a file gives it back: a negative zero is one that YAML's readers take differently. */
function plain(value: unknown): unknown {
  if (value === SECRET) throw new EditError("An encrypted value cannot be written.");
  if (Array.isArray(value)) return value.map(plain);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  return value === 0 ? 0 : value;
}
