import { expect, it } from "vitest";
import { cacheHitRate } from "../../../policies/stack/cache-hit-rate";
import { asked, evidenceFile, results } from "./releases";

const told = (values: Record<string, unknown>) =>
  asked(cacheHitRate, results("cache", values)).map(({ path, found, allowed }) => [path, found, allowed]);
const path = "releases.chat-upgrade.cache";

it("cache-hit-rate refuses a route below its hit rate, and accepts one at it", () => {
  expect(told({ "patterns.0.hitRatio": 0.6 })).toEqual([]);
  expect(asked(cacheHitRate, results("cache", { "patterns.0.hitRatio": 0.45 }))).toEqual([
    {
      rule: "cache-hit-rate",
      status: "violation",
      object: "the cache evidence of release chat-upgrade, minHitRatio",
      path: "releases.chat-upgrade.cache.minHitRatio.support-chat",
      found: "support-chat: 0.45, off by 25 %",
      allowed: "at least 0.6",
      remedy:
        "Mend the cause and measure again, or drop the release. Then: lockstep evidence cache --release <id> (docs/cache.md).",
      at: { file: evidenceFile("cache"), line: 1, column: 1 },
    },
  ]);
});

it("cache-hit-rate asks for enough requests of each route", () => {
  expect(told({ "patterns.1.requests": 500 })).toEqual([]);
  expect(told({ "patterns.1.requests": 495 })).toEqual([
    [`${path}.minRequests.ticket-triage`, "ticket-triage: 495 requests, off by 1 %", "at least 500 requests"],
  ]);
});

it("cache-hit-rate asks for every route with a prompt, and for no other", () => {
  expect(
    told({ "patterns.2": { route: "another", requests: 0, hitRatio: 0, firstTokenP95Seconds: {} } }),
  ).toEqual([]);
  expect(told({ patterns: [] })).toEqual(
    ["support-chat", "ticket-triage"].map((route) => [
      `${path}.patterns.${route}`,
      `${route}: no request`,
      "requests of every route with a prompt",
    ]),
  );
});
