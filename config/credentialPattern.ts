import { mayCarryCredential, maySayFrom, shortestBase64 } from "./credentialHints";

/**
 * What keys and tokens look like, by the prefixes that their issuers document for secret scanning. Matches
 * are never shown, in whole or part. Every repetition that another part follows is bounded, so that no text
 * takes more than linear time.
 * Sources: https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
 * and the rules of the same names in gitleaks (config/gitleaks.toml, 8.x).
 */
export const patterns: readonly { kind: string; pattern: RegExp }[] = [
  { kind: "an Anthropic API key", pattern: /\bsk-ant-[A-Za-z0-9_-]{16,}/ },
  // Also of gateways and providers that took the form over: LiteLLM, OpenRouter, DeepSeek, Langfuse.
  {
    kind: "an OpenAI API key",
    pattern: /\bsk-(?:proj-|svcacct-|admin-)?(?=[A-Za-z_-]{0,60}\d)[A-Za-z0-9_-]{20,}/,
  },
  { kind: "an AWS access key id", pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/ },
  {
    kind: "an AWS secret access key",
    pattern: /aws_?secret_?(?:access_?)?key["']?\s{0,4}[:=]\s{0,4}["']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/i,
  },
  {
    kind: "an Amazon Bedrock API key",
    pattern: /\bABSK[A-Za-z0-9+/]{109,}|\bbedrock-api-key-[A-Za-z0-9+/=]{20,}/,
  },
  { kind: "an Azure API key", pattern: /\b[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26}\b/ },
  { kind: "an Azure client secret", pattern: /\b[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}/ },
  { kind: "an Azure storage key", pattern: /\bAccountKey=[A-Za-z0-9+/]{86}==/ },
  { kind: "a Google API key", pattern: /\bAIza[A-Za-z0-9_-]{35}/ },
  {
    kind: "a Google OAuth secret or token",
    pattern: /\bGOCSPX-[A-Za-z0-9_-]{28}|\bya29\.[A-Za-z0-9_-]{30,}/,
  },
  { kind: "a Hugging Face token", pattern: /\b(?:hf|api_org)_[A-Za-z0-9]{30,}/ },
  { kind: "a Groq API key", pattern: /\bgsk_[A-Za-z0-9]{48,}/ },
  { kind: "an xAI API key", pattern: /\bxai-[A-Za-z0-9]{70,}/ },
  { kind: "a Perplexity API key", pattern: /\bpplx-[A-Za-z0-9]{48}/ },
  { kind: "a Databricks token", pattern: /\bdapi[a-f0-9]{32}\b/ },
  { kind: "a GitHub token", pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})/ },
  { kind: "a GitLab token", pattern: /\bglpat-[A-Za-z0-9_-]{20,}/ },
  { kind: "a Grafana token", pattern: /\bgl(?:c_[A-Za-z0-9+/]{32,}|sa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8})/ },
  { kind: "a Slack token", pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/ },
  {
    kind: "a Slack webhook",
    pattern: /\bhooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9+/]{40,}/,
  },
  { kind: "a Stripe key", pattern: /\b[sr]k_(?:test|live|prod)_[A-Za-z0-9]{10,}/ },
  { kind: "a SendGrid API key", pattern: /\bSG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}/ },
  { kind: "an npm or PyPI token", pattern: /\bnpm_[A-Za-z0-9]{36}\b|\bpypi-AgE[A-Za-z0-9_-]{50,}/ },
  { kind: "a Vault token", pattern: /\bhvs\.[A-Za-z0-9_-]{90,}/ },
  { kind: "a Pulumi access token", pattern: /\bpul-[a-f0-9]{40}\b/ },
  { kind: "a private key", pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/ },
  {
    kind: "a signed token (JWT)",
    pattern: /\beyJ[A-Za-z0-9_-]{10,600}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,}/,
  },
  {
    kind: "a registry's password",
    pattern: /"auths"\s{0,9}:[^}]{0,400}?"auth"\s{0,9}:\s{0,9}"[A-Za-z0-9+/]{8,}={0,2}"/,
  },
  // Not where a variable or a placeholder stands for the password.
  {
    kind: "a URL with a password in it",
    pattern:
      /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s/:@"'<>]{0,200}:(?!\$[({A-Za-z_]|\{|<|%[A-Z(]|\*{3})[^\s/@"'<>]{1,400}@/i,
  },
];

/** What kind of credential a text carries, in plain or in base64; undefined for none that is known. */
export function credentialIn(text: string): string | undefined {
  return find(text, 2);
}

/** The text with every credential in it replaced, for whatever is shown. */
export function hideCredentials(text: string): string {
  const plain = patterns.reduce(
    (rest, { pattern }) => rest.replace(new RegExp(pattern, `${pattern.flags}g`), "[hidden]"),
    text,
  );
  return plain.replace(base64, (run) => (inBase64(run, 2) === undefined ? run : "[hidden]"));
}

/** Runs of base64 or of its URL-safe form, long enough for the shortest of the keys. */
const base64 = /[A-Za-z0-9+/_-]{24,}={0,2}/g;

/** `layers`: how many times over a text is taken for base64. */
function find(text: string, layers: number): string | undefined {
  if (mayCarryCredential(text)) {
    const kind = patterns.find(({ pattern }) => pattern.test(text))?.kind ?? inRuns(text, layers);
    if (kind !== undefined) return kind;
  }
  if (layers === 0 || !isWrapped(text)) return undefined;
  const whole = text.replace(/\s+/g, "");
  return mayCarryCredential(whole) ? inRuns(whole, layers) : undefined;
}

/** Wrapped lines, as in user data and certificates, are one run; runs that only stand beside each other are not. */
export const isWrapped = (text: string): boolean =>
  text.length > shortestBase64 && /^[A-Za-z0-9+/=\s]+$/.test(text) && /\s/.test(text);

function inRuns(text: string, layers: number): string | undefined {
  if (layers === 0) return undefined;
  for (const [run] of text.matchAll(base64)) {
    const kind = inBase64(run, layers);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** A run may begin in the middle of a path or a name, so each of the four ways to cut it is tried. */
function inBase64(run: string, layers: number): string | undefined {
  for (let start = 0; start < 4; start++) {
    if (!maySayFrom(run, start)) continue;
    const kind = find(Buffer.from(run.slice(start), "base64").toString("latin1"), layers - 1);
    if (kind !== undefined) return kind.endsWith(" in base64") ? kind : `${kind} in base64`;
  }
  return undefined;
}
