import { describe, expect, it } from "vitest";
import { codeOf } from "../../cli/engineCode";
import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { nothingObserved, type Observed } from "../../engine/observed";
import { stackPreview } from "../../engine/report";
import { pairReport } from "../../preview/pairReport";
import { changesText, reportText } from "../../preview/terminal";
import { paint } from "../../review/terminal";
import { edited } from "../shipped";

const loaded = loadPair(memoryFiles(edited()), "staging");
const root = "urn:pulumi:staging::lockstep::pulumi:pulumi:Stack::lockstep-staging";

function report(more: Partial<Observed>, failure?: string) {
  const observed = { ...nothingObserved(), ...more };
  return pairReport(loaded, [stackPreview(loaded.own, { observed, receipts: [], failure }, "3.260.0")]);
}
const text = (one: ReturnType<typeof report>) => reportText(one, paint(false), true);
const violation = { policy: "our-own", level: "mandatory", message: "It is too large.", urn: root } as const;

describe("a run of the engine as a report", () => {
  it("blocks with 1 where a policy reports, whatever else", () => {
    const one = report({ reports: [violation] }, "pulumi ended with exit code 255.");
    expect(codeOf([one])).toBe(1);
    expect(one.stacks[0]?.evaluated).toBe(true);
    expect(text(one)).toContain("found   It is too large.");
  });

  it("blocks with 1 where a mandatory policy of another pack reports", () => {
    const one = report({ foreign: [{ pack: "security", policy: "no-public", message: "Public." }] });
    expect(codeOf([one])).toBe(1);
    expect(one.findings.map(({ object, path }) => [object, path])).toEqual([
      ["The policy pack security", "security"],
    ]);
  });

  it("is broken with 2 where the run failed for another reason, and proves nothing", () => {
    const one = report({}, "Nobody is logged in.");
    expect(codeOf([one])).toBe(2);
    expect(one.stacks[0]?.engine?.faults).toEqual([]);
    expect(text(one)).toMatch(/error: Nobody is logged in\.\n\n✗ staging could not be evaluated\.\n$/);
  });

  it("is unproven with 3 where nothing blocks and the pack did not run", () => {
    const one = report({ summary: { changes: { create: 2 }, result: "succeeded" } });
    expect(codeOf([one])).toBe(3);
    expect(text(one)).toMatch(
      / · 2 to create · pulumi 3\.260\.0\n\nPolicies that did not run as they must, staging\n\n {2}The policy pack did not run: the engine asked it about nothing\.\n\n✗ it is not proven that every policy ran for staging\.\n$/,
    );
  });
});

describe("what an update changes", () => {
  it("is counted, before and after, what stays the same last", () => {
    const changes = { same: 80, create: 3, delete: 1, replace: 1, read: 2, update: 0 };
    expect(changesText(changes)).toBe("3 to create, 1 to delete, 1 to replace, 2 to read, 80 unchanged");
    expect(changesText(changes, true)).toBe("3 created, 1 deleted, 1 replaced, 2 read, 80 unchanged");
    expect(changesText({})).toBe("no resources");
  });
});
