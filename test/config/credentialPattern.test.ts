import { describe, expect, it } from "vitest";
import { credentialIn, hideCredentials } from "../../config/credentialPattern";

// Made up, and put together here so that no scanner takes this file for a leak.
const letters = (length: number) => "a1B2c3D4e5".repeat(20).slice(0, length);
const upper = (length: number) => "A2B3C4D5E6".repeat(10).slice(0, length);
const hexadecimal = (length: number) => "0a1b2c3d4e".repeat(10).slice(0, length);
const base64 = (text: string) => Buffer.from(text).toString("base64");
const anthropic = `sk-ant-${letters(16)}`;

/** A kind, a text that just has its form, and the nearest texts that do not. */
const forms: [string, string, string[]][] = [
  ["an Anthropic API key", anthropic, [`sk-ant-${letters(15)}`, `di${anthropic}`]],
  [
    "an OpenAI API key",
    `sk-${"a".repeat(19)}1`,
    [`sk-${"a".repeat(18)}1`, `sk-${"a".repeat(20)}`, `disk-${"a".repeat(19)}1`],
  ],
  ["an OpenAI API key", `sk-proj-1${"_-".repeat(10)}`, []],
  ["an OpenAI API key", `sk-${"a".repeat(60)}1`, [`sk-${"a".repeat(61)}1`]],
  ["an AWS access key id", `AKIA${upper(16)}`, [`AKIA${upper(15)}`, `AKIA${upper(17)}`, `XAKIA${upper(16)}`]],
  ["an AWS access key id", `ASIA${upper(16)}`, [`ASIA${upper(15)}1`]],
  ["an AWS access key id", `ABIA${upper(16)}`, []],
  ["an AWS access key id", `ACCA${upper(16)}`, []],
  [
    "an AWS secret access key",
    `aws_secret_access_key=${letters(40)}`,
    [`aws_secret_access_key=${letters(39)}`, `aws_secret_access_key=${letters(41)}`],
  ],
  ["an AWS secret access key", `"AWSSecretKey"    :    "${letters(38)}/+"`, []],
  ["an AWS secret access key", `awsSecretAccessKey' = '${letters(40)}'`, []],
  ["an AWS secret access key", `aws_secret_key: ${letters(40)}`, [`aws_secret_key ${letters(40)}`]],
  ["an Amazon Bedrock API key", `ABSK${letters(109)}`, [`ABSK${letters(108)}`, `XABSK${letters(109)}`]],
  ["an Amazon Bedrock API key", `bedrock-api-key-${letters(20)}`, [`bedrock-api-key-${letters(19)}`]],
  [
    "an Azure API key",
    `${letters(52)}JQQJ99${letters(26)}`,
    [
      `${letters(51)}JQQJ99${letters(26)}`,
      `${letters(53)}JQQJ99${letters(26)}`,
      `${letters(52)}JQQJ99${letters(25)}`,
      `${letters(52)}JQQJ99${letters(27)}`,
    ],
  ],
  [
    "an Azure client secret",
    `a_~1Q~${letters(31)}`,
    [`a_~1Q~${letters(30)}`, `a_~xQ~${letters(31)}`, `xa_~1Q~${letters(31)}`],
  ],
  [
    "an Azure storage key",
    `AccountKey=${letters(86)}==`,
    [`AccountKey=${letters(85)}==`, `AccountKey=${letters(86)}=`],
  ],
  ["a Google API key", `AIza${letters(35)}`, [`AIza${letters(34)}`, `xAIza${letters(35)}`]],
  ["a Google OAuth secret or token", `GOCSPX-${letters(28)}`, [`GOCSPX-${letters(27)}`]],
  ["a Google OAuth secret or token", `ya29.${letters(30)}`, [`ya29.${letters(29)}`, `ya29-${letters(30)}`]],
  ["a Hugging Face token", `hf_${letters(30)}`, [`hf_${letters(29)}`, `xhf_${letters(30)}`]],
  ["a Hugging Face token", `api_org_${letters(30)}`, [`api_org_${letters(29)}`]],
  ["a Groq API key", `gsk_${letters(48)}`, [`gsk_${letters(47)}`]],
  ["an xAI API key", `xai-${letters(70)}`, [`xai-${letters(69)}`]],
  ["a Perplexity API key", `pplx-${letters(48)}`, [`pplx-${letters(47)}`]],
  ["a Databricks token", `dapi${hexadecimal(32)}`, [`dapi${hexadecimal(31)}`, `dapi${hexadecimal(33)}`]],
  ["a GitHub token", `ghp_${letters(36)}`, [`ghp_${letters(35)}`, `ghx_${letters(36)}`]],
  ["a GitHub token", `ghs_${letters(36)}`, []],
  ["a GitHub token", `github_pat_${letters(40)}`, [`github_pat_${letters(39)}`]],
  ["a GitLab token", `glpat-${letters(20)}`, [`glpat-${letters(19)}`]],
  ["a Grafana token", `glc_${letters(32)}`, [`glc_${letters(31)}`]],
  [
    "a Grafana token",
    `glsa_${letters(32)}_${hexadecimal(8)}`,
    [`glsa_${letters(31)}_${hexadecimal(8)}`, `glsa_${letters(32)}_${hexadecimal(7)}`],
  ],
  ["a Slack token", `xoxb-${letters(10)}`, [`xoxb-${letters(9)}`, `xoxc-${letters(10)}`]],
  ["a Slack webhook", `hooks.slack.com/services/${letters(40)}`, [`hooks.slack.com/services/${letters(39)}`]],
  ["a Slack webhook", `hooks.slack.com/triggers/${letters(40)}`, [`hooks.slack.com/other/${letters(40)}`]],
  ["a Stripe key", `sk_live_${letters(10)}`, [`sk_live_${letters(9)}`, `pk_live_${letters(10)}`]],
  ["a Stripe key", `rk_test_${letters(10)}`, []],
  [
    "a SendGrid API key",
    `SG.${letters(20)}.${letters(39)}`,
    [`SG.${letters(19)}.${letters(39)}`, `SG.${letters(20)}.${letters(38)}`],
  ],
  ["an npm or PyPI token", `npm_${letters(36)}`, [`npm_${letters(35)}`, `npm_${letters(37)}`]],
  ["an npm or PyPI token", `pypi-AgE${letters(50)}`, [`pypi-AgE${letters(49)}`]],
  ["a Vault token", `hvs.${letters(90)}`, [`hvs.${letters(89)}`]],
  ["a Pulumi access token", `pul-${hexadecimal(40)}`, [`pul-${hexadecimal(39)}`, `pul-${hexadecimal(41)}`]],
  [
    "a private key",
    "-----BEGIN PRIVATE KEY-----",
    ["-----BEGIN PUBLIC KEY-----", "----BEGIN PRIVATE KEY----"],
  ],
  ["a private key", "-----BEGIN RSA PRIVATE KEY-----", ["-----BEGIN rsa PRIVATE KEY-----"]],
  ["a private key", "-----BEGIN PGP PRIVATE KEY BLOCK-----", []],
  [
    "a signed token (JWT)",
    `eyJ${letters(10)}.eyJ${letters(10)}.${letters(10)}`,
    [
      `eyJ${letters(9)}.eyJ${letters(10)}.${letters(10)}`,
      `eyJ${letters(10)}.eyJ${letters(9)}.${letters(10)}`,
      `eyJ${letters(10)}.eyJ${letters(10)}.${letters(9)}`,
    ],
  ],
  [
    "a registry's password",
    '{"auths":{"ghcr.io":{"auth":"dXNlcjpo"}}}',
    ['{"auths":{"ghcr.io":{"auth":"dXNlcjp"}}}', '{"auths":{"ghcr.io":{}}, "auth":"dXNlcjpo"}'],
  ],
  ["a registry's password", '"auths"  :  {"ghcr.io": {"email":"a", "auth"  :  "dXNlcjpodQ=="}}', []],
  [
    "a URL with a password in it",
    "postgresql://app:hunter2@db.example.com/app",
    [
      "postgresql://app@db.example.com/app",
      "postgresql://db.example.com:5432/app@x",
      "postgresql://app:$(PASSWORD)@db.example.com",
      "postgresql://app:$PASSWORD@db.example.com",
      "postgresql://app:{password}@db.example.com",
      "postgresql://app:<password>@db.example.com",
      "postgresql://app:%PASSWORD%@db.example.com",
      "postgresql://app:***@db.example.com",
      "postgresql://app:two words@db.example.com",
    ],
  ],
  ["a URL with a password in it", "REDIS://:$1hunter@cache", []],
  ["a URL with a password in it", "amqp+ssl://app:%20hunter@queue", []],
];

describe("a credential in a text", () => {
  it.each(forms)("is found by its form: %s in %j", (kind, text) => {
    expect(credentialIn(text)).toBe(kind);
    expect(credentialIn(`before ${text} behind`)).toBe(kind);
    expect(hideCredentials(`before ${text}, behind`)).toMatch(/^before .{0,2}\[hidden\].*, behind$/);
    expect(hideCredentials(text)).not.toContain(text);
  });

  it.each(forms.flatMap(([kind, , others]) => others.map((other) => [other, kind])))(
    "is not seen in %j, which is not quite %s",
    (text) => {
      expect(credentialIn(text)).toBeUndefined();
      expect(hideCredentials(text)).toBe(text);
    },
  );

  it("is none in an ordinary text", () => {
    expect(credentialIn("")).toBeUndefined();
    expect(credentialIn("a registry secret, see https://example.com/secret")).toBeUndefined();
  });
});

describe("a credential in base64", () => {
  const once = base64(anthropic);
  const found = "an Anthropic API key in base64";

  it.each([
    ["as it is", once],
    ["behind one character", `x${once}`],
    ["behind two", `xy${once}`],
    ["behind three", `xyz${once}`],
    ["at the end of a path", `id/${once}`],
    ["in base64 itself", base64(once)],
    ["in the URL-safe form", Buffer.from(`??>>${anthropic}`).toString("base64url")],
    ["in lines", once.replace(/.{8}/g, "$&\r\n")],
    ["below another run", `${base64("x".repeat(18))}\n${once}`],
    ["behind something else", `${base64("x".repeat(18))}, ${once}`],
  ])("is found %s", (_, text) => {
    expect(credentialIn(text)).toBe(found);
  });

  it("is not looked for in a third layer, nor in lines of anything else", () => {
    expect(credentialIn(base64(base64(once)))).toBeUndefined();
    expect(credentialIn(`${once.slice(0, 12)}\n${once.slice(12, 24)}\n(end)`)).toBeUndefined();
  });

  it("is hidden with the whole of its run, and nothing else is", () => {
    expect(hideCredentials(`a ${once}, b`)).toBe("a [hidden], b");
    expect(hideCredentials(`${base64(once)} ${base64("x".repeat(18))}`)).toBe(
      `[hidden] ${base64("x".repeat(18))}`,
    );
    expect(hideCredentials(base64(base64(once)))).toBe(base64(base64(once)));
  });
});

describe("hiding credentials", () => {
  it("replaces each of them, of one kind and of several", () => {
    expect(hideCredentials(`${anthropic} ${anthropic}, GHP ghp_${letters(36)}.`)).toBe(
      "[hidden] [hidden], GHP [hidden].",
    );
  });

  it("takes names in capitals for the same names", () => {
    expect(hideCredentials(`AWS_SECRET_ACCESS_KEY=${letters(40)}; next`)).toBe("[hidden]; next");
  });
});
