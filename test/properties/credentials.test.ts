import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mayCarryCredential } from "../../config/credentialHints";
import { credentialIn, patterns } from "../../config/credentialPattern";

/** The search without what makes it fast: every pattern, on every text, and every way to read it as base64. */
function slowly(text: string, layers = 2): string | undefined {
  const plain = patterns.find(({ pattern }) => pattern.test(text));
  if (plain !== undefined) return plain.kind;
  if (layers === 0) return undefined;
  const wrapped = /^[A-Za-z0-9+/=\s]+$/.test(text) && /\s/.test(text);
  for (const one of wrapped ? [text, text.replace(/\s+/g, "")] : [text])
    for (const [run] of one.matchAll(/[A-Za-z0-9+/_-]{24,}={0,2}/g))
      for (let start = 0; start < 4; start++) {
        const inside = Buffer.from(run.slice(start), "base64").toString("latin1");
        const kind = slowly(inside, layers - 1);
        if (kind !== undefined) return kind.endsWith(" in base64") ? kind : `${kind} in base64`;
      }
  return undefined;
}

// Made up, and put together here so that no scanner takes this file for a leak.
const word = (alphabet: string, min: number, max = min) =>
  fc
    .array(fc.constantFrom(...alphabet), { minLength: min, maxLength: max })
    .map((characters) => characters.join(""));
const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const joined = (...parts: (string | fc.Arbitrary<string>)[]) =>
  fc
    .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part)))
    .map((texts) => texts.join(""));
const one = (...texts: string[]) => fc.constantFrom(...texts);
const some = (min: number) => word(`${alphanumeric}_-`, min, min + 3);
const letters = (min: number) => word(alphanumeric, min, min + 3);
const hex = (length: number) => word("0123456789abcdef", length);
const space = one("", " ", "  ", "\n");

/** Each of the forms, by the order of the patterns; the shortest of each kind among them. */
const forms: readonly fc.Arbitrary<string>[] = [
  joined("sk-ant-", some(16)),
  joined("sk-", one("", "proj-", "svcacct-", "admin-"), "1", some(19)),
  joined(one("AKIA", "ASIA", "ABIA", "ACCA"), word("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
  joined(
    one("aws_secret_access_key", "AWSSecretKey", 'awsSecretAccessKey"'),
    space,
    one(":", "="),
    space,
    one("", '"'),
    word(`${alphanumeric}/+`, 40),
  ),
  joined("ABSK", letters(109)),
  joined("bedrock-api-key-", word(`${alphanumeric}+/=`, 20)),
  joined(word(alphanumeric, 52), "JQQJ99", word(alphanumeric, 26)),
  joined("a", word(`${alphanumeric}_~.`, 2), "1Q~", word(`${alphanumeric}_~.-`, 31, 34)),
  joined("AccountKey=", word(`${alphanumeric}+/`, 86), "=="),
  joined("AIza", word(`${alphanumeric}_-`, 35)),
  joined("GOCSPX-", word(`${alphanumeric}_-`, 28)),
  joined("ya29.", some(30)),
  joined(one("hf_", "api_org_"), letters(30)),
  joined("gsk_", letters(48)),
  joined("xai-", letters(70)),
  joined("pplx-", word(alphanumeric, 48)),
  joined("dapi", hex(32)),
  joined(one("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), letters(36)),
  joined("github_pat_", letters(40)),
  joined("glpat-", some(20)),
  joined("glc_", word(`${alphanumeric}+/`, 32)),
  joined("glsa_", word(alphanumeric, 32), "_", hex(8)),
  joined(one("xoxa", "xoxb", "xoxe", "xoxo", "xoxp", "xoxr", "xoxs"), "-", word(`${alphanumeric}-`, 10)),
  joined("hooks.slack.com/", one("services", "workflows", "triggers"), "/", word(`${alphanumeric}+/`, 40)),
  joined(one("s", "r"), "k_", one("test", "live", "prod"), "_", letters(10)),
  joined("SG.", some(20), ".", some(39)),
  joined("npm_", word(alphanumeric, 36)),
  joined("pypi-AgE", some(50)),
  joined("hvs.", some(90)),
  joined("pul-", hex(40)),
  joined("-----BEGIN ", one("", "RSA ", "OPENSSH "), "PRIVATE KEY", one("", " BLOCK"), "-----"),
  joined("eyJ", some(10), ".eyJ", some(10), ".", some(10)),
  joined(
    '"auths"',
    space,
    ':{"a":{"auth"',
    space,
    ":",
    space,
    '"',
    word(alphanumeric, 8),
    one("", "=", "=="),
    '"',
  ),
  joined(
    one("ab", "https", "Redis", "amqp+ssl"),
    "://",
    word("abc", 0, 2),
    ":",
    word(`x!${alphanumeric}é`, 1, 3),
    "@",
  ),
];

const around = fc.oneof(
  fc.string({ maxLength: 12 }),
  word(`${alphanumeric}+/_-. "':=\n`, 0, 40),
  one("", " ", "/", "a/b-", "é", "key = ", "auth: "),
);
/** A form, or nearly: what stands right before or behind decides whether it is one. */
const text = fc.tuple(around, fc.oneof(...forms, around), around).map((parts) => parts.join(""));

const encoded = (bytes: Buffer, urlSafe: boolean) => bytes.toString(urlSafe ? "base64url" : "base64");
const inBase64 = (inner: fc.Arbitrary<string>) =>
  fc
    .tuple(inner, fc.boolean(), fc.boolean(), word(alphanumeric, 0, 5), around, around)
    .map(([said, urlSafe, utf8, cut, before, behind]) => {
      const bytes = Buffer.from(said, utf8 ? "utf8" : "latin1");
      return `${before}${cut}${encoded(bytes, urlSafe)}${behind}`;
    });
/** Lines of any width, some shorter than any key, some with a white space that is no line's end. */
const inLines = (inner: fc.Arbitrary<string>) =>
  fc
    .tuple(inner, fc.integer({ min: 3, max: 80 }), one("\n", "\r\n", " ", "\t", "\xa0"))
    .map(([said, width, end]) => {
      const lines =
        Buffer.from(said, "latin1")
          .toString("base64")
          .match(new RegExp(`.{1,${width}}`, "g")) ?? [];
      return lines.join(end);
    });

const numRuns = 6_000;
/** `found`: in more of them than so many something is found; with nothing to find, any search would agree. */
const agrees = (given: fc.Arbitrary<string>, found: number) => {
  let kinds = 0;
  fc.assert(
    fc.property(given, (text) => {
      const kind = slowly(text);
      if (kind !== undefined) kinds++;
      expect(credentialIn(text)).toBe(kind);
    }),
    { numRuns, seed: 20261122 },
  );
  expect(kinds).toBeGreaterThan(found);
};

describe("the search for a credential finds what a search without its short cuts finds", () => {
  it("in any text", () => agrees(text, numRuns / 2), 120_000);
  it("in base64, cut anywhere", () => agrees(inBase64(text), numRuns / 3), 120_000);
  it("in base64 of base64", () => agrees(inBase64(inBase64(text)), numRuns / 3), 120_000);
  it("in wrapped base64", () => agrees(inLines(text), numRuns / 3), 120_000);
  it("in base64 of wrapped base64", () => agrees(inBase64(inLines(text)), numRuns / 40), 120_000);
  it("in wrapped base64 of base64", () => agrees(inLines(inBase64(text)), numRuns / 3), 120_000);
  it(
    "in JSON",
    () =>
      agrees(
        fc.tuple(text, text).map((texts) => JSON.stringify({ [texts[0]]: texts })),
        numRuns / 3,
      ),
    120_000,
  );
});

/** With nothing printable beside it, wherever it begins in a group of three bytes. */
describe.each([0, 1, 2])("the shortest of a kind, %i bytes into a group of base64", (bytes) => {
  const beside = "\xff".repeat(12);
  const placed = (text: string) => Buffer.from(`${beside}${"\xff".repeat(bytes)}${text}${beside}`, "latin1");

  it.each([
    ["a Slack token", "xoxb-abcdefghij"],
    ["a Stripe key", "sk_test_abcdefghij"],
    ["a URL with a password in it", "ab://:x@"],
    ["a registry's password", '"auths"\xa0:\xff"auth"\xa0:\xa0"dXNlcjpo"'],
  ])("is found: %s", (kind, text) => {
    expect(credentialIn(placed(text).toString("base64"))).toBe(`${kind} in base64`);
    expect(credentialIn(placed(text).toString("base64url"))).toBe(`${kind} in base64`);
  });

  it("is found in lines of four characters, in base64 again", () => {
    const said = Buffer.from(`${"\xff".repeat(6 + bytes)}ab://:x@\xff\xff\xff\xff`, "latin1").toString(
      "base64",
    );
    const lines = (said.match(/.{1,4}/g) ?? []).join("\xa0");
    expect(credentialIn(Buffer.from(lines, "latin1").toString("base64"))).toBe(
      "a URL with a password in it in base64",
    );
  });
});

it("a generated form of every pattern is one, and may carry a credential", () => {
  const kinds = new Set<string>();
  forms.forEach((form, index) => {
    for (const text of fc.sample(form, { numRuns: 200, seed: 20261122 + index })) {
      const found = patterns.filter(({ pattern }) => pattern.test(text)).map(({ kind }) => kind);
      expect(found, text).not.toEqual([]);
      expect(mayCarryCredential(text), text).toBe(true);
      for (const kind of found) kinds.add(kind);
    }
  });
  expect([...kinds].sort()).toEqual([...new Set(patterns.map(({ kind }) => kind))].sort());
});

it("an ordinary text may carry none, so that no pattern is tried on it", () => {
  for (const text of [
    "",
    "registry.example.com/team/image@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "litellm_request_total_latency_metric_bucket",
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject"}]}',
    "https://docs.example.com/a-long/path/of-words/and-more-words",
    "a disk-like thing, and a task-for-somebody-else-entirely",
  ])
    expect(mayCarryCredential(text), text).toBe(false);
});
