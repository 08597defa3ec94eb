import { expect, it } from "vitest";
import { coversAction, isEveryone, matches, statementsOf, texts } from "../../policies/iamPolicy";

it.each<[string, string, boolean]>([
  ["", "", true],
  ["", "a", false],
  ["a", "a", true],
  ["a", "b", false],
  ["a", "ab", false],
  ["ab", "a", false],
  ["*", "", true],
  ["*", "abc", true],
  ["a*", "a", true],
  ["a*", "abc", true],
  ["a*", "ba", false],
  ["*a", "ba", true],
  ["*a", "ab", false],
  ["*a", "", false],
  ["a*a", "a", false],
  ["a*a", "aa", true],
  ["a*b*c", "aXbYc", true],
  ["a*b*c", "abc", true],
  ["a*b*c", "acb", false],
  ["a*bc*c", "abc", false],
  ["a*b*b", "ab", false],
  ["*ab*", "xxaabxx", true],
  ["*ab*", "xxaxbxx", false],
  ["?", "a", true],
  ["?", "", false],
  ["a?c", "abc", true],
  ["a?c", "ac", false],
  ["*?b", "ab", true],
  ["*?b", "b", false],
  ["a*?", "a", false],
  ["**", "a", true],
  ["a.c", "abc", false],
])("the pattern %j and the text %j: %s", (pattern, text, result) => {
  expect(matches(pattern, text)).toBe(result);
});

it.each<[object, boolean]>([
  [{ Action: "s3:Get*" }, true],
  [{ Action: "S3:GETOBJECT" }, true],
  [{ Action: ["s3:Put*", "s3:GetObject"] }, true],
  [{ Action: ["s3:Put*", 1] }, false],
  [{}, false],
  [{ NotAction: "s3:Put*" }, true],
  [{ NotAction: ["s3:Put*", "s3:Get*"] }, false],
  [{ NotAction: "s3:Get*", Action: "s3:Get*" }, false],
])("%j covers the action s3:GetObject: %s", (statement, result) => {
  expect(coversAction(statement as Record<string, unknown>, "s3:GetObject")).toBe(result);
});

it.each<[unknown, boolean]>([
  ["*", true],
  [{ AWS: "*" }, true],
  [{ AWS: ["arn", "*"] }, true],
  [{ AWS: "arn" }, false],
  [{ Service: "*" }, false],
  ["arn", false],
  [["*"], false],
  [undefined, false],
])("the principal %j is everyone: %s", (principal, result) => {
  expect(isEveryone(principal)).toBe(result);
});

it.each<[string, unknown]>([
  ['{"Statement":[{"a":1},{}]}', [{ a: 1 }, {}]],
  ['{"Statement":{"a":1}}', [{ a: 1 }]],
  ['{"Statement":[]}', []],
  ['{"Statement":[1]}', undefined],
  ['{"Statement":[{},1]}', undefined],
  ["{}", undefined],
  ["[]", undefined],
  ['"x"', undefined],
  ["x", undefined],
])("the statements of %s", (json, statements) => {
  expect(statementsOf(json)).toEqual(statements);
});

it("one text or a list of them is a list", () => {
  expect(texts("a")).toEqual(["a"]);
  expect(texts(["a", "b"])).toEqual(["a", "b"]);
  expect(texts(undefined)).toEqual([]);
});
