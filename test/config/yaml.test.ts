import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { lookup, nearestPosition, type ReadProblem, readYaml, SECRET, toPlain } from "../../config/yaml";
import { fastest } from "../timing";

const FILE = "Pulumi.staging.yaml";

function plain(text: string | Uint8Array): unknown {
  const { root, problems } = readYaml(text, FILE);
  expect(problems).toEqual([]);
  return root && toPlain(root);
}

function refused(text: string | Uint8Array): ReadProblem[] {
  const { root, problems } = readYaml(text, FILE);
  expect(root).toBeUndefined();
  expect(problems).not.toEqual([]);
  return problems;
}

function onlyProblem(text: string | Uint8Array): ReadProblem {
  const problems = refused(text);
  expect(problems).toHaveLength(1);
  return problems[0] as ReadProblem;
}

describe("a stack file", () => {
  const text = [
    "# Staging",
    "secretsprovider: passphrase",
    "config:",
    "  lockstep:limits:",
    "    monthlyUsd: 250.5",
    "    alerts: [50, 80]",
    "  lockstep:carries:",
    "    - 2026-11-chat-upgrade",
    "  lockstep:apiKey:",
    "    secure: v1:c2VjcmV0:AAAA",
    "  lockstep:enabled: true",
    "  lockstep:note:",
    "  lockstep:prompt: |",
    "    Answer briefly.",
    "    No lists.",
    "",
  ].join("\n");

  it("becomes plain data with a marker for each encrypted value", () => {
    expect(plain(text)).toEqual({
      secretsprovider: "passphrase",
      config: {
        "lockstep:limits": { monthlyUsd: 250.5, alerts: [50, 80] },
        "lockstep:carries": ["2026-11-chat-upgrade"],
        "lockstep:apiKey": SECRET,
        "lockstep:enabled": true,
        "lockstep:note": null,
        "lockstep:prompt": "Answer briefly.\nNo lists.\n",
      },
    });
  });

  it("keeps nothing of a ciphertext", () => {
    const { root } = readYaml(text, FILE);
    const shown = JSON.stringify(root, (_, value) => (value instanceof Map ? [...value] : value));
    expect(shown).toContain("monthlyUsd");
    expect(shown).not.toContain("c2VjcmV0");
  });

  it("tells where a node, and the deepest existing part of a path, stands", () => {
    const { root } = readYaml(text, FILE);
    if (root === undefined) throw new Error("The file was refused.");
    const alert = lookup(root, ["config", "lockstep:limits", "alerts", 1]);
    expect(alert).toEqual({ kind: "scalar", value: 80, at: { file: FILE, line: 6, column: 18 } });
    expect(lookup(root, ["config", "lockstep:limits", "dailyUsd"])).toBeUndefined();
    expect(lookup(root, ["config", "lockstep:apiKey", "secure"])).toBeUndefined();
    const at = (...path: (string | number)[]) => nearestPosition(root, path);
    expect(at("config", "lockstep:limits", "monthlyUsd")).toEqual({ file: FILE, line: 5, column: 5 });
    expect(at("config", "lockstep:limits", "dailyUsd")).toEqual({ file: FILE, line: 4, column: 3 });
    expect(at("config", "lockstep:limits", "alerts", 1)).toEqual({ file: FILE, line: 6, column: 18 });
    expect(at("nothing")).toEqual({ file: FILE, line: 2, column: 1 });
  });

  it("may have a byte order mark, CR LF line ends, and one leading `---`", () => {
    expect(plain(`\uFEFF---\r\n${text.replaceAll("\n", "\r\n")}`)).toEqual(plain(text));
    expect(plain(new TextEncoder().encode(`\uFEFF${text}`))).toEqual(plain(text));
  });

  it("has a key `__proto__` as data, and no prototype of its own making", () => {
    const data = plain("__proto__: {admin: true}\n");
    expect(Object.getOwnPropertyNames(data)).toEqual(["__proto__"]);
    expect((data as { admin?: boolean }).admin).toBeUndefined();
  });
});

describe("a plain scalar", () => {
  it.each<[string, string, string]>([
    ["010", "8", "10"],
    ["-017", "-15", "-17"],
    ["089", "89", "a text"],
    ["0o10", "8", "a text"],
    ["0O17", "15", "a text"],
    ["0b101", "5", "a text"],
    ["0b-1", "-1", "a text"],
    ["0x1F", "31", "a text"],
    ["1_000", "1000", "a text"],
    ["1__0.5", "10.5", "a text"],
    ["1e3", "1000", "a text"],
    ["1.5E-3", "0.0015", "a text"],
    ["1.", "1", "a text"],
    [".5", "0.5", "a text"],
    ["+1", "1", "a text"],
    ["-0", "0", "-0"],
    ["-0.0", "0", "-0"],
    [".inf", "infinity", "a text"],
    ["-.Inf", "infinity", "a text"],
    [".NaN", "not a number", "a text"],
    ["9007199254740993", "9007199254740993", "9007199254740992"],
    ["0.10000000000000001", "0.10000000000000001", "0.1"],
    ["1:30", "90", "a text"],
    ["1:30:00.5", "5400.5", "a text"],
    ["2026-11-01", "a time", "a text"],
    ["2026-02-30", "a time", "a text"],
    ["2026-11-01T10:00:00Z", "a time", "a text"],
    ["2026-11-01 10:00", "a time", "a text"],
    ["yes", "true", "a text"],
    ["On", "true", "a text"],
    ["y", "true", "a text"],
    ["NO", "false", "a text"],
    ["off", "false", "a text"],
    ["n", "false", "a text"],
    ["tRUE", "true", "a text"],
    ["Null", "null", "a text"],
    ["<<", "a merge of another mapping", "a text"],
  ])("%s is refused with both readings, and is a text in quotes", (source, first, second) => {
    const problem = onlyProblem(`lockstep:limit: ${source}\n`);
    expect(problem).toMatchObject({ file: FILE, line: 1, column: 17, path: "lockstep:limit" });
    expect(problem.found).toBe(`\`${source}\`, which may be read as ${first} or as ${second}`);
    expect(problem.remedy).toContain("quotes");
    expect(plain(`lockstep:limit: "${source}"\n`)).toEqual({ "lockstep:limit": source });
    expect(plain(`lockstep:limit: '${source}'\n`)).toEqual({ "lockstep:limit": source });
  });

  it.each<[string, unknown]>([
    ["0", 0],
    ["10", 10],
    ["-1", -1],
    ["0.5", 0.5],
    ["1.50", 1.5],
    ["-3.0", -3],
    ["0.0000001", 1e-7],
    ["9007199254740991", 9007199254740991],
    ["-9007199254740991", -9007199254740991],
    ["0.1", 0.1],
    ["123456789012", 123456789012],
    ["true", true],
    ["True", true],
    ["FALSE", false],
    ["null", null],
    ["~", null],
    ["", null],
    ["yesterday", "yesterday"],
    ["none", "none"],
    ["gpt-4o-2024-08-06", "gpt-4o-2024-08-06"],
    ["2026-11-chat-upgrade", "2026-11-chat-upgrade"],
    ["2026-11", "2026-11"],
    ["1.2.3", "1.2.3"],
    ["10.0.0.1", "10.0.0.1"],
    ["24h", "24h"],
    ["_1", "_1"],
    ["80:80", "80:80"],
    ["https://example.com/a#b", "https://example.com/a#b"],
    ["arn:aws:iam::123456789012:role/x", "arn:aws:iam::123456789012:role/x"],
    ["é - ü", "é - ü"],
  ])("%s is accepted", (source, value) => {
    expect(plain(`k: ${source}\n`)).toEqual({ k: value });
  });
});

describe("what is refused beside what is accepted", () => {
  it.each<{ what: string; bad: string; found: RegExp; line?: number; good: string }>([
    { what: "an anchor", bad: "a: &x 1\n", found: /anchor/, good: "a: b&x\n" },
    { what: "an alias", bad: "a: b\nc: *a\n", found: /alias/, line: 2, good: 'c: "*a"\n' },
    { what: "a merge key", bad: "a:\n  <<: {b: 1}\n", found: /merge/, line: 2, good: 'a: {"<<": 1}\n' },
    { what: "a tag", bad: "a: !!str 5\n", found: /tag/, good: 'a: "5"\n' },
    { what: "a non-specific tag", bad: "a: ! 5\n", found: /tag/, good: 'a: "! 5"\n' },
    {
      what: "a second document",
      bad: "a: 1\n---\nb: 2\n",
      found: /second document/,
      line: 2,
      good: "---\na: 1\n",
    },
    { what: "an end of document", bad: "a: 1\n...\n", found: /end of document/, line: 2, good: "a: '...'\n" },
    {
      what: "a directive",
      bad: "%YAML 1.2\n---\na: 1\n",
      found: /directive/,
      good: "# %YAML 1.2\n---\na: 1\n",
    },
    { what: "a tag directive", bad: "%TAG ! t:\n---\na: 1\n", found: /directive/, good: "a: '%TAG'\n" },
    { what: "a key twice", bad: "a: 1\nb: 2\na: 3\n", found: /line 1/, line: 3, good: "a: 1\nb: {a: 3}\n" },
    {
      what: "a key twice, once quoted",
      bad: "a: 1\n'a': 3\n",
      found: /line 1/,
      line: 2,
      good: "a: 1\nA: 3\n",
    },
    { what: "a number as a key", bad: "1: a\n", found: /key that is no text/, good: '"1": a\n' },
    { what: "a null as a key", bad: "~: a\n", found: /key that is no text/, good: '"~": a\n' },
    { what: "an ambiguous key", bad: "on: a\n", found: /true or as a text/, good: '"on": a\n' },
    { what: "a list as a key", bad: "[a]: b\n", found: /key that is no text/, good: '"[a]": b\n' },
    {
      what: "a key of two lines",
      bad: '"a\\nb": c\n',
      found: /key that is no text of one line/,
      good: '"a b": c\n',
    },
    { what: "an explicit key", bad: "? a\n: b\n", found: /explicit key/, good: "'? a': b\n" },
    { what: "a NUL", bad: "a: b\0\n", found: /U\+0000/, good: "a: b\n" },
    { what: "a control character", bad: "a: 1 # \x1B[31m\n", found: /U\+001B/, good: 'a: "\\e[31m"\n' },
    { what: "a DEL", bad: "a: \x7F\n", found: /U\+007F/, good: 'a: "\\x7F"\n' },
    { what: "NEL", bad: "a: b\x85c\n", found: /U\+0085/, good: 'a: "b\\Nc"\n' },
    { what: "LS in a comment", bad: "a: 1 # x\u2028b: 2\n", found: /U\+2028/, good: "a: 1 # x b: 2\n" },
    { what: "PS", bad: "a: 'b\u2029c'\n", found: /U\+2029/, good: 'a: "b\\Pc"\n' },
    { what: "a lone carriage return", bad: "a: 1 # x\rb: 2\n", found: /U\+000D/, good: "a: 1 # x\r\nb: 2\n" },
    { what: "a second byte order mark", bad: "\uFEFF\uFEFFa: 1\n", found: /U\+FEFF/, good: "\uFEFFa: 1\n" },
    { what: "half a character", bad: "a: \uD83D\n", found: /U\+D83D/, good: "a: \u{1F600}\n" },
    {
      what: "a surrogate escape",
      bad: 'a: "\\ud83d\\ude00"\n',
      found: /surrogate/,
      good: 'a: "\\U0001F600"\n',
    },
    { what: "an escaped slash", bad: 'a: "b\\/c"\n', found: /escape/, good: 'a: "b\\\\/c"\n' },
    { what: "an unknown escape", bad: 'a: "\\q"\n', found: /unknown escape/, good: "a: '\\q'\n" },
    { what: "an escaped last quote", bad: 'a: "\\"', found: /missing character/, good: 'a: "\\\\"' },
    {
      what: "a doubled last quote",
      bad: "a: 'b''\nc: 1\n",
      found: /missing character/,
      line: 3,
      good: "a: 'b'''\nc: 1\n",
    },
    {
      what: "an escaped last quote in a line",
      bad: 'a: "b\\"\nc: 1\n',
      found: /missing character/,
      line: 3,
      good: 'a: "b\\""\nc: 1\n',
    },
    {
      what: "a doubled quote cut off",
      bad: "a:\n  c: 'r\n   k ''\n# c\n  'r': 3\n",
      found: /missing character/,
      line: 2,
      good: "a:\n  c: 'r\n   k'''\n# c\n  'r': 3\n",
    },
    {
      what: "a tab behind a dash behind a block",
      bad: "- |\n-\tb\n",
      found: /tab/,
      line: 2,
      good: "- |\n- b\n",
    },
    { what: "white space before lines", bad: 'a: "\\n  b"\n', found: /white space/, good: 'a: "b\\n  c"\n' },
    { what: "a blank first line", bad: "a: |\n\n  b\n", found: /white space/, good: "a: |\n  b\n\n  c\n" },
    { what: "a block without a last line end", bad: "a: |\n  b", found: /line end/, good: "a: |-\n  b" },
    { what: "a tab in the indentation", bad: "a:\n\tb: 1\n", found: /tab/, line: 2, good: "a:\tb\n" },
    { what: "a tab behind a dash", bad: "-\ta\n", found: /tab/, good: "- a\t# b\n" },
    { what: "a key's colon at a comma", bad: "[a:, b]\n", found: /`:`/, good: "[a: , b]\n" },
    { what: "a colon first in brackets", bad: "[:a]\n", found: /`:`/, good: "- :a\n" },
    { what: "a colon on its own line", bad: '{"a"\n  : b}\n', found: /`:`/, line: 2, good: '{"a":\n  b}\n' },
    { what: "a question mark in braces", bad: "{a: b?}\n", found: /`\?`/, good: "a: b?\n" },
    { what: "a key of two lines in braces", bad: "{a\n  b: c}\n", found: /one line/, good: "{a b:\n  c}\n" },
    { what: "a spaced colon at a bracket", bad: "[a :]\n", found: /`:`/, good: '[{"a":[]}]\n' },
    {
      what: "a block that begins with a tab",
      bad: "a: |-\n  \tb\n",
      found: /white space/,
      good: "a: |-\n  b\tc\n",
    },
    {
      what: "a blank indented block",
      bad: "a: |2-\n     \n",
      found: /nothing visible/,
      good: "a: |2-\n    b\n",
    },
    {
      what: "a second document's mark",
      bad: "---\na: 1\n---\n",
      found: /second document/,
      line: 3,
      good: "# a\n---\nb: 1\n",
    },
    { what: "a colon that begins a line", bad: "a\n  : b\n", found: /`:`/, line: 2, good: "a:\n  b\n" },
    { what: "a single text", bad: "# x\nabc\n", found: /single value/, line: 2, good: "abc:\n" },
    { what: "an open quote", bad: "a: 'b\n", found: /missing character/, line: 2, good: "a: 'b'\n" },
    { what: "an open bracket", bad: "a: [b\n", found: /./, line: 2, good: "a: [b]\n" },
    { what: "a reserved character", bad: "a: @b\n", found: /reserved/, good: "a: b@c\n" },
    { what: "two colons in a line", bad: "a: b: c\n", found: /./, good: "a: b:c\n" },
    {
      what: "no text under `secure`",
      bad: "a: {secure: 5}\n",
      found: /secure/,
      good: "a: {secure: 5, b: 6}\n",
    },
    {
      what: "nothing under `secure`",
      bad: "a:\n  secure:\n",
      found: /secure/,
      line: 2,
      good: "secure:\na: 1\n",
    },
  ])("$what", ({ bad, found, line = 1, good }) => {
    const problems = refused(bad);
    expect(problems.map((problem) => problem.found)).toContainEqual(expect.stringMatching(found));
    expect(problems[0]?.line).toBe(line);
    plain(good);
  });

  it("an empty file, in which there is nothing or comments only", () => {
    for (const text of ["", "\n", "# nothing\n", "---\n", "~\n", "\uFEFF"]) {
      expect(onlyProblem(text)).toMatchObject({ line: 1, column: 1, path: "", found: "an empty file" });
    }
    expect(plain("{}\n")).toEqual({});
  });

  it("every encoding but UTF-8", () => {
    const bytes = (...values: number[]) => Uint8Array.from(values);
    expect(onlyProblem(bytes(0xff, 0xfe, 0x61, 0)).found).toBe("a file in UTF-16");
    expect(onlyProblem(bytes(0xfe, 0xff, 0, 0x61)).found).toBe("a file in UTF-16");
    expect(onlyProblem(bytes(0x61, 0, 0x3a, 0)).found).toBe("a file in UTF-16");
    expect(onlyProblem(bytes(0xff, 0xfe, 0, 0)).found).toBe("a file in UTF-32");
    expect(onlyProblem(bytes(0, 0, 0, 0x61)).found).toBe("a file in UTF-32");
    expect(onlyProblem(bytes(0x61, 0x3a, 0x20, 0xc3, 0x28)).found).toBe("bytes that are not UTF-8");
    expect(onlyProblem(bytes(0x61, 0x3a, 0x20, 0xed, 0xa0, 0x80)).found).toBe("bytes that are not UTF-8");
    expect(plain(bytes(0x61, 0x3a, 0x20, 0xc3, 0xa9))).toEqual({ a: "é" });
  });

  it("more than 4 MiB, counted in bytes", () => {
    const limit = 4 * 1024 * 1024;
    const text = (size: number) => `a: ${"é".repeat((size - 4) / 2)}\n`;
    expect(onlyProblem(text(limit + 2)).found).toBe(`a file of ${limit + 2} bytes`);
    expect(onlyProblem(new Uint8Array(limit + 1)).found).toBe(`a file of ${limit + 1} bytes`);
    plain(text(limit));
  });

  it("more than 64 collections in each other", () => {
    const flow = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    const block = (depth: number) =>
      Array.from({ length: depth }, (_, level) => `${" ".repeat(level)}a:`).join("\n");
    expect(onlyProblem(flow(65)).found).toBe("more than 64 levels of nesting");
    expect(onlyProblem(block(65)).found).toBe("more than 64 levels of nesting");
    expect(onlyProblem("- ".repeat(1_000_000)).found).toBe("more than 64 levels of nesting");
    plain(flow(64));
    plain(block(64));
  });
});

describe("problems", () => {
  it("are all reported, in the order of the file, each with its path", () => {
    const problems = refused(
      "config:\n  routes:\n    - alias: yes\n    - alias: *a\n  limits: {rpm: 010, tpm: 1_0}\n",
    );
    expect(problems.map(({ line, column, path }) => [line, column, path])).toEqual([
      [3, 14, "config.routes[0].alias"],
      [4, 14, "config.routes[1].alias"],
      [5, 17, "config.limits.rpm"],
      [5, 27, "config.limits.tpm"],
    ]);
  });

  it("have a full sentence as remedy and no exclamation mark but a quoted one", () => {
    for (const { found, allowed, remedy } of refused("a: !x *y\n? b\nc: 010\nd: 'e\n")) {
      expect(remedy).toMatch(/^[A-Z].*\.$/);
      expect(`${found} ${allowed} ${remedy}`.replaceAll("`!`", "")).not.toContain("!");
    }
  });

  it.each([
    ["a long value", `note: 0${"7".repeat(30)}\n`, "777"],
    ["the value of a key that names a secret", "lockstep:apiKey: 0123\n", "0123"],
    ["a value under such a key", "passwords:\n  - 0123\n", "0123"],
    ["the text around a syntax error", 'a: "hunter2" hunter2 }\n', "hunter2"],
    ["an unknown alias", "a: *hunter2\n", "hunter2"],
    ["an unknown tag", "a: !hunter2 b\n", "hunter2"],
    ["an escape's neighbours", 'a: "hunter2\\q"\n', "hunter2"],
    ["a ciphertext", "a:\n  secure: 0123\n", "0123"],
  ])("do not echo %s", (_, text, secret) => {
    expect(JSON.stringify(refused(text))).not.toContain(secret);
  });

  it("tell a counted token's value, and name the type of a hidden one", () => {
    expect(onlyProblem("maxTokens: 010\n").found).toBe("`010`, which may be read as 8 or as 10");
    expect(onlyProblem("token: 010\n").found).toMatch(/^a number without quotes/);
  });

  it("show odd keys quoted, without control characters, and long ones cut", () => {
    expect(onlyProblem('"a\\e b": yes\n').path).toBe('"a\\u001b b"');
    expect(onlyProblem('"a\\u202eb": yes\n').path).toBe('"a�b"');
    expect(onlyProblem(`${"k".repeat(100)}: yes\n`).path).toBe(`${"k".repeat(64)}…`);
  });

  it("stop at 200, and say so", () => {
    for (const text of [
      "a: yes\n".replace("a", "- a").repeat(500),
      "\0".repeat(500),
      `a: [${"}".repeat(500)}`,
    ]) {
      const problems = refused(text);
      expect(problems).toHaveLength(201);
      expect(problems[200]?.found).toBe("more problems from here on");
    }
  });

  it("take no longer for a billion laughs than for as many harmless lines", () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(`*${of}`).join(", ")}]\n`;
    const names = [..."abcdefghi"];
    const bomb = names.map((name, i) => (i === 0 ? "a: &a x\n" : level(name, names[i - 1] ?? "a"))).join("");
    const harmless = names.map((name) => `${name}: [${Array(9).fill("yes").join(", ")}]\n`).join("");
    expect(refused(bomb)).toHaveLength(9 + 8 * 9);
    expect(fastest(() => refused(bomb)) / fastest(() => refused(harmless))).toBeLessThan(20);
  });

  it.each(["}", "]", ",", "@ ", '"', "'a'b ", "a: b: ", "*a ", "\0"])(
    "come in bounded memory for 4 MB of %j in brackets",
    (piece) => {
      expect(refused(`a: [${piece.repeat(4_000_000 / piece.length)}`).length).toBeLessThanOrEqual(201);
    },
    30_000,
  );
});

/** Texts that the engine keeps: no blank head on several lines, and nothing that writers here fail to escape. */
const text = fc
  .string({ unit: "grapheme" })
  .filter((value) => !/^\s.*\n|[\x7F-\x9F\u2028\u2029\uFEFF\uFFFE\uFFFF]/s.test(value));
const scalar = fc.oneof(
  text,
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
  fc.integer({ min: -1e6, max: 1e6 }).map((n) => (n === 0 ? 0 : n / 100)),
  fc.constantFrom("010", "yes", "2026-11-01", "1e3", "~", "<<", "true", "a\nb\n", "# a", "a: b", "[", "0x1F"),
);
const key = text.filter((value) => value !== "secure" && value !== "__proto__" && !/[\r\n]/.test(value));
const data = fc.letrec<{ node: unknown; list: unknown; map: unknown }>((tie) => ({
  node: fc.oneof({ maxDepth: 4, withCrossShrink: true }, scalar, tie("list"), tie("map")),
  list: fc.array(tie("node"), { maxLength: 4 }),
  map: fc.dictionary(key, tie("node"), { maxKeys: 4 }),
}));

describe("data written as JSON or by `stringify` with all texts quoted", () => {
  it("is read back without a problem", () => {
    fc.assert(
      fc.property(data.map, fc.boolean(), (value, json) => {
        const written = json
          ? JSON.stringify(value)
          : stringify(value, {
              defaultStringType: "QUOTE_DOUBLE",
              defaultKeyType: "QUOTE_DOUBLE",
              lineWidth: 0,
              simpleKeys: true,
            });
        expect(plain(written)).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it("has its keys in the lines in which they stand", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^k[a-z]{3,8}$/), { minLength: 1 }),
        fc.nat(5),
        (keys, gap) => {
          const blank = "\n".repeat(gap);
          const { root } = readYaml(keys.map((name) => `${blank}${name}:\n  v: 1\n`).join(""), FILE);
          if (root === undefined) throw new Error("The file was refused.");
          keys.forEach((name, index) => {
            const line = (index + 1) * (gap + 2) - 1;
            expect(nearestPosition(root, [name])).toEqual({ file: FILE, line, column: 1 });
            expect(lookup(root, [name, "v"])?.at).toEqual({ file: FILE, line: line + 1, column: 6 });
          });
        },
      ),
    );
  });
});

describe("any text", () => {
  it("has a root or a problem, never both, and never throws", () => {
    const piece = fc.constantFrom(
      ..."ab01:-?[]{},&*!|>'\"%@# \t\n\r.~_\\é",
      "a: ",
      "- ",
      "\n  ",
      "---\n",
      "...",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const { root, problems } = readYaml(pieces.join(""), FILE);
        expect(root === undefined).toBe(problems.length > 0);
      }),
      { numRuns: 2000 },
    );
  });
});
