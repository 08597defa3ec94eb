import { Buffer } from "node:buffer";

/**
 * What may stand in the text of a YAML file, below its structure: its bytes, its characters and its
 * scalars. Everything here answers one question: does the Pulumi engine (gopkg.in/yaml.v3 3.0.1, a YAML
 * 1.1 scanner with some rules of 1.2) read this the way the `yaml` package does?
 */

/** Collections in collections, the outermost counted. */
export const MAX_DEPTH = 64;
const MAX_BYTES = 4 * 1024 * 1024;

/** What is wrong with a piece of text: how it reads, what would be accepted, and what to do. */
export interface Complaint {
  found: string;
  allowed: string;
  remedy: string;
}

/** The text of a file without its byte order mark, or why it is no UTF-8 text of at most 4 MiB. */
export function decodeText(input: string | Uint8Array): { text: string } | { complaint: Complaint } {
  const byteLength = typeof input === "string" ? Buffer.byteLength(input) : input.byteLength;
  if (byteLength > MAX_BYTES) {
    return {
      complaint: {
        found: `a file of ${byteLength} bytes`,
        allowed: `at most ${MAX_BYTES} bytes`,
        remedy: "Keep large texts in files of their own and name them here.",
      },
    };
  }
  if (typeof input === "string") return { text: input.replace(/^\uFEFF/, "") };
  const wide = wideEncoding(input);
  try {
    if (wide === undefined) return { text: new TextDecoder("utf-8", { fatal: true }).decode(input) };
  } catch {
    // The decoder says no more than that the bytes are not UTF-8; the complaint below says the same.
  }
  return {
    complaint: {
      found: wide === undefined ? "bytes that are not UTF-8" : `a file in ${wide}`,
      allowed: "UTF-8",
      remedy: "Save the file as UTF-8.",
    },
  };
}

/** The Unicode encoding other than UTF-8 that the first bytes give away, with or without a mark. */
function wideEncoding(bytes: Uint8Array): "UTF-16" | "UTF-32" | undefined {
  const head = Array.from(bytes.subarray(0, 4), (byte) => (byte === 0 ? "0" : byte >= 0xfe ? "m" : "x")).join(
    "",
  );
  if (/^(?:00mm|mm00|000x|x000)$/.test(head)) return "UTF-32";
  return /^(?:mm|0x0x|x0x0)/.test(head) ? "UTF-16" : undefined;
}

// The characters that yaml.v3's reader takes (`readerc.go`), less the ones that follow.
const FORBIDDEN =
  /[^\t\n\r\x20-\x7E\x85\xA0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]|\r(?!\n)|[\x85\u2028\u2029\uFEFF]/gu;

/**
 * The characters that the engine refuses or takes for something else, each with its offset. NEL, LS, PS and
 * a lone carriage return end a line (also a comment) to the engine and do not to the `yaml` package, so
 * that what one skips as a comment is data to the other. A second byte order mark is skipped by the engine.
 */
export function* forbiddenCharacters(text: string): Generator<{ offset: number; complaint: Complaint }> {
  for (const match of text.matchAll(FORBIDDEN)) {
    const code = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    yield {
      offset: match.index,
      complaint: {
        found: `the character U+${code}`,
        allowed: "printable characters, tabs, and line ends written LF or CR LF",
        remedy: `Remove the character, or write it as an escape in double quotes.`,
      },
    };
  }
}

/** What a plain scalar is to every reader, or the type it seems to have and the two ways it is read. */
export type PlainReading =
  | { value: string | number | boolean | null }
  | { type: string; readings: [string, string] };

const TEXT = "a text";

/**
 * Reads a plain (unquoted) scalar. Only the spellings on which YAML 1.1, YAML 1.2, yaml.v3 (`resolve.go`) and
 * the `yaml` package agree have a value; whatever looks like anything but a text to one of them has none.
 */
export function readPlain(source: string): PlainReading {
  if (source === "" || source === "~" || source === "null") return { value: null };
  if (/^true$/i.test(source) || /^false$/i.test(source)) return readTruth(source);
  if (/^null$/i.test(source)) return { type: "a null", readings: ["null", TEXT] };
  if (source === "<<") return { type: "a merge key", readings: ["a merge of another mapping", TEXT] };
  if (/^(?:y|yes|on)$/i.test(source)) return { type: "a truth value", readings: ["true", TEXT] };
  if (/^(?:n|no|off)$/i.test(source)) return { type: "a truth value", readings: ["false", TEXT] };
  // Wider than yaml.v3's four layouts: it reads 2026-02-28 as a time and 2026-02-30 as a text.
  if (/^\d{4}-\d{1,2}-\d{1,2}(?:(?:t|[ \t]+)\d.*)?$/is.test(source)) {
    return { type: "a date or time", readings: ["a time", TEXT] };
  }
  return /^[-+.\d]/.test(source) ? readNumber(source) : { value: source };
}

function readTruth(source: string): PlainReading {
  const value = source.toLowerCase() === "true";
  // `tRUE` is a text to all, and nobody means one.
  const agreed = [source.toLowerCase(), source.toUpperCase(), value ? "True" : "False"].includes(source);
  return agreed ? { value } : { type: "a truth value", readings: [String(value), TEXT] };
}

const DECIMAL = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?$/i;
const CANONICAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

function readNumber(source: string): PlainReading {
  const number = (...readings: [string, string]): PlainReading => ({ type: "a number", readings });
  if (/^[-+]?\.inf$/i.test(source)) return number("infinity", TEXT);
  if (/^[-+]?\.nan$/i.test(source)) return number("not a number", TEXT);
  if (CANONICAL.test(source)) return readCanonical(source);
  // yaml.v3 drops underscores wherever they stand before it tries a number.
  const digits = source.replaceAll("_", "");
  if (/^[-+]?0[0-7]+$/.test(digits)) {
    const sign = digits.startsWith("-") ? "-" : "";
    return number(`${sign}${BigInt(`0o${digits.replace(/^[-+]?0+(?=\d)/, "")}`)}`, plainDigits(digits));
  }
  // The sign after the prefix is yaml.v3's: `0b-1` is -1 to it.
  if (/^[-+]?0(?:x[\da-f]+|[bo][-+]?\d+)$/i.test(digits)) return number(radixReading(digits), TEXT);
  if (DECIMAL.test(digits)) return number(plainDigits(digits), TEXT);
  const sexagesimal = /^[-+]?\d+(?::[0-5]?\d)+(?:\.\d*)?$/.test(digits);
  return sexagesimal ? number(`${sixties(digits)}`, TEXT) : { value: source };
}

/** A decimal whose spelling is everybody's: it has a value if that value is exactly what is written. */
function readCanonical(source: string): PlainReading {
  const value = Number(source);
  const rounded: PlainReading = { type: "a number", readings: [source, String(value)] };
  if (Object.is(value, -0)) return { type: "a number", readings: ["0", "-0"] };
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return rounded;
  return significand(source) === significand(value.toExponential()) ? { value } : rounded;
}

/** Digits without zeros at either end, and their scale: equal exactly if two decimal spellings are. */
function significand(decimal: string): string {
  const [mantissa = "", exponent = "0"] = decimal.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  const trimmed = digits.replace(/0+$/, "");
  const scale = Number(exponent) - fraction.length + (digits.length - trimmed.length);
  return trimmed === "" ? "0" : `${trimmed}e${scale}`;
}

function plainDigits(digits: string): string {
  return String(Number(digits));
}

function radixReading(digits: string): string {
  const value = Number(digits.replace(/[-+]/g, "").toLowerCase());
  return Number.isNaN(value) ? "a number" : String(digits.includes("-") ? -value : value);
}

function sixties(digits: string): number {
  const value = digits
    .replace(/^[-+]/, "")
    .split(":")
    .reduce((total, part) => total * 60 + Number(part), 0);
  return digits.startsWith("-") ? -value : value;
}

/**
 * Why the engine would not read a quoted or block text as it is written, if so.
 *
 * It writes each configuration file anew in memory before it decodes it, and yaml.v3 loses white space at
 * the head of a text of several lines as it does. It knows no surrogate pairs in escapes, either.
 */
export function textComplaint(value: string, source: string): Complaint | undefined {
  if (!isClosed(source)) return syntaxComplaint("MISSING_CHAR");
  const quoted = source.startsWith('"') ? quotedComplaint(source) : undefined;
  if (quoted) return quoted;
  if (/^[|>]/.test(source) && !source.endsWith("\n") && value.endsWith("\n")) {
    return {
      found: "a block text whose last line, the file's last, has no line end, so that Pulumi reads none",
      allowed: "a file that ends with a line end",
      remedy: "End the last line.",
    };
  }
  if (/^[|>][-+]?\d/.test(source) && value.trim() === "") {
    return {
      found: "a block text with an indentation indicator and nothing visible in it",
      allowed: "a block text that has something visible",
      remedy: "Write the white space in double quotes.",
    };
  }
  const tabbedBlock = /^[|>]/.test(source) && value.startsWith("\t");
  if (!tabbedBlock && !/^(?=[\s\x85]).*\n/s.test(value)) return undefined;
  return {
    found: "a block, or a text of several lines, that begins with white space",
    allowed: "a text of several lines that begins with a visible character, which Pulumi keeps as it is",
    remedy:
      "Remove the white space before the first visible character, or keep the text in a file of its own.",
  };
}

/**
 * Whether a quoted text ends with its closing quote. Where a line that is indented too little, or the end of
 * the file, cuts one off, the `yaml` package looks at the last character only and takes an escaped quote too.
 */
function isClosed(source: string): boolean {
  if (source.startsWith("'")) return !source.slice(1, -1).replaceAll("''", "").includes("'");
  return !source.startsWith('"') || !/(?<!\\)(?:\\\\)*\\"$/.test(source);
}

/** What the engine takes otherwise in double quotes; `source` includes them. */
function quotedComplaint(source: string): Complaint | undefined {
  if (/(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/.test(source)) {
    return {
      found: "an escape of half a character (a UTF-16 surrogate)",
      allowed: "whole characters",
      remedy: "Write the character itself, or its eight-digit escape with a capital U.",
    };
  }
  if (/(?<!\\)(?:\\\\)*\\\//.test(source)) {
    return {
      found: "the escape `\\/`, which Pulumi does not know",
      allowed: "a slash without a backslash",
      remedy: "Remove the backslash.",
    };
  }
  return undefined;
}

export type YamlPath = readonly (string | number)[];

/** A path as messages show it: `config.lockstep:routes[2].alias`. Odd or very long keys are quoted and cut. */
export function formatPath(path: YamlPath): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${formatKey(step)}`))
    .join("")
    .replace(/^\./, "");
}

function formatKey(key: string): string {
  const short = key.length > 64 ? `${key.slice(0, 64)}…` : key;
  if (/^[\p{L}\p{N}_:/@…-]+$/u.test(short)) return short;
  return JSON.stringify(short).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "�");
}

const SECRET_KEY = /key|token|secret|secure|passw|passphrase|credential/i;
// Tokens that are counted open no door: `maxTokens`, `tokensPerMinute`.
const COUNTED =
  /(?:max|min|input|output|prompt|completion|total|daily|monthly)[-_]?tokens|tokens?[-_]?(?:per|limit|delta)/i;

/** Whether a message may not echo a value: it is long, or a key on its path names something secret. */
export function mayBeSecret(path: YamlPath, value: string): boolean {
  const named = path.some((step) => typeof step === "string" && SECRET_KEY.test(step) && !COUNTED.test(step));
  return named || value.length > 20;
}

/** The complaint about a plain scalar without a single reading; its value is told unless it may be secret. */
export function ambiguous(
  source: string,
  { type, readings: [first, second] }: { type: string; readings: [string, string] },
  hidden: boolean,
): Complaint {
  return {
    found: hidden
      ? `${type} without quotes, in a spelling that readers take differently`
      : `\`${source}\`, which may be read as ${first} or as ${second}`,
    allowed: "a scalar that every reader takes for the same value",
    remedy: ambiguityRemedy(type, first),
  };
}

function ambiguityRemedy(type: string, reading: string): string {
  if (type === "a number") {
    return `Write the number that is meant in plain decimal digits, or put it in quotes if ${TEXT} is meant.`;
  }
  const hasPlainForm = type === "a truth value" || type === "a null";
  return hasPlainForm
    ? `Write \`${reading}\`, or put it in quotes if ${TEXT} is meant.`
    : "Put it in quotes.";
}

/** The complaint about a key that its mapping has already. */
export function duplicateKey(firstLine: number): Complaint {
  return {
    found: `a key that its mapping has already, in line ${firstLine}`,
    allowed: "each key once in a mapping",
    remedy: "Remove one of the two.",
  };
}

/** Complaints about things that have no value to tell. */
export const COMPLAINTS = {
  empty: {
    found: "an empty file",
    allowed: "a mapping",
    remedy: "Write the configuration, or delete the file. Pulumi takes an empty file for no configuration.",
  },
  flowIndicator: {
    found: "a `:` or `?` that Pulumi reads as a sign and others as a letter, or the other way round",
    allowed: "a `:` inside a text or behind a key in its line, and no `?` within brackets or braces",
    remedy: "Put the text in quotes, or a space behind the colon of a key.",
  },
  tab: {
    found: "a tab in the indentation",
    allowed: "spaces",
    remedy: "Indent with spaces.",
  },
  more: {
    found: "more problems from here on",
    allowed: "none",
    remedy: "Solve the problems above and read the file again.",
  },
  loneScalar: {
    found: "a file with a single value",
    allowed: "a mapping",
    remedy: "Write keys with their values.",
  },
  tooDeep: {
    found: `more than ${MAX_DEPTH} levels of nesting`,
    allowed: `at most ${MAX_DEPTH} levels`,
    remedy: "Flatten the structure. The rest of the file was not read.",
  },
  secondDocument: {
    found: "a second document",
    allowed: "one document in a file, since Pulumi reads the first one only",
    remedy: "Remove the `---` line, or move what follows it to a file of its own.",
  },
  secureWithoutText: {
    found: "a mapping with the single key `secure` whose value is no text",
    allowed: "a ciphertext under `secure`, since Pulumi stores anything else in the clear",
    remedy: "Set the value with `pulumi config set --secret`.",
  },
  keyWithoutText: {
    found: "a key that is no text of one line",
    allowed: "texts of one line as keys",
    remedy: "Put the key in quotes.",
  },
} as const satisfies Record<string, Complaint>;

const ONCE = "each value written out where it stands";

/** Complaints about syntax that is no error, by the token that gives it away. */
export const TOKEN_COMPLAINTS: Readonly<Record<string, Complaint | undefined>> = {
  anchor: { found: "an anchor (`&`)", allowed: ONCE, remedy: "Remove the anchor." },
  alias: {
    found: "an alias (`*`)",
    allowed: ONCE,
    remedy: "Write the value out, or quote a text that begins with `*`.",
  },
  tag: {
    found: "a tag (`!`)",
    allowed: "values without tags",
    remedy: "Remove the tag, or quote a text that begins with `!`.",
  },
  "directive-line": { found: "a directive (`%`)", allowed: "no directives", remedy: "Remove the line." },
  "explicit-key-ind": {
    found: "an explicit key (`?`)",
    allowed: "keys written `key: value`",
    remedy: "Write the key before its colon.",
  },
  "doc-end": {
    found: "an end of document (`...`)",
    allowed: "one document in a file",
    remedy: "Remove the line.",
  },
};

// Our words, since the package's may echo the text.
const SYNTAX: Readonly<Record<string, string>> = {
  BAD_DQ_ESCAPE: "an unknown escape in double quotes",
  BAD_INDENT: "an indentation that fits nothing above it",
  BAD_SCALAR_START: "a value that begins with a reserved character",
  BLOCK_AS_IMPLICIT_KEY: "a mapping or list where only a value in one line fits",
  BLOCK_IN_FLOW: "an indented structure within brackets or braces",
  MISSING_CHAR: "a missing character: a colon, comma, space, quote or bracket",
  MULTILINE_IMPLICIT_KEY: "a key that goes over several lines",
  KEY_OVER_1024_CHARS: "a key of more than 1024 characters",
  TAB_AS_INDENT: "a tab in the indentation",
};

/** The complaint about a syntax error of the `yaml` package, unless a token's complaint covers it. */
export function syntaxComplaint(code: string): Complaint | undefined {
  if (code === "TAG_RESOLVE_FAILED" || code === "BAD_DIRECTIVE") return undefined;
  return {
    found: SYNTAX[code] ?? "something that is not YAML",
    allowed: "YAML that both Pulumi and Lockstep can read",
    remedy: "Correct the line, or the one above it.",
  };
}
