import { describe, expect, it } from "vitest";
import { formatPath } from "../../config/relation";
import { inlineCredentials } from "../../policies/inlineCredential";
import { UNKNOWN } from "../../policies/rule";

// Made up, and put together here so that no scanner takes this file for a leak.
const key = `sk-ant-${"a1B2c3D4".repeat(4)}`;
const random = "9f86d081884c7d65";
const base64 = (text: string) => Buffer.from(text).toString("base64");
const plain = "a plain value under a name that says credential";
const found = (type: string, props: Record<string, unknown>) =>
  Array.from(inlineCredentials(type, props), ({ path, kind }) => `${formatPath(path)}: ${kind}`);
const anything = "some:other:Thing";
/** What a container's variable of this name and value is. */
const variable = (name: string, value: unknown) => found(anything, { env: [{ name, value }] });

describe("the places that are made for a secret", () => {
  it.each([
    ["aws:acm/certificate:Certificate", "privateKey"],
    ["aws:iam/serverCertificate:ServerCertificate", "privateKey"],
    ["aws:secretsmanager/secretVersion:SecretVersion", "secretString"],
    ["aws:secretsmanager/secretVersion:SecretVersion", "secretBinary"],
    ["aws:secretsmanager/secretVersion:SecretVersion", "secretStringWo"],
  ])("of a %s: %s", (type, property) => {
    expect(found(type, { [property]: key })).toEqual([]);
    expect(found(type, { description: key })).toEqual(["description: an Anthropic API key"]);
    expect(found(anything, { [property]: key })).toEqual([`${property}: an Anthropic API key`]);
  });

  it("are a parameter's values where it is encrypted", () => {
    const parameter = (props: Record<string, unknown>) => found("aws:ssm/parameter:Parameter", props);
    expect(parameter({ type: "SecureString", value: key, valueWo: key, name: "/app/password" })).toEqual([]);
    expect(parameter({ type: "String", value: key, valueWo: key })).toEqual([
      "value: an Anthropic API key",
      "valueWo: an Anthropic API key",
    ]);
    expect(parameter({ type: "String", value: "hunter", name: "/app/password" })).toEqual([
      `value: ${plain}`,
    ]);
    expect(parameter({ type: "String", value: "hunter", name: "/app/word" })).toEqual([]);
    expect(parameter({ type: "String", value: "hunter" })).toEqual([]);
    expect(found(anything, { type: "String", value: "hunter", name: UNKNOWN })).toEqual([]);
    expect(found(anything, { type: "SecureString", value: key })).toEqual(["value: an Anthropic API key"]);
  });
});

describe("a provider's own credentials", () => {
  it.each(["pulumi:providers:aws", "pulumi:providers:aws-native"])(
    "of %s are none of its properties",
    (type) => {
      expect(found(type, { secretKey: "x", token: "y", accessKey: "z" })).toEqual([
        "secretKey: a value in plain text",
        "token: a value in plain text",
      ]);
      expect(found(type, { secretKey: "", token: UNKNOWN })).toEqual([]);
      expect(found(type, { token: key })).toEqual(["token: an Anthropic API key"]);
    },
  );

  it.each(["pulumi:providers:awsx", "xpulumi:providers:aws", anything])(
    "are not looked for in %s",
    (type) => {
      expect(found(type, { secretKey: "x" })).toEqual([]);
    },
  );
});

describe("a credential anywhere in the properties", () => {
  it.each<[Record<string, unknown>, string[]]>([
    [{ a: [{ b: key }, null, 1] }, ["a[0].b: an Anthropic API key"]],
    [{ a: { [key]: "x" } }, [`a.${key}: an Anthropic API key as a key`]],
    [
      { containerDefinitions: JSON.stringify([{ x: { password: key } }]) },
      ["containerDefinitions: an Anthropic API key"],
    ],
    [
      { containerDefinitions: JSON.stringify([{ environment: [{ name: "PASSWORD", value: "hunter" }] }]) },
      [`containerDefinitions[0].environment[0].value: ${plain}`],
    ],
    [{ other: JSON.stringify([{ environment: [{ name: "PASSWORD", value: "hunter" }] }]) }, []],
    [{ containerDefinitions: "{not json" }, []],
  ])("in %j", (props, places) => {
    expect(found(anything, props)).toEqual(places);
  });

  it.each(["variables", "environment", "environmentVariables", "data", "stringData", "annotations"])(
    "under a name in a map of names: %s",
    (map) => {
      expect(found(anything, { [map]: { PASSWORD: "hunter" } })).toEqual([`${map}.PASSWORD: ${plain}`]);
      expect(found(anything, { a: { [map]: { PASSWORD: "hunter" } } })).toEqual([
        `a.${map}.PASSWORD: ${plain}`,
      ]);
      expect(found(anything, { [`${map}x`]: { PASSWORD: "hunter" } })).toEqual([]);
    },
  );

  it("in a Kubernetes Secret, decoded and as it is", () => {
    const secret = (data: unknown) => found("kubernetes:core/v1:Secret", { data });
    expect(secret({ password: base64("hunter") })).toEqual([`data.password: ${plain}`]);
    expect(secret({ any: base64(key) })).toEqual(["data.any: an Anthropic API key in base64"]);
    expect(secret({ password: base64(key) })).toEqual(["data.password: an Anthropic API key in base64"]);
    expect(secret({ password: base64("$(FROM)"), note: base64("hunter"), odd: 1 })).toEqual([]);
    expect(secret("x")).toEqual([]);
    expect(secret(undefined)).toEqual([]);
    expect(found(anything, { data: { password: base64("hunter") } })).toEqual([`data.password: ${plain}`]);
  });
});

describe("a name that says credential", () => {
  it.each(["PASSWORD", "db_password", "dbPasswd", "SSH-PASSPHRASE", "app.password", "oauth2Password"])(
    "holds a plain value, whatever it is: %s",
    (name) => {
      expect(variable(name, "x")).toEqual([`env[0].value: ${plain}`]);
    },
  );

  it.each([
    "SECRET",
    "TOKEN",
    "API_KEY",
    "apikey",
    "ACCESS_KEY",
    "accesskey",
    "PRIVATE_KEY",
    "privatekey",
    "MASTER_KEY",
    "masterkey",
    "SIGNING_KEY",
    "signingkey",
    "ENCRYPTION_KEY",
    "encryptionkey",
    "CREDENTIAL",
    "CREDENTIALS",
    "githubToken",
    "S3-SECRET",
  ])("holds a random value: %s", (name) => {
    expect(variable(name, random)).toEqual([`env[0].value: ${plain}`]);
    expect(variable(name, "words-only")).toEqual([]);
  });

  it.each([
    "PASSWORD_FILE",
    "PASSWORDS",
    "compassword",
    "SECRETS",
    "MYTOKEN",
    "TOKEN_URL",
    "KEY",
    "keyPassword2",
    "",
  ])("is not this one: %j", (name) => {
    expect(variable(name, random)).toEqual([]);
  });

  it.each([
    "$(FROM_SECRET)",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference.
    "a ${reference}",
    "$VARIABLE",
    "$_x",
    "{{ template }}",
    "os.environ/PASSWORD",
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:a",
    "alias/a",
    "/run/secrets/a",
    "./a",
    "../a",
    "file:a",
    "http:a",
    "HTTPS://a",
    "vault:a",
    "ref+a",
    "env:a",
    "secretref:a",
    "<a>",
    "",
  ])("may hold a reference: %j", (value) => {
    expect(variable("PASSWORD", value)).toEqual([]);
  });

  it.each([1, UNKNOWN, { a: 1 }])("may hold what is no text: %s", (value) => {
    expect(variable("PASSWORD", value)).toEqual([]);
  });

  it.each(["cost$1", "a{b", "an arn:aws", "x/run", "see https:a", "env", "a<b"])(
    "holds a plain value that only resembles a reference: %s",
    (value) => {
      expect(variable("PASSWORD", value)).toEqual([`env[0].value: ${plain}`]);
    },
  );

  it.each([
    ["Xk29fjw0", true],
    ["Xk29fjw", false],
    [`${"a1".repeat(2_048)}`, true],
    [`${"a1".repeat(2_048)}b`, false],
    ["12345678", false],
    ["abcdefgh", false],
    ["a1 b2 c3 d4", false],
    ["a1b2c3d\u00e94", false],
    ["openai-key-v2", false],
    ["a_b.c:d/e-f123", false],
    ["a-b-c-1234", true],
    ["1a-bcdefg", true],
    ["abc123def4", true],
    ["abcdef-1+2", true],
  ])("holds what looks random: %s, %s", (value, isRandom) => {
    expect(variable("TOKEN", value)).toEqual(isRandom ? [`env[0].value: ${plain}`] : []);
  });
});
