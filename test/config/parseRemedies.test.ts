import { expect, it } from "vitest";
import { loadPair } from "../../config/pair";
import { parseConfig } from "../../config/parse";
import { SECRET, toPlain } from "../../config/yaml";
import { shipped } from "../shipped";

const { own } = loadPair(shipped(), "staging");
const parsed = (more: Record<string, unknown>) =>
  parseConfig({ ...Object.fromEntries(Array.from(own.raw, ([key, node]) => [key, toPlain(node)])), ...more });
const key = `sk-ant-${"a1B2c3D4".repeat(4)}`;

it.each<[string, Record<string, unknown>, object]>([
  [
    "a key that is not there",
    { residency: {} },
    {
      path: ["residency", "regions"],
      found: "nothing",
      allowed: "a list",
      remedy: "Add residency.regions.",
    },
  ],
  [
    "a value of another type",
    { residency: { regions: true } },
    {
      path: ["residency", "regions"],
      found: "true",
      allowed: "a list",
      remedy: "Correct the value of residency.regions.",
    },
  ],
  [
    "a key that is not known",
    { residency: { regions: ["global"], region: "eu" } },
    {
      path: ["residency", "region"],
      found: "an unknown key",
      allowed: "one of regions",
      remedy: "Remove the key.",
      known: ["regions"],
    },
  ],
  [
    "a name that may not be",
    { credentialValues: { A: SECRET } },
    {
      path: ["credentialValues", "A"],
      found: 'the name "A"',
      allowed: "a name of at most 40 characters: a-z, 0-9 and -, starting with a letter",
      remedy: "Rename it.",
    },
  ],
  [
    "an encrypted value that has to be read",
    { residency: { regions: SECRET } },
    {
      path: ["residency", "regions"],
      found: "an encrypted value",
      allowed: "a value in plain text",
      remedy:
        "Store it without --secret: what cannot be read here cannot be compared, so nothing can be proven about it.",
      undecided: true,
    },
  ],
  [
    "a secret that is not encrypted",
    { credentialValues: { openai: "hunter2" } },
    {
      path: ["credentialValues", "openai"],
      found: "a value in plain text",
      allowed: "an encrypted value",
      remedy:
        "Revoke the credential: it has been written down. Then store the new one with: pulumi config set --secret --path 'lockstep:credentialValues.openai'",
    },
  ],
  [
    "a secret that is neither encrypted nor named",
    { credentialValues: "hunter2" },
    {
      path: ["credentialValues"],
      found: "a value in plain text",
      allowed: "a map of encrypted values",
      remedy:
        "Revoke the credential: it has been written down. Then store the new one under its name: pulumi config set --secret --path 'lockstep:credentialValues.<name>'",
    },
  ],
  [
    "a key of a provider",
    { residency: { regions: ["global", key] } },
    {
      path: ["residency", "regions", 1],
      found: "an Anthropic API key",
      allowed: "no credential in plain text",
      remedy:
        "Revoke the credential: it has been written down. Keep the new one in AWS Secrets Manager, or in credentialValues with pulumi config set --secret.",
    },
  ],
])("says what to do about %s, once", (_, more, problem) => {
  const { config, problems } = parsed(more);
  expect(problems).toEqual([problem]);
  expect(config).toBeUndefined();
});

it.each<[string, unknown, string]>([
  ["limits", [], "a map"],
  ["limits", null, "a map"],
  ["models", "x", "a map"],
  ["exceptions", {}, "a list"],
  ["gateway", { redis: "yes" }, "true or false"],
  ["gateway", { image: 1 }, "a text"],
  ["limits", { pods: 1.5, monthlyUsd: "1" }, "a number in USD per month"],
  ["limits", { requestsPerMinute: "1" }, "a number in requests per minute"],
  ["limits", { requestsPerMinute: 1.5 }, "a whole number in requests per minute"],
  ["limits", { requestsPerMinute: 0 }, "at least 1 requests per minute"],
  ["limits", { requestsPerMinute: 1e9 }, "at most 10000000 requests per minute"],
  ["models", { a: { temperature: "1" } }, "a number"],
  ["models", { a: { temperature: 3 } }, "at most 2"],
  ["models", { a: { temperature: -1 } }, "at least 0"],
  ["monitoring", { contacts: [] }, "at least 1 entries"],
])("says what is allowed in %s in place of %j", (key, value, allowed) => {
  expect(parsed({ [key]: value }).problems.map((one) => one.allowed)).toContain(allowed);
});
