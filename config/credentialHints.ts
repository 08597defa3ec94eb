/**
 * Whether a text can carry a credential at all. Nearly none can, and every text of every resource is asked about, so this
 * is what the search costs: conditions that each pattern of `credentialPattern.ts` needs, and no pattern's own work. A
 * test holds it to the patterns: whatever one of them matches, in plain or in base64, is passed on here.
 */
export function mayCarryCredential(text: string): boolean {
  if (text.length < shortestUrl) return false;
  if (text.includes("@") && urlPassword.test(text)) return true;
  return text.length >= shortestRun && (hasPart(text) || hasRun(text));
}

/** "ab://:x@". */
const shortestUrl = 8;
/** From the end of a URL's scheme on: to begin at the literal is what makes it fast. */
const urlPassword = /:\/\/[^\s/:@"'<>]{0,200}:[^\s/@"'<>]{1,400}@/;

/** What others have in them that have no such run, or do not begin with what they are known by. */
const hasPart = (text: string): boolean =>
  text.length >= 25 &&
  (text.includes("Q~") || text.includes("JQQJ99") || text.includes("VATE KEY") || text.includes('uths"'));

/** All others have so many characters of base64 in a row: "eyJ" and ten more. */
const shortestRun = 13;

/** The shortest run that is taken for base64: the shortest of the keys has 15 characters. */
export const shortestBase64 = 24;

/** What keys begin with, at the start of a word. */
const heads = [
  ...["ABIA", "ABSK", "ACCA", "AIza", "AKIA", "ASIA", "GOCSPX-", "api_org_", "bedrock-api-key-", "dapi"],
  ...["eyJ", "gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_", "glc_", "glpat-", "glsa_", "gsk_", "hf_"],
  ...["npm_", "pplx-", "pul-", "pypi-AgE", "rk_live_", "rk_prod_", "rk_test_", "sk-", "sk_live_", "sk_prod_"],
  ...["sk_test_", "xai-", "xox"],
];

/** Of a character: whether base64 or its URL-safe form has it, and whether words have it. */
const inBase64 = 1;
const inWord = 2;
/** What a character can be in a group of four of base64 that says three printable characters of ASCII. */
const first = 4;
const second = 8;
const third = 16;
/** Whether it can be the first of a group of wrapped base64, white space too. */
const firstOfLines = 32;

/** By unit of UTF-16. */
const traits = new Uint8Array(1 << 16);
/** By two characters: 1 where a head begins with them, so that nearly all words are passed over by one look. */
const begins = new Uint8Array(1 << 14);

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
[...alphabet].forEach((char, index) => {
  const value = index < 64 ? index : index - 2;
  const upper = value << 2;
  const bytes = [0, 1, 2, 3].map((lower) => String.fromCharCode(upper + lower));
  traits[char.charCodeAt(0)] =
    inBase64 |
    (/\w/.test(char) ? inWord : 0) |
    (upper >= 0x20 && upper < 0x80 ? first : 0) |
    // Each has the top bit of the next byte, which no character of ASCII has.
    ((value & 8) === 0 ? second : 0) |
    ((value & 2) === 0 ? third : 0) |
    (bytes.some((byte) => /[A-Za-z0-9+/=\s]/.test(byte)) ? firstOfLines : 0);
});
for (const head of heads) begins[(head.charCodeAt(0) << 7) | head.charCodeAt(1)] = 1;

/** Looks for runs from the end of where one would be, so that most short words are jumped over unread. */
function hasRun(text: string): boolean {
  const { length } = text;
  let anyBase64 = false;
  for (let start = 0; start + shortestRun <= length; ) {
    let at = start + shortestRun - 1;
    while (at >= start && (traits[text.charCodeAt(at)] as number) !== 0) at--;
    if (at >= start) {
      start = at + 1;
      continue;
    }
    let end = start + shortestRun;
    while (end < length && (traits[text.charCodeAt(end)] as number) !== 0) end++;
    if (isKey(text, start, end)) return true;
    if (end - start >= shortestBase64) {
      anyBase64 = true;
      for (let cut = 0; cut < 4; cut++) if (printsFrom(text, start + cut, end)) return true;
    }
    start = end + 1;
  }
  return anyBase64 && saysShort.test(text);
}

/** Whether a run has a head, or is what certain words stand before. */
function isKey(text: string, start: number, end: number): boolean {
  let inside = false;
  for (let at = start; at < end - 1; at++) {
    if (!inside && begins[(text.charCodeAt(at) << 7) | text.charCodeAt(at + 1)] === 1) {
      if (startsWithHead(text, at)) return true;
    }
    inside = ((traits[text.charCodeAt(at)] as number) & inWord) !== 0;
  }
  if (start === 0) return false;
  if (text[start - 1] === ".") return beforeDot.test(text.slice(Math.max(0, start - 6), start));
  return end - start >= 40 && beforeSign.test(text.slice(Math.max(0, start - 20), start));
}

function startsWithHead(text: string, at: number): boolean {
  for (const head of heads) if (text.startsWith(head, at)) return true;
  return false;
}

/** Of SendGrid, Google, Vault, and a webhook of Slack. */
const beforeDot = /(?:SG|ya29|hvs|slack)\.$/;
/** Of an AWS secret access key, and of an Azure storage key; both have 40 characters or more. */
const beforeSign = /key["']?\s{0,4}[:=]\s{0,4}["']?$/i;

/** Whether a run of base64 may say a credential from a place in it on. */
export const maySayFrom = (run: string, from: number): boolean =>
  printsFrom(run, from, run.length) || saysShort.test(run);

/** `://` and `"auths"` in base64, by where they fall in a group of three bytes: what follows them may be short. */
const saysShort = /Oi8v|ovL|6Ly[89+/_-]|F1dGhzI|hdXRocy|YXV0aHMi/;

/** So many whole groups lie within 15 characters, wherever the first of them begins. */
const shortestChain = 4;
/** The same for 24 characters and white space between them. */
const shortestLines = 7;

/**
 * Whether base64 says so many printable characters in a row that the shortest of the other keys has room. Wrapped lines
 * may be shorter, but then all of it is base64 and white space.
 */
function printsFrom(text: string, from: number, end: number): boolean {
  const groups = (end - from) >> 2;
  for (let group = shortestChain - 1; group < groups; group += shortestChain) {
    if (!prints(text, from + group * 4)) continue;
    let chain = 1;
    for (let one = group - 1; one >= 0 && prints(text, from + one * 4); one--) chain++;
    for (let one = group + 1; one < groups && prints(text, from + one * 4); one++) chain++;
    if (chain >= shortestChain) return true;
  }
  for (let group = 0; group < groups; group++)
    if (((traits[text.charCodeAt(from + group * 4)] as number) & firstOfLines) === 0) return false;
  return groups >= shortestLines;
}

const prints = (text: string, at: number) =>
  ((traits[text.charCodeAt(at)] as number) & first) !== 0 &&
  ((traits[text.charCodeAt(at + 1)] as number) & second) !== 0 &&
  ((traits[text.charCodeAt(at + 2)] as number) & third) !== 0;
