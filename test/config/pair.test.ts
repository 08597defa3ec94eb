import { describe, expect, it } from "vitest";
import { memoryFiles, type ProjectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import type { Problem } from "../../config/problem";
import { append, type Edit, edited, remove, replace, shipped } from "../shipped";

const staging = "Pulumi.staging.yaml";
const production = "Pulumi.production.yaml";
const told = (problems: readonly Problem[]) =>
  problems.map(({ file, path, found, allowed, remedy }) => [file, path, found, allowed, remedy]);
const problemsOf = (...edits: Edit[]) => told(loadPair(shipped(...edits), "staging").problems);

describe("a pair", () => {
  it("is its staging and its production, whichever was asked for", () => {
    for (const stack of ["staging", "production"]) {
      const { pair, own, counterpart, problems } = loadPair(shipped(), stack);
      expect([pair?.staging.name, pair?.production.name]).toEqual(["staging", "production"]);
      expect([own.name, counterpart?.name]).toEqual([stack, stack === "staging" ? "production" : "staging"]);
      expect(problems).toEqual([]);
    }
  });

  it("is two stacks, each of another tier, that name each other", () => {
    expect(problemsOf(replace(staging, "counterpart: production", "counterpart: staging"))).toEqual([
      [
        staging,
        "environment.counterpart",
        "the stack itself",
        "the other stack of the pair",
        "Name the other stack.",
      ],
    ]);
    expect(problemsOf(replace(production, "counterpart: staging", "counterpart: other"))).toEqual([
      [
        production,
        "environment.counterpart",
        '"other"',
        '"staging", which names production as its counterpart',
        "Let both stacks of the pair name each other.",
      ],
    ]);
    expect(problemsOf(replace(production, "tier: production", "tier: staging"))).toEqual([
      [
        production,
        "environment.tier",
        '"staging" in both stacks of the pair',
        "staging in one and production in the other",
        "Correct the tier of one of the two stacks.",
      ],
    ]);
  });

  it("is none while either has a problem, and each problem is told once", () => {
    const broken = replace("Pulumi.yaml", "regions: [us-east-1,", "regions: [US,");
    const { pair, problems } = loadPair(shipped(broken), "staging");
    expect(pair).toBeUndefined();
    expect(problems.map(({ file, path, found }) => [file, path, found])).toEqual([
      ["Pulumi.yaml", "residency.regions[0]", '"US"'],
    ]);
    const own = loadPair(shipped(append(production, "\n  lockstep:surprise: 1\n")), "staging");
    expect(own.pair).toBeUndefined();
    expect(own.own.stack?.name).toBe("staging");
    expect(own.problems.map(({ file, path }) => [file, path])).toEqual([[production, "surprise"]]);
  });

  it("is looked for under a name that a file may have", () => {
    const found = (name: string) =>
      loadPair(shipped(replace(staging, "counterpart: production", `counterpart: ${name}`)), "staging");
    expect(found("eu.prod_1-a").counterpart?.file).toBe("Pulumi.eu.prod_1-a.yaml");
    expect(found('"a/b"').counterpart).toBeUndefined();
    expect(found('"/b"').counterpart).toBeUndefined();
    expect(found('"b/"').counterpart).toBeUndefined();
    expect(found("1").counterpart).toBeUndefined();
    expect(found("[production]").counterpart).toBeUndefined();
    expect(loadPair(shipped(remove(staging)), "staging").counterpart).toBeUndefined();
  });
});

describe("the files that a configuration points to", () => {
  const withFile =
    (path: string, text: string): Edit =>
    (entries) => ({ ...entries, [path]: text });

  it("are there, with their contents by path", () => {
    const { pair } = loadPair(shipped(), "staging");
    expect([...(pair?.staging.contents.keys() ?? [])].sort()).toEqual([
      "prompts/support-answer.md",
      "prompts/ticket-triage.md",
      "retrieval/queries.jsonl",
      "tools/create-ticket.json",
      "tools/triage.schema.json",
    ]);
    expect(problemsOf(remove("prompts/ticket-triage.md"))).toEqual([
      [
        "Pulumi.yaml",
        "behaviour.prompts.ticket-triage.file",
        'there is no file "prompts/ticket-triage.md"',
        "a text file inside the project",
        "Add the file, or correct behaviour.prompts.ticket-triage.file.",
      ],
    ]);
  });

  it("are JSON where their name says so, also when they are empty", () => {
    const notJson = [
      [
        "Pulumi.yaml",
        "behaviour.tools.create-ticket.file",
        '"tools/create-ticket.json" is not JSON',
        "a file with JSON in it",
        "Correct tools/create-ticket.json.",
      ],
    ];
    expect(problemsOf(withFile("tools/create-ticket.json", "{"))).toEqual(notJson);
    expect(problemsOf(withFile("tools/create-ticket.json", ""))).toEqual(notJson);
    expect(problemsOf(withFile("tools/create-ticket.json", "{}"))).toEqual([]);
    expect(problemsOf(withFile("prompts/ticket-triage.md", "{"))).toEqual([]);
  });

  it("are UTF-8", () => {
    const inMemory = memoryFiles(edited());
    const files: ProjectFiles = {
      ...inMemory,
      read: (path) =>
        path === "prompts/ticket-triage.md"
          ? { found: true, bytes: new Uint8Array([0x61, 0x80]) }
          : inMemory.read(path),
    };
    expect(told(loadPair(files, "staging").problems)).toEqual([
      [
        "Pulumi.yaml",
        "behaviour.prompts.ticket-triage.file",
        '"prompts/ticket-triage.md" is not UTF-8 text',
        "a text file inside the project",
        "Add the file, or correct behaviour.prompts.ticket-triage.file.",
      ],
    ]);
  });
});

it("the stack files may stand in a folder of their own", () => {
  const { [staging]: own = "", [production]: other = "", ...rest } = edited();
  const files = memoryFiles({
    ...rest,
    "Pulumi.yaml": `stackConfigDir: stacks\n${rest["Pulumi.yaml"]}`,
    [`stacks/${staging}`]: own,
    [`stacks/${production}`]: other,
  });
  const { pair, problems } = loadPair(files, "staging");
  expect(problems).toEqual([]);
  expect(pair?.production.file).toBe("stacks/Pulumi.production.yaml");
});
