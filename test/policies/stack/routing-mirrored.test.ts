import { expect, it } from "vitest";
import { isRouting, routingMirrored } from "../../../policies/stack/routing-mirrored";
import { fullFiles, override } from "../../shipped";
import { judged, place, production, project, staging } from "./judged";

const retries = (stack: string, rateLimit: number) =>
  override(
    stack,
    "routes",
    "rateLimit: 2\n        timeout: 1\n        serverError: 2",
    `rateLimit: ${rateLimit}\n        timeout: 1\n        serverError: 2`,
  );

it("routing-mirrored accepts the shipped pair, two full files, and an override that changes nothing", () => {
  expect(judged(routingMirrored)).toEqual([]);
  expect(judged(routingMirrored, [fullFiles()])).toEqual([]);
  expect(judged(routingMirrored, [retries("staging", 2)])).toEqual([]);
});

it.each([
  ["staging", staging, "staging 1, production 2"],
  ["production", production, "staging 2, production 1"],
])("routing-mirrored refuses another number of retries in %s, at the override", (stack, file, found) => {
  const edits = [retries(stack, 1)];
  expect(judged(routingMirrored, edits)).toEqual([
    {
      rule: "routing-mirrored",
      status: "violation",
      object: "routes.support-chat.retries.rateLimit",
      path: "routes.support-chat.retries.rateLimit",
      found,
      allowed: "the same value in both environments",
      remedy: `Remove the override from ${file}, so that both environments take routing from Pulumi.yaml.`,
      at: place(file, "support-chat:\n", "rateLimit", edits),
    },
  ]);
});

it("routing-mirrored refuses a fallback that one environment lacks, and another order of targets", () => {
  const edits = [
    override(
      "production",
      "routes",
      "{ model: chat-in-account, order: 2,",
      "{ model: chat-in-account, order: 1,",
    ),
  ];
  expect(judged(routingMirrored, edits)).toEqual([
    {
      rule: "routing-mirrored",
      status: "violation",
      object: "routes.support-chat.targets[1].order",
      path: "routes.support-chat.targets[1].order",
      found: "staging 2, production 1",
      allowed: "the same value in both environments",
      remedy: `Remove the override from ${production}, so that both environments take routing from Pulumi.yaml.`,
      at: place(production, "model: chat-in-account, ", "order", edits),
    },
  ]);
});

it("routing-mirrored reports a route that only one environment has once, not value by value", () => {
  const edits = [override("staging", "routes", "    ticket-triage:\n", "    ticket-sorting:\n")];
  expect(judged(routingMirrored, edits)).toEqual([
    {
      rule: "routing-mirrored",
      status: "violation",
      object: "routes.ticket-sorting",
      path: "routes.ticket-sorting",
      found: "only in staging",
      allowed: "the same in both environments",
      remedy: `Remove the override from ${staging}, so that both environments take routing from Pulumi.yaml.`,
      at: place(staging, "lockstep:routes:\n", "ticket-sorting", edits),
    },
    {
      rule: "routing-mirrored",
      status: "violation",
      object: "routes.ticket-triage",
      path: "routes.ticket-triage",
      found: "only in production",
      allowed: "the same in both environments",
      remedy: `Remove the override from ${project}, so that both environments take routing from Pulumi.yaml.`,
      at: place(project, "lockstep:routes:\n", "ticket-triage:", edits),
    },
  ]);
});

it("routing-mirrored judges the gateway's back-off, and leaves its image to behaviour-mirrored", () => {
  const backoff = [override("staging", "gateway", "initialSeconds: 0.25", "initialSeconds: 0.5")];
  expect(judged(routingMirrored, backoff).map(({ path, found }) => [path, found])).toEqual([
    ["gateway.backoff.initialSeconds", "staging 0.5, production 0.25"],
  ]);
  expect(judged(routingMirrored, [override("staging", "gateway", "v1.106.2@", "v1.106.1@")])).toEqual([]);
});

it("routing-mirrored judges whether cool-downs are shared through Redis, and no other part of the gateway", () => {
  expect(isRouting({ path: ["gateway", "redis"] })).toBe(true);
  expect(isRouting({ path: ["gateway", "backoff", "maxSeconds"] })).toBe(true);
  expect(isRouting({ path: ["routes", "chat", "fallbacks"] })).toBe(true);
  expect(isRouting({ path: ["gateway", "postgres"] })).toBe(false);
  expect(isRouting({ path: ["deployment", "redis"] })).toBe(false);
});
