import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { redactionKinds } from "../../config/redaction";
import forms from "../../gateway/callback/lockstep_redact.json";
import { redactor } from "../../gateway/redact";
import { encodings } from "../project";
import { sample } from "./sample";

const config = structuredClone(sample());
config.monitoring.redact = { kinds: [], patterns: { order: "\\bORD-\\d{4}\\b" } };
const redact = redactor(config);

/** The texts of `gateway/callback/test_lockstep_log.py`, whose results hold here too. */
function pairsInPython(): [string, string][] {
  const file = join(__dirname, "../../gateway/callback/test_lockstep_log.py");
  const kinds = /class KindsTest[\s\S]*?def test_own/.exec(readFileSync(file, "utf8"))?.[0] ?? "";
  return [...kinds.matchAll(/^ {16}("(?:[^"\\]|\\.)*"): ("(?:[^"\\]|\\.)*"),$/gm)].map(
    ([, text = "", expected = ""]) => [JSON.parse(text), JSON.parse(expected)],
  );
}

describe("what is redacted by its form", () => {
  it("has a pattern for each kind that can be declared, and no other", () => {
    expect(Object.keys(forms).sort()).toEqual([...redactionKinds].sort());
  });

  it("is the same as in the request log", () => {
    const pairs = pairsInPython();
    expect(pairs.length).toBeGreaterThan(25);
    for (const [text, expected] of pairs) expect(redact(text), text).toBe(expected);
  });

  it("is everything, and the team's own, whatever the log keeps", () => {
    expect(redact("ORD-1234 by anna@example.com from 203.0.113.7, not ORD-12345")).toBe(
      "[redacted:order] by [redacted:email] from [redacted:ipv4], not ORD-12345",
    );
  });

  it.each([
    ["sk-ant-api03-abcdefghijklmnop0123", "[redacted:credential]"],
    ["Authorization: Bearer abc.def-ghi", "Authorization: Bearer [redacted:credential]"],
    ['{"api_key": "abcdefgh"}', '{"api_key": "[redacted:credential]"}'],
    ["password=hunter22!", "password=[redacted:credential]"],
    ["the bearer of this letter", "the bearer of this letter"],
    ["my password is long", "my password is long"],
    ["a secret: no", "a secret: no"],
  ])("makes of %s: %s", (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it("is found where it stands encoded, and in what is encoded in that", () => {
    const mail = "anna.planted@mail.example";
    const base64 = Buffer.from(`to ${mail}.`).toString("base64");
    for (const text of [
      base64,
      encodeURIComponent(mail),
      mail.replace("@", "\\u0040"),
      encodeURIComponent(base64),
    ])
      for (const form of encodings(mail)) {
        expect(redact(`before ${text} after`)).not.toContain(form);
        expect(redact(`before ${text} after`)).toMatch(/^before .*\[redacted:(encoded|email)\].* after$/);
      }
    const harmless = "before aGVsbG8gd29ybGQgYWdhaW4= and 100%25 after";
    expect(redact(harmless)).toBe(harmless);
  });

  it("does not take long over what is made to", () => {
    const texts = [
      "1 ".repeat(50_000),
      "DE12 a".repeat(20_000),
      "a@".repeat(50_000),
      "%41".repeat(30_000),
      "\\u0041".repeat(20_000),
    ];
    for (const text of texts) {
      const begun = performance.now();
      redact(text);
      expect(performance.now() - begun, text.slice(0, 6)).toBeLessThan(3_000);
    }
  });
});
