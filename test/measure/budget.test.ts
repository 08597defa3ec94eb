import { expect, it } from "vitest";
import { Budget } from "../../measure/budget";

const most = { requests: 1_000, seconds: 1_000, usd: 1_000 };

it("lets as many requests through as it may, and says why no more", () => {
  const budget = new Budget({ ...most, requests: 2 }, () => 0);
  expect([budget.take(0), budget.take(0), budget.reached]).toEqual([true, true, undefined]);
  expect([budget.take(0), budget.reached]).toEqual([false, "It was stopped at its bound of 2 requests."]);
});

it("ends with its time, and an earlier part counts", () => {
  let now = 100;
  const budget = new Budget({ ...most, seconds: 60 }, () => now, { requests: 0, seconds: 20, usd: 0 });
  now = 139.9;
  expect(budget.take(0)).toBe(true);
  now = 140;
  expect([budget.take(0), budget.reached]).toEqual([false, "It was stopped at its bound of 60 seconds."]);
  now = 100;
  expect(budget.take(0)).toBe(false);
});

it("reserves what requests in flight may cost, and gives back what they did not", () => {
  const budget = new Budget({ ...most, usd: 0.3 }, () => 0);
  expect([budget.take(0.1), budget.take(0.1), budget.take(0.1)]).toEqual([true, true, true]);
  budget.settle(0.1, 0.05);
  budget.settle(0.1, undefined);
  expect(budget.used.usd).toBeCloseTo(0.15);
  expect([budget.take(0.05), budget.take(0.05), budget.reached]).toEqual([
    true,
    false,
    "It was stopped at its bound of 0.3 USD.",
  ]);
});

it("goes on from what an earlier part used", () => {
  const used = { requests: 9, seconds: 0, usd: 0.2 };
  const budget = new Budget({ ...most, requests: 10 }, () => 0, used);
  expect([budget.take(0), budget.take(0)]).toEqual([true, false]);
});
