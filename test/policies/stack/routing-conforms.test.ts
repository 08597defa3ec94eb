import { expect, it } from "vitest";
import { routingConforms } from "../../../policies/stack/routing-conforms";
import { asked, evidenceFile, results } from "./releases";

const told = (values: Record<string, unknown>) =>
  asked(routingConforms, results("routing", values)).map(({ path, found, allowed }) => [
    path,
    found,
    allowed,
  ]);
const path = (criterion: string) => `releases.chat-upgrade.routing.${criterion}`;
const difference = (fault: string) => ({
  fault,
  route: "support-chat",
  difference: "staging fell back, production did not",
});

it("routing-conforms refuses a difference between the two gateways, and counts them", () => {
  expect(asked(routingConforms, results("routing", { differences: [difference("429")] }))).toEqual([
    {
      rule: "routing-conforms",
      status: "violation",
      object: "the routing evidence of release chat-upgrade, differences",
      path: "releases.chat-upgrade.routing.differences",
      found: "1 difference",
      allowed: "none",
      remedy:
        'Mend the cause and measure again, or drop the release. Then add what was measured: lockstep evidence add (kind "routing").',
      at: { file: evidenceFile("routing"), line: 1, column: 1 },
    },
  ]);
  expect(told({ differences: [difference("429"), difference("500")] })).toEqual([
    [path("differences"), "2 differences", "none"],
  ]);
});

it("routing-conforms asks for the faults that retries and fallbacks are for", () => {
  expect(told({ faults: ["timeout", "503", "500", "429", "401"] })).toEqual([]);
  expect(told({ faults: ["429", "timeout", "401", "400"] })).toEqual([
    [path("faults"), "no 500, no 503", "at least 429, 500, 503, timeout"],
  ]);
});

it("routing-conforms asks for every route", () => {
  expect(told({ routes: ["economy-chat", "support-chat", "ticket-triage"] })).toEqual([]);
  expect(told({ routes: ["economy-chat"] })).toEqual([
    [path("routes"), "not support-chat, ticket-triage", "every route"],
  ]);
});
