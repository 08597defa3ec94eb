import { hideCredentials } from "../config/credentialPattern";
import type { redactionKinds } from "../config/redaction";
import type { Config } from "../config/schema";
import forms from "./callback/lockstep_redact.json";

/** Replaces what has a form that is not to be kept, as the gateway does before it writes the request log. */
export type Redact = (text: string) => string;

type Kind = (typeof redactionKinds)[number];

const digits = (text: string): string => text.replace(/\D/g, "");

/** What has the form but is none, such as digits without a right check digit, is kept. */
const checks: Record<string, (text: string) => boolean> = {
  /** ISO/IEC 7812. */
  luhn: (text) =>
    [...digits(text)].reverse().reduce((sum, digit, index) => {
      const value = Number(digit) * (1 + (index % 2));
      return sum + (value > 9 ? value - 9 : value);
    }, 0) %
      10 ===
    0,
  /** ISO 13616: the check digits make the whole 1 modulo 97. */
  iban: (text) => {
    const compact = text.replaceAll(" ", "").toUpperCase();
    if (compact.length < 15 || compact.length > 34) return false;
    const numbers = [...compact.slice(4), ...compact.slice(0, 4)].map((char) => Number.parseInt(char, 36));
    return BigInt(numbers.join("")) % 97n === 1n;
  },
  "nine-digits": (text) => digits(text).length >= 9,
};

const credential = "[redacted:credential]";
/** Tokens of no known form, where they are named as one. */
const bearer =
  /\b(Bearer\s{1,4}|(?:api[_-]?key|access[_-]?token|password|passwd|secret)["']?\s{0,4}[:=]\s{0,4}["']?)(?!\[redacted:)[^\s"',;&]{6,4096}/gi;

/** Texts in texts: what is encoded is decoded so often. */
const layers = 3;

/** Whole words, which is what keeps the search for them linear. */
const encoded: readonly { run: RegExp; decode(run: string): string }[] = [
  { run: /[^\s"']+/g, decode: unescaped },
  { run: /[^\s"'<>&=;,]+/g, decode: unpercent },
  { run: /[A-Za-z0-9+/_-]{16,}={0,2}/g, decode: (run) => Buffer.from(run, "base64").toString("utf8") },
];

function unescaped(run: string): string {
  if (!run.includes("\\u00")) return run;
  return run.replace(/\\u00([2-7][0-9A-Fa-f])/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function unpercent(run: string): string {
  if (!run.includes("%")) return run;
  try {
    return decodeURIComponent(run);
  } catch {
    return run;
  }
}

/**
 * All known kinds, whatever an environment keeps in its log, the team's own patterns, and credentials. What stands
 * encoded is replaced as a whole. The forms are those of `gateway/callback/lockstep_log.py`, from the one file.
 */
export function redactor({ monitoring }: Pick<Config, "monitoring">): Redact {
  // The team's own first: they are the narrower ones.
  const kinds = [
    ...Object.entries(monitoring.redact.patterns).map(([name, pattern]) => ({
      name,
      pattern: new RegExp(pattern, "g"),
      valid: (_: string) => true,
    })),
    ...Object.entries(forms).map(([name, form]) => ({
      name: name as Kind,
      pattern: new RegExp(form.pattern, "gu"),
      valid: "check" in form ? (checks[form.check] ?? fail(form.check)) : () => true,
    })),
  ];
  const plain = (text: string): string =>
    kinds.reduce(
      (rest, { name, pattern, valid }) =>
        rest.replace(pattern, (match) => hidden(match, { name, pattern, valid })),
      text,
    );
  const deep = (text: string, layer: number): string => {
    const first = plain(text);
    if (layer === 0) return first;
    return encoded.reduce(
      (rest, { run, decode }) =>
        rest.replace(run, (match) => {
          const decoded = decode(match);
          return decoded === match || deep(decoded, layer - 1) === decoded ? match : "[redacted:encoded]";
        }),
      first,
    );
  };
  return (text) =>
    deep(hideCredentials(text).replaceAll("[hidden]", credential).replace(bearer, `$1${credential}`), layers);
}

interface Form {
  name: string;
  pattern: RegExp;
  valid(text: string): boolean;
}

/** As `hidden` in `lockstep_log.py`: of words and numbers beside each other, the groups that are one. */
function hidden(text: string, { name, pattern, valid }: Form): string {
  const redacted = `[redacted:${name}]`;
  if (valid(text)) return redacted;
  const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace("g", ""));
  const gaps = [...text.matchAll(/[ -]/g)].map(({ index }) => index);
  for (const start of [0, ...gaps.map((gap) => gap + 1)])
    for (const end of [text.length, ...gaps.toReversed()]) {
      const part = text.slice(start, end);
      if (whole.test(part) && valid(part)) return text.slice(0, start) + redacted + text.slice(end);
    }
  return text;
}

function fail(check: string): never {
  throw new Error(`No check is called ${check}.`);
}
