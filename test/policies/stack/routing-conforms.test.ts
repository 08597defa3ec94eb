import { expect, it } from "vitest";
import { requiredFaults } from "../../../lifecycle/kinds/routing";
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
        "Mend the cause and measure again, or drop the release. Then: lockstep conform --release <id> (docs/conform.md).",
      at: { file: evidenceFile("routing"), line: 1, column: 1 },
    },
  ]);
  expect(told({ differences: [difference("429"), difference("500")] })).toEqual([
    [path("differences"), "2 differences", "none"],
  ]);
});

it("routing-conforms asks for the faults that retries, fallbacks, cool-down and breaker are for, also at once", () => {
  const all = [...requiredFaults].reverse();
  const allowed = "all 13 faults that lockstep conform injects";
  expect(told({ faults: [...all, "reset"], underConcurrency: all })).toEqual([]);
  const some = all.filter((fault) => fault !== "500" && fault !== "503");
  expect(told({ faults: some })).toEqual([[path("faults"), "no 500, no 503", allowed]]);
  expect(told({ underConcurrency: some })).toEqual([[path("underConcurrency"), "no 500, no 503", allowed]]);
});

it("routing-conforms asks for every route", () => {
  expect(told({ routes: ["economy-chat", "support-chat", "ticket-triage"] })).toEqual([]);
  expect(told({ routes: ["economy-chat"] })).toEqual([
    [path("routes"), "not support-chat, ticket-triage", "every route"],
  ]);
});
