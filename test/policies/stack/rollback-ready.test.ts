import { expect, it } from "vitest";
import { rollbackReady } from "../../../policies/stack/rollback-ready";
import { closedRelease } from "../../evidence";
import { append, type Edit, replace } from "../../shipped";
import { judged, place, project } from "./judged";
import { except, first, firstHash, promotion, steady, upgradeFile, upgradeHash } from "./releases";

const rehearsed = (to: string) => replace(upgradeFile, '  rehearsed: "2026-11-18"\n', to);
const back = (to: string) => replace(upgradeFile, `to: ${firstHash}`, `to: ${to}`);
const other = "b".repeat(64);
const told = (edits: readonly Edit[], settings = {}) =>
  judged(rollbackReady, [...promotion.edits, ...edits], { settings }).map(({ path, found, allowed }) => [
    path,
    found,
    allowed,
  ]);
const to = "releases.chat-upgrade.rollback.to";
const day = "releases.chat-upgrade.rollback.rehearsed";

it("rollback-ready accepts a way to a proven hash that was rehearsed", () => {
  expect(told([])).toEqual([]);
});

it("rollback-ready refuses a way to a hash that no closed release has", () => {
  const edits = [...promotion.edits, back(other)];
  expect(judged(rollbackReady, edits)).toEqual([
    {
      rule: "rollback-ready",
      status: "violation",
      object: "release chat-upgrade's rollback.to",
      path: "releases.chat-upgrade.rollback.to",
      found: "bbbbbbbbbbbb…, which no closed release has",
      allowed: `a hash that a closed release proved, such as ${firstHash} of initial`,
      remedy: "Write the hash that production goes back to.",
      at: place(upgradeFile, "rollback:\n", "to:", edits),
    },
  ]);
});

it("rollback-ready accepts the hash of any closed release, and names the last one", () => {
  const older = append(
    "releases/older/release.yaml",
    closedRelease("older", "2026-11-01T12:00:00Z", "c".repeat(64)),
  );
  expect(told([older, back("c".repeat(64))])).toEqual([]);
  expect(told([older, back(other)])[0]?.[2]).toBe(
    `a hash that a closed release proved, such as ${firstHash} of initial`,
  );
  expect(told([back(upgradeHash)]).map(([path]) => path)).toEqual([to]);
});

it("rollback-ready asks for the day of the rehearsal", () => {
  const edits = [...promotion.edits, rehearsed("")];
  expect(judged(rollbackReady, edits)).toEqual([
    {
      rule: "rollback-ready",
      status: "violation",
      object: "release chat-upgrade's rollback.rehearsed",
      path: "releases.chat-upgrade.rollback.rehearsed",
      found: "nothing",
      allowed: "a day at most 90 days ago",
      remedy: "Rehearse the steps in staging: let it drop the release, look at its hash, and carry it again.",
      at: place(upgradeFile, "monthlyUsd: {", "rollback", edits),
    },
  ]);
});

it.each([
  ["2026-11-21", undefined],
  ["2026-11-22", "2026-11-22, which is in the future"],
  ["2026-08-23", undefined],
  ["2026-08-22", "2026-08-22, 91 days ago"],
])("rollback-ready reads a rehearsal of %s on 21 November", (date, found) => {
  const allowed = "a day at most 90 days ago";
  expect(told([rehearsed(`  rehearsed: "${date}"\n`)])).toEqual(
    found === undefined ? [] : [[day, found, allowed]],
  );
});

it("rollback-ready takes the age of the rehearsal as a setting", () => {
  expect(told([], { maximumRehearsalAgeDays: 3 })).toEqual([]);
  expect(told([], { maximumRehearsalAgeDays: 2 })).toEqual([
    [day, "2026-11-18, 3 days ago", "a day at most 2 days ago"],
  ]);
  expect(told([rehearsed('  rehearsed: "2026-11-20"\n')], { maximumRehearsalAgeDays: 1 })).toEqual([]);
  expect(told([rehearsed("")], { maximumRehearsalAgeDays: 1 })[0]?.[2]).toBe("a day at most 1 day ago");
});

it.each([
  [1, true],
  [365, true],
  [0, false],
  [366, false],
  [1.5, false],
])("rollback-ready knows whether the age can be %d", (maximumRehearsalAgeDays, can) => {
  expect(rollbackReady.settings?.safeParse({ maximumRehearsalAgeDays }).success).toBe(can);
});

it("rollback-ready asks nothing of staging, of a first release, or in steady state", () => {
  const edits = [...promotion.edits, back(other)];
  expect(judged(rollbackReady, edits, { tier: "staging" })).toEqual([]);
  expect(judged(rollbackReady, steady.edits)).toEqual([]);
  // A hash of no release is for production-proven.
  expect(judged(rollbackReady, [...steady.edits, replace(project, "topK: 8", "topK: 10")])).toEqual([]);
  const rollback = `rollback:\n  to: ${other}\n  steps: [Take it out of the list.]\n`;
  const withRollback = append("releases/initial/release.yaml", rollback);
  expect(judged(rollbackReady, [...first.edits, withRollback])).toEqual([]);
  expect(judged(rollbackReady, [...steady.edits, withRollback])).toEqual([]);
});

it("rollback-ready leaves a missing way back to release-complete", () => {
  const none = replace(
    upgradeFile,
    `rollback:
  to: ${firstHash}
  steps:
    - Take chat-upgrade out of production's list, and run pulumi up.
  rehearsed: "2026-11-18"
`,
    "",
  );
  expect(told([none])).toEqual([]);
});

it("rollback-ready asks nothing of an inverse", () => {
  const inverse = replace(upgradeFile, "state: open\n", "state: open\nreverts: initial\n");
  expect(told([back(other), inverse])).toEqual([]);
});

it("rollback-ready reports both faults, and lets an exception cover one", () => {
  const edits = [back(other), rehearsed("")];
  expect(told(edits).map(([path]) => path)).toEqual([to, day]);
  const statuses = judged(rollbackReady, [...promotion.edits, ...edits, except("rollback-ready", to)]);
  expect(statuses.map((one) => [one.path, one.status])).toEqual([
    [to, "exempted"],
    [day, "violation"],
  ]);
});
