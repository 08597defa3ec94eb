import { expect, it } from "vitest";
import { credentialsSeparate } from "../../../policies/stack/credentials-separate";
import { type Edit, replace } from "../../shipped";
import { judged, place, production, staging } from "./judged";

const secretName = (name: string) =>
  replace(staging, "secretName: lockstep/staging/openai", `secretName: ${name}`);
const identity = (id: string) => replace(staging, "identity: proj_example_staging", `identity: ${id}`);
const found = (...edits: Edit[]) =>
  judged(credentialsSeparate, edits).map(({ path, found: what }) => [path, what]);

it("credentials-separate accepts secrets and accounts of each environment's own", () => {
  expect(judged(credentialsSeparate)).toEqual([]);
  expect(
    found(secretName("lockstep/staging/openai-production"), identity("proj_example_production2")),
  ).toEqual([]);
});

it("credentials-separate refuses production's secret, once though the prefix is wrong too", () => {
  expect(judged(credentialsSeparate, [secretName("lockstep/production/openai")])).toEqual([
    {
      rule: "credentials-separate",
      status: "violation",
      object: "staging's credentials.openai.secretName",
      path: "credentials.openai.secretName",
      found: '"lockstep/production/openai", which production uses as credentials.openai.secretName',
      allowed: "a secret that production does not use",
      remedy: "Create a secret for staging alone and name it in Pulumi.staging.yaml.",
      at: place(staging, "openai:\n", "secretName"),
    },
  ]);
});

it("credentials-separate refuses production's provider account", () => {
  expect(judged(credentialsSeparate, [identity("proj_example_production")])).toEqual([
    {
      rule: "credentials-separate",
      status: "violation",
      object: "staging's credentials.openai.identity",
      path: "credentials.openai.identity",
      found: '"proj_example_production", which production uses as credentials.openai.identity',
      allowed: "a provider account that production does not use",
      remedy: "Create a provider account for staging alone and name it in Pulumi.staging.yaml.",
      at: place(staging, "openai:\n", "identity"),
    },
  ]);
});

it("credentials-separate finds what is shared under another name and in other case", () => {
  expect(found(secretName("Lockstep/Production/ANTHROPIC"))).toEqual([
    [
      "credentials.openai.secretName",
      '"Lockstep/Production/ANTHROPIC", which production uses as credentials.anthropic.secretName',
    ],
  ]);
  expect(found(identity("Proj_Example_Production"))).toEqual([
    [
      "credentials.openai.identity",
      '"Proj_Example_Production", which production uses as credentials.openai.identity',
    ],
  ]);
});

it("credentials-separate takes an account id for one provider's only", () => {
  expect(found(identity("wrkspc_example_production"))).toEqual([]);
});

it.each([
  ["a name that only begins like the prefix", "lockstep/stagingopenai", '"lockstep/stagingopenai"'],
  ["the prefix in other case", "Lockstep/staging/openai", '"Lockstep/staging/openai"'],
])("credentials-separate refuses %s", (_, name, shown) => {
  expect(judged(credentialsSeparate, [secretName(name)])).toEqual([
    {
      rule: "credentials-separate",
      status: "violation",
      object: "staging's credentials.openai.secretName",
      path: "credentials.openai.secretName",
      found: shown,
      allowed: 'a name that starts with "lockstep/staging/"',
      remedy:
        "Rename the secret in Pulumi.staging.yaml: the role that reads staging's secrets reads that prefix only.",
      at: place(staging, "openai:\n", "secretName"),
    },
  ]);
});

it("credentials-separate judges production's prefix too, and a prefix may have parts", () => {
  const edits = [replace(production, "secretName: lockstep/production/openai", "secretName: llm/openai")];
  expect(judged(credentialsSeparate, edits)).toEqual([
    {
      rule: "credentials-separate",
      status: "violation",
      object: "production's credentials.openai.secretName",
      path: "credentials.openai.secretName",
      found: '"llm/openai"',
      allowed: 'a name that starts with "lockstep/production/"',
      remedy:
        "Rename the secret in Pulumi.production.yaml: the role that reads production's secrets reads that prefix only.",
      at: place(production, "openai:\n", "secretName"),
    },
  ]);
  expect(found(secretName("lockstep/staging/team/openai"))).toEqual([]);
});
