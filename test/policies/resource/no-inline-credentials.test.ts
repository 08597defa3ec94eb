import { describe, expect, it } from "vitest";
import { noInlineCredentials } from "../../../policies/resource/no-inline-credentials";
import { UNKNOWN } from "../../../policies/rule";
import { growth } from "../../timing";
import { deployment, foreign, goodContainer, resource } from "./resources";

// Made up, and put together here so that no scanner takes this file for a leak.
const openai = `sk-proj-${"a1B2c3D4e5".repeat(6)}`;
const keys: Record<string, string> = {
  "an Anthropic API key": `sk-ant-api03-${"x1Y2z3".repeat(12)}`,
  "an OpenAI API key": openai,
  "an AWS access key id": `AKIA${"IOSFODNN7EXAMPLE".replace(/[^A-Z2-7]/g, "A")}`,
  "an AWS secret access key": `aws_secret_access_key = ${"wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY".slice(0, 40)}`,
  "an Amazon Bedrock API key": `ABSK${"Qm9yZ2Vk".repeat(15)}`,
  "a Hugging Face token": `hf_${"AbCdEfGhIj".repeat(4)}`,
  "a GitHub token": `ghp_${"A1b2C3d4E5".repeat(4)}`,
  "a Slack token": `xoxb-${"123456789012-".repeat(2)}abcdef`,
  "a private key": "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n",
  "a signed token (JWT)": `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${"s5_x".repeat(8)}`,
  "a registry's password": '{"auths":{"ghcr.io":{"auth":"dXNlcjpodW50ZXIy"}}}',
  "a URL with a password in it": "postgresql://app:hunter2@db.example.com:5432/app",
};
const base64 = (text: string) => Buffer.from(text).toString("base64");

const check = (type: string, props: Record<string, unknown>) =>
  noInlineCredentials.check(resource(type, "one", props), foreign);

describe("no-inline-credentials", () => {
  it.each(Object.entries(keys))(
    "finds %s in any property, in base64 too, and never shows it",
    (kind, key) => {
      const props = {
        a: {
          b: [{ c: `before ${key}` }],
          d: base64(`KEY=${key}`),
          e: base64(base64(key)),
          f: `id/${base64(key)}`,
        },
      };
      const reports = check("aws:sns/topic:Topic", props);
      expect(reports.map(({ object, found }) => [object, found])).toEqual([
        ["Topic one's a.b[0].c", kind],
        ["Topic one's a.d", `${kind} in base64`],
        ["Topic one's a.e", `${kind} in base64`],
        ["Topic one's a.f", `${kind} in base64`],
      ]);
      const text = JSON.stringify(reports);
      for (const leak of [key, base64(key), base64(key).slice(2, 30)]) expect(text).not.toContain(leak);
    },
  );

  const places: [string, string, Record<string, unknown>, string][] = [
    [
      "a container's variable",
      "kubernetes:apps/v1:Deployment",
      { spec: { template: { spec: { containers: [{ env: [{ name: "X", value: openai }] }] } } } },
      "spec.template.spec.containers[0].env[0].value",
    ],
    [
      "a container's argument",
      "kubernetes:core/v1:Pod",
      { spec: { containers: [{ args: ["--key", openai] }] } },
      "spec.containers[0].args[1]",
    ],
    [
      "a ConfigMap",
      "kubernetes:core/v1:ConfigMap",
      { data: { "app.yaml": `key: ${openai}` } },
      'data["app.yaml"]',
    ],
    [
      "a ConfigMap's binary data",
      "kubernetes:core/v1:ConfigMap",
      { binaryData: { blob: base64(openai) } },
      "binaryData.blob",
    ],
    [
      "an annotation",
      "kubernetes:core/v1:Service",
      { metadata: { annotations: { note: openai } } },
      "metadata.annotations.note",
    ],
    ["a Kubernetes Secret", "kubernetes:core/v1:Secret", { data: { key: base64(openai) } }, "data.key"],
    [
      "a Kubernetes Secret's texts",
      "kubernetes:core/v1:Secret",
      { stringData: { key: openai } },
      "stringData.key",
    ],
    [
      "a Lambda function",
      "aws:lambda/function:Function",
      { environment: { variables: { X: openai } } },
      "environment.variables.X",
    ],
    [
      "an ECS task",
      "aws:ecs/taskDefinition:TaskDefinition",
      { containerDefinitions: JSON.stringify([{ environment: [{ name: "X", value: openai }] }]) },
      "containerDefinitions",
    ],
    ["a plain SSM parameter", "aws:ssm/parameter:Parameter", { type: "String", value: openai }, "value"],
    [
      "an SSM parameter's description",
      "aws:ssm/parameter:Parameter",
      { type: "SecureString", value: openai, description: openai },
      "description",
    ],
    ["user data", "aws:ec2/instance:Instance", { userData: `#!/bin/sh\nexport KEY=${openai}\n` }, "userData"],
    [
      "wrapped user data in base64",
      "aws:ec2/launchTemplate:LaunchTemplate",
      { userData: base64(`#!/bin/sh\nexport KEY=${openai}\n`).replace(/.{20}/g, "$&\n") },
      "userData",
    ],
    [
      "a provider",
      "pulumi:providers:kubernetes",
      { kubeconfig: `client-key-data: ${base64(keys["a private key"] ?? "")}` },
      "kubeconfig",
    ],
    [
      "an inline asset",
      "aws:lambda/function:Function",
      { code: { assets: { "index.js": { text: `const key = "${openai}"` } } } },
      'code.assets["index.js"].text',
    ],
    ["a tag's name", "aws:sns/topic:Topic", { tags: { [openai]: "x" } }, "tags.[hidden]"],
    [
      "a version of a secret, but in its stages",
      "aws:secretsmanager/secretVersion:SecretVersion",
      { secretString: openai, versionStages: [openai] },
      "versionStages[0]",
    ],
  ];
  it.each(places)("finds a key in %s", (_, type, props, place) => {
    const reports = check(type, props);
    expect(reports.map(({ object }) => object)).toEqual([`${type.split(":").at(-1)} one's ${place}`]);
    expect(JSON.stringify(reports)).not.toContain(openai.slice(8, 24));
  });

  it.each([
    ["a SecretVersion's value", "aws:secretsmanager/secretVersion:SecretVersion", { secretString: openai }],
    ["an SSM SecureString", "aws:ssm/parameter:Parameter", { type: "SecureString", value: openai }],
    ["a certificate's key", "aws:acm/certificate:Certificate", { privateKey: keys["a private key"] }],
  ])("leaves %s alone: it is made to hold one", (_, type, props) => {
    expect(check(type, props)).toEqual([]);
  });

  const env = (name: string, value: unknown) =>
    noInlineCredentials
      .check(deployment({ ...goodContainer, env: [{ name, value }] }), foreign)
      .map(({ found }) => found);
  const named = ["a plain value under a name that says credential"];

  it.each([
    ["DB_PASSWORD", "hunter"],
    ["AZURE_API_KEY", "9f86d081884c7d65"],
    ["apiKey", "9f86d081884c7d65"],
    ["SESSION_SECRET", "Xk29fjw02kd9"],
    ["GITHUB-TOKEN", "3fK20dkw93Kd02"],
  ])("finds a plain value in the variable %s, whatever its form", (name, value) => {
    expect(env(name, value)).toEqual(named);
  });

  it.each([
    ["DB_PASSWORD_FILE", "/run/secrets/db2"],
    ["DB_PASSWORD", "/run/secrets/db2"],
    ["DB_PASSWORD", "$(DB_PASSWORD_FROM_SECRET)"],
    ["DATABASE_URL", "postgresql://$(DB_USER):$(DB_PASSWORD)@db:5432/app"],
    ["OPENAI_API_KEY", "os.environ/OPENAI_API_KEY"],
    ["OPENAI_SECRET", "lockstep/staging/openai"],
    ["OPENAI_SECRET", "openai-key-v2"],
    ["SECRET_ARN", "arn:aws:secretsmanager:us-east-1:111122223333:secret:openai-AbCdEf"],
    ["MAX_TOKENS", "4096"],
    ["EOS_TOKEN", "<|endoftext|>"],
    ["PARTITION_KEY", "tenant42id"],
    ["API_KEY", UNKNOWN],
  ])("takes %s=%s for no credential", (name, value) => {
    expect(env(name, value)).toEqual([]);
  });

  it("reads names in maps of variables, in ConfigMaps and in task definitions", () => {
    const found = (type: string, props: Record<string, unknown>) =>
      check(type, props).map(({ object }) => object);
    expect(
      found("aws:lambda/function:Function", { environment: { variables: { API_KEY: "9f86d081884c7d65" } } }),
    ).toEqual(["Function one's environment.variables.API_KEY"]);
    expect(found("kubernetes:core/v1:ConfigMap", { data: { password: "hunter" } })).toEqual([
      "ConfigMap one's data.password",
    ]);
    expect(found("kubernetes:core/v1:Secret", { data: { token: base64("9f86d081884c7d65") } })).toEqual([
      "Secret one's data.token",
    ]);
    const task = [{ environment: [{ name: "DB_PASSWORD", value: "hunter" }] }];
    expect(
      found("aws:ecs/taskDefinition:TaskDefinition", { containerDefinitions: JSON.stringify(task) }),
    ).toEqual(["TaskDefinition one's containerDefinitions[0].environment[0].value"]);
    expect(
      found("aws:ssm/parameter:Parameter", { name: "/app/db/password", type: "String", value: "hunter" }),
    ).toEqual(["Parameter one's value"]);
    expect(found("pulumi:providers:aws", { region: "us-east-1", secretKey: "anything" })).toEqual([
      "aws one's secretKey",
    ]);
  });

  it("reads a Kubernetes Secret's data decoded, and its texts as they are", () => {
    const found = (props: Record<string, unknown>) =>
      check("kubernetes:core/v1:Secret", props).map(({ object }) => object);
    expect(found({ data: { password: base64("hunter") } })).toEqual(["Secret one's data.password"]);
    expect(
      found({ data: { password: base64("$(DB_PASSWORD)"), token: base64("lockstep/staging/openai") } }),
    ).toEqual([]);
    expect(found({ stringData: { password: "hunter", token: "lockstep/staging/openai" } })).toEqual([
      "Secret one's stringData.password",
    ]);
  });

  it("takes no exception", () => {
    expect(noInlineCredentials.exceptions).toBe(false);
  });

  it.each(["a.", "eyJ-", "sk-", "QUJD", "a://b:", '"auths": "auth": "'])(
    "takes time in proportion to a text of %j over and over",
    (unit) => {
      const read = (size: number) =>
        check("kubernetes:core/v1:ConfigMap", { data: { text: unit.repeat(size / unit.length) } });
      expect(growth(read, 200_000)).toBeLessThan(10);
    },
  );
});
