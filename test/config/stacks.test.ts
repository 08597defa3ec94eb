import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { findPairs } from "../../config/stacks";
import { shipped } from "../shipped";

const project = "name: example\nruntime: nodejs\n";
const stack = (tier: string, counterpart: string) =>
  `config:\n  lockstep:environment:\n    tier: ${tier}\n    counterpart: ${counterpart}\n`;
const pairs = (files: Record<string, string>) => [
  ...findPairs(memoryFiles({ "Pulumi.yaml": project, ...files })),
];

describe("the pairs of a project", () => {
  it("is one for the shipped project, by the first of the two names", () => {
    expect([...findPairs(shipped())]).toEqual(["production"]);
  });

  it("are as many as there are, each once", () => {
    expect(
      pairs({
        "Pulumi.staging-us.yaml": stack("staging", "production-us"),
        "Pulumi.staging-eu.yaml": stack("staging", "production-eu"),
        "Pulumi.production-us.yaml": stack("production", "staging-us"),
        "Pulumi.production-eu.yaml": stack("production", "staging-eu"),
      }),
    ).toEqual(["production-eu", "production-us"]);
  });

  it("lie in the folder that Pulumi.yaml names, and nowhere else", () => {
    const files = {
      "Pulumi.yaml": `${project}stackConfigDir: ./stacks/\n`,
      "stacks/Pulumi.staging.yaml": stack("staging", "production"),
      "stacks/Pulumi.production.yaml": stack("production", "staging"),
      "Pulumi.other.yaml": stack("production", "none"),
    };
    expect([...findPairs(memoryFiles(files))]).toEqual(["production"]);
  });

  it("leave out what is no stack file", () => {
    expect(
      pairs({
        "Pulumi.a.yaml": stack("production", "b"),
        "Pulumi.b.yaml": stack("staging", "a"),
        "Pulumi.c.yaml.bak": stack("production", "d"),
        "pulumi.d.yaml": stack("production", "c"),
        "Pulumi.e.json": "{}",
      }),
    ).toEqual(["a"]);
    expect(pairs({})).toEqual([]);
  });
});

describe("a stack that belongs to no pair", () => {
  it("stands for itself: its counterpart is not there, names another, or is the stack itself", () => {
    expect(pairs({ "Pulumi.staging.yaml": stack("staging", "production") })).toEqual(["staging"]);
    expect(
      pairs({
        "Pulumi.staging.yaml": stack("staging", "production"),
        "Pulumi.production.yaml": stack("production", "other"),
      }),
    ).toEqual(["production", "staging"]);
    expect(pairs({ "Pulumi.staging.yaml": stack("staging", "staging") })).toEqual(["staging"]);
  });

  it("stands for itself where another stack names its counterpart too, so that all three are read", () => {
    expect(
      pairs({
        "Pulumi.production.yaml": stack("production", "staging"),
        "Pulumi.staging.yaml": stack("staging", "production"),
        "Pulumi.staging-2.yaml": stack("staging", "production"),
      }),
    ).toEqual(["production", "staging-2"]);
  });
});

describe("a stack whose file cannot be read", () => {
  it("is judged with the stack that names it, also where its own name comes first", () => {
    expect(
      pairs({ "Pulumi.staging.yaml": stack("staging", "production"), "Pulumi.production.yaml": "config: [" }),
    ).toEqual(["staging"]);
  });

  it.each(["config: [", "", "config:\n  lockstep:environment: { secure: x }\n"])(
    "is judged with the stack that names it, or by itself: %j",
    (broken) => {
      const production = stack("production", "staging");
      expect(pairs({ "Pulumi.staging.yaml": broken, "Pulumi.production.yaml": production })).toEqual([
        "production",
      ]);
      expect(pairs({ "Pulumi.staging-2.yaml": broken, "Pulumi.production.yaml": production })).toEqual([
        "production",
        "staging-2",
      ]);
    },
  );
});

describe("a pair whose tiers are wrong", () => {
  it.each([
    ["a misspelt tier in production", "staging", "prod"],
    ["a misspelt tier in staging", "stage", "production"],
    ["a tier that is no text", "staging", "1"],
    ["staging twice", "staging", "staging"],
    ["tiers the wrong way round", "production", "staging"],
  ])("is judged once all the same: %s", (_, staging, production) => {
    const files = {
      "Pulumi.staging.yaml": stack(staging, "production"),
      "Pulumi.production.yaml": stack(production, "staging"),
    };
    expect(pairs(files)).toEqual(["production"]);
  });
});
