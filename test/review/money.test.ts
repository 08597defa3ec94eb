import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { type ColdStart, coldStarts, shortestCached } from "../../review/money";
import { coldStartText, deltaTexts } from "../../review/moneyText";
import { type Edit, edited } from "../shipped";

const prompt = "prompts/support-answer.md";
const production = (...edits: Edit[]) => {
  const { pair } = loadPair(memoryFiles(edited(...edits)), "production");
  if (pair === undefined) throw new Error("the pair cannot be read");
  return pair.production;
};
const write =
  (text: string): Edit =>
  (entries) => ({ ...entries, [prompt]: text });
const long = "You answer customers of Example Shop. ".repeat(200);

describe("the cold start after an edit of a prompt", () => {
  it("is what every request of the time to a first token costs more, at production's limit", () => {
    const [cold] = coldStarts(production(write(long)), production(write(`Today. ${long}`)));
    // 1,200 requests a minute for 2.5 s; input costs 2.5 USD a million tokens, and 0.25 from the cache.
    const tokens = Math.ceil((long.length + 7) / 4);
    expect(cold).toEqual({
      route: "support-chat",
      prompt: "support-answer",
      tokens,
      kept: 0,
      isCached: true,
      usdPerRequest: (tokens * 2.25) / 1_000_000,
      seconds: 2.5,
      requests: 50,
      usd: expect.closeTo((50 * (tokens * 2.25)) / 1_000_000, 9),
    });
    expect(coldStartText(cold as ColdStart, (name) => `<${name}>`)).toBe(
      "<support-chat>: of the prompt <support-answer> the first 0 of about 1,902 tokens stay as they were; for about 2.5 s every request misses the cache, at most 50 of them in production, which costs 0.21 USD more",
    );
  });

  it("is small where the edit stands at the end", () => {
    const [cold] = coldStarts(production(write(long)), production(write(`${long}Be brief.`)));
    expect(cold).toMatchObject({ tokens: 1_903, kept: 1_900 });
    expect(cold?.usd).toBeCloseTo((50 * 3 * 2.25) / 1_000_000, 10);
  });

  it("is none where a prompt is too short for a provider to keep", () => {
    const short = "x".repeat(4 * shortestCached - 4);
    const [cold] = coldStarts(production(write("y")), production(write(short)));
    expect(cold).toMatchObject({ tokens: 1_023, isCached: false, usd: 0 });
    expect(coldStartText(cold as ColdStart, String)).toBe(
      "support-chat: of the prompt support-answer the first 0 of about 1,023 tokens stay as they were; it is too short for a provider to cache by itself",
    );
    expect(coldStarts(production(write("y")), production(write(`${short}xxxx`)))[0]?.isCached).toBe(true);
  });

  it("is none where the new prompt is the beginning of the old one", () => {
    const [cold] = coldStarts(production(write(`${long}More.`)), production(write(long)));
    expect(coldStartText(cold as ColdStart, String)).toMatch(
      / tokens stay as they were, so the cache stays warm$/,
    );
  });

  it("is not told where nothing changes, or nothing was there before", () => {
    expect(coldStarts(production(), production())).toEqual([]);
    expect(coldStarts(undefined, production())).toEqual([]);
  });
});

it("a release's money is told warm and cold, with its sign", () => {
  const tokenDelta = [
    {
      route: "chat",
      requestsPerMonth: 400_000,
      before: { input: 1, output: 1 },
      after: { input: 2, output: 1 },
      monthlyUsd: { warm: -1234.5, cold: 0.4 },
    },
  ];
  const release = { id: "up", tokenDelta } as Parameters<typeof deltaTexts>[0][number];
  expect(deltaTexts([release], String)).toEqual([
    "release up, chat: -1,234.50 USD a month with a warm prompt cache, +0.40 USD a month with a cold one, at 400,000 requests a month",
  ]);
});
