import { expect, it } from "vitest";
import { ZodError } from "zod";
import { breakerConfigured } from "../../../policies/stack/breaker-configured";
import { override, replace } from "../../shipped";
import { judged, place, project, staging } from "./judged";

const breaker = `        breaker:
          invalidResponses: 3
          windowSeconds: 60
          openSeconds: 60
          answer: This service cannot answer right now. Please try again in a few minutes.
`;
/** ticket-triage's breaker is the only one that stays open for 120 seconds. */
const patience = (count: number) =>
  replace(
    project,
    "invalidResponses: 3\n          windowSeconds: 60\n          openSeconds: 120",
    `invalidResponses: ${count}\n          windowSeconds: 60\n          openSeconds: 120`,
  );
const tooPatient = (found: string, allowed: string) => ({
  rule: "breaker-configured",
  status: "violation",
  object: "routes.ticket-triage.breaker.invalidResponses",
  path: "routes.ticket-triage.breaker.invalidResponses",
  found,
  allowed,
  remedy: "Lower routes.ticket-triage.breaker.invalidResponses.",
  at: place(project, "ticket-triage:\n", "invalidResponses"),
});

it("breaker-configured accepts the shipped breakers, and one that opens earlier", () => {
  expect(judged(breakerConfigured)).toEqual([]);
  expect(judged(breakerConfigured, [patience(1)])).toEqual([]);
});

it("breaker-configured refuses a route without a breaker", () => {
  expect(judged(breakerConfigured, [replace(project, breaker, "")])).toEqual([
    {
      rule: "breaker-configured",
      status: "violation",
      object: "routes.economy-chat.breaker",
      path: "routes.economy-chat.breaker",
      found: "nothing",
      allowed: "a breaker that opens after at most 3 invalid answers",
      remedy: "Add routes.economy-chat.breaker with invalidResponses, windowSeconds, openSeconds and answer.",
      at: place(project, "lockstep:routes:\n", "economy-chat:"),
    },
  ]);
});

it("breaker-configured refuses the fourth invalid answer", () => {
  expect(judged(breakerConfigured, [patience(4)])).toEqual([tooPatient("4 invalid answers", "at most 3")]);
});

it("breaker-configured takes the most invalid answers as a setting", () => {
  const settings = { maximumInvalidResponses: 5 };
  expect(judged(breakerConfigured, [patience(5)], { settings })).toEqual([]);
  expect(judged(breakerConfigured, [patience(6)], { settings })).toEqual([
    tooPatient("6 invalid answers", "at most 5"),
  ]);
  expect(
    judged(breakerConfigured, [patience(2)], { settings: { maximumInvalidResponses: 2 } }).map(
      ({ path }) => path,
    ),
  ).toEqual(["routes.support-chat.breaker.invalidResponses", "routes.economy-chat.breaker.invalidResponses"]);
});

it.each([{ maximumInvalidResponses: 0 }, { maximumInvalidResponses: 2.5 }, { maximum: 3 }])(
  "breaker-configured refuses the settings %j",
  (settings) => {
    expect(() => judged(breakerConfigured, [], { settings })).toThrow(ZodError);
  },
);

it("breaker-configured names the environment whose own routes lack a breaker", () => {
  const edits = [override("staging", "routes", breaker.replaceAll(/^ {2}/gm, ""), "")];
  expect(judged(breakerConfigured, edits).map(({ object, at }) => [object, at])).toEqual([
    ["staging's routes.economy-chat.breaker", place(staging, "lockstep:routes:\n", "economy-chat:", edits)],
  ]);
});
