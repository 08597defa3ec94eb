import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { formatDeployed } from "../../lifecycle/deployed";
import { rules } from "../../policies/registry";
import { projectRuleset } from "../../policies/ruleset";
import { longestComment, reviewMarkdown } from "../../review/markdown";
import { code } from "../../review/markdownText";
import { passes, type Review, reviewPair } from "../../review/review";
import { reviewText } from "../../review/reviewText";
import { reviewSarif } from "../../review/sarif";
import { paint } from "../../review/terminal";
import { proven } from "../evidence";
import { deployedRecord } from "../lifecycle/deployedRecord";
import { append, type Edit, type Entries, edited, remove, replace } from "../shipped";

const project = "Pulumi.yaml";
const staging = "Pulumi.staging.yaml";
const production = "Pulumi.production.yaml";
const now = new Date("2026-11-23T12:00:00Z");
const plain = paint(false);
const ruleset = projectRuleset(memoryFiles({}));

/** A review of some edits of the shipped pair, whose first release has synthetic evidence. */
function review(edits: readonly Edit[], base: Entries | undefined = edited(proven)): Review {
  const head = edits.reduce((entries, edit) => edit(entries), edited(proven));
  return reviewPair({
    base: base && memoryFiles(base),
    head: memoryFiles(head),
    stack: "production",
    ruleset,
    baseRuleset: ruleset,
    now,
  });
}

/** The changes of an environment as "relation: words (file:line)". */
const changes = (one: Review, tier: "staging" | "production") =>
  one.environments
    .find((environment) => environment.tier === tier)
    ?.changes.map(({ relation, words }) => `${relation}: ${words}`);
const findings = ({ findings: all }: Review) =>
  all.map(({ rule, path, isNew, stacks }) => `${isNew ? "new" : "old"} ${rule} ${path} ${stacks.join("+")}`);

describe("a change of the files", () => {
  it("that changes nothing passes and says so", () => {
    const one = review([append(project, "# a comment\n")]);
    expect(passes(one)).toBe(true);
    expect([changes(one, "staging"), changes(one, "production"), findings(one)]).toEqual([[], [], []]);
    expect(one.environments.map(({ hash }) => hash.before === hash.after)).toEqual([true, true]);
  });

  it("of a budget is a change of one environment, in words, at its line", () => {
    const one = review([replace(production, "monthlyUsd: 20000\n", "monthlyUsd: 25000\n")]);
    expect(passes(one)).toBe(true);
    expect(changes(one, "production")).toEqual([
      "stricter: monthly budget from 20,000 to 25,000 USD per month (+25 %)",
    ]);
    expect(changes(one, "staging")).toEqual([]);
    expect(one.environments[1]?.changes[0]?.at).toMatchObject({ file: production, column: 5 });
    expect(one.environments[1]?.worstCase.after?.budgetUsd).toBe(25_000);
    expect(one.environments[1]?.worstCase.before?.budgetUsd).toBe(20_000);
  });

  it("that breaks a relation blocks, and says that the finding is new", () => {
    const one = review([replace(staging, "monthlyUsd: 2000\n", "monthlyUsd: 20000\n")]);
    expect(passes(one)).toBe(false);
    expect(findings(one)).toEqual(["new limits-stricter limits.monthlyUsd staging+production"]);
    expect(one.distance.before?.stricter.broken).toBe(0);
    expect(one.distance.after?.stricter.broken).toBe(1);
  });

  it("that leaves a finding of before does not call it new", () => {
    const broken = replace(staging, "monthlyUsd: 2000\n", "monthlyUsd: 20000\n");
    const one = review([broken, append(project, "# a comment\n")], broken(edited(proven)));
    expect(findings(one)).toEqual(["old limits-stricter limits.monthlyUsd staging+production"]);
  });

  it("of a mirrored value concerns both, and production has no release with it", () => {
    const one = review([replace(project, "deadlineSeconds: 180", "deadlineSeconds: 200")]);
    const words = ["mirrored: support-chat deadline from 180 to 200 seconds"];
    expect([changes(one, "staging"), changes(one, "production")]).toEqual([words, words]);
    expect(findings(one)).toEqual([
      expect.stringMatching(/^new production-proven behaviourHash\["[0-9a-f]{12}"\] production$/),
    ]);
    expect(one.rollback).toEqual({
      release: "initial",
      hash: one.environments[1]?.hash.before,
    });
  });

  it.each<[string, Edit, string[]]>([
    [
      "retries",
      replace(
        project,
        "          timeout: 1\n          serverError: 2\n",
        "          timeout: 0\n          serverError: 2\n",
      ),
      ["support-chat retries on a time-out from 1 to 0"],
    ],
    [
      "a model's version",
      replace(project, "gpt-5.4-mini-2026-03-17", "gpt-5.4-mini-2026-09-01"),
      ['chat-small model id from "gpt-5.4-mini-2026-03-17" to "gpt-5.4-mini-2026-09-01"'],
    ],
    [
      "a price",
      replace(project, "{ input: 0.75, output: 4.5", "{ input: 0.8, output: 4.5"),
      ["chat-small price of input from 0.75 to 0.8 USD per million tokens"],
    ],
    [
      "a prompt",
      append("prompts/ticket-triage.md", "Be brief.\n"),
      ['prompt ticket-triage: the content of "prompts/ticket-triage.md"'],
    ],
    [
      "an optional value that comes",
      replace(project, "        maxOutputTokens: 400\n", "        maxOutputTokens: 400\n        seed: 7\n"),
      ["chat-small seed: 7, where there was none"],
    ],
    [
      "and one that goes",
      replace(project, "        tools: [create-ticket]\n", ""),
      ["support-chat tools: none, where there was create-ticket"],
    ],
    [
      "an image",
      replace(project, "litellm:v1.106.2@", "litellm:v1.106.3@"),
      [
        'gateway image from "ghcr.io/berriai/litellm:v1.106.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" to "ghcr.io/berriai/litellm:v1.106.3@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"',
      ],
    ],
  ])("tells of %s in a reviewer's words", (_, edit, words) => {
    expect(changes(review([edit]), "staging")).toEqual(words.map((one) => `mirrored: ${one}`));
  });

  it("tells of a whole team once, and not of each of its limits", () => {
    const block = /\n {6}triage:\n(?: {8}.*\n)+/;
    const gone: Edit = (entries) =>
      Object.fromEntries(
        Object.entries(entries).map(([path, text]) => [
          path,
          path.startsWith("Pulumi.s") || path.startsWith("Pulumi.p") ? text.replace(block, "\n") : text,
        ]),
      );
    expect(changes(review([gone]), "production")).toEqual([
      "stricter: team triage (3,000 USD a month, 200 requests and 300,000 tokens a minute) removed",
    ]);
  });

  it("that cannot be read is shown with what keeps it from being read, and guessed at no further", () => {
    const one = review([replace(staging, "dailyUsd: 100\n", "dailyUsd: 0100\n")]);
    expect(findings(one)).toEqual(["new config-valid limits.dailyUsd production+staging"]);
    expect(one.environments.find(({ tier }) => tier === "staging")?.hash.after).toBe(undefined);
    expect(changes(one, "staging") ?? []).toEqual([]);
    expect(one.distance.after).toBe(undefined);
  });

  it("that hides a value is not decided", () => {
    const one = review([
      replace(staging, "monthlyUsd: 2000\n", "monthlyUsd: { secure: AAABAExampleCiphertext }\n"),
    ]);
    expect(one.findings.map(({ status }) => status)).toEqual(["cannot-decide"]);
    expect(JSON.stringify(one)).not.toContain("AAABAExampleCiphertext");
  });

  it("without a base has everything new and nothing to compare with", () => {
    const one = reviewPair({
      base: undefined,
      head: memoryFiles(edited(proven)),
      stack: "staging",
      ruleset,
      baseRuleset: ruleset,
      now,
    });
    expect(passes(one)).toBe(true);
    expect(changes(one, "staging")).toEqual([]);
    expect(one.environments[0]?.hash.before).toBe(undefined);
  });

  it("that removes a stack's file blocks at that file", () => {
    const one = review([remove(production)]);
    expect(one.findings.map(({ path, found }) => `${path}: ${found}`)).toContain(
      `${production}: there is no file "${production}"`,
    );
  });

  it("of the rules' own settings is pointed out", () => {
    const settings =
      (text: string): Edit =>
      (entries) => ({ ...entries, "policies/config.json": text });
    const before = settings('{"all":"mandatory","release-complete":{"minimumSignOffs":2}}')(edited(proven));
    const after = '{"all":"mandatory","release-complete":{"minimumSignOffs":0,"reviewers":["a"]}}';
    expect(review([settings(after)], before).settings).toEqual([
      { path: "release-complete.minimumSignOffs", before: "2", after: "0" },
      { path: "release-complete.reviewers", before: "the default", after: '["a"]' },
    ]);
    expect(review([settings("[]")], before).settings).toEqual([
      { path: "policies/config.json", before: "one text", after: "another one, which cannot be compared" },
    ]);
    expect(review([settings("{}")]).settings).toEqual([]);
    expect(review([]).settings).toEqual([]);
  });

  it("of a prompt's head says how much of it stays cached", () => {
    const head: Edit = (entries) => ({
      ...entries,
      "prompts/ticket-triage.md": `Now. ${entries["prompts/ticket-triage.md"] ?? ""}`,
    });
    expect(review([head]).coldStarts).toMatchObject([
      { route: "ticket-triage", prompt: "ticket-triage", kept: 0 },
    ]);
    const tail = review([append("prompts/ticket-triage.md", "Be brief.\n")]).coldStarts[0];
    expect(tail?.kept).toBeGreaterThan(20);
    expect((tail?.tokens ?? 0) - (tail?.kept ?? 0)).toBeLessThan(5);
  });
});

describe("the limits used to the full", () => {
  it("are all admitted tokens with the dearest model, output first, in a month of thirty days", () => {
    // chat-large: 120 requests × 1,200 output tokens at 15 USD and the other 56,000 tokens at 2.5 USD a million.
    const usd = ((144_000 * 15 + 56_000 * 2.5) / 1_000_000) * 43_200;
    expect(review([]).environments[0]?.worstCase.after).toEqual({
      model: "chat-large",
      usd,
      byModel: [
        { model: "chat-large", usd },
        { model: "chat-fast", usd: expect.closeTo(((144_000 * 10 + 56_000 * 2) / 1_000_000) * 43_200, 6) },
        {
          model: "chat-in-account",
          usd: expect.closeTo(((144_000 * 5.5 + 56_000 * 1.1) / 1_000_000) * 43_200, 6),
        },
        // At most 400 output tokens a request.
        {
          model: "chat-small",
          usd: expect.closeTo(((48_000 * 4.5 + 152_000 * 0.75) / 1_000_000) * 43_200, 6),
        },
      ],
      budgetUsd: 2_000,
    });
  });
});

describe("a comment", () => {
  it("has the verdict first, then what blocks with its link", () => {
    const one = review([replace(staging, "monthlyUsd: 2000\n", "monthlyUsd: 20000\n")]);
    const text = reviewMarkdown([one], ({ file, line }) => `https://example.com/${file}#L${line}`);
    expect(text.split("\n").slice(0, 3)).toEqual([
      "### ❌ Lockstep: 1 finding blocks `staging` and `production`",
      "",
      "It comes with this change.",
    ]);
    expect(text).toContain(
      "- **limits-stricter** (new) `staging's limits.monthlyUsd` [`Pulumi.staging.yaml:23`](https://example.com/Pulumi.staging.yaml#L23)\n  - found `20,000 USD per month`\n",
    );
    expect(reviewMarkdown([review([])])).toMatch(
      /^### ✅ Lockstep: nothing blocks `staging` and `production`\n/,
    );
  });

  it.each([
    ["plain", "`plain`"],
    ["a `b` c", "``a `b` c``"],
    ["`", "`` ` ``"],
    ["``` x", "```` ``` x ````"],
    ["a\n::error::b", "`a\\u{a}::error::b`"],
    ["@admin <img src=x onerror=alert(1)> [x](y)", "`@admin <img src=x onerror=alert(1)> [x](y)`"],
    ["\u202eabc\u0007", "`\\u{202e}abc\\u{7}`"],
    ["", "`  `"],
  ])("shows %j as code, from which nothing gets out", (text, shown) => {
    expect(code(text)).toBe(shown);
  });

  it("keeps a table whole whatever stands in its cells", () => {
    const one = review([
      append(
        staging,
        `
  lockstep:exceptions:
    - rule: limits-stricter
      path: "limits.monthlyUsd | @all"
      reason: The load test of the autumn needs the larger budget.
      owner: "Ada | \`Example\`"
      approver: Grace Example
      ticket: "<b>OPS-1</b>"
      created: "2026-11-20"
      expires: "2026-12-20"
      compensatingControl: The spend is looked at every morning.
`,
      ),
    ]);
    expect(reviewMarkdown([one])).toContain(
      "| staging, new | `limits-stricter` | `limits.monthlyUsd \\| @all` | `` Ada \\| `Example` `` | `<b>OPS-1</b>` | 27 days left |",
    );
  });

  it("has at most 60,000 characters, the important first, and counts what it leaves out", () => {
    const routes: Edit = (entries) => ({
      ...entries,
      [project]: (entries[project] ?? "").replace(
        /^( {6}chat-small:\n)/m,
        `${Array.from({ length: 3_000 }, (_, index) => `      model-${index}:\n        provider: openai\n        kind: embedding\n        modelId: latest-${index}\n        credential: openai\n        timeoutSeconds: 5\n        contextWindowTokens: 8191\n        usdPerMillionTokens: { input: 0.1, output: 0, cachedInput: 0.1 }\n        retires: not announced\n`).join("")}$1`,
      ),
    });
    const one = review([routes]);
    const text = reviewMarkdown([one]);
    expect(one.findings.length).toBeGreaterThan(3_000);
    expect(text.length).toBeLessThanOrEqual(longestComment);
    expect(text.length).toBeGreaterThan(longestComment / 2);
    expect(text).toMatch(/^### ❌ Lockstep: 3,00\d findings block/);
    expect(text).toMatch(/_… and [\d,]+ more lines\._/);
    expect(text).toContain("Lockstep judges files alone");
  });
});

describe("the other forms", () => {
  const one = review([replace(staging, "monthlyUsd: 2000\n", "monthlyUsd: 20000\n")]);

  it("SARIF has each finding at its line, with the rule's words and a level by its severity", () => {
    expect(reviewSarif([one], rules, "1.2.3")).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: {
            driver: {
              name: "Lockstep",
              version: "1.2.3",
              rules: [{ id: "limits-stricter", defaultConfiguration: { level: "error" } }],
            },
          },
          results: [
            {
              ruleId: "limits-stricter",
              ruleIndex: 0,
              level: "error",
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: staging },
                    region: { startLine: 23, startColumn: 5 },
                  },
                },
              ],
              partialFingerprints: {
                "lockstep/v1":
                  "limits-stricter Pulumi.staging.yaml limits.monthlyUsd staging's limits.monthlyUsd",
              },
            },
          ],
        },
      ],
    });
  });

  it("the terminal's ends in the verdict", () => {
    const lines = reviewText(one, rules, plain).trimEnd().split("\n");
    expect(lines.at(-1)).toBe("✗ 1 finding blocks staging and production: it comes with this change.");
    expect(lines).toContain(
      "  staging  stricter  monthly budget from 2,000 to 20,000 USD per month (+900 %)  Pulumi.staging.yaml:23",
    );
    expect(reviewText(review([]), rules, plain).trimEnd().split("\n").at(-1)).toBe(
      "✓ Nothing blocks staging and production.",
    );
  });
});

describe("what production runs", () => {
  const hash = review([]).environments.find(({ tier }) => tier === "production")?.hash.after ?? "";
  const recorded = (more: Parameters<typeof deployedRecord>[0]) =>
    review([
      (entries) => ({
        ...entries,
        "deployed/production.json": formatDeployed(deployedRecord({ behaviourHash: hash, ...more })),
      }),
    ]);
  const told = (one: Review) =>
    reviewText(one, rules, plain)
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => /^Production (runs|is as)/.test(line));

  it("is told where an update recorded it, and whether the files have it", () => {
    expect(told(review([]))).toEqual([]);
    expect(told(recorded({}))).toEqual([
      `Production runs ${hash.slice(0, 12)}… as it was updated on 2026-11-20 from commit 756d4f9f7aed.`,
    ]);
    expect(told(recorded({ behaviourHash: "b".repeat(64), uncommitted: [production] }))).toEqual([
      `Production runs bbbbbbbbbbbb… as it was updated on 2026-11-20 from commit 756d4f9f7aed and files that no commit has; these files have ${hash.slice(0, 12)}….`,
    ]);
    expect(reviewMarkdown([recorded({})])).toContain("as it was updated on 2026-11-20 from commit");
  });

  it("is not guessed from a file that is no record", () => {
    expect(() => review([(entries) => ({ ...entries, "deployed/production.json": "{}" })])).toThrow(
      "deployed/production.json: version is not what lockstep up writes there.",
    );
  });
});
