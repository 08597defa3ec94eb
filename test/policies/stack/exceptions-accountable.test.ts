import { describe, expect, it } from "vitest";
import { loadPair } from "../../../config/pair";
import { noEvidence } from "../../../lifecycle/evidence";
import { judge } from "../../../policies/judge";
import { rules } from "../../../policies/registry";
import { exceptionsAccountable } from "../../../policies/stack/exceptions-accountable";
import { limitsStricter } from "../../../policies/stack/limits-stricter";
import { append, type Edit, replace, shipped } from "../../shipped";
import { judged, place, production, project, staging } from "./judged";

const fields = {
  rule: "limits-stricter",
  path: "limits.monthlyUsd",
  reason: "The load test of the autumn needs the larger budget.",
  owner: "Ada Example",
  approver: "Grace Example",
  ticket: "OPS-1",
  created: "2026-11-01",
  expires: "2026-11-30",
  compensatingControl: "The spend is looked at every morning.",
};
const item = (changed: Partial<typeof fields>) => {
  const lines = Object.entries({ ...fields, ...changed }).map(
    ([key, value]) => `${key}: ${JSON.stringify(value)}`,
  );
  return `    - ${lines.join("\n      ")}\n`;
};
const exception = (changed: Partial<typeof fields> = {}, file = staging) =>
  append(file, `\n  lockstep:exceptions:\n${item(changed)}`);
const broken = replace(staging, "monthlyUsd: 2000\n", "monthlyUsd: 20000\n");
const told = (changed: Partial<typeof fields>, now = "2026-11-21T12:00:00Z") =>
  judged(exceptionsAccountable, [broken, exception(changed)], { now }).map(({ path, found }) => [
    path,
    found,
  ]);
const status = (changed: Partial<typeof fields>, now = "2026-11-21T12:00:00Z") =>
  judged(limitsStricter, [broken, exception(changed)], { now })[0]?.status;

describe("exceptions-accountable", () => {
  it("passes the shipped pair, which has none, and an exception that is used", () => {
    expect(judged(exceptionsAccountable)).toEqual([]);
    expect(told({})).toEqual([]);
    expect(judged(exceptionsAccountable, [broken, exception({}, production)])).toEqual([]);
  });

  it("refuses one that its owner approved, at the field", () => {
    const edits = [broken, exception({ approver: "Ada Example" })];
    expect(judged(exceptionsAccountable, edits)).toEqual([
      {
        rule: "exceptions-accountable",
        status: "violation",
        object: "staging's exceptions[0].approver",
        path: "exceptions[0].approver",
        found: '"Ada Example", the owner',
        allowed: "somebody else than the owner",
        remedy: "Let somebody else approve it, and name them.",
        at: place(staging, "  lockstep:exceptions:\n", "approver:", edits),
      },
    ]);
  });

  it.each([
    "ada example",
    " Ada  Example ",
    "AdaExample",
    "\u200bAda\u00a0Example",
    "\uff21\uff44\uff41 Example",
    "ADA EXAMPLE",
  ])("takes %j for the owner, and lets it exempt nothing", (approver) => {
    expect(told({ approver }).map(([path]) => path)).toEqual(["exceptions[0].approver"]);
    expect(status({ approver })).toBe("violation");
  });

  it.each([
    ["J\u00f6rg", "Jo\u0308rg"],
    ["Stra\u00dfe", "STRASSE"],
  ])("takes %s and %s for one person", (owner, approver) => {
    expect(told({ owner, approver }).map(([path]) => path)).toEqual(["exceptions[0].approver"]);
  });

  it.each(["Ada Examples", "Jorg"])("takes %s for somebody else", (approver) => {
    expect(told({ owner: "J\u00f6rg", approver })).toEqual([]);
    expect(status({ owner: "J\u00f6rg", approver })).toBe("exempted");
  });

  it.each([
    ["2026-11-21", "2026-11-21T00:00:00Z", []],
    ["2026-11-22", "2026-11-21T23:55:00Z", []],
    ["2026-11-22", "2026-11-21T23:54:59Z", [["exceptions[0].created", "2026-11-22, which is in the future"]]],
  ])("created %s, read at %s", (created, now, findings) => {
    expect(told({ created }, now)).toEqual(findings);
  });

  it.each([
    ["2027-01-30", []],
    ["2027-01-31", [["exceptions[0].expires", "2027-01-31, 91 days after it was created"]]],
    ["2026-10-31", [["exceptions[0].expires", "2026-10-31, 1 day before it was created"]]],
  ])("created 2026-11-01, expires %s", (expires, findings) => {
    expect(told({ expires })).toEqual(findings);
    expect(status({ expires })).toBe(findings.length === 0 ? "exempted" : "violation");
  });

  it.each([
    ["2026-11-30T23:59:59.999Z", []],
    ["2026-12-01T00:00:00Z", [["exceptions[0].expires", "2026-11-30, which was 1 day ago"]]],
    ["2026-12-03T09:00:00Z", [["exceptions[0].expires", "2026-11-30, which was 3 days ago"]]],
  ])("expires 2026-11-30, read at %s", (now, findings) => {
    expect(told({}, now)).toEqual(findings);
  });

  it("says what to do about an exception that has expired", () => {
    const edits = [broken, exception()];
    expect(judged(exceptionsAccountable, edits, { now: "2026-12-03T09:00:00Z" })).toEqual([
      {
        rule: "exceptions-accountable",
        status: "violation",
        object: "staging's exceptions[0].expires",
        path: "exceptions[0].expires",
        found: "2026-11-30, which was 3 days ago",
        allowed: "2026-12-03, today (UTC), or later",
        remedy: "End what it excuses and remove it, or have it approved anew with new dates.",
        at: place(staging, "  lockstep:exceptions:\n", "expires:", edits),
      },
    ]);
  });

  it.each([
    [{ path: "limits.*" }, "path", '"limits.*", which has a wildcard'],
    [{ path: "limits.monthlyUs?" }, "path", '"limits.monthlyUs?", which has a wildcard'],
    [{ reason: `short${" ".repeat(20)}` }, "reason", "5 characters besides spaces around them"],
    [{ owner: "   " }, "owner", "0 characters besides spaces around them"],
    [{ ticket: " 1" }, "ticket", "1 character besides spaces around them"],
  ])("refuses %j, and lets it exempt nothing", (changed, field, found) => {
    expect(told(changed)).toEqual([[`exceptions[0].${field}`, found]]);
    expect(status(changed)).toBe("violation");
  });

  it("refuses the name of no rule, and suggests the nearest that takes exceptions", () => {
    const edits = [broken, exception({ rule: "limit-stricter" })];
    expect(judged(exceptionsAccountable, edits)).toEqual([
      {
        rule: "exceptions-accountable",
        status: "violation",
        object: "staging's exceptions[0].rule",
        path: "exceptions[0].rule",
        found: '"limit-stricter", which is no rule',
        allowed: 'the name of a rule; the nearest is "limits-stricter"',
        remedy: "Write the rule's name as the finding has it.",
        at: place(staging, "  lockstep:exceptions:\n", "rule:", edits),
      },
    ]);
  });

  it.each(["credentials-separate", "config-valid", "exceptions-accountable", "no-inline-credentials"])(
    "refuses an exception for %s, which takes none",
    (rule) => {
      expect(told({ rule })).toEqual([["exceptions[0].rule", `"${rule}", which takes no exceptions`]]);
    },
  );

  it("says what to do about a rule that takes none, and never suggests one", () => {
    const [taken] = judged(exceptionsAccountable, [broken, exception({ rule: "credentials-separate" })]);
    expect([taken?.allowed, taken?.remedy]).toEqual([
      "a rule that takes exceptions",
      "Remove the exception and meet the rule.",
    ]);
    const [misspelt] = judged(exceptionsAccountable, [broken, exception({ rule: "credential-separate" })]);
    expect(misspelt?.allowed).toBe('the name of a rule; the nearest is "environments-separate"');
  });

  it("refuses one that covers nothing, and only that one", () => {
    const edits = [
      broken,
      append(staging, `\n  lockstep:exceptions:\n${item({})}${item({ path: "limits.dailyUsd" })}`),
    ];
    expect(judged(exceptionsAccountable, edits)).toEqual([
      {
        rule: "exceptions-accountable",
        status: "violation",
        object: "staging's exceptions[1].path",
        path: "exceptions[1].path",
        found: '"limits.dailyUsd", where limits-stricter finds no violation',
        allowed: "the path of a violation that the rule finds now",
        remedy: "Remove the exception, or correct its path.",
        at: place(staging, '    - rule: "limits-stricter"\n      path: "limits.monthlyUsd"', "path:", edits),
      },
    ]);
  });

  it("does not count what cannot be decided as a use", () => {
    const named = (id: string) => replace(project, "modelId: gpt-5.4-2026-03-05", `modelId: ${id}`);
    const path = "models.chat-large.modelId";
    const exempt = exception({ rule: "models-pinned", path });
    const paths = (id: string) => judged(exceptionsAccountable, [named(id), exempt]).map((one) => one.path);
    expect(paths("gpt-4o")).toEqual([]);
    expect(paths("our-own-model")).toEqual(["exceptions[0].path"]);
  });

  it("leaves the use of an exception for a rule over resources open", () => {
    expect(told({ rule: "workload-hardened", path: "urn:pulumi:staging::lockstep::a:b:C::d" })).toEqual([]);
  });

  it("knows a use that the settings of the other rule make", () => {
    const { pair } = loadPair(shipped(exception({ path: "limits.monthlyUsd" })), "staging");
    if (!pair) throw new Error("The pair cannot be read.");
    const now = new Date("2026-11-21T12:00:00Z");
    const unused = (maximumRatio: number) => {
      const ruleset = {
        rules,
        settings: (name: string) => (name === "limits-stricter" ? { maximumRatio } : {}),
      };
      return judge(
        exceptionsAccountable,
        { pair, evidence: noEvidence, tier: "staging" },
        now,
        {},
        ruleset,
      ).map(({ path }) => path);
    };
    expect(unused(0.05)).toEqual([]);
    expect(unused(0.5)).toEqual(["exceptions[0].path"]);
  });

  it("reports all faults at once, and those in the file of either environment", () => {
    const edits: Edit[] = [
      broken,
      exception({ rule: "no-rule", approver: "ada example", expires: "2027-11-01" }),
      exception({ path: "limits.dailyUsd" }, production),
    ];
    expect(judged(exceptionsAccountable, edits).map(({ object }) => object)).toEqual([
      "staging's exceptions[0].rule",
      "staging's exceptions[0].approver",
      "staging's exceptions[0].expires",
      "production's exceptions[0].path",
    ]);
  });
});
