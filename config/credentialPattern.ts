/**
 * What keys and tokens look like, by their documented prefixes. Matches are never shown, in whole or part.
 * Sources: the prefixes are those that the issuers' own documentation and GitHub's list of secret-scanning
 * partners state.
 */
const patterns: readonly { kind: string; pattern: RegExp }[] = [
  { kind: "an Anthropic API key", pattern: /\bsk-ant-[A-Za-z0-9_-]{16,}/ },
  { kind: "an OpenAI API key", pattern: /\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}/ },
  { kind: "an AWS access key id", pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/ },
  { kind: "a Google API key", pattern: /\bAIza[A-Za-z0-9_-]{35}/ },
  { kind: "a Hugging Face token", pattern: /\bhf_[A-Za-z0-9]{30,}/ },
  { kind: "a GitHub token", pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})/ },
  { kind: "a Slack token", pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/ },
  { kind: "a Pulumi access token", pattern: /\bpul-[a-f0-9]{40}\b/ },
  { kind: "a private key", pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/ },
  {
    kind: "a signed token (JWT)",
    pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/,
  },
  { kind: "a URL with a password in it", pattern: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i },
];

/** What kind of credential a text carries, in plain or in base64; undefined for none that is known. */
export function credentialIn(text: string): string | undefined {
  const plain = patterns.find(({ pattern }) => pattern.test(text));
  if (plain) return plain.kind;
  if (!/^[A-Za-z0-9+/_-]{24,}={0,2}$/.test(text.trim())) return undefined;
  const decoded = Buffer.from(text.trim(), "base64").toString("latin1");
  const encoded = patterns.find(({ pattern }) => pattern.test(decoded));
  return encoded && `${encoded.kind} in base64`;
}
