import { describe, expect, it } from "vitest";
import { parseConfig } from "../../config/parse";
import { problemOfPattern } from "../../config/redaction";
import { sample } from "../gateway/sample";

it("is declared by kinds and patterns, of which one that is not allowed is told where it stands", () => {
  const problems = (redact: object) => {
    const config = structuredClone(sample());
    Object.assign(config.monitoring, { redact });
    return parseConfig(config).problems.map(({ path, found, allowed }) => [path.join("."), found, allowed]);
  };
  expect(problems({ kinds: ["ipv4"], patterns: { ticket: "T-\\d{4}" } })).toEqual([]);
  expect(problems({ kinds: ["emails"], patterns: { ticket: "T-\\d+" } })).toEqual([
    ["monitoring.redact.kinds.0", '"emails"', 'one of "email", "phone", "card", "iban", "ipv4"'],
    [
      "monitoring.redact.patterns.ticket",
      '"T-\\\\d+"',
      'a regular expression of the allowed kind; this one repeats without a bound ("+"); write "{1,64}", for instance',
    ],
  ]);
});

describe("a pattern for redaction", () => {
  it.each([
    "T-\\d{4,8}",
    "\\b(?:AB|CD)[0-9A-F]{6}\\b",
    "[^\\s,]{3,40}@corp\\.example",
    "(\\d{1,3}\\.){3}",
    "employee (?:no\\.? ?)?\\d{5}",
    "ä{2}ß",
    "[+*.$(){}|?^/-]x",
    "a|b",
    // As many ways as are allowed: 10 times 100.
    "a{1,10}b{1,100}",
    "(?:ab){500}",
  ])("may be %s", (pattern) => {
    expect(problemOfPattern(pattern)).toBeUndefined();
  });

  it.each([
    ["\\d+", 'repeats without a bound ("+"); write "{1,64}", for instance'],
    ["x.*", 'repeats without a bound ("*"); write "{1,64}", for instance'],
    ["\\d{4,}", 'repeats without two bounds; write "{3}" or "{1,64}"'],
    ["\\d{8,4}", "repeats 8 to 4 times"],
    ["x{0}", "repeats 0 to 0 times"],
    ["(a+)+b", 'repeats without a bound ("+"); write "{1,64}", for instance'],
    ["(?:a{1,9}){1,9}b", "can match in more than 1000 ways at one place; repeat less"],
    ["(?:a|a){30}b", "can match in more than 1000 ways at one place; repeat less"],
    ["a{1,11}b{1,100}", "can match in more than 1000 ways at one place; repeat less"],
    ["(?:ab){500}c", "can match more than 1000 characters; repeat less"],
    ["a{2}?", "repeats a repetition"],
    ["a{2}{2}", "repeats a repetition"],
    ["(?:a?){2}", "repeats what may match nothing"],
    ["(?:\\b){2}", "repeats what may match nothing"],
    ["x?", "matches nothing at all"],
    ["a|", "matches nothing at all"],
    ["", "matches nothing at all"],
    ["(?<=a)b", 'has a group that begins with "(?"; allowed is "(?:"'],
    ["(?!a)b", 'has a group that begins with "(?"; allowed is "(?:"'],
    ["(?P<n>a)", 'has a group that begins with "(?"; allowed is "(?:"'],
    ["(?i)a", 'has a group that begins with "(?"; allowed is "(?:"'],
    ["(a)\\1", 'has "\\1"; of letters, d, D, s, S, w, W, b, B, n, t may stand after "\\"'],
    ["\\p{L}", 'has "\\p"; of letters, d, D, s, S, w, W, b, B, n, t may stand after "\\"'],
    ["[\\b]", 'has "\\b"; of letters, d, D, s, S, w, W, n, t may stand after "\\"'],
    ["^a", 'has "^"; what is redacted stands anywhere in a text'],
    ["a$", 'has "$"; what is redacted stands anywhere in a text'],
    ["a(b", 'has a "(" without its ")"'],
    ["a)b", 'has a ")" too many'],
    ["[ab", 'has a "[" without its "]"'],
    ["[]", 'has an empty class "[]"'],
    ["[a[b]", 'has "[" in a class without a "\\" before it'],
    ["[a--b]", 'has "-" in a class without a "\\" before it'],
    ["a]", 'has a "]" without a "\\" before it'],
    ["a\\", 'ends in "\\"'],
    ["*a", 'repeats nothing with "*"'],
    ["[z-a]", "is no regular expression"],
    ["😀", "has a control character, or one beyond U+FFFF"],
    ["a\u0000", "has a control character, or one beyond U+FFFF"],
  ])("may not be %s", (pattern, problem) => {
    expect(problemOfPattern(pattern)).toBe(problem);
  });
});
