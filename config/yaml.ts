import {
  Composer,
  CST,
  type Document,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type ParsedNode,
  Parser,
  type Scalar,
  type YAMLMap,
  type YAMLParseError,
  type YAMLSeq,
} from "yaml";
import { hideCredentials } from "./credentialPattern";
import {
  ambiguous,
  COMPLAINTS,
  type Complaint,
  decodeText,
  duplicateKey,
  forbiddenCharacters,
  formatPath,
  MAX_DEPTH,
  mayBeSecret,
  readPlain,
  syntaxComplaint,
  TOKEN_COMPLAINTS,
  textComplaint,
  type YamlPath,
} from "./yamlText";

/** Where something stands: lines and columns count from 1, columns in UTF-16 units. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

/** One thing in a file that is refused; `path` is the nearest key or item at or before it. */
export interface ReadProblem extends Position {
  path: string;
  found: string;
  allowed: string;
  remedy: string;
}

export type YamlNode =
  | { kind: "scalar"; value: string | number | boolean | null; at: Position }
  /** A mapping with the single key `secure`: a value that Pulumi encrypted. Its ciphertext is not kept. */
  | { kind: "secret"; at: Position }
  | { kind: "list"; items: YamlNode[]; at: Position }
  | { kind: "map"; entries: Map<string, { key: Position; node: YamlNode }>; at: Position };

/** What {@link toPlain} puts where a file has an encrypted value. No YAML text can produce it. */
export const SECRET: unique symbol = Symbol("lockstep.secret");

const MAX_PROBLEMS = 200;

/**
 * Reads the text of `Pulumi.yaml`, `Pulumi.<stack>.yaml` or a file of ours to nodes that know their place.
 *
 * Accepts only what the Pulumi engine reads the same way (gopkg.in/yaml.v3 3.0.1, then encoded and decoded
 * once more: `sdk/go/common/workspace/loaders.go`); everything that it would read otherwise, or that a person
 * could misread, is a problem. `root` is undefined whenever there is one, so that no caller can go on with a
 * reading that may not be the engine's. All problems are reported, up to 200, in the order of the file. None
 * echoes a value that may be a secret. Never throws; aliases are never expanded.
 */
export function readYaml(
  text: string | Uint8Array,
  file: string,
): { root: YamlNode | undefined; problems: ReadProblem[] } {
  const decoded = decodeText(text);
  if ("complaint" in decoded) {
    return { root: undefined, problems: [{ file, line: 1, column: 1, path: "", ...decoded.complaint }] };
  }
  const reader = new Reader(decoded.text, file);
  const root = reader.read();
  const problems = reader.problems();
  return { root: problems.length === 0 ? root : undefined, problems };
}

/** The node's data: mappings become objects (a key `__proto__` too is an own one), secrets {@link SECRET}. */
export function toPlain(node: YamlNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "secret":
      return SECRET;
    case "list":
      return node.items.map(toPlain);
    case "map":
      return Object.fromEntries(Array.from(node.entries, ([key, entry]) => [key, toPlain(entry.node)]));
  }
}

/** The inverse of `toPlain` for data that does not come from a file; every node stands at `at`. */
export function fromPlain(data: unknown, at: Position): YamlNode {
  if (data === SECRET) return { kind: "secret", at };
  if (Array.isArray(data)) return { kind: "list", items: data.map((item) => fromPlain(item, at)), at };
  if (typeof data === "object" && data !== null) {
    const entries = Object.entries(data).map(
      ([key, value]) => [key, { key: at, node: fromPlain(value, at) }] as const,
    );
    return { kind: "map", entries: new Map(entries), at };
  }
  return { kind: "scalar", value: data as string | number | boolean | null, at };
}

/** The node at a path, or undefined if the path leads nowhere. A secret has nothing inside. */
export function lookup(node: YamlNode, path: YamlPath): YamlNode | undefined {
  let current: YamlNode | undefined = node;
  for (const step of path) current = current && child(current, step)?.node;
  return current;
}

/** Where the deepest existing part of a path stands: a key for mappings, the item itself for lists. */
export function nearestPosition(node: YamlNode, path: YamlPath): Position {
  let current = node;
  let at = node.at;
  for (const step of path) {
    const next = child(current, step);
    if (next === undefined) return at;
    current = next.node;
    at = next.key;
  }
  return at;
}

function child(node: YamlNode, step: string | number): { key: Position; node: YamlNode } | undefined {
  if (node.kind === "map" && typeof step === "string") return node.entries.get(step);
  const item = node.kind === "list" && typeof step === "number" ? node.items[step] : undefined;
  return item && { key: item.at, node: item };
}

/** How a node was reached, innermost step first: paths are made only for what is reported. */
type Trail = { parent: Trail; step: string | number } | undefined;

function pathOf(trail: Trail): (string | number)[] {
  const steps: (string | number)[] = [];
  for (let at = trail; at !== undefined; at = at.parent) steps.push(at.step);
  return steps.reverse();
}

const BEFORE_DOCUMENT = new Set([
  "byte-order-mark",
  "doc-mode",
  "space",
  "newline",
  "comment",
  "directive-line",
]);

/** What the lexemes before the present one amount to. */
interface Seen {
  documents: number;
  /** The last one announced a plain or block scalar, whose text is the present one. */
  scalarMark: boolean;
  /** The last one but white space was the text of such a scalar. */
  plain: boolean;
  /** Nothing but white space and dashes so far in the line: where the engine takes no tab. */
  lineHead: boolean;
}

/** Asked of few lexemes only: most of a file is read without. */
const isInFlow = ({ stack }: Parser) => stack.some(({ type }) => type === "flow-collection");

const depthOf = ({ stack }: Parser) => stack.filter((token) => "items" in token).length;

/** One pass over one text; see {@link readYaml}. */
class Reader {
  private readonly lines = new LineCounter();
  private line = 0;
  private readonly complaints: { offset: number; complaint: Complaint }[] = [];
  /** Each key and item in the order of the text, to tell which of them a complaint is about. */
  private readonly marks: { offset: number; trail: Trail }[] = [];

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  read(): YamlNode | undefined {
    for (const { offset, complaint } of forbiddenCharacters(this.text)) {
      this.refuse(offset, complaint);
      if (this.complaints.length > MAX_PROBLEMS) break;
    }
    const { content, errors } = this.compose();
    for (const error of errors) {
      const complaint = syntaxComplaint(error.code);
      if (complaint) this.refuse(error.pos[0], complaint);
    }
    const root = content ? this.node(content, undefined) : undefined;
    const isEmpty = root === undefined || (root.kind === "scalar" && root.value === null);
    if (isEmpty && this.complaints.length === 0) this.refuse(0, COMPLAINTS.empty);
    // The engine refuses one, and its scanner ends a block text elsewhere if that has no indentation.
    if (!isEmpty && root.kind === "scalar" && this.complaints.length === 0)
      this.refuse(content?.range[0] ?? 0, COMPLAINTS.loneScalar);
    return root;
  }

  problems(): ReadProblem[] {
    const sorted = this.complaints.sort((a, b) => a.offset - b.offset);
    return sorted.slice(0, MAX_PROBLEMS + 1).map(({ offset, complaint }, index) => ({
      ...this.position(offset),
      path: hideCredentials(formatPath(this.pathAt(offset))),
      ...(index < MAX_PROBLEMS ? complaint : COMPLAINTS.more),
    }));
  }

  private refuse(offset: number, complaint: Complaint): void {
    this.complaints.push({ offset, complaint });
  }

  /** Nodes come in the order of the text, so the line is mostly that of the one before, or the next. */
  private position(offset: number): Position {
    const { lineStarts } = this.lines;
    const at = (line: number) => lineStarts[line] ?? Number.POSITIVE_INFINITY;
    if (offset < at(this.line)) this.line = 0;
    while (offset >= at(this.line + 1)) this.line++;
    return { file: this.file, line: this.line + 1, column: offset - at(this.line) + 1 };
  }

  private pathAt(offset: number): YamlPath {
    let low = 0;
    let high = this.marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.marks[middle]?.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return pathOf(this.marks[low - 1]?.trail);
  }

  /**
   * The first document's content and all syntax errors. The composer keeps as many errors as there are, at a
   * kilobyte each, so it is stopped at our limit; keys are compared in {@link map}, in less than its quadratic
   * time.
   */
  private compose(): { content: ParsedNode | null; errors: readonly YAMLParseError[] } {
    const composer = new Composer({ schema: "core", strict: true, uniqueKeys: false });
    const onError: unknown = Reflect.get(composer, "onError");
    let count = 0;
    const stop = new Error("The limit of syntax errors is reached.");
    const counted = (...args: unknown[]): void => {
      if (++count > MAX_PROBLEMS) throw stop;
      if (typeof onError === "function") onError(...args);
    };
    Object.assign(composer, { onError: counted });
    try {
      const documents: Document.Parsed[] = [...composer.compose(this.tokens(), true, this.text.length)];
      return { content: documents[0]?.contents ?? null, errors: documents.flatMap(({ errors }) => errors) };
    } catch (error) {
      if (error !== stop) throw error;
      return { content: null, errors: composer.streamInfo().errors };
    }
  }

  /**
   * The syntax tree's tokens, on whose way all that needs no tree is refused. Nesting is, because composing
   * recurses. Past a limit the rest of the file is not read.
   */
  private *tokens(): Generator<CST.Token> {
    this.lines.addNewLine(0);
    const parser = new Parser(this.lines.addNewLine);
    let errors = 0;
    const seen: Seen = { documents: 0, scalarMark: false, plain: false, lineHead: true };
    for (const lexeme of new Lexer().lex(this.text)) {
      this.refuseLexeme(lexeme, parser, seen);
      for (const token of parser.next(lexeme)) {
        yield token;
        if (token.type === "error") errors += 1;
      }
      if (seen.documents > 1 || errors + this.complaints.length > MAX_PROBLEMS) return;
      if (parser.stack.length > MAX_DEPTH && depthOf(parser) > MAX_DEPTH) {
        return this.refuse(parser.offset - lexeme.length, COMPLAINTS.tooDeep);
      }
    }
    yield* parser.end();
  }

  private refuseLexeme(lexeme: string, parser: Parser, seen: Seen): void {
    const { offset } = parser;
    if (seen.scalarMark) {
      if (/^:|\?/.test(lexeme) && isInFlow(parser)) this.refuse(offset, COMPLAINTS.flowIndicator);
      // A block scalar's text ends with its last line, or is empty.
      Object.assign(seen, { scalarMark: false, plain: true, lineHead: /^$|\n$/.test(lexeme) });
      return;
    }
    const type = CST.tokenType(lexeme);
    const complaint = type && TOKEN_COMPLAINTS[type];
    if (complaint) this.refuse(offset, complaint);
    if (type === "doc-start" && ++seen.documents > 1) this.refuse(offset, COMPLAINTS.secondDocument);
    // A document may begin without a mark.
    if (!BEFORE_DOCUMENT.has(String(type))) seen.documents ||= 1;
    if (type === "map-value-ind") {
      const glued = () => seen.plain && /[,[\]{}]/.test(this.text.charAt(offset + 1));
      if (seen.lineHead || (glued() && isInFlow(parser))) this.refuse(offset, COMPLAINTS.flowIndicator);
    }
    if (type === "space" && seen.lineHead && lexeme.includes("\t") && !isInFlow(parser)) {
      this.refuse(offset, COMPLAINTS.tab);
    }
    seen.scalarMark = type === "scalar";
    seen.plain &&= type === "space";
    const keepsHead = type === "space" || type === "seq-item-ind" || type === "doc-mode";
    seen.lineHead = type === "newline" || (seen.lineHead && keepsHead);
  }

  private node(node: ParsedNode, trail: Trail): YamlNode | undefined {
    const at = this.position(node.range[0]);
    if (isMap(node)) return this.map(node, trail, at);
    if (isSeq(node)) return this.list(node, trail, at);
    if (!isScalar(node)) return undefined;
    const reading = this.scalar(node, trail);
    return reading && { kind: "scalar", value: reading.value, at };
  }

  private list(list: YAMLSeq.Parsed, parent: Trail, at: Position): YamlNode {
    const items = list.items.map((item, step) => {
      const trail = { parent, step };
      this.marks.push({ offset: item.range[0], trail });
      return this.node(item, trail);
    });
    return { kind: "list", items: items.filter((item) => item !== undefined), at };
  }

  private map(map: YAMLMap.Parsed, parent: Trail, at: Position): YamlNode {
    const entries = new Map<string, { key: Position; node: YamlNode }>();
    for (const pair of map.items) {
      const key = this.key(pair.key, parent);
      const trail = { parent, step: key ?? "?" };
      this.marks.push({ offset: pair.key.range[0], trail });
      const keyAt = this.position(pair.key.range[0]);
      const node = pair.value
        ? this.node(pair.value, trail)
        : ({ kind: "scalar", value: null, at: keyAt } satisfies YamlNode);
      if (key === undefined || node === undefined) continue;
      const earlier = entries.get(key);
      if (earlier) this.refuse(pair.key.range[0], duplicateKey(earlier.key.line));
      else entries.set(key, { key: keyAt, node });
    }
    const secure = map.items.length === 1 ? entries.get("secure")?.node : undefined;
    if (secure === undefined) return { kind: "map", entries, at };
    // The engine takes only a text for an encrypted value, and would keep anything else in the clear.
    if (secure.kind !== "scalar" || typeof secure.value !== "string") {
      this.refuse(map.range[0], COMPLAINTS.secureWithoutText);
    }
    return { kind: "secret", at };
  }

  private key(key: ParsedNode, parent: Trail): string | undefined {
    const reading = isScalar(key) ? this.scalar(key, parent) : undefined;
    if (isScalar(key) && reading === undefined) return undefined;
    const lines = this.text.slice(key.range[0], key.range[1]) + String(reading?.value);
    if (typeof reading?.value === "string" && !/[\n\r]/.test(lines)) return reading.value;
    this.refuse(key.range[0], COMPLAINTS.keyWithoutText);
    return undefined;
  }

  private scalar(
    scalar: Scalar.Parsed,
    trail: Trail,
  ): { value: string | number | boolean | null } | undefined {
    const [start, end] = scalar.range;
    if (scalar.type !== "PLAIN") {
      const value = String(scalar.value);
      const complaint = textComplaint(value, this.text.slice(start, end));
      if (complaint) this.refuse(start, complaint);
      return complaint ? undefined : { value };
    }
    const reading = readPlain(scalar.source);
    if ("value" in reading) return reading;
    this.refuse(start, ambiguous(scalar.source, reading, mayBeSecret(pathOf(trail), scalar.source)));
    return undefined;
  }
}
