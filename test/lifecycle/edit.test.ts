import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lookup, nearestPosition, readYaml, SECRET, toPlain, type YamlNode } from "../../config/yaml";
import { linesOf, removeValue, setValue } from "../../lifecycle/edit";
import { EditError } from "../../lifecycle/editSource";
import { decimal } from "../../lifecycle/editText";

const read = (text: string): unknown => {
  const { root, problems } = readYaml(text, "file.yaml");
  if (root === undefined) throw new Error(`${JSON.stringify(text)}: ${JSON.stringify(problems[0])}`);
  return toPlain(root);
};

describe("a random edit of a random document", () => {
  const key = fc.constantFrom("a", "b", "chat-large", "lockstep:x", "yes", "010", "with space", "üb");
  const scalar = fc.oneof(
    fc.constantFrom<unknown>(
      "text",
      "no",
      "2026-11-21",
      "1_000",
      "",
      "a: b",
      "x # y",
      "it's",
      'say "x"',
      "a, b",
      "~",
    ),
    fc.constantFrom<unknown>(
      "-1",
      "0x1f",
      "1e3",
      "{",
      "[a]",
      "@x",
      "%x",
      "&a",
      "*a",
      "!t",
      "null",
      "true",
      "12:30",
    ),
    fc.integer({ min: -1_000, max: 1_000_000 }),
    fc.constantFrom<unknown>(0.25, 1e-7, 9007199254740991, -0, true, false, null),
    fc.string({ maxLength: 12 }).filter((text) => !/^\s[\s\S]*\n/.test(text)),
  );
  const value = fc.letrec<{ node: unknown; map: unknown; list: unknown }>((tie) => ({
    node: fc.oneof({ depthSize: "small", withCrossShrink: true }, scalar, tie("map"), tie("list")),
    map: fc.dictionary(key, tie("node"), { maxKeys: 4, noNullPrototype: true }),
    list: fc.array(tie("node"), { maxLength: 4 }),
  }));
  const map = value.map.filter((data) => Object.keys(data as object).length > 0);

  /** Writes data with comments, blank lines, and each collection in one of both styles. */
  function write(data: unknown, random: () => number, eol: string): string {
    const plain = (one: unknown) =>
      typeof one === "number"
        ? one === 0
          ? "0"
          : setValue("a: 1", ["a"], one).slice(3)
        : JSON.stringify(one);
    const flow = (one: unknown): string => {
      if (Array.isArray(one))
        return `[${one.map(flow).join(", ")}${one.length > 0 && random() < 0.2 ? "," : ""}]`;
      if (typeof one !== "object" || one === null) return plain(one);
      return `{ ${Object.entries(one)
        .map(([k, v]) => `${JSON.stringify(k)}: ${flow(v)}`)
        .join(", ")} }`;
    };
    const noise = (pad: string): string[] => [
      ...(random() < 0.2 ? [""] : []),
      ...(random() < 0.3 ? [`${pad}# note ${Math.floor(random() * 1e6)}`] : []),
    ];
    const tail = () => (random() < 0.2 ? " # tail" : "");
    const block = (one: object, indent: number): string[] => {
      const pad = " ".repeat(indent);
      return Object.entries(one).flatMap(([k, v]) => {
        const head = Array.isArray(one) ? `${pad}-` : `${pad}${JSON.stringify(k)}:`;
        const nested = typeof v === "object" && v !== null && Object.keys(v).length > 0;
        if (nested && random() < 0.7) {
          const inner = block(v, indent + 2);
          if (Array.isArray(one) && random() < 0.6 && !/^\s*(?:#|$)/.test(inner[0] ?? ""))
            return [...noise(pad), `${head} ${inner[0]?.trimStart()}`, ...inner.slice(1)];
          return [...noise(pad), `${head}${tail()}`, ...inner];
        }
        return [...noise(pad), `${head}${v === null && random() < 0.5 ? "" : ` ${flow(v)}`}${tail()}`];
      });
    };
    return block(data as object, 0).join(eol) + (random() < 0.8 ? eol : "");
  }

  const pathsOf = (data: unknown, path: (string | number)[] = []): (string | number)[][] => [
    ...(path.length > 0 ? [path] : []),
    ...(Array.isArray(data)
      ? data.flatMap((one, index) => pathsOf(one, [...path, index]))
      : typeof data === "object" && data !== null
        ? Object.entries(data).flatMap(([k, one]) => pathsOf(one, [...path, k]))
        : []),
  ];

  const at = (data: unknown, path: readonly (string | number)[]) =>
    path.reduce((one, step) => (one as Record<string | number, unknown>)[step], data);

  const setup = fc.tuple(map, fc.nat(), fc.nat(), value.node, key);

  function prepare([data, seed, pick]: [unknown, number, number, ...unknown[]]) {
    let state = seed;
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const eol = random() < 0.3 ? "\r\n" : "\n";
    const text = (random() < 0.2 ? "\uFEFF" : "") + write(data, random, eol);
    const paths = pathsOf(data);
    return { text, path: paths[pick % paths.length] ?? [], data: read(text) };
  }

  it("has the right data and leaves every other line as it was", () => {
    fc.assert(
      fc.property(setup, ([data, seed, pick, fresh, name]) => {
        const { text, path, data: before } = prepare([data, seed, pick]);
        const target = at(before, path);
        const extra = Array.isArray(target)
          ? [...path, target.length]
          : typeof target === "object" && target !== null
            ? [...path, name as string]
            : path;
        for (const where of [path, extra]) {
          if (hasSecure(fresh)) continue;
          let edited: string;
          try {
            edited = setValue(text, where, fresh);
          } catch (error) {
            throw new Error(JSON.stringify([text, where, fresh]), { cause: error });
          }
          expect(isDeepStrictEqual(at(read(edited), where), normal(fresh))).toBe(true);
          expect(setValue(edited, where, fresh)).toBe(edited);
          untouched(text, edited, path);
        }
        try {
          untouched(text, removeValue(text, path), path.slice(0, -1));
        } catch (error) {
          throw new Error(JSON.stringify([text, path]), { cause: error });
        }
      }),
      { numRuns: 300 },
    );
  });

  const hasSecure = (one: unknown) => JSON.stringify(one)?.includes('"secure"') === true;
  const normal = (one: unknown): unknown =>
    Array.isArray(one)
      ? one.map(normal)
      : typeof one === "object" && one !== null
        ? Object.fromEntries(Object.entries(one).map(([k, v]) => [k, normal(v)]))
        : one === 0
          ? 0
          : one;

  /** Only lines of the value, or of the map or list around it, may change; line ends and the mark never do. */
  function untouched(before: string, after: string, path: readonly (string | number)[]) {
    expect(after.startsWith("\uFEFF")).toBe(before.startsWith("\uFEFF"));
    if (before.includes("\r\n")) expect(after.replaceAll("\r\n", "")).not.toContain("\n");
    else expect(after).not.toContain("\r");
    const [old, fresh] = [before, after].map((text) => text.replace("\uFEFF", "").split(/\r?\n/));
    if (old === undefined || fresh === undefined) throw new Error("no lines");
    let head = 0;
    while (head < Math.min(old.length, fresh.length) && old[head] === fresh[head]) head++;
    let tail = 0;
    while (tail < Math.min(old.length, fresh.length) - head && old.at(-1 - tail) === fresh.at(-1 - tail))
      tail++;
    const { root } = readYaml(before, "file.yaml");
    if (root === undefined) throw new Error("not read");
    const span = linesBelow(root, path);
    for (const line of old.slice(head, old.length - tail).keys()) {
      const number = head + line + 1;
      if (old[number - 1]?.trim() === "") continue;
      if (number < span.first || number > span.last)
        throw new Error(`line ${number} changed, outside ${span.first}-${span.last}`);
    }
  }

  /** The lines from a key to the last thing below it. */
  function linesBelow(root: YamlNode, path: readonly (string | number)[]): { first: number; last: number } {
    const node = lookup(root, path);
    if (node === undefined) return { first: 1, last: 0 };
    // An item stands where its value does; its dash may be in a line above.
    const inList = typeof path.at(-1) === "number";
    const place = inList ? lookup(root, path.slice(0, -1))?.at : nearestPosition(root, path);
    const first = path.length === 0 ? 1 : (place?.line ?? 1);
    const lines = (one: YamlNode): number[] =>
      one.kind === "list"
        ? [one.at.line, ...one.items.flatMap(lines)]
        : one.kind === "map"
          ? [
              one.at.line,
              ...Array.from(one.entries.values(), ({ key: at, node: inner }) => [
                at.line,
                ...lines(inner),
              ]).flat(),
            ]
          : [one.at.line];
    return { first, last: Math.max(first, ...lines(node)) };
  }
});

describe("setting a value", () => {
  it.each<[string, string, (string | number)[], unknown, string]>([
    ["a scalar beside a comment", "a: 1 # one\nb: 2\n", ["a"], 3, "a: 3 # one\nb: 2\n"],
    ["a text in quotes", 'a: "x"\n', ["a"], "q", "a: q\n"],
    ["a value where nothing stands", "a:\nb: 2\n", ["a"], 1, "a: 1\nb: 2\n"],
    [
      "a value where nothing stands in a list",
      "a:\n  - # none\n  - 2\n",
      ["a", 0],
      1,
      "a:\n  - 1 # none\n  - 2\n",
    ],
    ["a new key at the end of a map", "a: 1\n# end\n", ["b"], "x", "a: 1\nb: x\n# end\n"],
    ["a new key where the last line does not end", "a: 1", ["b"], 2, "a: 1\nb: 2"],
    ["a new key between keys with blank lines", "a: 1\n\nb: 2\n", ["c"], 3, "a: 1\n\nb: 2\n\nc: 3\n"],
    ["a new key in an inner map", "a:\n    b: 1\nc: 2\n", ["a", "d"], 2, "a:\n    b: 1\n    d: 2\nc: 2\n"],
    ["a new key with Windows line ends", "a:\r\n  b: 1\r\n", ["a", "c"], 2, "a:\r\n  b: 1\r\n  c: 2\r\n"],
    ["a new key behind a byte order mark", "\uFEFFa: 1\n", ["b"], 2, "\uFEFFa: 1\nb: 2\n"],
    ["a new key in an empty map", "a: {}\n", ["a", "b"], 1, "a: { b: 1 }\n"],
    ["an item in an empty list", "a: []\n", ["a", 0], "x", "a: [x]\n"],
    ["an item at the end of a flow list", "a: [x, q] # two\n", ["a", 2], "z", "a: [x, q, z] # two\n"],
    ["an item behind a trailing comma", "a: [x, ]\n", ["a", 1], "z", "a: [x, z, ]\n"],
    ["an item at the end of a block list", "a:\n  - x\nb: 1\n", ["a", 1], "q", "a:\n  - x\n  - q\nb: 1\n"],
    ["an item of a list without indentation", "a:\n- x\nb: 1\n", ["a", 1], "q", "a:\n- x\n- q\nb: 1\n"],
    ["a key of a flow map", "a: { b: 1 }\n", ["a", "c"], "x", "a: { b: 1, c: x }\n"],
    [
      "an entry like its flow siblings",
      "a:\n  b: { c: 1 }\n",
      ["a", "d"],
      { c: "x", e: 1 },
      "a:\n  b: { c: 1 }\n  d: { c: x, e: 1 }\n",
    ],
    [
      "an entry in lines",
      "a:\n  b:\n    c: x\n",
      ["a", "d"],
      { c: "x", e: "q" },
      "a:\n  b:\n    c: x\n  d:\n    c: x\n    e: q\n",
    ],
    [
      "a map for a scalar",
      "a: 1 # one\nb: 2\n",
      ["a"],
      { c: "x", d: "q" },
      "a:\n  c: x\n  d: q # one\nb: 2\n",
    ],
    ["a scalar for a map", "a: # note\n  b: 1\n  c: 2\nd: 3\n", ["a"], 1, "a: 1 # note\nd: 3\n"],
    ["a list for a map", "a:\n  b: 1\nc: 2\n", ["a"], ["x", "q"], "a: [x, q]\nc: 2\n"],
    ["a scalar for a block text", "a: |\n  x\n  y\n\nb: 1\n", ["a"], "z", "a: z\n\nb: 1\n"],
    [
      "only what differs of a map",
      "a:\n  # kept\n  b: 1\n  c: 2\n",
      ["a"],
      { b: 1, c: 3 },
      "a:\n  # kept\n  b: 1\n  c: 3\n",
    ],
    [
      "only what differs of a list",
      "a:\n  - x # one\n  - q\n  - z\n",
      ["a"],
      ["x", "w"],
      "a:\n  - x # one\n  - w\n",
    ],
    ["an empty map for one with something in it", "a:\n  b: 1\n", ["a"], {}, "a: {}\n"],
    ["what is there already", "a: 'x'   # odd\n", ["a"], "x", "a: 'x'   # odd\n"],
  ])("sets %s", (_, text, path, value, expected) => {
    expect(setValue(text, path, value)).toBe(expected);
  });

  it.each<[unknown, string]>([
    ["plain", "plain"],
    ["not announced", "not announced"],
    ["us.anthropic.claude-haiku-4-5-20251001-v1:0", "us.anthropic.claude-haiku-4-5-20251001-v1:0"],
    ["2026-11-21", '"2026-11-21"'],
    ["yes", '"yes"'],
    ["No", '"No"'],
    ["on", '"on"'],
    ["true", '"true"'],
    ["null", '"null"'],
    ["~", '"~"'],
    ["", '""'],
    ["010", '"010"'],
    ["1_000", '"1_000"'],
    ["111122223333", '"111122223333"'],
    ["1e3", '"1e3"'],
    ["0x1f", '"0x1f"'],
    ["12:30", '"12:30"'],
    ["-x", '"-x"'],
    ["routes.chat.targets[1].order", "routes.chat.targets[1].order"],
    ["a: b", '"a: b"'],
    ["a:", '"a:"'],
    ["a # b", '"a # b"'],
    ["a ", '"a "'],
    ["*a", '"*a"'],
    ["{", '"{"'],
    ['{"queue":"other"}', '\'{"queue":"other"}\''],
    ['it\'s "x"', '"it\'s \\"x\\""'],
    ["two\nlines", '"two\\nlines"'],
    ["\u2028", '"\\u2028"'],
    ["\u202e", '"\\u202e"'],
    ["\u{e0001}", '"\\U000e0001"'],
    ["über – …", "über – …"],
    [0.00000025, "0.00000025"],
    [-0, "0"],
    [-1.5, "-1.5"],
    [1e6, "1000000"],
    [true, "true"],
    [null, "null"],
  ])("writes %j as %s", (value, written) => {
    expect(setValue("a: old\n", ["a"], value)).toBe(`a: ${written}\n`);
  });

  it.each<[string, string, (string | number)[], unknown, string]>([
    ["a value of a key in braces", "a: { b: , c: 1 }\n", ["a", "b"], 2, "a: { b: 2 , c: 1 }\n"],
    ["a value behind a last colon without a line end", "a:", ["a"], 1, "a: 1"],
    ["a map where nothing stands", "a:\nb: 1\n", ["a"], { c: "x", d: "q" }, "a:\n  c: x\n  d: q\nb: 1\n"],
    [
      "a map for a block text",
      "a: |\r\n  x\r\nb: 1\r\n",
      ["a"],
      { c: "x", d: "q" },
      "a:\r\n  c: x\r\n  d: q\r\nb: 1\r\n",
    ],
    ["a scalar for a block text with Windows line ends", "a: |\r\n  x\r\n", ["a"], "z", "a: z\r\n"],
    [
      "a scalar for a block text whose last line ends in blanks",
      "a: |\n  x  \n\nb: 1\n",
      ["a"],
      "z",
      "a: z\n\nb: 1\n",
    ],
    ["a scalar for a block text without its line end", "a: |-\n  x\n\nb: 1\n", ["a"], "z", "a: z\n\nb: 1\n"],
    [
      "a scalar for a block text with the blank lines behind it",
      "a: |+\n  x\n\nb: 1\n",
      ["a"],
      "z",
      "a: z\nb: 1\n",
    ],
    [
      "a scalar for a folded text with the blank lines behind it",
      "a: >+\n  x\n\nb: 1\n",
      ["a"],
      "z",
      "a: z\nb: 1\n",
    ],
    [
      "a scalar for a block text that begins with such a sign",
      "a: |\n  |+\n\nb: 1\n",
      ["a"],
      "z",
      "a: z\n\nb: 1\n",
    ],
    ["a scalar for an empty block text", "a: |\nb: 1\n", ["a"], "z", "a: z\nb: 1\n"],
    ["a map for brackets, in one line", "a: [x]\n", ["a"], { c: "x", d: "q" }, "a: { c: x, d: q }\n"],
    [
      "a map for a list in lines",
      "a:\n- 1\n- 2\nb: 1\n",
      ["a"],
      { c: "x", d: "q" },
      "a:\n  c: x\n  d: q\nb: 1\n",
    ],
    [
      "a map for an item",
      "a:\n  - 1 # one\n  - 2\n",
      ["a", 0],
      { c: "x", d: "q" },
      "a:\n  - c: x\n    d: q # one\n  - 2\n",
    ],
    [
      "a map for an item that is a block text",
      "a:\n  - |\n    x\n  - 2\n",
      ["a", 0],
      { c: "x", d: "q" },
      "a:\n  - c: x\n    d: q\n  - 2\n",
    ],
    [
      "a scalar for an item that is a map",
      "a:\n  - b: 1\n    c: 2\n  - 2\n",
      ["a", 0],
      5,
      "a:\n  - 5\n  - 2\n",
    ],
    [
      "a scalar for an item whose map begins below the dash",
      "a:\n  -\n    b: 1\n    c: 2\n  - 2\n",
      ["a", 0],
      5,
      "a:\n  - 5\n  - 2\n",
    ],
    [
      "an entry like its flow siblings beside an empty one",
      "a:\n  b: { c: 1 }\n  d: {}\n",
      ["a", "x y"],
      { c: "x", d: "q" },
      'a:\n  b: { c: 1 }\n  d: {}\n  "x y": { c: x, d: q }\n',
    ],
    [
      "an entry in lines beside an empty one",
      "a:\n  b: {}\n",
      ["a", "e"],
      { c: "x", d: "q" },
      "a:\n  b: {}\n  e:\n    c: x\n    d: q\n",
    ],
    [
      "an entry like the last of its siblings",
      "a:\n  b: { c: 1 }\n  d:\n    e: x\n",
      ["a", "f"],
      { c: "x", d: "q" },
      "a:\n  b: { c: 1 }\n  d:\n    e: x\n  f:\n    c: x\n    d: q\n",
    ],
    [
      "an item like its flow siblings",
      "a:\n  - [1]\n",
      ["a", 1],
      { c: "x", d: "q" },
      "a:\n  - [1]\n  - { c: x, d: q }\n",
    ],
    [
      "an item in lines",
      "a:\n  - c: x\n    d: w\n",
      ["a", 1],
      { c: "x", d: "q" },
      "a:\n  - c: x\n    d: w\n  - c: x\n    d: q\n",
    ],
    [
      "a new key behind a blank line with Windows line ends",
      "a:\r\n  b: 1\r\n\r\n  c: 1\r\n",
      ["a", "d"],
      1,
      "a:\r\n  b: 1\r\n\r\n  c: 1\r\n\r\n  d: 1\r\n",
    ],
    [
      "a new key behind a comment without a blank line",
      "a: 1\n# x\nb: 2\n",
      ["c"],
      3,
      "a: 1\n# x\nb: 2\nc: 3\n",
    ],
    [
      "a new key where the blank line is below a comment",
      "a: 1\n# x\n\nb: 2\n",
      ["c"],
      3,
      "a: 1\n# x\n\nb: 2\n\nc: 3\n",
    ],
    [
      "a new key where only those further up have blank lines",
      "a: 1\n\nb: 2\nc: 1\n",
      ["d"],
      3,
      "a: 1\n\nb: 2\nc: 1\nd: 3\n",
    ],
    [
      "a map in an empty map",
      "a: {} # c\n",
      ["a", "b"],
      { c: "x", d: "q" },
      "a:\n  b:\n    c: x\n    d: q # c\n",
    ],
    [
      "a map in an empty map further in, with Windows line ends",
      "a:\r\n  b: {}\r\nc: 1\r\n",
      ["a", "b", "c"],
      { c: "x", d: "q" },
      "a:\r\n  b:\r\n    c:\r\n      c: x\r\n      d: q\r\nc: 1\r\n",
    ],
    [
      "a map in an empty item",
      "a:\n  - []\n",
      ["a", 0, 0],
      { c: "x", d: "q" },
      "a:\n  -\n    - c: x\n      d: q\n",
    ],
    [
      "a map in an empty map in braces",
      "a: { b: {} }\n",
      ["a", "b", "c"],
      { c: "x", d: "q" },
      "a: { b: { c: { c: x, d: q } } }\n",
    ],
    [
      "a map in an empty map in brackets",
      "a: [{}]\n",
      ["a", 0, "b"],
      { c: "x", d: "q" },
      "a: [{ b: { c: x, d: q } }]\n",
    ],
    ["a map in an empty file's map", "{}\n", ["a"], { c: "x", d: "q" }, "a:\n  c: x\n  d: q\n"],
    ["a scalar in an empty file's map", "{}\n", ["a"], 1, "{ a: 1 }\n"],
    ["a map in an empty file's list", "[]\n", [0], { c: "x", d: "q" }, "- c: x\n  d: q\n"],
    ["a scalar in an empty file's list", "[]\n", [0], 1, "[1]\n"],
    [
      "a key in braces with nothing but a comment",
      "a: {\n  # note\n}\n",
      ["a", "b"],
      1,
      "a: {\n  # note\n  b: 1\n}\n",
    ],
    [
      "an item in brackets with nothing but a comment",
      "a:\r\n  b: [\r\n    # note\r\n  ]\r\n",
      ["a", "b", 0],
      "x",
      "a:\r\n  b: [\r\n    # note\r\n    x\r\n  ]\r\n",
    ],
    [
      "an item of the file's brackets with nothing but a comment",
      "[\n# note\n]\n",
      [0],
      "x",
      "[\n# note\n  x\n]\n",
    ],
    ["the whole of a file, by what differs", "a: 1 # one\nb: 2\n", [], { a: 2, b: 2 }, "a: 2 # one\nb: 2\n"],
    ["an empty map for a scalar", "a: 1\nb: 2\n", ["a"], {}, "a: {}\nb: 2\n"],
    ["a scalar for an empty block text before a blank line", "a: |\n\nb: 1\n", ["a"], "z", "a: z\n\nb: 1\n"],
    [
      "a scalar for an empty folded text before blank lines",
      "a: >-\n\n\nb: 1\n",
      ["a"],
      "z",
      "a: z\n\n\nb: 1\n",
    ],
    [
      "a scalar for a block text before a line of blanks",
      "a: |\n  x\n    \nb: 1\n",
      ["a"],
      "z",
      "a: z\n    \nb: 1\n",
    ],
    [
      "a scalar for a block text that has such a line",
      "a: |+\n  x\n    \nb: 1\n",
      ["a"],
      "z",
      "a: z\nb: 1\n",
    ],
    ["a scalar of a key in braces", "a: { b: 1, c: 2 }\n", ["a", "b"], 3, "a: { b: 3, c: 2 }\n"],
    [
      "a list for a map, and keeps the comment behind the key",
      "a: # note\n  c: x\n  d: q\nb: 1\n",
      ["a"],
      [{ c: "x", d: "q" }],
      "a: # note\n  - c: x\n    d: q\nb: 1\n",
    ],
    ["a text with a comma in braces", "a: { b: 1 }\n", ["a", "c"], "x, q", 'a: { b: 1, c: "x, q" }\n'],
    [
      "a text with a comma beside braces",
      "a:\n  b: { c: 1 }\n",
      ["a", "d"],
      "x, q",
      "a:\n  b: { c: 1 }\n  d: x, q\n",
    ],
    ["a text with a comma as a new key", "a: 1\n", ["b"], "x, q", "a: 1\nb: x, q\n"],
    ["a new list of texts with commas", "a: 1\n", ["b"], ["x, q"], 'a: 1\nb: ["x, q"]\n'],
    ["a new map of a text with a comma", "a: 1\n", ["b"], { c: "x, q" }, 'a: 1\nb: { c: "x, q" }\n'],
    ["a list without its last two items", "a:\n  - 1\n  - 2\n  - 3\nb: 1\n", ["a"], [1], "a:\n  - 1\nb: 1\n"],
    [
      "a map of maps for an empty map, in one line",
      "a: {}\n",
      ["a"],
      { c: { e: "x", f: "q" } },
      "a: { c: { e: x, f: q } }\n",
    ],
    ["empty maps and lists in a new list", "a: 1\n", ["b"], [[], {}], "a: 1\nb:\n  - []\n  - {}\n"],
    ["a key that brackets have without a value", "a: [b: , 2]\n", ["a", 0, "b"], 1, "a: [b: 1 , 2]\n"],
  ])("sets %s", (_, text, path, value, expected) => {
    expect(setValue(text, path, value)).toBe(expected);
  });

  it.each<[string, string]>([
    ["(a)", "(a)"],
    ["/a/b", "/a/b"],
    ["_x", "_x"],
    ["a;b%c!d*e&f", "a;b%c!d*e&f"],
    ["it's", "it's"],
    ["a]", "a]"],
    ["a - b", "a - b"],
    ["…", '"…"'],
    ["[a]", '"[a]"'],
    ["a\\b", '"a\\\\b"'],
    ["a{b", '"a{b"'],
    ["a#b", '"a#b"'],
    ["a|b", '"a|b"'],
    ["a\tb", '"a\\tb"'],
    ["'a'", "\"'a'\""],
    ['a"b', "'a\"b'"],
    ['"', "'\"'"],
    ['"é', '"\\"é"'],
    ['"\u0001', '"\\"\\u0001"'],
    ['"\u007f', '"\\"\\u007f"'],
    ["\u007f", '"\\u007f"'],
    ["\u0085", '"\\u0085"'],
    ["\u200d", '"\\u200d"'],
    ["\u2029", '"\\u2029"'],
    ["\ufffe", '"\\ufffe"'],
    ["\uffff", '"\\uffff"'],
    ["😀", '"😀"'],
  ])("writes the text %j as %s", (value, written) => {
    expect(setValue("a: old\n", ["a"], value)).toBe(`a: ${written}\n`);
  });

  it("quotes a text of more than a thousand characters", () => {
    const long = "x".repeat(1_000);
    expect(setValue("a: 1\n", ["a"], long)).toBe(`a: ${long}\n`);
    expect(setValue("a: 1\n", ["a"], `${long}x`)).toBe(`a: "${long}x"\n`);
  });

  it.each<[number, string]>([
    [1e21, "1000000000000000000000"],
    [-1.25e21, "-1250000000000000000000"],
    [1e-7, "0.0000001"],
    [-1.25e-7, "-0.000000125"],
    [1.5e-10, "0.00000000015"],
    [123456789, "123456789"],
    [0.000001, "0.000001"],
    [-0, "0"],
  ])("has no exponent in the number %d: %s", (value, written) => {
    expect(decimal(value)).toBe(written);
  });

  it.each<[string, unknown, string]>([
    ["a list of 110 columns", ["x".repeat(50), "y".repeat(53)], `b: [${"x".repeat(50)}, ${"y".repeat(53)}]`],
    [
      "a list of 111 columns",
      ["x".repeat(50), "y".repeat(54)],
      `b:\n  - ${"x".repeat(50)}\n  - ${"y".repeat(54)}`,
    ],
    ["a map of 110 columns", { c: "x".repeat(100) }, `b: { c: ${"x".repeat(100)} }`],
    ["a map of 111 columns", { c: "x".repeat(101) }, `b:\n  c: ${"x".repeat(101)}`],
    ["a map of one text", { c: "x" }, "b: { c: x }"],
    ["a map of a text and a number", { c: "x", d: 1 }, "b:\n  c: x\n  d: 1"],
    [
      "a map of numbers, truth values and nothing",
      { c: 1, d: true, e: null },
      "b: { c: 1, d: true, e: null }",
    ],
    ["a map with a list in it", { c: [1] }, "b:\n  c: [1]"],
    ["a list of lists", [[1, 2], [3]], "b:\n  - [1, 2]\n  - [3]"],
    ["a list with a map in lines", [{ c: "x", d: "q" }, 1], "b:\n  - c: x\n    d: q\n  - 1"],
    ["maps in a map", { c: { d: { e: "x", f: "q" } } }, "b:\n  c:\n    d:\n      e: x\n      f: q"],
  ])("writes %s in the lines that it takes", (_, value, written) => {
    expect(setValue("a: 1\n", ["b"], value)).toBe(`a: 1\n${written}\n`);
  });

  it.each<[string, string]>([
    ["a-b", "a-b"],
    ["_a", "_a"],
    ["a:b", "a:b"],
    ["a:", '"a:"'],
    ["9a", '"9a"'],
    ["-a", '"-a"'],
    ["", '""'],
    ["a.b", '"a.b"'],
    ["üb", '"üb"'],
    ["true", '"true"'],
    ["null", '"null"'],
  ])("writes the key %j as %s", (key, written) => {
    expect(setValue("x: 1\n", [key], 1)).toBe(`x: 1\n${written}: 1\n`);
    expect(setValue("x: { v: 1 }\n", ["x", key], 1)).toBe(`x: { v: 1, ${written}: 1 }\n`);
  });

  it("quotes a colon and a comma in brackets, where readers differ", () => {
    expect(setValue("a: [x]\n", ["a", 1], "b:c")).toBe('a: [x, "b:c"]\n');
    expect(setValue("a: [x]\n", ["a", 1], "b, c")).toBe('a: [x, "b, c"]\n');
    expect(setValue("a: [x]\n", ["a", 1], "b[0]")).toBe('a: [x, "b[0]"]\n');
    expect(setValue("a:\n  - x\n", ["a", 1], "b, c")).toBe("a:\n  - x\n  - b, c\n");
  });

  it("quotes keys that are no plain words", () => {
    expect(setValue("a: 1\n", ["yes"], 1)).toBe('a: 1\n"yes": 1\n');
    expect(setValue("a: 1\n", ["x y"], 1)).toBe('a: 1\n"x y": 1\n');
    expect(setValue("a: 1\n", ["lockstep:carries"], ["x"])).toBe("a: 1\nlockstep:carries: [x]\n");
  });

  it("breaks a long list and a map of texts into lines", () => {
    const long = "x".repeat(60);
    expect(setValue("a: 1\n", ["b"], [long, long])).toBe(`a: 1\nb:\n  - ${long}\n  - ${long}\n`);
    expect(setValue("a: 1\n", ["b"], [{ c: "x", d: [{ e: "q", f: 1 }] }])).toBe(
      "a: 1\nb:\n  - c: x\n    d:\n      - e: q\n        f: 1\n",
    );
    expect(setValue("a: 1\n", ["b"], { c: 1, d: true })).toBe("a: 1\nb: { c: 1, d: true }\n");
  });

  it.each<[string, string, (string | number)[], unknown, string]>([
    ["a path without a map", "a: 1\n", ["b", "c"], 1, "b.c has no map or list to stand in."],
    ["a path through a scalar", "a: 1\n", ["a", "c"], 1, "a.c has no map or list to stand in."],
    ["an item behind the end", "a: [x]\n", ["a", 2], 1, "a[2] is not the end of its list."],
    ["an item of a map", "a: { b: 1 }\n", ["a", 0], 1, "a[0] is not the end of its list."],
    ["an item before the first", "a: [x]\n", ["a", -1], 1, "a[-1] is not the end of its list."],
    ["a key of a list", "a: [x]\n", ["a", "1"], 1, "a.1 is not the end of its list."],
    [
      "an item behind the end of a list in lines",
      "a:\n  - x\n",
      ["a", 2],
      1,
      "a[2] is not the end of its list.",
    ],
    ["an item of a map in lines", "a:\n  b: 1\n", ["a", 2], 1, "a[2] is not the end of its list."],
    [
      "a key without a colon, beside others",
      "a: { b, c: 1 }\n",
      ["a", "b"],
      2,
      "a.b cannot be edited without touching what stands around it.",
    ],
    ["a file without anything in it", "# x\n", ["a"], 1, "a cannot be edited: line 1 has an empty file."],
    ["an encrypted value in a list", "a: 1\n", ["a"], [SECRET], "An encrypted value cannot be written."],
    ["an encrypted value in a map", "a: 1\n", ["a"], { b: SECRET }, "An encrypted value cannot be written."],
    [
      "a text that cannot be read",
      "a: yes\n",
      ["a"],
      1,
      "a cannot be edited: line 1 has `yes`, which may be read as true or as a text.",
    ],
    [
      "a number that readers round",
      "a: 1\n",
      ["a"],
      1e300,
      "a cannot be edited without touching what stands around it.",
    ],
    [
      "a text that the engine reads otherwise",
      "a: 1\n",
      ["a"],
      " x\ny",
      "a cannot be edited without touching what stands around it.",
    ],
    ["an encrypted value", "a: 1\n", ["a"], SECRET, "An encrypted value cannot be written."],
  ])("refuses %s", (_, text, path, value, message) => {
    expect(() => setValue(text, path, value)).toThrow(new EditError(message));
  });
});

describe("an error of an edit", () => {
  it("has a name of its own", () => {
    expect(() => removeValue("a: 1\n", ["b"])).toThrow(expect.objectContaining({ name: "EditError" }));
  });
});

describe("removing a value", () => {
  it.each<[string, string, (string | number)[], string]>([
    ["a key", "a: 1 # one\nb: 2\n", ["a"], "b: 2\n"],
    [
      "a key and nothing of the comments around it",
      "# top\na: 1\n# next\nb: 2\n",
      ["a"],
      "# top\n# next\nb: 2\n",
    ],
    ["the last key and the blank line above it", "a: 1\n\nb: 2\n\n# end\n", ["b"], "a: 1\n\n# end\n"],
    ["a key in the middle, and no blank line", "a: 1\n\nb: 2\n\nc: 3\n", ["b"], "a: 1\n\n\nc: 3\n"],
    ["a map with all that is in it", "a:\n  # inside\n  b:\n    - 1\nc: 2\n", ["a"], "c: 2\n"],
    ["the only key of a map", "a: # note\n  b: 1\nc: 2\n", ["a", "b"], "a: {} # note\nc: 2\n"],
    ["the only key of the file", "a: 1\n", ["a"], "{}\n"],
    ["the only item of a list", "a:\n  - 1\nc: 2\n", ["a", 0], "a: []\nc: 2\n"],
    ["the only key behind a dash", "a:\n  - b: 1\n  - 2\n", ["a", 0, "b"], "a:\n  - {}\n  - 2\n"],
    ["the first key behind a dash", "a:\n  - b: 1\n    c: 2\n", ["a", 0, "b"], "a:\n  - c: 2\n"],
    ["a first key with a comment below", "- b: 1\n  # on c\n  c: 2\n", [0, "b"], "- \n  # on c\n  c: 2\n"],
    ["an item", "a:\n  - 1\n  - 2 # two\n  - 3\n", ["a", 1], "a:\n  - 1\n  - 3\n"],
    ["the first item in brackets", "a: [1, 2] # two\n", ["a", 0], "a: [2] # two\n"],
    ["the last item in brackets", "a: [1, 2] # two\n", ["a", 1], "a: [1] # two\n"],
    ["the only item in brackets", "a: [ 1, ] # one\n", ["a", 0], "a: [] # one\n"],
    ["a key in braces", "a: { b: 1, c: 2, d: 3 }\n", ["a", "c"], "a: { b: 1, d: 3 }\n"],
    ["the only key in braces", "a: { b: 1 }\n", ["a", "b"], "a: {}\n"],
    [
      "an item with a line of its own",
      "a: [\n  1, # one\n  2, # two\n]\n",
      ["a", 1],
      "a: [\n  1, # one\n]\n",
    ],
    ["the last item where a comment is left", "a: [\n  # note\n  1\n]\n", ["a", 0], "a: [\n  # note\n]\n"],
    ["a key with Windows line ends", "a: 1\r\nb: 2\r\n", ["b"], "a: 1\r\n"],
    ["a block text", "a: |\n  x\n\n  y\nb: 1\n", ["a"], "b: 1\n"],
    ["a block text and not the blank line behind it", "a: |\n  x\n\nb: 1\n", ["a"], "\nb: 1\n"],
    ["a block text with the blank lines that are its own", "a: |+\n  x\n\nb: 1\n", ["a"], "b: 1\n"],
    ["a folded text with the blank lines that are its own", "a: >+\n  x\n\nb: 1\n", ["a"], "b: 1\n"],
    ["an only block text behind a dash", "- b: |\n    x\n- 1\n", [0, "b"], "- {}\n- 1\n"],
    ["an only block text of a map", "a:\n  b: |\n    x\nc: 1\n", ["a", "b"], "a: {}\nc: 1\n"],
    ["the only key of a file with Windows line ends", "a: |\r\n  x\r\n", ["a"], "{}\r\n"],
    ["the last key and one of two blank lines", "b: 1\n\n\na: 1\n", ["a"], "b: 1\n\n"],
    ["the last key and the blank line below a comment", "b: 1\n# x\n\na: 1\n", ["a"], "b: 1\n# x\n"],
    ["the last key and no blank line above a comment", "b: 1\n\n# x\na: 1\n", ["a"], "b: 1\n\n# x\n"],
    ["the last key and a blank line with Windows line ends", "b: 1\r\n\r\na: 1\r\n", ["a"], "b: 1\r\n"],
    ["the last key without a line end", "b: 1\n\na: 1", ["a"], "b: 1\n"],
    ["the last key behind a block text", "b: |\n  x\n\na: 1\n", ["a"], "b: |\n  x\n"],
    ["the first key and no blank line above it", "\n\na: 1\nb: 2\n", ["a"], "\n\nb: 2\n"],
    ["the last key behind a dash", "- b: 1\n  c: 2\n- 3\n", [0, "c"], "- b: 1\n- 3\n"],
    ["the first item behind a dash", "- - 1\n  - 2\n", [0, 0], "- - 2\n"],
    ["the only item behind a dash", "- - 1\n", [0, 0], "- []\n"],
    ["the first key in braces", "a: { b: 1,\tc: 2 }\n", ["a", "b"], "a: { c: 2 }\n"],
    ["the first item in brackets before two blanks", "a: [1,  2]\n", ["a", 0], "a: [2]\n"],
    ["the first item in brackets without blanks", "a: [1,2,3]\n", ["a", 0], "a: [2,3]\n"],
    ["the last item in brackets without blanks", "a: [1,2,3]\n", ["a", 2], "a: [1,2]\n"],
    ["an item before a blank and a comma", "a: [1 , 2]\n", ["a", 0], "a: [2]\n"],
    ["the last item before a comma", "a: [1, 2, ]\n", ["a", 1], "a: [1, ]\n"],
    ["the first item of a line with two", "a: [\n  1, 2\n]\n", ["a", 0], "a: [\n  2\n]\n"],
    ["the second item of a line with two", "a: [\n  1, 2\n]\n", ["a", 1], "a: [\n  1\n]\n"],
    ["the last item with a line of its own", "a: [\n  1,\n  2\n]\n", ["a", 1], "a: [\n  1,\n]\n"],
    ["the only item, with a comment behind it", "a: [ 1 # one\n]\n", ["a", 0], "a: [  # one\n]\n"],
    ["the only item, with a comment before it", "a: [ # one\n 1]\n", ["a", 0], "a: [ # one\n ]\n"],
    ["the only item, which stands in a line of its own", "a: [\n  1] # b\n", ["a", 0], "a: [] # b\n"],
    ["a key without a colon", "a: {b, c}\n", ["a", "b"], "a: {c}\n"],
    ["the last key without a colon", "a: {b, c}\n", ["a", "c"], "a: {b}\n"],
    ["an item of a list in braces", "a: { b: [1, 2], c: 1 }\n", ["a", "b", 0], "a: { b: [2], c: 1 }\n"],
    ["a pair in brackets", "a: [b: 1, 2]\n", ["a", 0], "a: [2]\n"],
    ["the key of a pair in brackets", "a: [b: 1, 2]\n", ["a", 0, "b"], "a: [{}, 2]\n"],
  ])("removes %s", (_, text, path, expected) => {
    expect(removeValue(text, path)).toBe(expected);
  });

  it.each<[string, string, (string | number)[], string]>([
    ["a key that is not there", "a: 1\n", ["b"], "There is nothing at b."],
    ["an item that is not there", "a: [1]\n", ["a", 1], "There is nothing at a[1]."],
    ["a part of a scalar", "a: 1\n", ["a", "b"], "a.b has no map or list to stand in."],
    ["an item before the first", "a: [1]\n", ["a", -1], "There is nothing at a[-1]."],
    ["an item by its number as a text", "a: [1, 2]\n", ["a", "0"], "There is nothing at a.0."],
    ["an item behind the end of a list in lines", "a:\n  - 1\n", ["a", 1], "There is nothing at a[1]."],
    ["a key by a number", 'a:\n  "0": 1\n', ["a", 0], "There is nothing at a[0]."],
    [
      "a comma that begins the next line",
      "a: [\n  1\n  , 2\n]\n",
      ["a", 0],
      "a[0] cannot be edited without touching what stands around it.",
    ],
    [
      "a text that cannot be read",
      "a: 1\nb: yes\n",
      ["a"],
      "a cannot be edited: line 2 has `yes`, which may be read as true or as a text.",
    ],
  ])("refuses %s", (_, text, path, message) => {
    expect(() => removeValue(text, path)).toThrow(new EditError(message));
  });

  it("leaves an encrypted value beside it as it is", () => {
    const text = "a:\n  secure: v1:abc\nb: 1\nc: 2\n";
    expect(removeValue(text, ["b"])).toBe("a:\n  secure: v1:abc\nc: 2\n");
    expect(removeValue(text, ["a"])).toBe("b: 1\nc: 2\n");
  });
});

describe("the lines of an entry", () => {
  it.each<[string, string, (string | number)[], string | undefined]>([
    ["a key with its comment", "a: 1\nb: 2 # two\n", ["b"], "b: 2 # two\n"],
    ["a map to the end of its last line", "a:\n  b: 1\n  # end\nc: 2\n", ["a"], "a:\n  b: 1\n"],
    ["an item behind a byte order mark", "\uFEFFa:\n  - 1\n  - 2\n", ["a", 0], "  - 1\n"],
    ["a key whose line is the last and does not end", "a: 1\nb: 2", ["b"], "b: 2"],
    ["a key with nothing behind it", "a:\nb: 1\n", ["a"], "a:\n"],
    ["an item with nothing behind its dash", "a:\n  -\n  - 1\n", ["a", 0], "  -\n"],
    ["a key that is further in than others", "  a: 1\n  b: 2\n", ["b"], "  b: 2\n"],
    ["a block text without the blank line behind it", "a: |\n  x\n\nb: 1\n", ["a"], "a: |\n  x\n"],
    ["a block text with the blank lines that are its own", "a: |+\n  x\n\nb: 1\n", ["a"], "a: |+\n  x\n\n"],
    ["an item in brackets with a line of its own", "a: [\n  1,\n  2\n]\n", ["a", 1], undefined],
    ["what an empty text has", "", ["b"], undefined],
    ["a key in braces", "a: { b: 1 }\n", ["a", "b"], undefined],
    ["a key behind a dash", "- a: 1\n  b: 2\n", [0, "a"], undefined],
    ["what is not there", "a: 1\n", ["b"], undefined],
    ["what leads nowhere", "a: 1\n", ["a", "b"], undefined],
  ])("are those of %s", (_, text, path, expected) => {
    const lines = linesOf(text, path);
    expect(lines && text.slice(lines.from, lines.to)).toBe(expected);
  });
});
