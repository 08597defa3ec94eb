import { describe, expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { evidenceStore } from "../../lifecycle/evidence";
import { type EvalResults, untouchedLines } from "../../lifecycle/kinds/eval";
import { projectRuleset } from "../../policies/ruleset";
import { statusText } from "../../review/release";
import { proofStatus, type ReleaseStatus } from "../../review/releaseStatus";
import { paint } from "../../review/terminal";
import { root } from "../project";

const none = paint(false);
const status: ReleaseStatus = {
  id: "calmer",
  file: "releases/calmer/release.yaml",
  owner: "Ada Example",
  created: "2026-11-21",
  state: "open",
  carriedBy: ["staging"],
  changes: [{ path: "models.chat-large.temperature", from: 1, to: 0.7 }],
  checklist: [
    { item: "hypothesis", done: true, note: "Answers are calmer." },
    { item: "sign-offs", done: false, note: "none" },
  ],
};
const head = `calmer  open  releases/calmer/release.yaml
owner Ada Example, made 2026-11-21
carried by staging

changes
  path                           from  to
  models.chat-large.temperature  1     0.7

checklist
  ✓ hypothesis   Answers are calmer.
  ✗ sign-offs    none`;

describe("the state of a release", () => {
  it("has each criterion with what was measured, what is asked and the margin", () => {
    const text = statusText(
      {
        ...status,
        behaviourHash: "0123456789abcdef".repeat(4),
        evidence: [
          {
            kind: "eval",
            file: "releases/calmer/evidence/eval-1.intoto.json",
            ageDays: 3.9,
            maxAgeDays: 14,
            criteria: [
              {
                name: "minScore",
                subject: "support-chat on chat-large",
                measured: "0.93",
                required: "at least 0.85",
                outcome: "passes",
                margin: 0.0941,
              },
              {
                name: "maxLatencyP95Seconds",
                measured: "9 seconds",
                required: "at most 8 seconds",
                outcome: "fails",
                margin: -0.125,
              },
              { name: "arrivals", measured: "too few", required: "Poisson", outcome: "inconclusive" },
            ],
            ageIsAtClosing: false,
            shortfalls: [
              { path: ["maxLatencyP95Seconds"], found: "9 seconds", allowed: "at most 8 seconds" },
            ],
            untouched: ["tools: lookup", "teams: search, \u001b[2Jtriage"],
          },
          {
            kind: "load",
            file: undefined,
            ageDays: undefined,
            maxAgeDays: 30,
            ageIsAtClosing: false,
            criteria: [],
            shortfalls: [],
          },
        ],
        missing: [
          {
            rule: "evals-passed",
            status: "violation",
            object: "the eval evidence",
            path: "releases.calmer.eval",
            found: "9 seconds",
            allowed: "at most 8 seconds",
            remedy: "Measure again.",
          },
        ],
      },
      [{ name: "evals-passed", description: "Every target has passed." }],
      none,
    );
    expect(text).toBe(`${head}

evidence about 0123456789ab…, production's behaviour with it
  ✗ eval         releases/calmer/evidence/eval-1.intoto.json  3 of 14 days old
      ✓ minScore (support-chat on chat-large)  0.93       at least 0.85      +9.4 %
      ✗ maxLatencyP95Seconds                   9 seconds  at most 8 seconds   -13 %
      ? arrivals                               too few    Poisson
      no case touches tools: lookup; teams: search, \\u{1b}[2Jtriage
  ✓ load         none that counts

missing before production may carry it  1 finding
  evals-passed  1 finding
  Every target has passed.

    the eval evidence  production
      found   9 seconds
      allowed at most 8 seconds
      remedy  Measure again.`);
  });

  it("has of the evaluation what no case touches, and of other evidence nothing of the kind", () => {
    const files = projectFiles(root);
    const { pair } = loadPair(files, "production");
    const store = evidenceStore(files);
    const status = pair && proofStatus(pair, store, projectRuleset(files), new Date("2026-11-22T12:00:00Z"));
    const of = (kind: string) => status?.evidence.find((one) => one.kind === kind);
    const shipped = store.of("initial").evidence.find(({ file }) => file === of("eval")?.file);
    const results = shipped?.statement.predicate.results as EvalResults | undefined;
    expect(of("eval")?.untouched).toEqual(results?.untouched && untouchedLines(results.untouched));
    expect(of("eval")?.untouched?.length).toBeGreaterThan(0);
    expect(of("load")).toMatchObject({ kind: "load" });
    expect(of("load")).not.toHaveProperty("untouched");
  });

  it("says that nothing is missing", () => {
    expect(
      statusText({ ...status, behaviourHash: "a".repeat(64), evidence: [], missing: [] }, [], none),
    ).toBe(
      `${head}\n\nevidence about aaaaaaaaaaaa…, production's behaviour with it\n  none is asked for\n\nnothing is missing: production may carry it`,
    );
  });

  it("says why production cannot carry it", () => {
    expect(statusText({ ...status, problems: ["a:1:1 b\n  found   c"] }, [], none)).toBe(
      `${head}\n\nproduction cannot carry it\n  a:1:1 b\n    found   c`,
    );
  });

  it("says when it was closed, what it undoes, and that nobody carries it", () => {
    const { checklist: _, ...rest } = status;
    const closed = { at: "2026-11-21T12:00:00Z", behaviourHash: "b".repeat(64) };
    expect(
      statusText(
        { ...rest, state: "closed", closed, reverts: "hotter", carriedBy: [], checklist: [], changes: [] },
        [],
        none,
      ),
    ).toBe(
      "calmer  closed  releases/calmer/release.yaml\nowner Ada Example, made 2026-11-21, undoes hotter\nclosed 2026-11-21T12:00:00Z with bbbbbbbbbbbb…\n\nchanges\n  none",
    );
    expect(statusText({ ...status, carriedBy: [] }, [], none)).toContain("\ncarried by no stack\n");
    expect(statusText({ ...status, carriedBy: ["staging", "production"] }, [], none)).toContain(
      "\ncarried by staging and production\n",
    );
  });
});
