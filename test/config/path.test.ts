import { describe, expect, it } from "vitest";
import { overlap, parsePath, unpatchable, within } from "../../config/path";
import { formatPath, type Path } from "../../config/relation";

describe("a path as text", () => {
  it.each<[string, Path]>([
    ["models", ["models"]],
    ["models.chat-large.temperature", ["models", "chat-large", "temperature"]],
    ["routes.chat.targets[0].model", ["routes", "chat", "targets", 0, "model"]],
    ["routes.chat.targets[999999]", ["routes", "chat", "targets", 999_999]],
    ['limits.teams["9 lives"].dailyUsd', ["limits", "teams", "9 lives", "dailyUsd"]],
    ['models["a\\"b\\\\c"]', ["models", 'a"b\\c']],
    ["_a.b-c", ["_a", "b-c"]],
  ])("is read back: %s", (text, path) => {
    expect(parsePath(text)).toEqual(path);
    expect(formatPath(path)).toBe(text);
  });

  it.each([
    "",
    ".models",
    "models.",
    "models..chat",
    "models chat",
    "models.9lives",
    "[0]",
    "[0].models",
    '["models"].chat.',
    "models[",
    "models[-1]",
    "models[01]",
    "models[1000000]",
    "models[0]x",
    'models["a]',
    'models["a\\n"]',
    "models.chat=1",
  ])("is refused: %j", (text) => {
    expect(parsePath(text)).toBeUndefined();
  });

  it("may begin with a quoted key", () => {
    expect(parsePath('["models"].chat')).toEqual(["models", "chat"]);
  });
});

describe("what a release may change", () => {
  it.each<Path>([
    ["models"],
    ["models", "chat-large"],
    ["models", "chat-large", "temperature"],
    ["models", "chat-large", "usdPerMillionTokens"],
    ["routes", "chat", "targets", 0],
    ["routes", "chat", "targets", 0, "weight"],
    ["routes", "chat", "fallbacks"],
    ["behaviour", "retrieval"],
    ["objectives", "errorRatio"],
    ["acceptance"],
  ])("is a mirrored value, or an entry of them: %s", (...path) => {
    expect(unpatchable(path)).toBeUndefined();
  });

  it.each<[Path, string]>([
    [["limits"], "a stricter value, which each stack file has for itself"],
    [["limits", "monthlyUsd"], "a stricter value, which each stack file has for itself"],
    [["environment"], "a separate value, which each stack file has for itself"],
    [["environment", "account"], "a separate value, which each stack file has for itself"],
    [["monitoring", "contacts"], "a free value, which each stack file has for itself"],
    [["carries"], "a free value, which each stack file has for itself"],
    [["models", "chat-large", "region"], "a free value, which each stack file has for itself"],
    [["models", "chat-large", "nothing"], "no path of the configuration"],
    [["nothing"], "no path of the configuration"],
    [["toString"], "no path of the configuration"],
    [["models", 0], "no path of the configuration"],
    [["routes", "chat", "targets", "first"], "no path of the configuration"],
    [["routes", "chat", "fallbacks", 0], "a part of a single value"],
    [["models", "chat-large", "temperature", "x"], "a part of a single value"],
  ])("is not %j", (path, why) => {
    expect(unpatchable(path)).toBe(why);
  });
});

describe("two paths", () => {
  it.each<[Path, Path, boolean, boolean]>([
    [["a", "b"], ["a", "b"], true, true],
    [["a", "b", "c"], ["a", "b"], true, true],
    [["a"], ["a", "b"], true, false],
    [["a", 0], ["a", 1], false, false],
    [["a", "c"], ["a", "b"], false, false],
    [["a", "0"], ["a", 0], false, false],
    [["b", "x"], ["a", "x"], false, false],
  ])("%j and %j overlap: %s; the first is within the second: %s", (one, other, overlapping, inside) => {
    expect(overlap(one, other)).toBe(overlapping);
    expect(overlap(other, one)).toBe(overlapping);
    expect(within(one, other)).toBe(inside);
  });
});
