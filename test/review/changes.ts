import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { formatProblem } from "../../config/problem";
import type { Made } from "../evidence";
import { closedRelease, evidenceFor } from "../evidence";
import * as releases from "../policies/stack/releases";
import {
  append,
  type Edit,
  type Entries,
  edited,
  override,
  remove,
  replace,
  withoutReleases,
} from "../shipped";

/** A change of the shipped pair as somebody would make it: the files before and after, and what is reviewed. */
export interface NamedChange {
  /** The name of its golden files. */
  name: string;
  /** Undefined where there was no project before. */
  base: Entries | undefined;
  head: Entries;
  /** The stack that is asked for; without one, every pair is reviewed, as by the command. */
  stack?: string;
  /** The forms that are held word for word beside Markdown and text; all forms are validated. */
  golden?: readonly ("json" | "sarif")[];
  /** Only so many lines are held word for word: the rest is held by what is true of it. */
  lines?: number;
}

/** When all of them are reviewed. */
export const now = new Date("2026-11-23T12:00:00Z");

const project = "Pulumi.yaml";
const staging = "Pulumi.staging.yaml";
const production = "Pulumi.production.yaml";

const all =
  (...edits: readonly Edit[]): Edit =>
  (entries) =>
    edits.reduce((edited, edit) => edit(edited), entries);
const inBoth = (edit: (file: string) => Edit): Edit => all(edit(staging), edit(production));
const file = (path: string, text: string): Edit => append(path, text);
const replaceAll =
  (path: string, from: string, to: string): Edit =>
  (entries) => ({ ...entries, [path]: (entries[path] ?? "").replaceAll(from, to) });
const before = (path: string, anchor: string, text: string): Edit =>
  replace(path, anchor, `${text}${anchor}`);

function hashOf(entries: Entries): string {
  const { pair, problems } = loadPair(memoryFiles(entries), "production");
  if (!pair) throw new Error(problems.map(formatProblem).join("\n"));
  return pair.production.behaviourHash;
}

/** Closes a release with the behaviour that production has, proven by evidence of an hour before. */
const closed =
  (id: string, at: string, changes = "changes: []"): Edit =>
  (entries) => {
    const text = closedRelease(id, at, hashOf(entries)).replace("changes: []", changes);
    const ended = new Date(Date.parse(at) - 3_600_000).toISOString().replace(".000Z", "Z");
    return evidenceFor(id, ended)({ ...entries, [`releases/${id}/release.yaml`]: text });
  };

/** The shipped pair in steady state: production is what the first release was closed with. */
const steadyWith = (...edits: readonly Edit[]): Entries =>
  edited(withoutReleases, ...edits, closed("initial", releases.firstClosed));
const steady = steadyWith();

/** The evidence that staging has for a release, about the behaviour that production would have with it. */
const measured =
  (id: string, change?: releases.Change): Edit =>
  (entries) => {
    const promoted = evidenceFor(id, "2026-11-22T09:00:00Z", change)(releases.carry(production, id)(entries));
    return { ...promoted, [production]: entries[production] ?? "" };
  };

const changed = (name: string, ...edits: readonly Edit[]): NamedChange => ({
  name,
  base: steady,
  head: all(...edits)(steady),
});

// A newer version of a model and its price, made up for this test.
const bumpId = "small-september";
const bumpFile = `releases/${bumpId}/release.yaml`;
const bumpChanges = `changes:
  - path: models.chat-small.modelId
    from: gpt-5.4-mini-2026-03-17
    to: gpt-5.4-mini-2026-09-01
  - path: models.chat-small.usdPerMillionTokens.input
    from: 0.75
    to: 0.8
  - path: models.chat-small.usdPerMillionTokens.cachedInput
    from: 0.075
    to: 0.08`;
const bumpText = `id: ${bumpId}
owner: Ada Example
created: "2026-11-19"
state: open
${bumpChanges}
tokenDelta:
  - route: ticket-triage
    requestsPerMonth: 200000
    before: { input: 800, output: 60 }
    after: { input: 800, output: 72 }
    monthlyUsd: { warm: 14.48, cold: 18.8 }
hypothesis: Fewer than 2 % of tickets are sorted anew by a person, as the dashboard of support counts them.
rollback:
  to: ${hashOf(steady)}
  steps:
    - Take ${bumpId} out of production's list, and run pulumi up.
  rehearsed: "2026-11-20"
signOffs:
  - { name: Grace Example, role: head of support, date: "2026-11-22" }
`;
const bump = file(bumpFile, bumpText);
const bumpInStaging = all(bump, releases.carry(staging, bumpId))(steady);
const promoted = (name: string, evidence: Edit): NamedChange => ({
  name,
  base: bumpInStaging,
  head: all(evidence, releases.carry(production, bumpId))(bumpInStaging),
});

/** The result of one criterion fails, one does not decide, and one kind was measured too long ago. */
const mixed: releases.Change = (kind, made): Made => {
  if (kind === "load") return { ...made, results: { ...made.results, errorRatio: 0.024 } };
  if (kind === "fingerprint") return { ...made, ended: "2026-11-14T09:00:00Z" };
  if (kind !== "eval") return made;
  const [first, ...rest] = made.results.targets as Record<string, unknown>[];
  const targets = [{ ...first, score: { value: 0.86, low: 0.81, high: 0.91 } }, ...rest];
  return { ...made, results: { ...made.results, targets } };
};

/** A prompt that a provider caches: 120 terms in 6,000 characters and more. */
const terms = Array.from(
  { length: 120 },
  (_, index) =>
    `${index + 1}. A parcel of class ${index + 1} may be returned within ${14 + (index % 17)} days.\n`,
).join("");
const long = append("prompts/support-answer.md", `\nTerms\n${terms}`);
const longSteady = steadyWith(long);
const rulesId = "answer-in-steps";
const rulesPrompt = "prompts/support-answer-steps.md";
const rulesText = `id: ${rulesId}
owner: Ada Example
created: "2026-11-19"
state: open
changes:
  - path: behaviour.prompts.support-answer.file
    from: prompts/support-answer.md
    to: ${rulesPrompt}
tokenDelta:
  - route: support-chat
    requestsPerMonth: 300000
    before: { input: 2000, output: 300 }
    after: { input: 2040, output: 300 }
    monthlyUsd: { warm: 13.8, cold: 30 }
hypothesis: Fewer customers ask a second time within a day, as the dashboard of support counts them.
rollback:
  to: ${hashOf(longSteady)}
  steps:
    - Take ${rulesId} out of production's list, and run pulumi up.
  rehearsed: "2026-11-20"
signOffs:
  - { name: Grace Example, role: head of support, date: "2026-11-22" }
`;
const rulesInStaging: Entries = all(
  (entries) => ({
    ...entries,
    [rulesPrompt]: (entries["prompts/support-answer.md"] ?? "").replace(
      "Rules\n",
      "Rules\n- Answer in numbered steps, one action each.\n",
    ),
  }),
  file(`releases/${rulesId}/release.yaml`, rulesText),
  releases.carry(staging, rulesId),
  measured(rulesId),
)(longSteady);

/** The bump closed, and its values in Pulumi.yaml. */
const bumped = all(
  replace(project, "gpt-5.4-mini-2026-03-17", "gpt-5.4-mini-2026-09-01"),
  replace(
    project,
    "{ input: 0.75, output: 4.5, cachedInput: 0.075 }",
    "{ input: 0.8, output: 4.5, cachedInput: 0.08 }",
  ),
  closed(bumpId, "2026-11-20T12:00:00Z", bumpChanges),
)(steady);
const revertId = `revert-${bumpId}`;
const revertText = `id: ${revertId}
owner: Ada Example
created: "2026-11-23"
state: open
reverts: ${bumpId}
changes:
  - path: models.chat-small.modelId
    from: gpt-5.4-mini-2026-09-01
    to: gpt-5.4-mini-2026-03-17
  - path: models.chat-small.usdPerMillionTokens.input
    from: 0.8
    to: 0.75
  - path: models.chat-small.usdPerMillionTokens.cachedInput
    from: 0.08
    to: 0.075
rollback:
  to: ${hashOf(bumped)}
  steps:
    - Take ${revertId} out of production's list, and run pulumi up.
`;

const team = (share: number): string => `      billing:
        monthlyUsd: ${1000 * share}
        dailyUsd: ${50 * share}
        alertAtPercent: { warning: ${share < 1 ? 60 : 80}, page: ${share < 1 ? 80 : 100} }
        requestsPerMinute: ${100 * share}
        tokensPerMinute: ${100_000 * share}
        concurrentRequests: ${20 * share}
`;

const summaryModel = `      summary-large:
        provider: openai
        kind: chat
        modelId: gpt-5.4-2026-03-05
        credential: openai
        temperature: 1
        maxOutputTokens: 4000
        timeoutSeconds: 60
        contextWindowTokens: 1050000
        usdPerMillionTokens: { input: 2.5, output: 15, cachedInput: 0.25 }
        retires: not announced
`;
const summaryRoute = (description: string) => `      contract-summary:
        description: ${description}
        targets:
          - { model: summary-large, order: 1, weight: 1 }
        timeoutSeconds: 60
        streamTimeoutSeconds: 10
        deadlineSeconds: 240
        retries:
          rateLimit: 2
          timeout: 0
          serverError: 1
          serviceUnavailable: 1
          badRequest: 0
          authentication: 0
          notFound: 0
          contentPolicy: 0
        fallbacks: [economy-chat]
        contextWindowFallbacks: []
        contentPolicyFallbacks: []
        coolDown:
          seconds: 30
          allowedFails:
            rateLimit: 5
            timeout: 3
            serverError: 3
            serviceUnavailable: 3
            badRequest: 1000
            authentication: 1
            notFound: 1
            contentPolicy: 1000
        breaker:
          invalidResponses: 3
          windowSeconds: 60
          openSeconds: 60
          answer: No summary can be made right now. Please try again in a few minutes.
`;
const atModels = "\n  lockstep:routes:\n    value:\n";
const newRoute = (description: string) =>
  all(
    before(project, atModels, summaryModel),
    before(project, "\n  lockstep:behaviour:\n", summaryRoute(description)),
  );

interface Excepted {
  rule: string;
  path: string;
  created?: string;
  expires?: string;
  text?: string;
}
const except = (
  { rule, path, created = "2026-11-20", expires = "2026-12-18", text }: Excepted,
  stack = staging,
) =>
  append(
    stack,
    `
  lockstep:exceptions:
    - rule: ${rule}
      path: ${JSON.stringify(path)}
      reason: ${text ?? "The load test of the autumn drives staging at production's rate for a week."}
      owner: ${text ?? "Ada Example"}
      approver: ${text === undefined ? "Grace Example" : text.replace("all", "grace")}
      ticket: ${text ?? "OPS-214"}
      created: "${created}"
      expires: "${expires}"
      compensatingControl: ${text ?? "The budget of the day stays, and its alarm pages at 80 percent."}
`,
  );
const loadTest = replace(staging, "    tokensPerMinute: 200000\n", "    tokensPerMinute: 2000000\n");
const excused = { rule: "limits-stricter", path: "limits.tokensPerMinute" };

/** Both stacks of the shipped pair as those of a region. */
const inRegion =
  (region: string): Edit =>
  (entries) => {
    const own = (text: string) =>
      text.replace(/\b(staging|production)\b/g, `${region}-$1`).replace(/^( {4}tier: )\w+-/m, "$1");
    return {
      ...entries,
      [`Pulumi.${region}-staging.yaml`]: own(entries[staging] ?? ""),
      [`Pulumi.${region}-production.yaml`]: own(entries[production] ?? ""),
    };
  };
const regions = all(inRegion("eu"), inRegion("us"), remove(staging), remove(production))(steady);

/** 27,000 lines and many findings: every tenth model is not pinned. */
const manyModels = Array.from(
  { length: 3_000 },
  (_, index) => `      model-${index}:
        provider: openai
        kind: embedding
        modelId: ${index % 10 === 0 ? "latest" : "text-embedding-3-large"}
        credential: openai
        timeoutSeconds: 5
        contextWindowTokens: 8191
        usdPerMillionTokens: { input: 0.13, output: 0, cachedInput: 0.13 }
        retires: not announced
`,
).join("");

/** What a stranger would try in a line of text: Markdown, HTML, mentions, commands of a runner, a bidi override. */
const hostile =
  "@all **x** <img src=x onerror=alert(1)> [x](https://example.com) ::set-output name=x::y ##[error]z | `a` ``` \u202e#1 end";
const quoted = JSON.stringify(hostile);
/** The same with what a value of one line may not have: an ANSI escape, a BEL and a line end. */
const controlled = JSON.stringify(`\u001b[31m${hostile}\u0007\n::error::x`);
const hostileId = "kinder-answers";
const hostileText = `id: ${hostileId}
owner: ${quoted}
created: "2026-11-19"
state: open
changes:
  - path: routes.support-chat.description
    from: Answers customers from the knowledge base, with tools.
    to: ${quoted}
hypothesis: ${JSON.stringify(`${hostile} `.repeat(16).trim())}
rollback:
  to: ${hashOf(steady)}
  steps: [${quoted}]
  rehearsed: "2026-11-20"
signOffs:
  - { name: ${quoted}, role: ${quoted}, date: "2026-11-22" }
`;
const undecided: releases.Change = (kind, made) =>
  kind === "traffic" ? { ...made, predicate: { inconclusive: [hostile] } } : made;

/** Not a key of anybody; in parts, so that nobody who looks for keys stops at this file. */
export const secrets = [
  ["sk", "proj", "Zk3vQ9wLm2Xt7Rb5Nc8Yd4Hf"].join("-"),
  ["sk", "ant", "api03", "Pw6uEj1oSg9iKx4qVt2zMb7n"].join("-"),
  ["opaque", "Fr8hTy2kUl5pWc3xJd6v"].join("."),
  ["AAABA", "Gq7nBs4eRz1mCy9tHw5kLp3x"].join(""),
] as const;
const [openai, anthropic, opaque, cipher] = secrets;
const pasted = all(
  append(
    staging,
    `  lockstep:credentialValues:\n    openai: ${opaque}\n    anthropic: { secure: ${cipher} }\n  aws:secretKey: ${opaque}\n`,
  ),
  replace(production, "identity: proj_example_production", `identity: ${openai}`),
  replace(project, "Answers customers from the knowledge base, with tools.", `Answers with ${anthropic}.`),
  append("prompts/ticket-triage.md", `The key is ${openai}.\n`),
);

/** All changes that are reviewed, by what they do. */
export const namedChanges: readonly NamedChange[] = [
  {
    ...changed("model-bump-in-staging", bump, releases.carry(staging, bumpId)),
    golden: ["json"],
  },
  promoted("model-bump-promoted", measured(bumpId)),
  { ...promoted("model-bump-refused", measured(bumpId, mixed)), golden: ["sarif"] },
  changed("budget-raised", replace(production, "monthlyUsd: 20000\n", "monthlyUsd: 25000\n")),
  changed(
    "team-added",
    before(staging, "\n  lockstep:credentials:\n", team(0.1)),
    before(production, "\n  lockstep:credentials:\n", team(1)),
  ),
  changed("route-added-by-hand", newRoute("Sums contracts up for the legal team.")),
  changed(
    "prompt-head-by-hand",
    replace("prompts/ticket-triage.md", "You sort incoming", "Today is a sale. You sort incoming"),
  ),
  {
    name: "prompt-tail-by-hand",
    base: longSteady,
    head: append("prompts/support-answer.md", "121. Gift cards are not returned.\n")(longSteady),
    stack: "staging",
  },
  {
    name: "prompt-head-promoted",
    base: rulesInStaging,
    head: releases.carry(production, rulesId)(rulesInStaging),
  },
  {
    name: "rollback",
    base: bumped,
    head: all(
      file(`releases/${revertId}/release.yaml`, revertText),
      inBoth((path) => append(path, `  lockstep:carries: [${revertId}]\n`)),
    )(bumped),
  },
  { ...changed("exception-added", loadTest, except(excused)), golden: ["json", "sarif"] },
  {
    name: "exception-expired",
    base: all(loadTest, except({ ...excused, created: "2026-10-20", expires: "2026-11-20" }))(steady),
    head: all(
      loadTest,
      except({ ...excused, created: "2026-10-20", expires: "2026-11-20" }),
      replace(production, "canaryEveryMinutes: 60", "canaryEveryMinutes: 45"),
    )(steady),
  },
  changed(
    "credential-renamed",
    replaceAll(project, "credential: openai\n", "credential: openai-main\n"),
    inBoth((path) => replace(path, "    openai:\n", "    openai-main:\n")),
  ),
  changed(
    "fallback-deleted",
    replace(
      project,
      "          serverError: 2\n          serviceUnavailable: 2\n          badRequest: 0\n          authentication: 0\n          notFound: 0\n          contentPolicy: 0\n        fallbacks: [economy-chat]\n",
      "          serverError: 2\n          serviceUnavailable: 2\n          badRequest: 0\n          authentication: 0\n          notFound: 0\n          contentPolicy: 0\n        fallbacks: []\n",
    ),
  ),
  {
    ...changed(
      "limit-encrypted",
      replace(staging, "monthlyUsd: 2000\n", `monthlyUsd: { secure: ${cipher} }\n`),
    ),
    golden: ["json"],
  },
  changed("esc-import", (entries) => ({
    ...entries,
    [production]: `environment:\n  - llm/production\n${entries[production] ?? ""}`,
  })),
  changed(
    "both-stacks-edited",
    replace(staging, "    requestsPerMinute: 120\n", "    requestsPerMinute: 180\n"),
    replace(production, "    requestsPerMinute: 1200\n", "    requestsPerMinute: 1800\n"),
    replace(staging, "replicas: { min: 2, max: 4,", "replicas: { min: 2, max: 6,"),
    replace(production, "replicas: { min: 4, max: 24,", "replicas: { min: 6, max: 36,"),
  ),
  {
    name: "first-commit",
    base: undefined,
    head: edited(withoutReleases),
  },
  changed("pair-removed", remove(staging), remove(production)),
  changed("production-removed", remove(production)),
  { ...changed("three-thousand-models", before(project, atModels, manyModels)), lines: 40 },
  {
    name: "hostile-values",
    base: steady,
    head: all(
      newRoute(quoted),
      replace(project, "modelId: text-embedding-3-large", `modelId: ${controlled}`),
      file(`releases/${hostileId}/release.yaml`, hostileText),
      releases.carry(staging, hostileId),
      measured(hostileId, undecided),
      loadTest,
      except({ ...excused, text: quoted }),
      except({ rule: "models-pinned", path: hostile, text: quoted }, production),
    )(steady),
    golden: ["sarif"],
  },
  changed(
    "hostile-keys",
    file(`releases/${hostile.replaceAll("/", "-")}/release.yaml`, `id: ${quoted}\n${quoted}: 1\n`),
    replace(project, "        ticket-triage: { file:", `        ${controlled}: { file:`),
    replace(project, "    prompt: ticket-triage\n", `    prompt: ${controlled}\n`),
    append(staging, `  lockstep:${JSON.parse(quoted).replaceAll(/[:#`|]/g, "")}: 1\n  ${controlled}: 2\n`),
    append(production, `${quoted}: 3\n`),
  ),
  {
    name: "settings-weakened",
    base: file(
      "policies/config.json",
      '{\n  "production-proven": { "stubProviders": "refuse" }\n}\n',
    )(steady),
    head: file(
      "policies/config.json",
      '{\n  "production-proven": { "stubProviders": "accept" },\n  "release-complete": { "minimumSignOffs": 0 }\n}\n',
    )(steady),
  },
  changed(
    "staging-above-production",
    replace(staging, "    requestsPerMinute: 120\n", "    requestsPerMinute: 1500\n"),
  ),
  changed(
    "retry-in-staging-only",
    override(
      "staging",
      "routes",
      "timeout: 1\n        serverError: 2\n",
      "timeout: 0\n        serverError: 2\n",
    ),
  ),
  {
    name: "two-pairs",
    base: regions,
    head: replace("Pulumi.eu-staging.yaml", "    dailyUsd: 100\n", "    dailyUsd: 1000\n")(regions),
  },
  {
    name: "two-pairs-three-thousand-models",
    base: regions,
    head: before(project, atModels, manyModels)(regions),
    lines: 8,
  },
  changed(
    "syntax-error",
    replace(
      staging,
      "    monthlyUsd: 2000\n",
      `    monthlyUsd: [2000\n    # the key: ${openai}\n    note: "${opaque}\n`,
    ),
  ),
  changed("credentials-pasted", pasted),
  {
    name: "credentials-taken-out",
    base: pasted(steady),
    head: steady,
  },
];
