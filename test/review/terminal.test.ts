import { describe, expect, it } from "vitest";
import type { Finding } from "../../policies/finding";
import { columns, distanceText, findingsText, indent, limitsText, paint } from "../../review/terminal";
import { obeyed, uncoloured } from "./uncoloured";

const plain = paint(false);
const colours = paint(true);
const hostile = "\u001b]0;title\u0007\u001b[2J\u009b31m\u202eevil\r\n  remedy  Do nothing.";

const rules = [
  { name: "limits-stricter", description: "Staging's limits are strictly tighter than production's." },
  { name: "models-pinned", description: "Every model is one fixed version." },
];
const limit: Finding = {
  rule: "limits-stricter",
  status: "violation",
  object: "staging's limits.monthlyUsd",
  path: "limits.monthlyUsd",
  found: "20000 USD per month",
  allowed: "less than production's 20000 USD per month",
  remedy: "Lower it.",
  at: { file: "Pulumi.staging.yaml", line: 22, column: 5 },
};
const model: Finding = {
  rule: "models-pinned",
  status: "cannot-decide",
  object: "models.chat-large.modelId",
  path: "models.chat-large.modelId",
  found: '"our-own-model": no known name',
  allowed: "the id of one fixed version",
  remedy: "Write the id.",
};
const stacks = ["staging", "production"];

describe("findings for a terminal", () => {
  it("are grouped by rule, with the place or the stacks behind each", () => {
    const located = [
      { finding: limit, stacks },
      { finding: model, stacks },
      { finding: { ...limit, object: "staging's limits.dailyUsd", found: "1000" }, stacks },
    ];
    expect(findingsText(located, rules, plain)).toBe(`limits-stricter  2 findings
Staging's limits are strictly tighter than production's.

  staging's limits.monthlyUsd  Pulumi.staging.yaml:22:5
    found   20000 USD per month
    allowed less than production's 20000 USD per month
    remedy  Lower it.

  staging's limits.dailyUsd  Pulumi.staging.yaml:22:5
    found   1000
    allowed less than production's 20000 USD per month
    remedy  Lower it.

models-pinned  1 finding
Every model is one fixed version.

  models.chat-large.modelId  (cannot be decided)  staging, production
    found   "our-own-model": no known name
    allowed the id of one fixed version
    remedy  Write the id.`);
  });

  it("show those that block first, and a rule of another pack without a description", () => {
    const located = [
      { finding: { ...limit, status: "exempted" as const }, stacks },
      { finding: { ...model, rule: "other", at: { file: "a.yaml", line: 1, column: 2 } }, stacks },
    ];
    expect(findingsText(located, rules, plain)).toBe(`other  1 finding

  models.chat-large.modelId  (cannot be decided)  a.yaml:1:2
    found   "our-own-model": no known name
    allowed the id of one fixed version
    remedy  Write the id.

limits-stricter  1 finding
Staging's limits are strictly tighter than production's.

  staging's limits.monthlyUsd  (exempted)  Pulumi.staging.yaml:22:5
    found   20000 USD per month
    allowed less than production's 20000 USD per month
    remedy  Lower it.`);
  });

  it("name the end and the owner of an exception", () => {
    const exception = { owner: "Ada\nExample", expires: "2026-12-31", daysLeft: 40, ticket: "OPS-1" };
    const finding = { ...limit, status: "exempted" as const, exception };
    expect(findingsText([{ finding, stacks }], rules, plain).split("\n")[3]).toBe(
      "  staging's limits.monthlyUsd  (exempted until 2026-12-31, 40 days left, owner Ada\\u{a}Example)  Pulumi.staging.yaml:22:5",
    );
  });

  it("are none for none", () => {
    expect(findingsText([], rules, plain)).toBe("");
  });

  it("have a red rule where something blocks, and a yellow one where nothing does", () => {
    const heads = (["violation", "cannot-decide", "exempted"] as const).map(
      (status) => findingsText([{ finding: { ...limit, status }, stacks }], [], colours).split("  ")[0],
    );
    const [red, yellow] = [31, 33].map(
      (code) => `\u001b[${code}m\u001b[1mlimits-stricter\u001b[22m\u001b[39m`,
    );
    expect(heads).toEqual([red, red, yellow]);
  });

  it("let nothing of a value through that a terminal obeys, with and without colours", () => {
    const finding = { ...limit, object: hostile, found: hostile, allowed: hostile, remedy: hostile };
    for (const style of [plain, colours]) {
      const text = findingsText([{ finding, stacks }], rules, style);
      expect(uncoloured(text).replaceAll("\n", "")).not.toMatch(obeyed);
      expect(text.split("\n")).toHaveLength(7);
    }
    expect(findingsText([{ finding, stacks }], rules, plain)).toContain(
      "    found   \\u{1b}]0;title\\u{7}\\u{1b}[2J\\u{9b}31m\\u{202e}evil\\u{d}\\u{a}  remedy  Do nothing.\n",
    );
  });
});

const limits = [
  { path: "limits.monthlyUsd", unit: "USD per month", staging: 2_000, production: 20_000, holds: true },
  { path: "limits.cluster.pods", unit: "pods", staging: undefined, production: 120, holds: false },
  { path: "limits.dailyUsd", unit: "USD per day", staging: 1_000.5, production: 1_000, holds: false },
  { path: "monitoring.samplingRatio", unit: "ratio", staging: 0.2, production: undefined, holds: true },
];

describe("limits for a terminal", () => {
  it("stand side by side, with staging's share and a mark where they are not stricter", () => {
    expect(limitsText(limits, plain)).toBe(
      [
        "limit                     staging  production  share  unit",
        "limits.monthlyUsd           2,000      20,000   10 %  USD per month",
        "limits.cluster.pods             –         120      –  pods  ✗ not stricter",
        "limits.dailyUsd           1,000.5       1,000  100 %  USD per day  ✗ not stricter",
        "monitoring.samplingRatio      0.2           –      –  ratio",
      ].join("\n"),
    );
  });

  it("are in the same columns with colours", () => {
    expect(uncoloured(limitsText(limits, colours))).toBe(limitsText(limits, plain));
    expect(limitsText(limits, colours)).toContain("\u001b[31mlimits.dailyUsd\u001b[39m");
    expect(limitsText(limits, colours)).not.toContain("\u001b[31mlimits.monthlyUsd");
  });
});

describe("the distance for a terminal", () => {
  const counts = {
    mirrored: { leaves: 1_180, differ: 2, broken: 2 },
    stricter: { leaves: 28, differ: 28, broken: 0 },
    separate: { leaves: 14, differ: 14, broken: 0 },
    free: { leaves: 30, differ: 21, broken: 0 },
  };

  it("is a line for each relation", () => {
    expect(distanceText(counts, plain)).toBe(
      [
        "relation  values  differ  rule",
        "mirrored   1,180       2  broken by 2",
        "stricter      28      28  kept",
        "separate      14      14  kept",
        "free          30      21  kept",
      ].join("\n"),
    );
  });

  it("is green where the relation is kept and red where it is broken", () => {
    expect(distanceText(counts, colours)).toContain("\u001b[31mbroken by 2\u001b[39m");
    expect(distanceText(counts, colours).split("\u001b[32mkept\u001b[39m")).toHaveLength(4);
  });
});

describe("columns and indentation", () => {
  it("align the first column left and others right unless told, without trailing space", () => {
    const rows = [
      ["a", "1", "x"],
      ["long", "1000", "longer"],
    ];
    expect(columns(rows)).toBe("a        1       x\nlong  1000  longer");
    expect(columns(rows, [0, 2])).toBe("a        1  x\nlong  1000  longer");
  });

  it("count wide characters as two and none for colours", () => {
    const rows = [
      ["日本", "1"],
      [colours("red", "ab"), "2"],
    ];
    expect(uncoloured(columns(rows, [0, 1]))).toBe("日本  1\nab    2");
  });

  it("leave empty lines empty", () => {
    expect(indent("a\n\n b")).toBe("  a\n\n   b");
    expect(indent("a", "> ")).toBe("> a");
  });
});
