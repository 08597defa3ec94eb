import { expect, it } from "vitest";
import { loadPair } from "../../../config/pair";
import { configValid, problemFindings } from "../../../policies/stack/config-valid";
import { append, type Edit, remove, replace, shipped } from "../../shipped";
import { place, production, staging } from "./judged";

const findings = (...edits: Edit[]) => problemFindings(loadPair(shipped(...edits), "staging").problems);

it("config-valid has nothing to say about the shipped pair", () => {
  expect(findings()).toEqual([]);
});

it("config-valid reports each problem of a file with its place", () => {
  expect(findings(replace(staging, "    dailyUsd: 100\n", "    dailyUsd: 0\n"))).toEqual([
    {
      rule: "config-valid",
      status: "violation",
      object: "limits.dailyUsd in Pulumi.staging.yaml",
      path: "limits.dailyUsd",
      found: "0",
      allowed: "at least 0.1 USD per day",
      remedy: "Correct the value of limits.dailyUsd.",
      at: place(staging, "monthlyUsd: 2000\n", "dailyUsd"),
    },
  ]);
});

it("config-valid names the file where the whole file is the problem", () => {
  expect(findings(remove(production))).toEqual([
    {
      rule: "config-valid",
      status: "violation",
      object: production,
      path: production,
      found: 'there is no file "Pulumi.production.yaml"',
      allowed: "a readable file of the project",
      remedy: "Add Pulumi.production.yaml to the project.",
      at: { file: production, line: 1, column: 1 },
    },
  ]);
});

it("config-valid cannot decide where a limit is encrypted, and finds a credential in plain text wrong", () => {
  const encrypted = replace(
    staging,
    "monthlyUsd: 2000\n",
    "monthlyUsd: { secure: AAABAExampleCiphertext }\n",
  );
  expect(findings(encrypted).map(({ status, path, found }) => [status, path, found])).toEqual([
    ["cannot-decide", "limits.monthlyUsd", "an encrypted value"],
  ]);
  const plain = append(staging, "  lockstep:credentialValues:\n    openai: hunter2-hunter2\n");
  expect(findings(plain).map(({ status, path, found }) => [status, path, found])).toEqual([
    ["violation", "credentialValues.openai", "a value in plain text"],
  ]);
});

it("config-valid takes no exception", () => {
  expect(configValid.exceptions).toBe(false);
});
