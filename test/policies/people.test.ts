import { describe, expect, it } from "vitest";
import { isPerson, samePerson } from "../../policies/people";

describe("two names", () => {
  it.each([
    ["Ada Example", "Ada Example"],
    ["Ada Example", "ada EXAMPLE"],
    ["Ada Example", "  Ada   Example\t"],
    ["Ada Example", "AdaExample"],
    ["Ada Example", "Ada\u00a0Example"],
    ["Ada Example", "\u200bAda\u200d Example\ufeff"],
    ["Ada Example", "\uff21\uff44\uff41 Example"],
    ["J\u00f6rg", "Jo\u0308rg"],
    ["Stra\u00dfe", "STRASSE"],
  ])("%j and %j are one person's", (one, other) => {
    expect(samePerson(one, other)).toBe(true);
    expect(samePerson(other, one)).toBe(true);
  });

  it.each([
    ["Ada Example", "Ada Examples"],
    ["J\u00f6rg", "Jorg"],
    ["Ada Example", "Ada-Example"],
    ["Ada Example", ""],
  ])("%j and %j are two people's", (one, other) => {
    expect(samePerson(one, other)).toBe(false);
  });
});

describe("a name", () => {
  it.each(["Ada", "A B C", "\u674e\u5c0f\u9f8d", "Li 4", "O'Neil", "\u{20000}\u{20001}\u{20002}"])(
    "can be %j",
    (name) => {
      expect(isPerson(name)).toBe(true);
    },
  );

  it.each(["Al", " A l ", "123", "---", "", "A\u200b\u200b", "\u{20000}\u{20001}", "\u200b\u200b\u200b"])(
    "cannot be %j",
    (name) => {
      expect(isPerson(name)).toBe(false);
    },
  );
});
