import { describe, expect, it } from "vitest";
import { loadPair } from "../../config/pair";
import { formatPath } from "../../config/relation";
import { valueAt } from "../../config/value";
import { walk } from "../../config/walk";
import { replace, shipped } from "../shipped";

const { pair } = loadPair(shipped(), "staging");
if (!pair) throw new Error("the shipped pair cannot be read");
const { config } = pair.staging;
const values = [...walk(config)];
const named = (prefix: string) =>
  values.filter(({ name }) => name.startsWith(prefix)).map(({ name, value }) => [name, value]);

/** Everything in a configuration that is no map and no list of maps, counted without the schema. */
function count(value: unknown): number {
  if (Array.isArray(value) && value.some((item) => typeof item === "object"))
    return value.reduce<number>((sum, item) => sum + count(item), 0);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return 1;
  return Object.values(value).reduce<number>((sum, item) => sum + count(item), 0);
}

describe("the walk over a configuration", () => {
  it("visits every value once, with the path that leads to it", () => {
    // The one list that is empty has no items to visit.
    expect(config.exceptions).toEqual([]);
    expect(values).toHaveLength(count(config) - 1);
    expect(new Set(values.map(({ name }) => name)).size).toBe(values.length);
    for (const { path, name, value } of values) {
      expect(valueAt(config, path)).toBe(value);
      expect(formatPath(path)).toBe(name);
    }
  });

  it("goes in the order of the schema, and of the data in maps and lists", () => {
    expect([...new Set(values.map(({ path }) => path[0]))]).toEqual([
      "environment",
      "limits",
      "credentials",
      "deployment",
      "monitoring",
      "carries",
      "residency",
      "models",
      "routes",
      "behaviour",
      "gateway",
      "objectives",
      "acceptance",
    ]);
    expect(named("routes.support-chat.targets")).toEqual([
      ["routes.support-chat.targets[0].model", "chat-large"],
      ["routes.support-chat.targets[0].order", 1],
      ["routes.support-chat.targets[0].weight", 1],
      ["routes.support-chat.targets[1].model", "chat-in-account"],
      ["routes.support-chat.targets[1].order", 2],
      ["routes.support-chat.targets[1].weight", 1],
    ]);
  });

  it("takes a list of single values whole, and an empty one too", () => {
    expect(named("routes.support-chat.tools")).toEqual([["routes.support-chat.tools", ["create-ticket"]]]);
    expect(named("routes.economy-chat.fallbacks")).toEqual([["routes.economy-chat.fallbacks", []]]);
  });

  it("tells each value's relation and unit", () => {
    const field = values.find(({ name }) => name === "limits.teams.support.dailyUsd")?.field;
    expect(field).toEqual({
      relation: "stricter",
      description: "The budget of a day, in UTC.",
      unit: "USD per day",
    });
  });

  it("does not visit what is optional and absent", () => {
    expect(named("models.chat-large.seed")).toEqual([]);
    const edit = replace(
      "Pulumi.yaml",
      "modelId: gpt-5.4-2026-03-05\n",
      "modelId: gpt-5.4-2026-03-05\n        seed: 0\n",
    );
    const seeded = loadPair(shipped(edit), "staging").pair?.staging;
    expect(seeded && [...walk(seeded.config)].find(({ name }) => name.endsWith(".seed"))?.value).toBe(0);
  });
});

describe("a path as text", () => {
  it.each([
    [[], ""],
    [["limits", "monthlyUsd"], "limits.monthlyUsd"],
    [["routes", "support-chat", "targets", 0, "model"], "routes.support-chat.targets[0].model"],
    [["models", "a.b"], 'models["a.b"]'],
    [["models", "0"], 'models["0"]'],
    [["models", ""], 'models[""]'],
    [["models", 'a"]\n'], 'models["a\\"]\\n"]'],
    [["models", "\u009b\u202e"], 'models["\\u{9b}\\u{202e}"]'],
  ])("%j is %s", (path, text) => {
    expect(formatPath(path)).toBe(text);
  });
});
