import { expect, it } from "vitest";
import { releaseComplete } from "../../../policies/stack/release-complete";
import { append, type Edit, replace } from "../../shipped";
import { judged, place, production, staging } from "./judged";
import { except, first, firstHash, promoting, promotion, steady, upgradeFile, upgradeText } from "./releases";

const change = (from: string, to: string) => replace(upgradeFile, from, to);
const told = (...edits: Edit[]) =>
  judged(releaseComplete, [...promotion.edits, ...edits]).map(({ path, found, allowed }) => [
    path,
    found,
    allowed,
  ]);
const path = (rest: string) => `releases.chat-upgrade.${rest}`;

const hypothesis =
  "hypothesis: Long answers are no longer cut off, so fewer than 1 % of answers fail their validator.\n";
const rollback = `rollback:
  to: ${firstHash}
  steps:
    - Take chat-upgrade out of production's list, and run pulumi up.
  rehearsed: "2026-11-18"
`;
const tokenDelta = `tokenDelta:
  - route: support-chat
    requestsPerMonth: 300000
    before: { input: 2000, output: 300 }
    after: { input: 2100, output: 330 }
    monthlyUsd: { warm: 169.5, cold: 210 }
`;
const signOffs = `signOffs:
  - { name: Grace Example, role: head of support, date: "2026-11-20" }
`;

it("release-complete accepts a release that says everything, and asks nothing where none is carried", () => {
  expect(told()).toEqual([]);
  expect(judged(releaseComplete, steady.edits)).toEqual([]);
  expect(judged(releaseComplete, [...promotion.edits, change(hypothesis, "")], { tier: "staging" })).toEqual(
    [],
  );
});

it("release-complete asks for a hypothesis, at the release's file", () => {
  const edits = [...promotion.edits, change(hypothesis, "")];
  expect(judged(releaseComplete, edits)).toEqual([
    {
      rule: "release-complete",
      status: "violation",
      object: "release chat-upgrade's hypothesis",
      path: "releases.chat-upgrade.hypothesis",
      found: "nothing",
      allowed: "a sentence that says what becomes better, and how it would be seen",
      remedy: "Write it into releases/chat-upgrade/release.yaml.",
      at: { file: upgradeFile, line: 1, column: 1 },
    },
  ]);
});

it.each([
  "TODO write what becomes better",
  "What becomes better is tbd by support",
  "Better answers, see <link to the dashboard>",
  "Answers become better because ... of it",
  "Answers become better because … of it",
  "FIXME: the answers become better",
  "xxx xxx xxx xxx xxx xxx",
])("release-complete takes %j for a placeholder", (text) => {
  expect(told(change(hypothesis, `hypothesis: ${JSON.stringify(text)}\n`))).toEqual([
    [
      path("hypothesis"),
      "a placeholder",
      "a sentence that says what becomes better, and how it would be seen",
    ],
  ]);
});

it.each([
  "Its p95 stays < 2 s and the score > 0.9",
  "Its p95 stays <2 s, and the score is >0.9",
  "The method todos() answers sooner",
])("release-complete takes %j for a hypothesis", (text) => {
  expect(told(change(hypothesis, `hypothesis: ${JSON.stringify(text)}\n`))).toEqual([]);
});

it("release-complete asks for the way back, and for steps that can be taken", () => {
  expect(told(change(rollback, ""))).toEqual([
    [path("rollback"), "nothing", "the hash to go back to, and the steps that lead there"],
  ]);
  const edits = change("pulumi up.\n", "pulumi up.\n    - TODO tell support\n");
  expect(judged(releaseComplete, [...promotion.edits, edits])).toEqual([
    {
      rule: "release-complete",
      status: "violation",
      object: "release chat-upgrade's rollback.steps[1]",
      path: "releases.chat-upgrade.rollback.steps[1]",
      found: "a placeholder",
      allowed: "a step that somebody can take",
      remedy: "Write it into releases/chat-upgrade/release.yaml.",
      at: place(upgradeFile, "pulumi up.\n", "TODO", [...promotion.edits, edits]),
    },
  ]);
});

it("release-complete reads the first step too", () => {
  expect(told(change("- Take chat-upgrade out of", "- Take <the release> out of"))).toEqual([
    [path("rollback.steps[0]"), "a placeholder", "a step that somebody can take"],
  ]);
});

it("release-complete asks a first release for no way back, but for all else", () => {
  expect(judged(releaseComplete, first.edits)).toEqual([]);
  const bare = replace(
    "releases/initial/release.yaml",
    "hypothesis: Support answers tickets in a minute, as the median of the dashboard shows.\n",
    "",
  );
  expect(judged(releaseComplete, [...first.edits, bare]).map((one) => one.path)).toEqual([
    "releases.initial.hypothesis",
  ]);
});

const table =
  "for each route that changes: requests a month, tokens of a request before and after, and what that costs";

it("release-complete asks for the expected tokens where a change may need other tokens", () => {
  expect(told(change(tokenDelta, ""))).toEqual([[path("tokenDelta"), "nothing", table]]);
  expect(told(change(tokenDelta, "tokenDelta: []\n"))).toEqual([[path("tokenDelta"), "nothing", table]]);
});

it.each([
  ["objectives.errorRatio", "0.01", "0.009"],
  ["acceptance.eval.minScore", "0.85", "0.86"],
  ["residency.regions", "[us-east-1, us-east-2, us-west-2, global]", "[us-east-1, us-east-2, global]"],
  ["gateway.backoff.maxSeconds", "2", "3"],
  ["models.chat-large.timeoutSeconds", "20", "19"],
  ["routes.support-chat.retries.rateLimit", "2", "1"],
])("release-complete asks for no tokens where %s changes alone", (changed, from, to) => {
  const text = change(
    "path: models.chat-large.maxOutputTokens\n    from: 1200\n    to: 1600",
    `path: ${changed}\n    from: ${from}\n    to: ${to}`,
  );
  expect(told(text, change(tokenDelta, ""))).toEqual([]);
  expect(told(text, change(tokenDelta, "tokenDelta: []\n"))).toEqual([]);
});

it.each([
  ["models.chat-large.modelId", "gpt-5.4-2026-03-05", "gpt-5.4-2026-03-06"],
  ["models.chat-large.temperature", "1", "0.5"],
  ["models.chat-large.usdPerMillionTokens.cachedInput", "0.25", "0.2"],
  ["routes.support-chat.targets[0].weight", "1", "2"],
  ["routes.support-chat.tools", "[create-ticket]", "[]"],
  ["behaviour.prompts.support-answer.file", "prompts/support-answer.md", "prompts/ticket-triage.md"],
  ["behaviour.retrieval.topK", "8", "9"],
  ["behaviour.semanticCache.similarity", "0.95", "0.9"],
])("release-complete asks for tokens where %s changes", (changed, from, to) => {
  const text = change(
    "path: models.chat-large.maxOutputTokens\n    from: 1200\n    to: 1600",
    `path: ${changed}\n    from: ${from}\n    to: ${to}`,
  );
  expect(told(text, change(tokenDelta, ""))).toEqual([[path("tokenDelta"), "nothing", table]]);
});

it("release-complete asks for tokens where one change of several may need others", () => {
  const text = change(
    "    to: 1600\n",
    "    to: 1600\n  - path: objectives.errorRatio\n    from: 0.01\n    to: 0.009\n",
  );
  expect(told(text, change(tokenDelta, ""))).toEqual([[path("tokenDelta"), "nothing", table]]);
});

it("release-complete checks what the tokens cost, by the declared prices, to the cent", () => {
  expect(told(change("warm: 169.5,", "warm: 169.504,"))).toEqual([]);
  const edits = [...promotion.edits, change("warm: 169.5,", "warm: 169.51,")];
  expect(judged(releaseComplete, edits)).toEqual([
    {
      rule: "release-complete",
      status: "violation",
      object: "release chat-upgrade's tokenDelta[0].monthlyUsd.warm",
      path: "releases.chat-upgrade.tokenDelta[0].monthlyUsd.warm",
      found: "169.51 USD per month",
      allowed: "169.5 USD per month, by the declared prices",
      remedy: "Write 169.5, or correct the tokens.",
      at: place(upgradeFile, "monthlyUsd: {", "warm", edits),
    },
  ]);
  expect(told(change("cold: 210 ", "cold: 2100 "))).toEqual([
    [
      path("tokenDelta[0].monthlyUsd.cold"),
      "2,100 USD per month",
      "210 USD per month, by the declared prices",
    ],
  ]);
});

it("release-complete prices the change from what production was without the release", () => {
  const dearer = change(
    "    to: 1600\n",
    "    to: 1600\n  - path: models.chat-large.usdPerMillionTokens.output\n    from: 15\n    to: 16\n",
  );
  // 300,000 × ((2,100 − 2,000) × 2.5 + 330 × 16 − 300 × 15) / 1,000,000 USD.
  expect(told(dearer, change("{ warm: 169.5, cold: 210 }", "{ warm: 268.5, cold: 309 }"))).toEqual([]);
  expect(told(dearer).map(([one]) => one)).toEqual([
    path("tokenDelta[0].monthlyUsd.warm"),
    path("tokenDelta[0].monthlyUsd.cold"),
  ]);
});

it("release-complete accepts one entry for each of several routes", () => {
  const triage = `  - route: ticket-triage
    requestsPerMonth: 90000
    before: { input: 500, output: 60 }
    after: { input: 500, output: 60 }
    monthlyUsd: { warm: 0, cold: 0 }
`;
  expect(told(change(tokenDelta, `${tokenDelta}${triage}`))).toEqual([]);
});

it("release-complete prices each of two releases with the other one in place", () => {
  const dearer = `id: dearer
owner: Ada Example
created: "2026-11-16"
state: open
changes:
  - path: models.chat-large.usdPerMillionTokens.output
    from: 15
    to: 16
tokenDelta:
  - route: support-chat
    requestsPerMonth: 300000
    before: { input: 2000, output: 300 }
    after: { input: 2000, output: 300 }
    monthlyUsd: { warm: 90, cold: 90 }
${hypothesis}${rollback}${signOffs}`;
  const both = [
    append("releases/dearer/release.yaml", dearer),
    ...[staging, production].map((stack) =>
      replace(stack, "lockstep:carries: [chat-upgrade]", "lockstep:carries: [chat-upgrade, dearer]"),
    ),
  ];
  // 300,000 × ((2,100 − 2,000) × 2.5 + (330 − 300) × 16) / 1,000,000 USD.
  expect(told(...both, change("{ warm: 169.5, cold: 210 }", "{ warm: 178.5, cold: 219 }"))).toEqual([]);
  expect(told(...both).map(([one, , allowed]) => [one, allowed])).toEqual([
    [path("tokenDelta[0].monthlyUsd.warm"), "178.5 USD per month, by the declared prices"],
    [path("tokenDelta[0].monthlyUsd.cold"), "219 USD per month, by the declared prices"],
  ]);
});

it("release-complete refuses a route that is none, and one for a second time", () => {
  expect(told(change("route: support-chat", "route: support-chats"))).toEqual([
    [
      path("tokenDelta"),
      'no entry for "support-chat", whose requests the release changes',
      "an entry for each route whose model, price, prompt, tools or response schema changes",
    ],
    [path("tokenDelta[0].route"), '"support-chats", which is no route with a price', "a declared route"],
  ]);
  const row = tokenDelta.slice("tokenDelta:\n".length);
  expect(told(change(tokenDelta, `${tokenDelta}${row}`))).toEqual([
    [path("tokenDelta[1].route"), '"support-chat" for a second time', "each route once"],
  ]);
});

it("release-complete asks for somebody else than the owner, at the list", () => {
  const edits = [...promotion.edits, change("name: Grace Example", "name: ada  example")];
  expect(judged(releaseComplete, edits)).toEqual([
    {
      rule: "release-complete",
      status: "violation",
      object: "release chat-upgrade's signOffs",
      path: "releases.chat-upgrade.signOffs",
      found: "0 by somebody else than the owner",
      allowed: "at least 1",
      remedy:
        "Let somebody else look at the release and its evidence, and name them with their role and the day.",
      at: place(upgradeFile, "rehearsed:", "signOffs:", edits),
    },
  ]);
  expect(told(change(signOffs, ""))).toEqual([
    [path("signOffs"), "0 by somebody else than the owner", "at least 1"],
  ]);
});

it("release-complete counts people, not lines, up to the number that a setting asks for", () => {
  const line = (name: string) => `  - { name: ${name}, role: head of support, date: "2026-11-20" }\n`;
  const found = (minimumSignOffs: number, ...names: string[]) =>
    judged(
      releaseComplete,
      [...promotion.edits, change(signOffs, `signOffs:\n${names.map(line).join("")}`)],
      { settings: { minimumSignOffs } },
    ).map((one) => [one.found, one.allowed]);
  expect(found(2, "Grace Example", "Alan Example")).toEqual([]);
  expect(found(2, "Grace Example", "GRACE EXAMPLE")).toEqual([
    ["1 by somebody else than the owner", "at least 2"],
  ]);
  expect(found(2, "Ada Example", "Grace Example", "Alan Example")).toEqual([]);
  expect(found(0, "Ada Example")).toEqual([]);
});

it.each([
  [0, true],
  [20, true],
  [21, false],
  [-1, false],
  [1.5, false],
])("release-complete knows whether %d people can be asked for", (minimumSignOffs, can) => {
  expect(releaseComplete.settings?.safeParse({ minimumSignOffs }).success).toBe(can);
});

it.each([
  ['date: "2026-11-20"', 'date: "2026-11-21"', []],
  [
    'date: "2026-11-20"',
    'date: "2026-11-22"',
    [["signOffs[0].date", "2026-11-22, which is in the future", "at most 2026-11-21, today (UTC)"]],
  ],
  ['date: "2026-11-20"', 'date: "2026-11-16"', []],
  [
    'date: "2026-11-20"',
    'date: "2026-11-15"',
    [["signOffs[0].date", "2026-11-15, before the release was made", "2026-11-16 or later"]],
  ],
  ["name: Grace Example", "name: --- 1", [["signOffs[0].name", "no name", "the name of a person"]]],
])("release-complete reads a sign-off with %s as %s", (from, to, findings) => {
  expect(told(change(from, to))).toEqual(findings.map(([rest = "", ...texts]) => [path(rest), ...texts]));
});

it("release-complete asks the inverse of a closed release for nothing", () => {
  const text = (reverts: string) => `id: chat-upgrade
owner: Ada Example
created: "2026-11-16"
state: open
${reverts}changes:
  - path: models.chat-large.maxOutputTokens
    from: 1200
    to: 1600
`;
  expect(judged(releaseComplete, promoting(text("reverts: initial\n")))).toEqual([]);
  expect(judged(releaseComplete, promoting(text(""))).map((one) => one.path)).toEqual(
    ["hypothesis", "rollback", "tokenDelta", "signOffs"].map(path),
  );
});

it("release-complete judges every release that production carries, and prices each without itself", () => {
  const second = upgradeText(firstHash)
    .replace("id: chat-upgrade", "id: second")
    .replace("path: models.chat-large.maxOutputTokens", "path: models.chat-fast.maxOutputTokens")
    .replace("route: support-chat", "route: economy-chat")
    .replace("{ warm: 169.5, cold: 210 }", "{ warm: 117.6, cold: 150 }")
    .replace("hypothesis: Long", "hypothesis: TODO Long");
  const edits = [
    ...promotion.edits,
    append("releases/second/release.yaml", second),
    ...[staging, production].map((stack) =>
      replace(stack, "lockstep:carries: [chat-upgrade]", "lockstep:carries: [chat-upgrade, second]"),
    ),
  ];
  expect(judged(releaseComplete, edits).map((one) => one.path)).toEqual(["releases.second.hypothesis"]);
});

it("release-complete lets an exception cover the finding that it names, and no other", () => {
  const edits = [...promotion.edits, change(hypothesis, ""), change(signOffs, "")];
  const statuses = judged(releaseComplete, [
    ...edits,
    except("release-complete", "releases.chat-upgrade.hypothesis"),
  ]).map((one) => [one.path, one.status]);
  expect(statuses).toEqual([
    [path("hypothesis"), "exempted"],
    [path("signOffs"), "violation"],
  ]);
});
