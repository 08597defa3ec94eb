import { expect, it } from "vitest";
import { modelsPinned } from "../../../policies/stack/models-pinned";
import { type Edit, fullFiles, replace } from "../../shipped";
import { judged, place, production, project, staging } from "./judged";

const fast = (id: string) => replace(project, "modelId: claude-sonnet-5\n", `modelId: ${id}\n`);
const large = (id: string) => replace(project, "modelId: gpt-5.4-2026-03-05", `modelId: ${id}`);
const short = (...edits: Edit[]) =>
  judged(modelsPinned, edits).map(({ status, path, found }) => [status, path, found]);

it("models-pinned accepts the shipped models, and another dated version", () => {
  expect(judged(modelsPinned)).toEqual([]);
  expect(short(large("gpt-4o-2024-08-06"))).toEqual([]);
});

it("models-pinned refuses an alias, and names the version that it stands for", () => {
  expect(judged(modelsPinned, [large("gpt-4o")])).toEqual([
    {
      rule: "models-pinned",
      status: "violation",
      object: "models.chat-large.modelId",
      path: "models.chat-large.modelId",
      found: '"gpt-4o": An OpenAI name without a date points at whichever snapshot is the default.',
      allowed: 'the id of one fixed version, such as "gpt-4o-2024-08-06"',
      remedy: 'Write "gpt-4o-2024-08-06", or the fixed version that was evaluated.',
      at: place(project, "chat-large:\n", "modelId"),
    },
  ]);
});

it("models-pinned refuses -latest without a version to propose", () => {
  expect(judged(modelsPinned, [fast("claude-3-5-sonnet-latest")])).toEqual([
    {
      rule: "models-pinned",
      status: "violation",
      object: "models.chat-fast.modelId",
      path: "models.chat-fast.modelId",
      found: '"claude-3-5-sonnet-latest": “latest” moves with every new version.',
      allowed: "the id of one fixed version",
      remedy: "Write the id of the fixed version that was evaluated.",
      at: place(project, "chat-fast:\n", "modelId"),
    },
  ]);
});

it("models-pinned cannot decide about a name of no known form, which is no pass", () => {
  expect(short(large("our-own-model"))).toEqual([
    [
      "cannot-decide",
      "models.chat-large.modelId",
      '"our-own-model": This is not a model name in OpenAI\'s scheme.',
    ],
  ]);
});

it("models-pinned tells whose models they are where each stack has its own", () => {
  const both = [
    fullFiles(),
    ...[staging, production].map((file) => replace(file, "modelId: gpt-5.4-2026-03-05", "modelId: gpt-4o")),
  ];
  expect(judged(modelsPinned, both).map(({ object, at }) => [object, at])).toEqual([
    ["staging's models.chat-large.modelId", place(staging, "chat-large:\n", "modelId", both)],
    ["production's models.chat-large.modelId", place(production, "chat-large:\n", "modelId", both)],
  ]);
});

/** chat-large as a deployment at Azure. */
const azure = (more: string): Edit[] => [
  replace(
    project,
    "        provider: openai\n        kind: chat\n        modelId: gpt-5.4-2026-03-05\n        credential: openai\n",
    `        provider: azure\n        kind: chat\n        modelId: our-deployment\n        credential: azure\n        apiBase: https://example.openai.azure.com\n${more}`,
  ),
  ...(["staging", "production"] as const).map((name) =>
    replace(
      `Pulumi.${name}.yaml`,
      "    anthropic:\n",
      `    azure:\n      provider: azure\n      secretName: lockstep/${name}/azure\n      identity: azure-${name}\n      maxAgeDays: 30\n    anthropic:\n`,
    ),
  ),
];

it("models-pinned looks at an Azure deployment's version and upgrade option, not at its name", () => {
  const pinned = '        modelVersion: "2024-08-06"\n';
  expect(short(...azure(`${pinned}        versionUpgradeOption: NoAutoUpgrade\n`))).toEqual([]);
  expect(short(...azure(pinned))).toEqual([
    [
      "violation",
      "models.chat-large.modelId",
      '"our-deployment": Azure upgrades the deployment unless versionUpgradeOption is NoAutoUpgrade.',
    ],
  ]);
  expect(short(...azure(""))).toEqual([
    [
      "violation",
      "models.chat-large.modelId",
      '"our-deployment": Without a version the deployment takes Azure\'s default.',
    ],
  ]);
});

it("models-pinned looks at a Hugging Face model's revision", () => {
  const huggingFace = (revision: string): Edit[] => [
    ...azure(`        revision: ${revision}\n`).map(
      (edit): Edit =>
        (entries) => {
          const done = edit(entries);
          return Object.fromEntries(
            Object.entries(done).map(([file, text]) => [
              file,
              file.endsWith(".yaml")
                ? text
                    .replace("provider: azure", "provider: huggingface")
                    .replace("modelId: our-deployment", "modelId: example/model")
                : text,
            ]),
          );
        },
    ),
  ];
  expect(short(...huggingFace("0123456789abcdef0123456789abcdef01234567"))).toEqual([]);
  expect(short(...huggingFace("v1.0"))).toEqual([
    [
      "violation",
      "models.chat-large.modelId",
      '"example/model": The revision is no full commit id of 40 hexadecimal digits; branches and tags move.',
    ],
  ]);
});

// chat-fast retires on 2027-06-30.
it.each([
  ["2027-06-16T00:00:00.000Z", 14, undefined],
  ["2027-06-16T00:00:00.001Z", 14, "retires on 2027-06-30, in 13 days"],
  ["2027-06-28T12:00:00.000Z", 14, "retires on 2027-06-30, in 1 day"],
  ["2027-06-30T00:00:00.000Z", 14, "retires on 2027-06-30, in 0 days"],
  ["2027-06-30T00:00:00.001Z", 14, "retired on 2027-06-30"],
  ["2027-06-30T00:00:00.000Z", 0, undefined],
  ["2027-06-30T00:00:00.001Z", 0, "retired on 2027-06-30"],
  ["2027-05-31T00:00:00.000Z", 30, undefined],
  ["2027-05-31T00:00:00.001Z", 30, "retires on 2027-06-30, in 29 days"],
])("models-pinned at %s with %i days of notice: %s", (now, retirementNoticeDays, found) => {
  const findings = judged(modelsPinned, [], { now, settings: { retirementNoticeDays } });
  expect(findings.map((one) => one.found)).toEqual(found === undefined ? [] : [found]);
});

it("models-pinned asks for two weeks where no setting says otherwise, and says where the date stands", () => {
  expect(judged(modelsPinned, [], { now: "2027-06-16T00:00:00Z" })).toEqual([]);
  expect(judged(modelsPinned, [], { now: "2027-06-20T00:00:00Z" })).toEqual([
    {
      rule: "models-pinned",
      status: "violation",
      object: "models.chat-fast.retires",
      path: "models.chat-fast.retires",
      found: "retires on 2027-06-30, in 10 days",
      allowed: "a model with at least 14 days left",
      remedy: "Move the routes to a successor through a release.",
      at: place(project, "chat-fast:\n", "retires"),
    },
  ]);
});

it("models-pinned reports a name and a date of one model together", () => {
  expect(
    judged(modelsPinned, [fast("claude-3-5-sonnet-latest")], { now: "2028-01-01T00:00:00Z" }).map(
      ({ path }) => path,
    ),
  ).toEqual(["models.chat-fast.modelId", "models.chat-fast.retires"]);
});

it("models-pinned takes a name of no known form for fixed where the catalogue has it, and says how to put it there", () => {
  const edits = [large("our-own-model")];
  const with_ = (...catalogue: string[]) => judged(modelsPinned, edits, { settings: { catalogue } });
  expect(with_("openai/our-own-model")).toEqual([]);
  for (const other of ["anthropic/our-own-model", "openai/our-own-model-2", "openai/Our-own-model"])
    expect(with_(other).map(({ remedy }) => remedy)).toEqual([
      'Write the id of the fixed version that was evaluated; where this is one, add "openai/our-own-model" to the rule\'s setting catalogue.',
    ]);
});

it("models-pinned lets no catalogue vouch for a name that is known to move", () => {
  const settings = { catalogue: ["openai/gpt-4o"] };
  expect(judged(modelsPinned, [large("gpt-4o")], { settings })).toHaveLength(1);
});

it.each([["our-own-model"], ["openai/"], ["openai/a b"], ["OpenAI/x"]])(
  "models-pinned refuses %j as an entry of the catalogue",
  (entry) => {
    expect(() => judged(modelsPinned, [], { settings: { catalogue: [entry] } })).toThrow();
  },
);
