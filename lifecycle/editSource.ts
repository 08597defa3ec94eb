import {
  type CST,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { formatPath, type YamlPath } from "../config/yamlText";

/** Thrown where an edit cannot be made without touching something else; the text is as it was. */
export class EditError extends Error {
  override readonly name = "EditError";
}

/** Each edit is a splice of the text without its byte order mark, by offsets of the parsed document. */
export class Source {
  readonly mark: string;
  readonly text: string;
  readonly eol: string;
  readonly root: ParsedNode | null;

  constructor(text: string) {
    this.mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
    this.text = text.slice(this.mark.length);
    this.eol = /\r?\n/.exec(this.text)?.[0] ?? "\n";
    this.root = parseDocument(this.text, {
      keepSourceTokens: true,
      schema: "core",
      uniqueKeys: false,
    }).contents;
  }

  splice(...edits: { from: number; to: number; by: string }[]): string {
    let result = this.text;
    for (const { from, to, by } of [...edits].sort((a, b) => b.from - a.from || b.to - a.to))
      result = result.slice(0, from) + by + result.slice(to);
    return this.mark + result;
  }

  lineStart(offset: number): number {
    return this.text.lastIndexOf("\n", offset - 1) + 1;
  }

  /** The offset behind the line in which `end` is; `end` itself where it is the head of a line. */
  lineEnd(end: number): number {
    if (end > 0 && this.text[end - 1] === "\n") return end;
    const newline = this.text.indexOf("\n", end);
    return newline < 0 ? this.text.length : newline + 1;
  }

  column(offset: number): number {
    return offset - this.lineStart(offset);
  }

  /** Whether nothing but white space stands before an offset in its line. */
  heads(offset: number): boolean {
    return this.text.slice(this.lineStart(offset), offset).trim() === "";
  }

  /** Lines to put in at the head of a line, or at the end of a text whose last line does not end. */
  linesAt(offset: number, lines: readonly string[]): string {
    const open = offset > 0 && this.text[offset - 1] !== "\n";
    const text = lines.join(this.eol);
    return open ? this.eol + text : text + this.eol;
  }
}

/** An entry of a map or an item of a list: where it begins, where its sign (`:`, `-`) and its value end. */
export interface Entry {
  start: number;
  /** Behind the colon or the dash; undefined in a flow list and for a flow key without a colon. */
  sign: number | undefined;
  value: ParsedNode | null;
  end: number;
}

export type Collection = YAMLMap.Parsed | YAMLSeq.Parsed;
export const isFlow = (node: Collection) => node.srcToken?.type === "flow-collection";

export function entriesOf(source: Source, node: Collection): Entry[] {
  const tokens = (node.srcToken as { items?: CST.CollectionItem[] } | undefined)?.items ?? [];
  // Of both kinds of block collection each token is one entry; a comment behind the last may have one, too.
  if (isMap(node)) return node.items.map((pair) => mapEntry(source, pair as Pair<ParsedNode, ParsedNode>));
  return node.items.map((item, index) => {
    const value = item as ParsedNode;
    const dash = tokens[index]?.start.find(({ type }) => type === "seq-item-ind");
    if (dash === undefined)
      return { start: startOf(value), sign: undefined, value, end: endOf(source, value) };
    const sign = dash.offset + 1;
    return { start: dash.offset, sign, value, end: startsEmpty(value) ? sign : endOf(source, value) };
  });
}

function mapEntry(source: Source, pair: Pair<ParsedNode, ParsedNode | null>): Entry {
  const colon = pair.srcToken?.sep?.find(({ type }) => type === "map-value-ind");
  const sign = colon && colon.offset + 1;
  const { key, value } = pair;
  const absent = value === null || startsEmpty(value);
  const end = absent ? (sign ?? key.range[1]) : endOf(source, value);
  return { start: key.range[0], sign, value, end };
}

/** In a flow list, `a: 1` is a map of one pair without braces. */
export const startOf = (node: ParsedNode): number => node.range[0];

/** Where what a node consists of ends: behind its last visible character, or the line end of a block text. */
function endOf(source: Source, node: ParsedNode): number {
  if (isCollection(node) && !isFlow(node as Collection))
    return entriesOf(source, node as Collection).at(-1)?.end ?? node.range[1];
  const [start, end] = node.range;
  if (!isBlockText(node)) return end;
  const text = source.text.slice(start, end);
  // `|+` counts the blank lines behind a text as a part of it.
  if (/^[|>]\d?\+/.test(text)) return end;
  const body = text.trimEnd().length;
  const newline = text.indexOf("\n", body);
  return newline < 0 ? end : start + newline + 1;
}

const isBlockText = (node: ParsedNode | null) =>
  isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");

/** What stands at a path: the collection that has it, its index there, and whether brackets are around it. */
export interface Place {
  parent: Collection;
  entries: Entry[];
  index: number;
  inFlow: boolean;
  /** The entry whose value `parent` is; undefined for the root. */
  outer: Entry | undefined;
}

export function placeOf(source: Source, path: YamlPath): Place {
  let parent = source.root;
  let outer: Entry | undefined;
  let inFlow = false;
  for (const [depth, step] of path.entries()) {
    if (!isMap(parent) && !isSeq(parent)) break;
    inFlow ||= isFlow(parent as Collection);
    const entries = entriesOf(source, parent as Collection);
    const index = indexOf(parent as Collection, step);
    if (depth === path.length - 1) return { parent: parent as Collection, entries, index, inFlow, outer };
    outer = entries[index];
    parent = outer?.value ?? null;
  }
  throw new EditError(`${formatPath(path)} has no map or list to stand in.`);
}

function indexOf(parent: Collection, step: string | number): number {
  if (isSeq(parent)) return typeof step === "number" && step < parent.items.length ? step : -1;
  return parent.items.findIndex((pair) => isPair(pair) && isScalar(pair.key) && pair.key.value === step);
}

/** A value that nothing stands for: `key:` alone. */
export const startsEmpty = (node: ParsedNode) => isScalar(node) && node.range[0] === node.range[1];
