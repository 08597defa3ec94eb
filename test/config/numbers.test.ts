import { describe, expect, it } from "vitest";
import { counted, percent, readable } from "../../config/numbers";

it.each([
  [0, "0"],
  [999, "999"],
  [1_000, "1,000"],
  [2_000_000, "2,000,000"],
  [0.05, "0.05"],
  [0.000001, "0.000001"],
  [-1_500.5, "-1,500.5"],
])("%d reads %s", (value, text) => {
  expect(readable(value)).toBe(text);
});

describe("a share", () => {
  it.each([
    [100, 1_000, "10 %"],
    [99, 1_000, "9.9 %"],
    [1, 3, "33 %"],
    [1, 30, "3.3 %"],
    [1, 1_000, "0.10 %"],
    [1, 100_000, "0.0010 %"],
    [0, 5, "0 %"],
    [20, 10, "200 %"],
    [5, 0, "–"],
  ])("of %d in %d is %s: never 0 %% for what is not nothing", (part, whole, text) => {
    expect(percent(part, whole)).toBe(text);
  });
});

it.each([
  [0, "0 findings"],
  [1, "1 finding"],
  [2, "2 findings"],
  [1_000, "1,000 findings"],
])("%d as counted findings", (count, text) => {
  expect(counted(count, "finding")).toBe(text);
});

it("takes another plural", () => {
  expect([counted(1, "policy", "policies"), counted(2, "policy", "policies")]).toEqual([
    "1 policy",
    "2 policies",
  ]);
});
