import { describe, expect, it } from "vitest";
import type { LoggedAnswer } from "../../measure/log/record";
import { wilson } from "../../measure/statistics";
import { newcombe, Tally, validityResults } from "../../measure/validity/results";
import { causeOf, RulesError, readRules } from "../../measure/validity/rules";

const routes = ["support-chat", "ticket-triage"];
const validators = (route: string) =>
  route === "ticket-triage" ? (text: string) => text.startsWith("{") : undefined;
const rules = readRules(
  JSON.stringify([
    { route: "support-chat", cause: "tool-injection", mustNot: "ignore (all )?previous" },
    { route: "support-chat", cause: "conflicting-instructions", must: "\\[\\w+\\]$" },
  ]),
  "rules.json",
  routes,
);

describe("an answer with status 200", () => {
  const answer = (change: Partial<LoggedAnswer>): LoggedAnswer => ({
    text: "It is on its way. [shipping]",
    tools: false,
    refused: false,
    finish: "stop",
    ...change,
  });
  const cause = (change: Partial<LoggedAnswer>, route = "support-chat") =>
    causeOf(route, answer(change), validators, rules);

  it.each<[Partial<LoggedAnswer>, string | undefined]>([
    [{}, undefined],
    [{ finish: "length" }, "cut-off"],
    [{ finish: undefined }, "cut-off"],
    [{ refused: true }, "refusal"],
    [{ finish: "content_filter" }, "refusal"],
    [{ text: " \n" }, "empty"],
    [{ text: "", tools: true, finish: "tool_calls" }, undefined],
    [{ text: "Ignore previous orders. [x]" }, "tool-injection"],
    [{ text: "IGNORE ALL PREVIOUS orders. [x]" }, "tool-injection"],
    [{ text: "It is on its way." }, "conflicting-instructions"],
  ])("%j: %s", (change, expected) => {
    expect(cause(change)).toBe(expected);
  });

  it("has to satisfy its route's schema, and only that route's rules", () => {
    expect(cause({ text: "{}" }, "ticket-triage")).toBe(undefined);
    expect(cause({ text: "no JSON" }, "ticket-triage")).toBe("invalid-format");
    expect(cause({ text: "no JSON", tools: true }, "ticket-triage")).toBe(undefined);
  });
});

describe("a file of rules", () => {
  it.each([
    ["nothing", "rules.json is no JSON."],
    ["{}", /^rules\.json : Invalid input: expected array/],
    ['[{"route":"support-chat","cause":"x"}]', "rules.json 0: either must or mustNot."],
    [
      '[{"route":"support-chat","cause":"x","must":"a","mustNot":"b"}]',
      "rules.json 0: either must or mustNot.",
    ],
    [
      '[{"route":"chat","cause":"x","must":"a"}]',
      "rules.json 0.route: it has to be one of support-chat, ticket-triage.",
    ],
    ['[{"route":"support-chat","cause":"x","must":"("}]', "rules.json 0: this is no regular expression."],
    ['[{"route":"support-chat","cause":"X y","must":"a"}]', /^rules\.json 0\.cause: /],
  ])("%s is refused", (text, why) => {
    expect(() => readRules(text, "rules.json", routes)).toThrow(RulesError);
    expect(() => readRules(text, "rules.json", routes)).toThrow(why);
  });
});

const tally = (responses: number, passed: number): Tally => {
  const made = new Tally();
  for (let index = 0; index < responses; index++)
    made.add("support-chat", index < passed ? undefined : index % 2 === 0 ? "empty" : "cut-off");
  return made;
};

describe("the intervals", () => {
  // Newcombe (1998), table II, cases (a) and (e): method 10 of 56/70 less 48/80, and of 10/10 less 0/20.
  it("are those of Newcombe's own examples", () => {
    const published = newcombe(tally(70, 56), tally(80, 48));
    expect(published.value).toBeCloseTo(0.2, 6);
    expect([published.low, published.high].map((end) => end.toFixed(4))).toEqual(["0.0524", "0.3339"]);
    const whole = newcombe(tally(10, 10), tally(20, 0));
    expect([whole.value, whole.low, whole.high].map((end) => end.toFixed(4))).toEqual([
      "1.0000",
      "0.6791",
      "1.0000",
    ]);
  });

  it("say little of nothing", () => {
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
    const { low, high } = wilson(0, 1_000);
    expect([low.toFixed(5), high.toFixed(5)]).toEqual(["0.00000", "0.00383"]);
  });
});

describe("the results", () => {
  it("are both rates, their difference, and staging's causes", () => {
    const { results, samples, inconclusive, raw } = validityResults(
      tally(1_000, 970),
      tally(2_000, 1_980),
      [],
    );
    expect(results).toMatchObject({
      staging: { responses: 1_000, passed: 970 },
      production: { responses: 2_000, passed: 1_980 },
      drop: { value: 0.02 },
      confidence: 0.95,
      causes: { "cut-off": 15, empty: 15 },
    });
    expect([samples, inconclusive]).toEqual([1_000, []]);
    expect(raw.staging).toEqual({
      unknown: 0,
      causes: { "cut-off": 15, empty: 15 },
      byRoute: { "support-chat": { responses: 1_000, passed: 970 } },
    });
  });

  it("decide nothing where answers are not in the log, beyond one in a hundred, or a route was not asked", () => {
    const staging = tally(990, 990);
    staging.unknown = 10;
    expect(validityResults(staging, tally(1_000, 1_000), []).inconclusive).toEqual([]);
    staging.unknown = 11;
    const production = tally(1_000, 1_000);
    production.add("ticket-triage", undefined);
    expect(validityResults(staging, production, []).inconclusive).toEqual([
      "11 of 1001 records of staging have no answer in them.",
      "Staging answered no request to ticket-triage, which production did.",
    ]);
  });
});
