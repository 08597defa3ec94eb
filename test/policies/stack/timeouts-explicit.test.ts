import { expect, it } from "vitest";
import { timeoutsExplicit } from "../../../policies/stack/timeouts-explicit";
import { type Edit, override, replace } from "../../shipped";
import { judged, place, production, project } from "./judged";

const violation = { rule: "timeouts-explicit", status: "violation" };

it("timeouts-explicit accepts the shipped time-outs", () => {
  expect(judged(timeoutsExplicit)).toEqual([]);
});

it("timeouts-explicit refuses a model without a time-out", () => {
  expect(judged(timeoutsExplicit, [replace(project, "        timeoutSeconds: 5\n", "")])).toEqual([
    {
      ...violation,
      object: "models.embed-documents.timeoutSeconds",
      path: "models.embed-documents.timeoutSeconds",
      found: "nothing",
      allowed: "the seconds after which one call is given up",
      remedy: "Add models.embed-documents.timeoutSeconds.",
      at: place(project, "lockstep:models:\n", "embed-documents:"),
    },
  ]);
});

it.each([
  ["streamTimeoutSeconds", 6, "the seconds after which a stream without a first part is given up"],
  ["deadlineSeconds", 60, "the seconds after which the whole request is given up"],
])("timeouts-explicit refuses a route without %s", (field, seconds, allowed) => {
  expect(judged(timeoutsExplicit, [replace(project, `        ${field}: ${seconds}\n`, "")])).toEqual([
    {
      ...violation,
      object: `routes.economy-chat.${field}`,
      path: `routes.economy-chat.${field}`,
      found: "nothing",
      allowed,
      remedy: `Add routes.economy-chat.${field}.`,
      at: place(project, "lockstep:routes:\n", "economy-chat:"),
    },
  ]);
});

it("timeouts-explicit refuses a route without a time-out for one attempt", () => {
  const edits = [
    replace(project, "timeoutSeconds: 15\n        streamTimeoutSeconds", "streamTimeoutSeconds"),
  ];
  expect(judged(timeoutsExplicit, edits)).toEqual([
    {
      ...violation,
      object: "routes.economy-chat.timeoutSeconds",
      path: "routes.economy-chat.timeoutSeconds",
      found: "nothing",
      allowed: "the seconds after which one attempt is given up",
      remedy: "Add routes.economy-chat.timeoutSeconds.",
      at: place(project, "lockstep:routes:\n", "economy-chat:"),
    },
  ]);
});

/** economy-chat's time-outs: one attempt, the first part, the whole. */
const economy = (attempt: number, stream: number, deadline: number): Edit =>
  replace(
    project,
    "timeoutSeconds: 15\n        streamTimeoutSeconds: 6\n        deadlineSeconds: 60\n",
    `timeoutSeconds: ${attempt}\n        streamTimeoutSeconds: ${stream}\n        deadlineSeconds: ${deadline}\n`,
  );
/** So that a longer economy-chat makes no route late that falls back to it. */
const patient: Edit[] = [
  replace(project, "deadlineSeconds: 180", "deadlineSeconds: 7200"),
  replace(project, "deadlineSeconds: 90", "deadlineSeconds: 7200"),
];

it("timeouts-explicit refuses an attempt longer than the deadline", () => {
  const edits = [...patient, economy(61, 6, 60)];
  expect(judged(timeoutsExplicit, edits)).toEqual([
    {
      ...violation,
      object: "routes.economy-chat.timeoutSeconds",
      path: "routes.economy-chat.timeoutSeconds",
      found: "61 seconds",
      allowed: "at most deadlineSeconds, 60 seconds",
      remedy: "Lower routes.economy-chat.timeoutSeconds, or raise the bound.",
      at: place(project, "economy-chat:\n", "timeoutSeconds", edits),
    },
  ]);
});

it("timeouts-explicit refuses to wait longer for the first part than for the whole attempt", () => {
  expect(judged(timeoutsExplicit, [economy(15, 15, 60)])).toEqual([]);
  expect(judged(timeoutsExplicit, [economy(15, 15.5, 60)])).toEqual([
    {
      ...violation,
      object: "routes.economy-chat.streamTimeoutSeconds",
      path: "routes.economy-chat.streamTimeoutSeconds",
      found: "15.5 seconds",
      allowed: "at most timeoutSeconds, 15 seconds",
      remedy: "Lower routes.economy-chat.streamTimeoutSeconds, or raise the bound.",
      at: place(project, "economy-chat:\n", "streamTimeoutSeconds"),
    },
  ]);
});

// support-chat: two orders of three attempts of 20 s with waits of 0.5, 0.75 and 1.25 s, then economy-chat's two
// attempts of 15 s with waits of 0.5 and 0.75 s: 62.5 + 62.5 + 31.25 = 156.25.
it("timeouts-explicit refuses a deadline that comes before the last fallback can have ended", () => {
  const deadline = (seconds: string) =>
    replace(project, "deadlineSeconds: 180", `deadlineSeconds: ${seconds}`);
  expect(judged(timeoutsExplicit, [deadline("156.3")])).toEqual([]);
  expect(judged(timeoutsExplicit, [deadline("156.2")])).toEqual([
    {
      ...violation,
      object: "routes.support-chat.deadlineSeconds",
      path: "routes.support-chat.deadlineSeconds",
      found: "156.2 seconds, though a request can take 156.3 with all its attempts, waits and fallbacks",
      allowed: "at least 156.3 seconds, or fewer or shorter attempts",
      remedy:
        "Lower the time-outs, retries or fallbacks of support-chat, or raise routes.support-chat.deadlineSeconds.",
      at: place(project, "support-chat:\n", "deadlineSeconds"),
    },
  ]);
});

it("timeouts-explicit names the environment whose own routes lack a time-out", () => {
  const edits = [override("production", "routes", "      deadlineSeconds: 60\n", "")];
  expect(judged(timeoutsExplicit, edits).map(({ object, at }) => [object, at])).toEqual([
    [
      "production's routes.economy-chat.deadlineSeconds",
      place(production, "lockstep:routes:\n", "economy-chat:", edits),
    ],
  ]);
});

it("timeouts-explicit accepts one attempt that takes the whole deadline, to the second", () => {
  const once: Edit[] = [
    ...patient,
    economy(60, 6, 60),
    replace(
      project,
      "          rateLimit: 1\n          timeout: 0\n          serverError: 1\n          serviceUnavailable: 1\n",
      "          rateLimit: 0\n          timeout: 0\n          serverError: 0\n          serviceUnavailable: 0\n",
    ),
  ];
  expect(judged(timeoutsExplicit, once)).toEqual([]);
});
