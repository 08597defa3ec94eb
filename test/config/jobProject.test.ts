import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { jobProject } from "../../config/jobProject";
import { loadPair } from "../../config/pair";
import { append, edited, replace, shippedEntries } from "../shipped";

const baseline = "canary/baseline.json";

describe("the project as its jobs get it", () => {
  const project = jobProject(memoryFiles({ ...shippedEntries(), [baseline]: "{}" }), "staging");

  it("is what reading the stack reads, and the canary's files", () => {
    expect(Object.keys(project)).toEqual([
      "Pulumi.staging.yaml",
      "Pulumi.yaml",
      baseline,
      "prompts/support-answer.md",
      "prompts/ticket-triage.md",
      "releases/initial/release.yaml",
      "retrieval/queries.jsonl",
      "tools/create-ticket.json",
      "tools/triage.schema.json",
    ]);
  });

  it.each(["staging", "production"] as const)(
    "is %s, with the same hash, and nothing of the other",
    (tier) => {
      const texts = jobProject(memoryFiles(shippedEntries()), tier);
      const { own } = loadPair(memoryFiles(texts), tier);
      const { pair } = loadPair(memoryFiles(shippedEntries()), tier);
      expect(own.problems).toEqual([]);
      expect(own.stack?.behaviourHash).toBe(pair?.[tier].behaviourHash);
      expect(own.stack?.config).toEqual(pair?.[tier].config);
      const other = tier === "staging" ? "production" : "staging";
      const account = pair?.[other].config.environment.account ?? "none";
      expect(JSON.stringify(texts)).not.toContain(account);
    },
  );
});

describe("what a job has no use for", () => {
  const cipher = "AAABAKrq7Hcyz2t9AQ5b";
  const plain = "sk-live-in-the-clear-41d0";
  const values = (anthropic: string) =>
    append(
      "Pulumi.staging.yaml",
      `\n  lockstep:credentialValues:\n    openai: { secure: ${cipher} }\n    anthropic: ${anthropic}\n`,
    );
  const entries = edited(
    replace(
      "Pulumi.staging.yaml",
      "config:\n",
      `encryptionsalt: v1:${cipher}\nconfig:\n  aws:token: ${plain}\n`,
    ),
    values(plain),
  );
  const texts = jobProject(memoryFiles(entries), "staging");

  it("is no part of it: values, encrypted or not, and other tools' configuration", () => {
    const all = JSON.stringify(texts);
    for (const secret of [cipher, plain])
      for (const text of [
        secret,
        Buffer.from(secret).toString("base64"),
        Buffer.from(secret).toString("hex"),
      ])
        expect(all).not.toContain(text);
    expect(texts["Pulumi.staging.yaml"]).toMatch(/openai:\s+secure: left out/);
    const encrypted = jobProject(memoryFiles(edited(values(`{ secure: ${cipher} }`))), "staging");
    expect(JSON.stringify(encrypted)).not.toContain(cipher);
    expect(loadPair(memoryFiles(encrypted), "staging").own.problems).toEqual([]);
  });

  it("is a file that nobody can read either", () => {
    const broken = { ...entries, "Pulumi.staging.yaml": `config: [\n  ${plain}` };
    const left = jobProject(memoryFiles(broken), "staging");
    expect(left["Pulumi.staging.yaml"]).toBeUndefined();
    expect(left["Pulumi.yaml"]).toBeDefined();
  });
});
