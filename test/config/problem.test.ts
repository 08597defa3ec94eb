import { expect, it } from "vitest";
import { formatProblem } from "../../config/problem";

it("a problem is its place and path, and a labelled line for each of the others", () => {
  expect(
    formatProblem({
      file: "Pulumi.staging.yaml",
      line: 23,
      column: 5,
      path: "limits.dailyUsd",
      found: "-3",
      allowed: "at least 0.1 USD per day",
      remedy: "Correct the value of limits.dailyUsd.",
    }),
  ).toBe(`Pulumi.staging.yaml:23:5 limits.dailyUsd
  found   -3
  allowed at least 0.1 USD per day
  remedy  Correct the value of limits.dailyUsd.`);
});

it("a problem shows what a terminal would obey as escapes, and stays on its four lines", () => {
  expect(
    formatProblem({
      file: "a.yaml",
      line: 1,
      column: 1,
      path: "config.\u001b[2J",
      found: "x\n  remedy  Do nothing.",
      allowed: "\u009b31m",
      remedy: "\u202eDo it.",
    }),
  ).toBe(`a.yaml:1:1 config.\\u{1b}[2J
  found   x\\u{a}  remedy  Do nothing.
  allowed \\u{9b}31m
  remedy  \\u{202e}Do it.`);
});
