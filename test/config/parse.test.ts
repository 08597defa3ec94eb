import { describe, expect, it } from "vitest";
import { schemaAt } from "../../config/issues";
import { loadPair } from "../../config/pair";
import { parseConfig } from "../../config/parse";
import { fieldOf } from "../../config/relation";
import { describeValue, valueAt } from "../../config/value";
import { SECRET, toPlain } from "../../config/yaml";
import { shipped } from "../shipped";

const { own } = loadPair(shipped(), "staging");
/** The shipped staging stack as plain data, some of its keys replaced. */
const data = (more: Record<string, unknown> = {}) => ({
  ...Object.fromEntries(Array.from(own.raw, ([key, node]) => [key, toPlain(node)])),
  ...more,
});
const problems = (more: Record<string, unknown>) =>
  parseConfig(data(more)).problems.map(({ path, found, allowed, undecided }) => [
    path.join("."),
    found,
    allowed,
    ...(undecided ? ["undecided"] : []),
  ]);
const residency = (regions: unknown) => problems({ residency: { regions } });

describe("describing a value in a message", () => {
  it.each([
    [undefined, "nothing"],
    [null, "null"],
    [0, "0"],
    [-0.5, "-0.5"],
    [true, "true"],
    ["", '""'],
    ["a", '"a"'],
    ["[encrypted]", "an encrypted value"],
    ["x".repeat(120), `"${"x".repeat(120)}"`],
    ["x".repeat(121), "a long text"],
    [[], "[]"],
    [["a", 1, null], "a list of 3"],
    [["a", 1, true], '["a", 1, true]'],
    [["[encrypted]"], "[an encrypted value]"],
    [["x".repeat(80), "y".repeat(80)], "a list of 2"],
    [[{}], "a list of 1"],
    [{ a: 1 }, "a map"],
  ])("%j is %s", (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  it("keeps it on one line and shows what a terminal would obey or hide as escapes", () => {
    expect(describeValue('a"b\n\t\\')).toBe('"a\\"b\\n\\t\\\\"');
    expect(describeValue("\u001b[31m")).toBe('"\\u001b[31m"');
    expect(describeValue("\u009b31m\u007f")).toBe('"\\u{9b}31m\\u{7f}"');
    expect(describeValue("abc\u202edef\u2066\u200b")).toBe('"abc\\u{202e}def\\u{2066}\\u{200b}"');
    expect(describeValue("\u2028\u2029\u0085")).toBe('"\\u{2028}\\u{2029}\\u{85}"');
    expect(describeValue("übung 日本 é 👍")).toBe('"übung 日本 é 👍"');
    expect(describeValue(["\u009b"])).toBe('["\\u{9b}"]');
  });
});

describe("parsing a configuration", () => {
  it("fills in defaults and keeps the rest as it is", () => {
    const { config, problems: none } = parseConfig(data());
    expect(none).toEqual([]);
    expect(config?.exceptions).toEqual([]);
    expect(config?.credentialValues).toEqual({});
    expect(config?.limits.dailyUsd).toBe(100);
  });

  it.each([
    [[], "[]", "at least 1 entries"],
    ["global", '"global"', "a list"],
    [undefined, "nothing", "a list"],
    [Array.from({ length: 41 }, () => "global"), "a list of 41", "at most 40 entries"],
  ])("a list that does not fit: %j", (regions, found, allowed) => {
    expect(residency(regions)).toEqual([["residency.regions", found, allowed]]);
  });

  it("names the item of a list", () => {
    expect(residency(["global", "EU"])).toEqual([
      ["residency.regions.1", '"EU"', 'a region name, such as "us-east-1" or "global"'],
    ]);
  });

  it("says the unit with the bound", () => {
    const { limits } = data() as { limits?: Record<string, unknown> };
    const withCluster = (cluster: unknown) => problems({ limits: { ...limits, cluster } });
    expect(withCluster({ cpuCores: 0.05, memoryGib: "24", pods: 1.5 })).toEqual([
      ["limits.cluster.cpuCores", "0.05", "at least 0.1 cores"],
      ["limits.cluster.memoryGib", '"24"', "a number in GiB"],
      ["limits.cluster.pods", "1.5", "a whole number in pods"],
    ]);
    expect(withCluster({ cpuCores: 0.1, memoryGib: 1_000_000, pods: 1 })).toEqual([]);
    expect(withCluster({ cpuCores: 100_001, memoryGib: 24, pods: 0 })).toEqual([
      ["limits.cluster.cpuCores", "100001", "at most 100000 cores"],
      ["limits.cluster.pods", "0", "at least 1 pods"],
    ]);
    expect(withCluster(8)).toEqual([["limits.cluster", "8", "a map"]]);
  });

  it("names a key that is not known and a name that is not allowed", () => {
    expect(problems({ residency: { regions: ["global"], region: "x" } })).toEqual([
      ["residency.region", "an unknown key", "one of regions"],
    ]);
    expect(problems({ behaviour: undefined, limitz: 1 }).map(([path, found]) => [path, found])).toEqual([
      ["behaviour", "nothing"],
      ["limitz", "an unknown key"],
    ]);
    const { credentials } = data() as { credentials?: Record<string, unknown> };
    expect(problems({ credentials: { ...credentials, Open_AI: credentials?.openai } })).toEqual([
      [
        "credentials.Open_AI",
        'the name "Open_AI"',
        "a name of at most 40 characters: a-z, 0-9 and -, starting with a letter",
      ],
    ]);
  });
});

describe("secrets in a configuration", () => {
  it("may be encrypted where the schema has a secret", () => {
    const { config } = parseConfig(data({ credentialValues: { openai: SECRET } }));
    expect(config?.credentialValues).toEqual({ openai: "[encrypted]" });
  });

  it("cannot be judged anywhere else", () => {
    expect(residency(SECRET)).toEqual([
      ["residency.regions", "an encrypted value", "a value in plain text", "undecided"],
    ]);
    expect(residency([SECRET])).toEqual([
      ["residency.regions.0", "an encrypted value", "a value in plain text", "undecided"],
    ]);
  });

  it.each([
    [
      "under a name",
      { openai: "hunter2" },
      ["credentialValues.openai", "a value in plain text", "an encrypted value"],
    ],
    [
      "as a number",
      { openai: 271828 },
      ["credentialValues.openai", "a value in plain text", "an encrypted value"],
    ],
    ["without a name", "hunter2", ["credentialValues", "a value in plain text", "a map of encrypted values"]],
    [
      "as a number without a name",
      271828,
      ["credentialValues", "a value in plain text", "a map of encrypted values"],
    ],
    ["in a list", ["hunter2"], ["credentialValues", "a value in plain text", "a map of encrypted values"]],
  ])("are not repeated where they stand in plain text %s", (_, credentialValues, problem) => {
    expect(problems({ credentialValues })).toEqual([problem]);
    expect(JSON.stringify(parseConfig(data({ credentialValues })))).not.toMatch(/hunter2|271828/);
  });

  it("are asked for under a name, and never to be stored in plain text", () => {
    const [problem] = parseConfig(data({ credentialValues: SECRET })).problems;
    expect(problem).toEqual({
      path: ["credentialValues"],
      found: "an encrypted value without a name",
      allowed: "a map of encrypted values",
      remedy:
        "Store each value under the name of its credential: pulumi config set --secret --path 'lockstep:credentialValues.<name>'",
    });
  });

  it("leave an empty map and null to the schema", () => {
    expect(problems({ credentialValues: {} })).toEqual([]);
    expect(problems({ credentialValues: null })).toEqual([["credentialValues", "null", "a map"]]);
  });
});

describe("looking along a path", () => {
  it("finds the schema of a leaf, and nothing off the path", () => {
    const fieldAt = (...path: (string | number)[]) => {
      const at = schemaAt(path);
      return at && fieldOf(at)?.relation;
    };
    expect(fieldAt("routes", "any-name", "targets", 3, "model")).toBe("mirrored");
    expect(fieldAt("limits", "teams", "any", "cluster", "pods")).toBe("stricter");
    expect(fieldAt("limits", "teams")).toBeUndefined();
    expect(schemaAt(["limits", "monthly"])).toBeUndefined();
    expect(schemaAt(["limits", "constructor"])).toBeUndefined();
    expect(schemaAt(["limits", "monthlyUsd", "more"])).toBeUndefined();
  });

  it("finds a value, and nothing that the data does not have itself", () => {
    expect(valueAt({ a: [{ b: 0 }] }, ["a", 0, "b"])).toBe(0);
    expect(valueAt({ a: [{ b: 0 }] }, [])).toEqual({ a: [{ b: 0 }] });
    expect(valueAt({ a: [] }, ["a", 0])).toBeUndefined();
    expect(valueAt({ a: null }, ["a", "b"])).toBeUndefined();
    expect(valueAt({}, ["constructor"])).toBeUndefined();
    expect(valueAt("text", [0])).toBeUndefined();
  });
});
