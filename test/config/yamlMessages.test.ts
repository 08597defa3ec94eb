import { describe, expect, it } from "vitest";
import { readYaml } from "../../config/yaml";

const told = (text: string | Uint8Array) =>
  readYaml(text, "f.yaml").problems.map((one) => [
    `${one.file}:${one.line}:${one.column}`,
    one.path,
    one.found,
    one.allowed,
    one.remedy,
  ]);
const syntax = (found: string): [string, string, string] => [
  found,
  "YAML that both Pulumi and Lockstep can read",
  "Correct the line, or the one above it.",
];
const sign: [string, string, string] = [
  "a `:` or `?` that Pulumi reads as a sign and others as a letter, or the other way round",
  "a `:` inside a text or behind a key in its line, and no `?` within brackets or braces",
  "Put the text in quotes, or a space behind the colon of a key.",
];
const noKey: [string, string, string] = [
  "a key that is no text of one line",
  "texts of one line as keys",
  "Put the key in quotes.",
];
const secure: [string, string, string] = [
  "a mapping with the single key `secure` whose value is no text",
  "a ciphertext under `secure`, since Pulumi stores anything else in the clear",
  "Set the value with `pulumi config set --secret`.",
];
const white: [string, string, string] = [
  "a block, or a text of several lines, that begins with white space",
  "a text of several lines that begins with a visible character, which Pulumi keeps as it is",
  "Remove the white space before the first visible character, or keep the text in a file of its own.",
];
const character = (code: string): [string, string, string] => [
  `the character U+${code}`,
  "printable characters, tabs, and line ends written LF or CR LF",
  "Remove the character, or write it as an escape in double quotes.",
];
const encoding = (found: string): [string, string, string] => [found, "UTF-8", "Save the file as UTF-8."];

describe("what is refused in a file", () => {
  it.each<[string, string, string, [string, string, string]]>([
    [
      "",
      "1:1",
      "",
      [
        "an empty file",
        "a mapping",
        "Write the configuration, or delete the file. Pulumi takes an empty file for no configuration.",
      ],
    ],
    ["a", "1:1", "", ["a file with a single value", "a mapping", "Write keys with their values."]],
    [
      "a: &x 1",
      "1:4",
      "a",
      ["an anchor (`&`)", "each value written out where it stands", "Remove the anchor."],
    ],
    [
      "a: *x",
      "1:4",
      "a",
      [
        "an alias (`*`)",
        "each value written out where it stands",
        "Write the value out, or quote a text that begins with `*`.",
      ],
    ],
    [
      "a: !t 1",
      "1:4",
      "a",
      ["a tag (`!`)", "values without tags", "Remove the tag, or quote a text that begins with `!`."],
    ],
    ["%YAML 1.2\n---\na: 1", "1:1", "", ["a directive (`%`)", "no directives", "Remove the line."]],
    [
      "- a\n- ? b",
      "2:3",
      "[1]",
      ["an explicit key (`?`)", "keys written `key: value`", "Write the key before its colon."],
    ],
    ["a: 1\n...\n", "2:1", "a", ["an end of document (`...`)", "one document in a file", "Remove the line."]],
    [
      "a: 1\n---\nb: 2",
      "2:1",
      "a",
      [
        "a second document",
        "one document in a file, since Pulumi reads the first one only",
        "Remove the `---` line, or move what follows it to a file of its own.",
      ],
    ],
    ['a: "\\q"', "1:5", "a", syntax("an unknown escape in double quotes")],
    ["a:\n  b: 1\n c: 2", "3:1", "a.b", syntax("an indentation that fits nothing above it")],
    ["a: @b", "1:4", "a", syntax("a value that begins with a reserved character")],
    ["a: b: c", "1:4", "a.b", syntax("a mapping or list where only a value in one line fits")],
    ["a: 'b", "1:6", "a", syntax("a missing character: a colon, comma, space, quote or bracket")],
    ["a: 'b\n\n", "3:1", "a", syntax("a missing character: a colon, comma, space, quote or bracket")],
    [`${"x".repeat(1_025)}: 1`, "1:1", `${"x".repeat(64)}…`, syntax("a key of more than 1024 characters")],
    ["a: [b, c:d?]", "1:8", "a[1]", sign],
    ["a: [b?]", "1:5", "a[0]", sign],
    [
      "a: 1\na: 2",
      "2:1",
      "a",
      [
        "a key that its mapping has already, in line 1",
        "each key once in a mapping",
        "Remove one of the two.",
      ],
    ],
    ["secure: 1", "1:1", "secure", secure],
    ["a: {secure: [1]}", "1:4", "a", secure],
    ["1: a", "1:1", '"?"', noKey],
    ["[1]: a", "1:1", '"?"', noKey],
    [
      'a: "\\ud83d\\ude00"',
      "1:4",
      "a",
      [
        "an escape of half a character (a UTF-16 surrogate)",
        "whole characters",
        "Write the character itself, or its eight-digit escape with a capital U.",
      ],
    ],
    [
      'a: "b\\/c"',
      "1:4",
      "a",
      [
        "the escape `\\/`, which Pulumi does not know",
        "a slash without a backslash",
        "Remove the backslash.",
      ],
    ],
    [
      "a: |\n  b",
      "1:4",
      "a",
      [
        "a block text whose last line, the file's last, has no line end, so that Pulumi reads none",
        "a file that ends with a line end",
        "End the last line.",
      ],
    ],
    [
      "a: |2\n    \n",
      "1:4",
      "a",
      [
        "a block text with an indentation indicator and nothing visible in it",
        "a block text that has something visible",
        "Write the white space in double quotes.",
      ],
    ],
    ["a: |\n  \tb\n", "1:4", "a", white],
    ['a: "\\n\n  b"', "1:4", "a", white],
    ["a: \u0001", "1:4", "a", character("0001")],
    ["a: \u2028", "1:4", "a", character("2028")],
    ["a: b\rc", "1:5", "a", character("000D")],
    ["a: b\u{1f600}\ufeff", "1:7", "a", character("FEFF")],
  ])("%j", (text, place, path, words) => {
    expect(told(text)).toEqual([[`f.yaml:${place}`, path, ...words]]);
  });

  it("is told with all that is wrong with it, in the order of the file", () => {
    const tab = "a tab in the indentation";
    expect(told("a:\n\tb: 1")).toEqual([
      ["f.yaml:2:1", "a", tab, "spaces", "Indent with spaces."],
      ["f.yaml:2:1", "a", ...syntax(tab)],
    ]);
    expect(told("? a\n: 1").map(([place, , found]) => [place, found])).toEqual([
      ["f.yaml:1:1", "an explicit key (`?`)"],
      ["f.yaml:2:1", sign[0]],
    ]);
    expect(told("a\nb: 1")).toEqual([
      ["f.yaml:1:1", '"?"', ...syntax("a key that goes over several lines")],
      ["f.yaml:1:1", '"?"', ...noKey],
    ]);
    expect(told("a: [\nb: 1\n]").map(([, , found]) => found)).toEqual([
      "an indentation that fits nothing above it",
      "something that is not YAML",
    ]);
  });

  it.each([
    [[0xff, 0xfe, 0x61, 0], "a file in UTF-16"],
    [[0xfe, 0xff, 0, 0x61], "a file in UTF-16"],
    [[0x61, 0, 0x3a, 0], "a file in UTF-16"],
    [[0, 0x61, 0, 0x3a], "a file in UTF-16"],
    [[0, 0, 0xfe, 0xff], "a file in UTF-32"],
    [[0xff, 0xfe, 0, 0], "a file in UTF-32"],
    [[0x61, 0, 0, 0], "a file in UTF-32"],
    [[0, 0, 0, 0x61], "a file in UTF-32"],
    [[0xff, 0x61], "bytes that are not UTF-8"],
    [[0x61, 0x3a, 0x20, 0x80], "bytes that are not UTF-8"],
  ])("of another encoding: %j", (bytes, found) => {
    expect(told(new Uint8Array(bytes))).toEqual([["f.yaml:1:1", "", ...encoding(found)]]);
  });

  it("at more than 4 MiB is its size", () => {
    const most = 4 * 1024 * 1024;
    const text = (size: number) => `a: ${"b".repeat(size - 4)}\n`;
    expect(told(text(most))).toEqual([]);
    expect(told(text(most + 1))).toEqual([
      [
        "f.yaml:1:1",
        "",
        "a file of 4194305 bytes",
        "at most 4194304 bytes",
        "Keep large texts in files of their own and name them here.",
      ],
    ]);
    expect(told(new TextEncoder().encode(text(most + 1)))).toHaveLength(1);
  });

  it("after two hundred problems is only that there are more", () => {
    const lines = (count: number) => told("- *a\n".repeat(count));
    expect(lines(200)).toHaveLength(200);
    expect(lines(200).at(-1)?.[2]).toBe("an alias (`*`)");
    expect(lines(300)).toHaveLength(201);
    expect(lines(300).at(-1)?.slice(2)).toEqual([
      "more problems from here on",
      "none",
      "Solve the problems above and read the file again.",
    ]);
  });

  it("below 64 levels of nesting is not read", () => {
    const nested = (levels: number) => told(`a: ${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}`);
    expect(nested(64)).toEqual([]);
    expect(nested(65).map(([, , ...words]) => words)).toEqual([
      [
        "more than 64 levels of nesting",
        "at most 64 levels",
        "Flatten the structure. The rest of the file was not read.",
      ],
    ]);
  });
});

const asNumber =
  "Write the number that is meant in plain decimal digits, or put it in quotes if a text is meant.";
const as = (value: string) => `Write \`${value}\`, or put it in quotes if a text is meant.`;
const quotes = "Put it in quotes.";

describe("a plain scalar that readers take differently", () => {
  it.each([
    ["yes", "true", "a text", as("true")],
    ["y", "true", "a text", as("true")],
    ["On", "true", "a text", as("true")],
    ["NO", "false", "a text", as("false")],
    ["n", "false", "a text", as("false")],
    ["off", "false", "a text", as("false")],
    ["tRUE", "true", "a text", as("true")],
    ["fAlse", "false", "a text", as("false")],
    ["Null", "null", "a text", as("null")],
    ["NULL", "null", "a text", as("null")],
    ["<<", "a merge of another mapping", "a text", quotes],
    ["2026-01-02", "a time", "a text", quotes],
    ["2026-1-2 3:4", "a time", "a text", quotes],
    ["2026-01-02T03:04:05Z", "a time", "a text", quotes],
    ["010", "8", "10", asNumber],
    ["-017", "-15", "-17", asNumber],
    ["+0010", "8", "10", asNumber],
    ["08", "8", "a text", asNumber],
    ["0x1F", "31", "a text", asNumber],
    ["-0x1f", "-31", "a text", asNumber],
    ["0b101", "5", "a text", asNumber],
    ["0b-1", "-1", "a text", asNumber],
    ["0o17", "15", "a text", asNumber],
    ["+1", "1", "a text", asNumber],
    ["1.", "1", "a text", asNumber],
    [".5", "0.5", "a text", asNumber],
    ["1e3", "1000", "a text", asNumber],
    ["12E+03", "12000", "a text", asNumber],
    ["1e400", "Infinity", "a text", asNumber],
    ["1_000", "1000", "a text", asNumber],
    ["1__0", "10", "a text", asNumber],
    [".inf", "infinity", "a text", asNumber],
    ["+.Inf", "infinity", "a text", asNumber],
    [".NaN", "not a number", "a text", asNumber],
    ["1:30", "90", "a text", asNumber],
    ["1:30:30", "5430", "a text", asNumber],
    ["-1:30", "-90", "a text", asNumber],
    ["+1:30", "90", "a text", asNumber],
    ["190:20:30.15", "685230.15", "a text", asNumber],
    ["-0", "0", "-0", asNumber],
    ["9007199254740993", "9007199254740993", "9007199254740992", asNumber],
    ["0.30000000000000001", "0.30000000000000001", "0.3", asNumber],
  ])("%s may be read as %s or as %s", (text, first, second, remedy) => {
    expect(told(`a: ${text}`)).toEqual([
      [
        "f.yaml:1:4",
        "a",
        `\`${text}\`, which may be read as ${first} or as ${second}`,
        "a scalar that every reader takes for the same value",
        remedy,
      ],
    ]);
  });

  it.each([
    ["key: 010", "a number"],
    ["a: 0123456789012345678901", "a number"],
    ["apiToken: yes", "a truth value"],
    ["PASSWORD: Null", "a null"],
    ["passphrase: <<", "a merge key"],
    ["credential: 2026-01-02", "a date or time"],
    ["secret: {a: [yes]}", "a truth value"],
  ])("is not shown where it may be secret: %s", (text, type) => {
    expect(told(text)[0]?.[2]).toBe(`${type} without quotes, in a spelling that readers take differently`);
  });

  it.each(["maxTokens", "tokens_per_minute", "token-limit", "input-tokens", "monthly_tokens"])(
    "is shown where tokens are counted: %s",
    (key) => {
      expect(told(`${key}: 010`)[0]?.[2]).toBe("`010`, which may be read as 8 or as 10");
    },
  );
});

describe("a plain scalar that all take for the same", () => {
  it.each<[string, string | number | boolean | null]>([
    ["true", true],
    ["True", true],
    ["TRUE", true],
    ["false", false],
    ["False", false],
    ["FALSE", false],
    ["null", null],
    ["~", null],
    ["0", 0],
    ["-1", -1],
    ["1.50", 1.5],
    ["0.1", 0.1],
    ["9007199254740991", 9_007_199_254_740_991],
    ["100000000000000000", "refused"],
    ["yess", "yess"],
    ["nope", "nope"],
    ["xyes", "xyes"],
    ["xno", "xno"],
    ["nulls", "nulls"],
    ["xtrue", "xtrue"],
    ["2026-01", "2026-01"],
    ["x2026-01-02", "x2026-01-02"],
    ["2026-01-021", "2026-01-021"],
    ["2026-01-02x", "2026-01-02x"],
    ["1.2.3", "1.2.3"],
    ["0xg", "0xg"],
    ["x0x1", "x0x1"],
    ["1e", "1e"],
    ["1:60", "1:60"],
    ["1:30x", "1:30x"],
    [".infx", ".infx"],
    [".nanx", ".nanx"],
    ["x.nan", "x.nan"],
    ["+x", "+x"],
    [".", "."],
  ])("%s is %j", (text, value) => {
    const { root } = readYaml(`a: ${text}`, "f.yaml");
    const node = root?.kind === "map" ? root.entries.get("a")?.node : undefined;
    expect(node?.kind === "scalar" ? node.value : "refused").toEqual(value);
  });
});
