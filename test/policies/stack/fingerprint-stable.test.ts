import { expect, it } from "vitest";
import { fingerprintStable } from "../../../policies/stack/fingerprint-stable";
import { asked, evidenceFile, results } from "./releases";

const told = (values: Record<string, unknown>) =>
  asked(fingerprintStable, results("fingerprint", values)).map(({ path, found, allowed }) => [
    path,
    found,
    allowed,
  ]);
const path = "releases.chat-upgrade.fingerprint";

it("fingerprint-stable refuses an alarm, with its p-value, and accepts none at any p-value", () => {
  expect(told({ "routes.0.pValue": 0.0001 })).toEqual([]);
  expect(
    asked(fingerprintStable, results("fingerprint", { "routes.0.alarm": true, "routes.0.pValue": 0.0004 })),
  ).toEqual([
    {
      rule: "fingerprint-stable",
      status: "violation",
      object: "the fingerprint evidence of release chat-upgrade, alarm",
      path: "releases.chat-upgrade.fingerprint.alarm.support-chat",
      found: "support-chat: an alarm (p = 0.0004)",
      allowed: "no alarm",
      remedy:
        "Mend the cause and measure again, or drop the release. Then: lockstep canary --release <id> (docs/canary.md).",
      at: { file: evidenceFile("fingerprint"), line: 1, column: 1 },
    },
  ]);
});

it("fingerprint-stable wants samples of every route", () => {
  expect(told({ "routes.1.route": "another" })).toEqual([
    [`${path}.routes.ticket-triage`, "ticket-triage: no sample", "samples of every route"],
  ]);
});

it("fingerprint-stable counts the samples of all routes together", () => {
  const samples = (...counts: number[]) =>
    Object.fromEntries(counts.map((count, index) => [`routes.${index}.samples`, count]));
  expect(told(samples(20, 20, 20))).toEqual([]);
  expect(told(samples(20, 20, 14))).toEqual([
    [`${path}.minSamples`, "54 samples, off by 10 %", "at least 60 samples"],
  ]);
});

it("fingerprint-stable wants a test that calls an unchanged model changed seldom enough", () => {
  expect(told({ falseAlarmRate: 0.01 })).toEqual([]);
  expect(told({ falseAlarmRate: 0.02 })).toEqual([
    [`${path}.maxFalseAlarmRate`, "0.02, off by 100 %", "at most 0.01"],
  ]);
});

it.each([
  ["gpt-5.4-2026-03-05", undefined],
  ["openai/gpt-5.4-2026-03-05", undefined],
  ["gpt-5.4-2026-03-06", "gpt-5.4-2026-03-06"],
  ["gpt-5.4", "gpt-5.4"],
  ["xgpt-5.4-2026-03-05", "xgpt-5.4-2026-03-05"],
])("fingerprint-stable judges %s, served for the pinned one", (served, other) => {
  expect(told({ "models.0.served": [served] })).toEqual(
    other === undefined
      ? []
      : [[`${path}.served.chat-large`, `chat-large: ${other}`, "the pinned gpt-5.4-2026-03-05"]],
  );
});

it("fingerprint-stable takes a Bedrock id without its profile's geography, and names each other one", () => {
  expect(told({ "models.3.served": ["anthropic.claude-haiku-4-5-20251001-v1:0"] })).toEqual([]);
  expect(told({ "models.0.served": ["one", "gpt-5.4-2026-03-05", "two"] })).toEqual([
    [`${path}.served.chat-large`, "chat-large: one, two", "the pinned gpt-5.4-2026-03-05"],
  ]);
});
