import fc from "fast-check";
import { expect, it } from "vitest";
import { Literals } from "../../config/literals";

it.each<[string[], string, boolean]>([
  [["abc"], "xxabcxx", true],
  [["abc"], "abxabd", false],
  [["abc"], "abc", true],
  [["abc"], "ab", false],
  [["abc", "de"], "xxxde", true],
  [["abc", "de"], "xxxd", false],
  [["abcd", "bc"], "xbc", true],
  [["a"], "xa", true],
  [["a"], "x", false],
  [[""], "", true],
  [[], "abc", false],
  [["é-ß"], "xé-ß", true],
  // The same lower seven bits: U+0161 and "a", U+0162 and "b".
  [["ab"], "š Ţ", false],
  [["šŢ"], "ab", false],
  [["ab"], "šŢab", true],
  [["x".repeat(300)], "y".repeat(299) + "x".repeat(300), true],
  [["x".repeat(300)], "y".repeat(300) + "x".repeat(299), false],
])("whether any of %j is in %j: %s", (literals, text, found) => {
  expect(new Literals(literals).in(text)).toBe(found);
});

it("finds what String.includes finds", () => {
  const word = (maxLength: number) =>
    fc.array(fc.constantFrom("a", "b", "-", "á"), { maxLength }).map((letters) => letters.join(""));
  fc.assert(
    fc.property(fc.array(word(5), { maxLength: 4 }), word(30), (literals, text) => {
      expect(new Literals(literals).in(text)).toBe(literals.some((one) => text.includes(one)));
    }),
    { numRuns: 5_000, seed: 20261122 },
  );
});
