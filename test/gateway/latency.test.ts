import { describe, expect, it } from "vitest";
import type { Config } from "../../config/schema";
import { walkSteps, worstCaseSeconds } from "../../gateway/latency";
import { sample } from "./sample";

const config = (change: (config: Config) => void = () => {}): Config => {
  const made = sample();
  change(made);
  return made;
};

describe("the worst case of a route", () => {
  it("is one attempt's time-out where nothing is retried and nothing follows", () => {
    expect(worstCaseSeconds(config(), "basic")).toBe(15);
  });

  it("adds every attempt, the waits before and after each retry, and all that follows", () => {
    // chat: 3 attempts of 20 s at each of two orders, and waits of 0.05, 0.1 and 0.2 s with 0.05 s of jitter.
    // long: the same with 30 s. basic: 15 s, once, though both fall back to it.
    const wait = 0.05 + 0.1 + 0.2 + 3 * 0.05;
    expect(walkSteps(config(), "chat").map(({ route, order, attempts }) => [route, order, attempts])).toEqual(
      [
        ["chat", 1, 3],
        ["chat", 2, 3],
        ["basic", 1, 1],
        ["long", 1, 3],
      ],
    );
    expect(worstCaseSeconds(config(), "chat")).toBeCloseTo(2 * (60 + wait) + (90 + wait) + 15, 9);
  });

  it("caps a wait at the longest", () => {
    const slow = config(({ gateway, routes }) => {
      gateway.backoff = { initialSeconds: 4, maxSeconds: 5, jitterSeconds: 0 };
      Object.assign(routes.basic?.retries ?? {}, { timeout: 2 });
    });
    expect(worstCaseSeconds(slow, "basic")).toBe(3 * 15 + 4 + 5 + 5);
  });

  it("reckons with a Retry-After where asked to, up to LiteLLM's 60 s", () => {
    const seconds = (retryAfterSeconds: number) =>
      worstCaseSeconds(
        config(({ routes }) => Object.assign(routes.basic?.retries ?? {}, { rateLimit: 1 })),
        "basic",
        { retryAfterSeconds },
      );
    expect(seconds(0)).toBeCloseTo(2 * 15 + 0.05 + 0.1 + 2 * 0.05, 9);
    expect(seconds(3)).toBeCloseTo(2 * 15 + 2 * 3.05, 9);
    expect(seconds(600)).toBeCloseTo(2 * 15 + 2 * 60.05, 9);
  });

  it("ends where fallbacks form a circle or lead nowhere", () => {
    const circle = config(({ routes }) => {
      routes.basic?.fallbacks.push("chat", "gone");
      Object.assign(routes.chat?.retries ?? {}, {
        rateLimit: 0,
        timeout: 0,
        serverError: 0,
        serviceUnavailable: 0,
      });
      Object.assign(routes.chat ?? {}, { contextWindowFallbacks: [] });
    });
    expect(worstCaseSeconds(circle, "chat")).toBe(20 + 20 + 15);
    expect(worstCaseSeconds(circle, "basic")).toBe(20 + 20 + 15);
    expect(worstCaseSeconds(circle, "gone")).toBe(0);
  });

  it("follows a chain of fallbacks as long as a file can hold", () => {
    const made = sample();
    const basic = made.routes.basic as Config["routes"][string];
    const name = (index: number) => `r${index}`;
    made.routes = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [name(index), { ...basic, fallbacks: [name(index + 1)] }]),
    );
    expect(walkSteps(made, "r0")).toHaveLength(20_000);
  });
});
