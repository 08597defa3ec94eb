import { describe, expect, it } from "vitest";
import type { Config } from "../../config/schema";
import { type Expectation, monthlyUsd } from "../../lifecycle/price";

type Price = { input: number; output: number; cachedInput: number };
type Target = { model: string; order: number; weight: number };

const config = (
  prices: Record<string, Price>,
  routes: Record<string, Target[]>,
  cacheHitRatio = 0.6,
): Config =>
  ({
    models: Object.fromEntries(
      Object.entries(prices).map(([name, usdPerMillionTokens]) => [name, { usdPerMillionTokens }]),
    ),
    routes: Object.fromEntries(Object.entries(routes).map(([name, targets]) => [name, { targets }])),
    objectives: { cacheHitRatio },
  }) as unknown as Config;

const large = { input: 2.5, output: 15, cachedInput: 0.25 };
const small = { input: 1, output: 4, cachedInput: 0.1 };
const one = (model: string): Target[] => [{ model, order: 1, weight: 1 }];
const expectation = (change: Partial<Expectation> = {}): Expectation => ({
  route: "chat",
  requestsPerMonth: 400_000,
  before: { input: 3_200, output: 350 },
  after: { input: 2_800, output: 300 },
  ...change,
});

describe("the change of a monthly bill", () => {
  it("is what fewer tokens save at the same price, warm and cold", () => {
    const shared = config({ large }, { chat: one("large") });
    // Cold: 400 × 2.5 + 50 × 15 = 1750 USD per million requests; warm: 400 × (0.4 × 2.5 + 0.6 × 0.25) + 750.
    expect(monthlyUsd(expectation(), shared, shared)).toEqual({ warm: -484, cold: -700 });
  });

  it("is what the same tokens cost more at another model", () => {
    const before = config({ small, large }, { chat: one("small") });
    const after = config({ small, large }, { chat: one("large") });
    const same = { before: { input: 1_000, output: 100 }, after: { input: 1_000, output: 100 } };
    expect(monthlyUsd(expectation({ ...same, requestsPerMonth: 1_000_000 }), before, after)).toEqual({
      warm: 1150 + 1500 - (460 + 400),
      cold: 2500 + 1500 - (1000 + 400),
    });
  });

  it("takes each side's own objective for the cache", () => {
    const [before, after] = [0, 1].map((ratio) => config({ large }, { chat: one("large") }, ratio));
    const same = { before: { input: 1_000, output: 0 }, after: { input: 1_000, output: 0 } };
    const row = expectation({ ...same, requestsPerMonth: 1_000_000 });
    expect(monthlyUsd(row, before as Config, after as Config)).toEqual({ warm: -2250, cold: 0 });
  });

  it("is that of the first targets in line, by their weights", () => {
    const targets = [
      { model: "large", order: 2, weight: 100 },
      { model: "small", order: 1, weight: 1 },
      { model: "large", order: 1, weight: 3 },
    ];
    const shared = config({ small, large }, { chat: targets });
    const row = expectation({
      requestsPerMonth: 1_000_000,
      before: { input: 0, output: 0 },
      after: { input: 0, output: 100 },
    });
    expect(monthlyUsd(row, shared, shared)).toEqual({ warm: 0.25 * 400 + 0.75 * 1500, cold: 1225 });
  });

  it("is the whole bill of a route that comes, and what one saves that goes", () => {
    const [without, having] = [config({ large }, {}), config({ large }, { chat: one("large") })];
    const row = expectation({
      before: { input: 1, output: 1 },
      after: { input: 100, output: 10 },
      requestsPerMonth: 1e6,
    });
    expect(monthlyUsd(row, without, having)).toEqual({ warm: 265, cold: 400 });
    expect(monthlyUsd(row, having, without)).toEqual({ warm: -16.15, cold: -17.5 });
  });

  it("is rounded to the cent, and never a negative zero", () => {
    const shared = config({ large }, { chat: one("large") });
    const row = (output: number) =>
      expectation({ requestsPerMonth: 1, before: { input: 0, output: 1_000 }, after: { input: 0, output } });
    expect(monthlyUsd(row(1_700), shared, shared)).toEqual({ warm: 0.01, cold: 0.01 });
    expect(monthlyUsd(row(1_100), shared, shared)).toEqual({ warm: 0, cold: 0 });
    expect(Object.is(monthlyUsd(row(999), shared, shared)?.cold, 0)).toBe(true);
  });

  it("is not known for a route that neither side has", () => {
    const empty = config({ large }, {});
    expect(monthlyUsd(expectation({ route: "toString" }), empty, empty)).toBeUndefined();
  });
});
