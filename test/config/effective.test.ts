import { describe, expect, it } from "vitest";
import { ConfigurationError, effective, engineData } from "../../config/effective";
import { engineConfig } from "../../config/engine";
import { loadPair } from "../../config/pair";
import { SECRET } from "../../config/yaml";
import { remove, replace, shipped } from "../shipped";

const { own, pair } = loadPair(shipped(), "staging");
/** The shipped staging stack's configuration as the engine hands it over. */
const given = engineConfig(own).values;
const secret = "hunter2-correct-horse";

function refusal(values: Record<string, string>, files = shipped()): ConfigurationError {
  try {
    effective({ ...given, ...values }, files);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
const edit = (key: string, from: string, to: string) => {
  const text = given[`lockstep:${key}`] ?? "";
  if (text.split(from).length !== 2) throw new Error(`${from} does not stand once in ${key}`);
  return { [`lockstep:${key}`]: text.replace(from, to) };
};

describe("the engine's configuration", () => {
  it("is the same as the files' and gives the same behaviour hash", () => {
    const { config, behaviourHash } = effective({ ...given, "aws:region": "us-east-1" }, shipped());
    expect(config).toEqual(pair?.staging.config);
    expect(behaviourHash).toBe(pair?.staging.behaviourHash);
  });

  it("takes defaults where a key is absent", () => {
    expect(effective(given, shipped()).config.exceptions).toEqual([]);
  });

  it("is refused with all its problems at once, each with path, found, allowed and remedy", () => {
    const { message, problems, name } = refusal({
      ...edit("limits", '"dailyUsd":100', '"dailyUsd":-3'),
      ...edit("environment", '"region":"us-east-1"', '"region":"Virginia"'),
      "lockstep:limitz": "1",
    });
    expect(name).toBe("ConfigurationError");
    expect(problems).toHaveLength(3);
    expect(message).toBe(`The configuration cannot be used:
lockstep:environment:1:1 environment.region
  found   "Virginia"
  allowed an AWS region, such as "us-east-1"
  remedy  Correct the value of environment.region.
lockstep:limits:1:1 limits.dailyUsd
  found   -3
  allowed at least 0.1 USD per day
  remedy  Correct the value of limits.dailyUsd.
the stack's configuration:1:1 limitz
  found   an unknown key
  allowed "limits" is the nearest known key
  remedy  Write "limits", or remove the key.`);
  });

  it("is refused where a file is not there and where a name leads nowhere, together", () => {
    const { message } = refusal(
      edit("models", '"credential":"anthropic"', '"credential":"claude"'),
      shipped(remove("prompts/ticket-triage.md")),
    );
    expect(message).toBe(`The configuration cannot be used:
lockstep:behaviour:1:1 behaviour.prompts.ticket-triage.file
  found   there is no file "prompts/ticket-triage.md"
  allowed a text file inside the project
  remedy  Add the file, or correct behaviour.prompts.ticket-triage.file.
lockstep:models:1:1 models.chat-fast.credential
  found   "claude", which is not declared
  allowed one of anthropic, openai
  remedy  Correct models.chat-fast.credential.`);
  });

  it("follows the content of files into the hash", () => {
    const { behaviourHash } = effective(
      given,
      shipped(replace("prompts/ticket-triage.md", "You sort incoming", "You file incoming")),
    );
    expect(behaviourHash).not.toBe(pair?.staging.behaviourHash);
  });
});

describe("a decrypted credential", () => {
  it("is hidden before anything looks at it", () => {
    const data = engineData({
      "lockstep:credentialValues": JSON.stringify({ openai: secret, anthropic: { key: secret }, bedrock: 7 }),
      "lockstep:residency": '{"regions":["global"]}',
      "aws:secretKey": secret,
    });
    expect(data).toEqual({
      credentialValues: { openai: SECRET, anthropic: SECRET, bedrock: SECRET },
      residency: { regions: ["global"] },
    });
  });

  it("is accepted under a declared credential's name, and is not in the result", () => {
    const all = { ...given, "lockstep:credentialValues": JSON.stringify({ openai: secret }) };
    const result = effective(all, shipped());
    expect(result.config.credentialValues).toEqual({ openai: "[encrypted]" });
    expect(JSON.stringify(result)).not.toContain(secret);
  });

  it.each([
    ["under a name that is not declared", JSON.stringify({ other: secret })],
    ["as one text", secret],
    ["as one quoted text", JSON.stringify(secret)],
    ["as one number", "271828182845"],
    ["in a list", JSON.stringify([secret])],
  ])("is in no message: %s", (_, text) => {
    const { message, problems } = refusal({
      "lockstep:credentialValues": text,
      ...edit("limits", '"dailyUsd":100', '"dailyUsd":-3'),
    });
    expect(message).not.toMatch(/hunter2|correct-horse|27182/);
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|correct-horse|27182/);
    expect(problems.map(({ path }) => path)).toContain("limits.dailyUsd");
  });

  it("without a name is asked for under one", () => {
    expect(refusal({ "lockstep:credentialValues": secret }).message).toBe(`The configuration cannot be used:
lockstep:credentialValues:1:1 credentialValues
  found   an encrypted value without a name
  allowed a map of encrypted values
  remedy  Store each value under the name of its credential: pulumi config set --secret --path 'lockstep:credentialValues.<name>'`);
  });
});

describe("engine values that are no JSON", () => {
  it("are texts, and JSON ones what they say", () => {
    expect(
      engineData({ "lockstep:a": "plain: text", "lockstep:b": "[1,2]", "lockstep:c": "", "other:d": "1" }),
    ).toEqual({ a: "plain: text", b: [1, 2], c: "" });
  });
});
