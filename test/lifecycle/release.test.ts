import { beforeEach, describe, expect, it } from "vitest";
import { memoryFiles, type ProjectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { readReleases } from "../../config/release";
import { carry, drop } from "../../lifecycle/releaseCarry";
import { close } from "../../lifecycle/releaseClose";
import {
  carriedIds,
  chosenPair,
  Draft,
  overlay,
  pairOr,
  pairsOf,
  ReleaseBlocked,
  ReleaseError,
  textOf,
} from "../../lifecycle/releaseFiles";
import { type Changes, newRelease } from "../../lifecycle/releaseNew";
import { revert, rollback } from "../../lifecycle/releaseRevert";
import type { FileChange } from "../../lifecycle/write";
import { closedRelease } from "../evidence";
import {
  append,
  type Edit,
  edited,
  fullFiles,
  override,
  replace,
  shipped,
  withoutReleases,
} from "../shipped";

const now = new Date("2026-11-21T12:34:56.789Z");
const none: Changes = { kind: "none" };
const set = (...pairs: [string, string][]): Changes => ({
  kind: "values",
  set: pairs.map(([path, value]) => ({ path, value })),
  unset: [],
});
const unset = (...paths: string[]): Changes => ({ kind: "values", set: [], unset: paths });

const base = shipped(withoutReleases);
const shippedHash = hashOf(base).production;

function hashOf(files: ProjectFiles): { staging: string; production: string } {
  const { pair, problems } = loadPair(files, "production");
  if (pair === undefined) throw new Error(JSON.stringify(problems[0]));
  return { staging: pair.staging.behaviourHash, production: pair.production.behaviourHash };
}

const make = (files: ProjectFiles, id: string, changes: Changes, extra = {}): FileChange[] =>
  newRelease(files, { id, owner: "Ada Example", now, ...extra }, changes);

/** Applies commands one after the other, each to what the ones before it left. */
const applied = (files: ProjectFiles, ...steps: ((files: ProjectFiles) => FileChange[])[]): ProjectFiles =>
  steps.reduce((state, step) => overlay(state, step(state)), files);

const both =
  (id: string) =>
  (files: ProjectFiles): FileChange[] => {
    const staging = carry(files, id, "staging");
    return [...staging, ...carry(overlay(files, staging), id, "production")];
  };

const closing =
  (...ids: string[]) =>
  (files: ProjectFiles) =>
    close(files, ids, { now, refusals: [] });

const refused = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof ReleaseError) return error.message;
    throw error;
  }
  throw new Error("not refused");
};

const first = (files: ProjectFiles) =>
  applied(files, (now_) => make(now_, "initial", none), both("initial"), closing("initial"));
/** Written out, and not made by the commands: what runs while the file is loaded is held by no test. */
const proven = memoryFiles({
  ...edited(withoutReleases),
  "releases/initial/release.yaml": closedRelease("initial", "2026-11-21T12:34:56Z", shippedHash),
});

describe("a new release", () => {
  it("has each change with the value that stands there now", () => {
    const changes = make(
      proven,
      "calmer",
      {
        kind: "values",
        set: [
          { path: "models.chat-large.temperature", value: "0.7" },
          { path: "models.chat-large.seed", value: "7" },
          { path: "routes.ticket-triage.fallbacks", value: "[]" },
        ],
        unset: ["behaviour.tools.create-ticket", "models.chat-fast.timeoutSeconds"].slice(1),
      },
      { hypothesis: "Answers are calmer, seen in the evaluation." },
    );
    expect(changes).toEqual([
      {
        path: "releases/calmer/release.yaml",
        before: undefined,
        after: `id: calmer
owner: Ada Example
created: "2026-11-21"
state: open
hypothesis: Answers are calmer, seen in the evaluation.
changes:
  - path: models.chat-large.temperature
    from: 1
    to: 0.7
  - path: models.chat-large.seed
    to: 7
  - path: routes.ticket-triage.fallbacks
    from: [economy-chat]
    to: []
  - path: models.chat-fast.timeoutSeconds
    from: 15
rollback:
  to: ${shippedHash}
  steps: [lockstep release rollback]
`,
      },
    ]);
  });

  it("has the price of its tokens, and the steps back that were given", () => {
    const [change] = make(proven, "cheaper", set(["models.chat-large.maxOutputTokens", "800"]), {
      tokens: [
        {
          route: "support-chat",
          requestsPerMonth: 400_000,
          before: { input: 3_200, output: 350 },
          after: { input: 3_200, output: 300 },
        },
      ],
      rollbackSteps: ["Tell the support team", "lockstep release rollback"],
    });
    expect(String(change?.after).slice(String(change?.after).indexOf("tokenDelta"))).toBe(`tokenDelta:
  - route: support-chat
    requestsPerMonth: 400000
    before: { input: 3200, output: 350 }
    after: { input: 3200, output: 300 }
    monthlyUsd: { warm: -300, cold: -300 }
rollback:
  to: ${shippedHash}
  steps: [Tell the support team, lockstep release rollback]
`);
  });

  it("without changes is the first one, which has nothing to go back to", () => {
    expect(make(base, "initial", none).map(({ after: text }) => text)).toEqual([
      'id: initial\nowner: Ada Example\ncreated: "2026-11-21"\nstate: open\nchanges: []\n',
    ]);
  });

  it("adds a whole entry in lines of its own", () => {
    const [change] = make(
      base,
      "prompted",
      set(["behaviour.prompts.other", "{ file: prompts/ticket-triage.md }"]),
    );
    expect(change?.after).toContain(
      "changes:\n  - path: behaviour.prompts.other\n    to: { file: prompts/ticket-triage.md }\n",
    );
  });

  it("takes its values from two full files that agree", () => {
    const [change] = make(
      shipped(withoutReleases, fullFiles()),
      "calmer",
      set(["models.chat-large.temperature", "0.7"]),
    );
    expect(change?.after).toContain("    from: 1\n    to: 0.7\n");
  });

  /** Its Pulumi.yaml has a temperature that the schema refuses; the release that both carry has another one. */
  const held = memoryFiles({
    ...edited(
      withoutReleases,
      replace(
        "Pulumi.yaml",
        "credential: openai\n        temperature: 1\n        maxOutputTokens: 1200\n",
        "credential: openai\n        temperature: 9\n        maxOutputTokens: 1200\n",
      ),
      append("Pulumi.staging.yaml", "  lockstep:carries: [calmer]\n"),
      append("Pulumi.production.yaml", "  lockstep:carries: [calmer]\n"),
    ),
    "releases/initial/release.yaml": closedRelease("initial", "2026-11-21T12:34:56Z", shippedHash),
    "releases/calmer/release.yaml":
      'id: calmer\nowner: Ada Example\ncreated: "2026-11-21"\nstate: open\nchanges:\n  - path: models.chat-large.temperature\n    from: 9\n    to: 0.7\n',
  });
  const differing = shipped(
    withoutReleases,
    override("staging", "objectives", "errorRatio: 0.01", "errorRatio: 0.02"),
  );

  it.each<[string, () => FileChange[], string]>([
    [
      "an id that cannot name one",
      () => make(base, "Upper", none),
      '"Upper" cannot name a release: it takes 2 to 60 characters: a-z, 0-9 and single dashes, starting and ending with a letter or digit.',
    ],
    [
      "an id that is taken",
      () => make(proven, "initial", none),
      "There is a release initial already (releases/initial).",
    ],
    [
      "no changes",
      () => make(base, "calmer", set()),
      "The release changes nothing: name its changes with --set or --unset, take an edit with --since, or say --empty.",
    ],
    [
      "the value that is there",
      () => make(base, "calmer", set(["models.chat-large.temperature", "1"])),
      "models.chat-large.temperature is 1 already.",
    ],
    [
      "removing what is not there",
      () => make(base, "calmer", unset("models.chat-large.seed")),
      "There is nothing at models.chat-large.seed that could be removed.",
    ],
    [
      "a path that is not mirrored",
      () => make(base, "calmer", set(["limits.monthlyUsd", "1"])),
      '"limits.monthlyUsd" is a stricter value, which each stack file has for itself; a release changes mirrored values, at paths as `lockstep show` writes them.',
    ],
    [
      "what is no path",
      () => make(base, "calmer", set(["models..x", "1"])),
      '"models..x" is no path; a release changes mirrored values, at paths as `lockstep show` writes them.',
    ],
    [
      "a value that readers take differently",
      () => make(base, "calmer", set(["models.chat-large.temperature", "010"])),
      "--set models.chat-large.temperature: found `010`, which may be read as 8 or as 10; allowed is a scalar that every reader takes for the same value. Write the number that is meant in plain decimal digits, or put it in quotes if a text is meant.",
    ],
    [
      "no value",
      () => make(base, "calmer", set(["models.chat-large.temperature", " "])),
      "--set models.chat-large.temperature has no value that stands in one line.",
    ],
    [
      "a value in several lines",
      () => make(base, "calmer", set(["models.chat-large.temperature", "1\nother: 2"])),
      "--set models.chat-large.temperature has no value that stands in one line.",
    ],
    [
      "a value that the schema refuses",
      () => make(base, "calmer", set(["models.chat-large.temperature", "9"])),
      "staging could not carry calmer: releases/calmer/release.yaml:8 models.chat-large.temperature: found 9; allowed is at most 2. Correct the value of models.chat-large.temperature.",
    ],
    [
      "values that differ between the environments",
      () => make(differing, "calmer", set(["objectives.errorRatio", "0.03"])),
      "objectives.errorRatio is 0.01 in production and 0.02 in staging: a release starts from one value. Let both stacks have the same first.",
    ],
    [
      "a value that one environment has alone",
      () =>
        make(
          shipped(
            withoutReleases,
            override(
              "staging",
              "models",
              "      modelId: gpt-5.4-2026-03-05\n",
              "      modelId: gpt-5.4-2026-03-05\n      seed: 7\n",
            ),
          ),
          "calmer",
          set(["models.chat-large.seed", "8"]),
        ),
      "models.chat-large.seed is nothing in production and 7 in staging: a release starts from one value. Let both stacks have the same first.",
    ],
    [
      "a project that cannot be read",
      () =>
        make(
          overlay(base, [edit("Pulumi.yaml", "topK: 8", "topK: 0")]),
          "calmer",
          set(["objectives.errorRatio", "0.03"]),
        ),
      "The project cannot be read as it is: Pulumi.yaml:209 behaviour.retrieval.topK: found 0; allowed is at least 1 chunks. Correct the value of behaviour.retrieval.topK.",
    ],
    [
      "production that cannot be read without what it carries",
      () => make(held, "smaller", set(["models.chat-small.temperature", "0.5"])),
      "Production cannot be read without the releases that it carries: close or drop them first.",
    ],
    [
      "a route for tokens that is none",
      () =>
        make(base, "calmer", none, {
          tokens: [
            {
              route: "chat",
              requestsPerMonth: 1,
              before: { input: 1, output: 1 },
              after: { input: 1, output: 1 },
            },
          ],
        }),
      'There is no route "chat" for --tokens; routes: support-chat, ticket-triage, economy-chat.',
    ],
  ])("is refused with %s", (_, run, message) => {
    expect(refused(run)).toBe(message);
  });

  it("is refused beside an open one on the same path, and made beside one on another", () => {
    const open = applied(base, (files) =>
      make(files, "calmer", set(["models.chat-large.temperature", "0.7"])),
    );
    expect(refused(() => make(open, "colder", set(["models.chat-large.temperature", "0.5"])))).toBe(
      'colder cannot be written: releases/colder/release.yaml:6 models.chat-large.temperature: found a change that the open release "calmer" makes too (releases/calmer/release.yaml:6); allowed is each path in one open release only. Put both changes into one release, or close or drop "calmer" first.',
    );
    expect(make(open, "smaller", set(["models.chat-small.temperature", "0.5"]))).toHaveLength(1);
  });
});

describe("carrying", () => {
  let open: ProjectFiles;
  beforeEach(() => {
    open = applied(proven, (files) => make(files, "calmer", set(["models.chat-large.temperature", "0.7"])));
  });

  it("adds one line to the stack's file", () => {
    expect(carry(open, "calmer", "staging")).toEqual([
      {
        path: "Pulumi.staging.yaml",
        before: textOf(open, "Pulumi.staging.yaml"),
        after: `${textOf(open, "Pulumi.staging.yaml")}\n  lockstep:carries: [calmer]\n`,
      },
    ]);
  });

  it.each<[string, Edit[], string, string]>([
    [
      "a flow list",
      [append("Pulumi.staging.yaml", "  lockstep:carries: [other] # why\n")],
      "[other] # why",
      "[other, calmer] # why",
    ],
    [
      "a block list",
      [append("Pulumi.staging.yaml", "  lockstep:carries:\n    # why\n    - other\n")],
      "    - other\n",
      "    - other\n    - calmer\n",
    ],
    [
      "an empty list",
      [append("Pulumi.staging.yaml", "  lockstep:carries: []\n")],
      "carries: []",
      "carries: [calmer]",
    ],
  ])("adds to %s", (_, edits, from, to) => {
    const two = applied(open, (files) => make(files, "other", set(["models.chat-small.temperature", "0.5"])));
    const text = edits.reduce((one, edit) => edit(one), edited())["Pulumi.staging.yaml"] ?? "";
    const files = overlay(two, [{ path: "Pulumi.staging.yaml", before: undefined, after: text }]);
    expect(carry(files, "calmer", "staging")[0]?.after).toBe(text.replace(from, to));
  });

  it("and dropping leave the file as it was, whatever its line ends", () => {
    for (const eol of ["\n", "\r\n"]) {
      const text = `\uFEFF${textOf(open, "Pulumi.staging.yaml")?.replaceAll("\n", eol)}`;
      const files = overlay(open, [{ path: "Pulumi.staging.yaml", before: undefined, after: text }]);
      const carried = applied(files, (state) => carry(state, "calmer", "staging"));
      expect(textOf(carried, "Pulumi.staging.yaml")).toBe(`${text}${eol}  lockstep:carries: [calmer]${eol}`);
      expect(drop(carried, "calmer", undefined)[0]?.after).toBe(text);
    }
  });

  it.each<[string, () => FileChange[], string]>([
    [
      "a release that is none",
      () => carry(open, "other", "staging"),
      'There is no release "other". Open: calmer.',
    ],
    [
      "one where none is open",
      () => carry(base, "other", "staging"),
      'There is no release "other". None is open.',
    ],
    [
      "one that is none beside another that cannot be read",
      () =>
        carry(
          overlay(open, [{ path: "releases/broken/release.yaml", before: undefined, after: "id: broken\n" }]),
          "other",
          "staging",
        ),
      'There is no release "other". Open: calmer.',
    ],
    [
      "one that cannot be read behind another that cannot",
      () =>
        carry(
          overlay(open, [
            { path: "releases/broken/release.yaml", before: undefined, after: "id: broken\n" },
            {
              path: "releases/calmer/release.yaml",
              before: undefined,
              after: textOf(open, "releases/calmer/release.yaml")?.replace("owner: Ada Example\n", ""),
            },
          ]),
          "calmer",
          "staging",
        ),
      "calmer cannot be used: releases/calmer/release.yaml:1 owner: found nothing; allowed is a text. Add owner.",
    ],
    [
      "one where none is open but closed ones are there",
      () => carry(proven, "other", "staging"),
      'There is no release "other". None is open.',
    ],
    [
      "a stack whose file cannot be edited",
      () =>
        carry(
          overlay(open, [
            {
              path: "Pulumi.staging.yaml",
              before: undefined,
              after: "config: &all\n  lockstep:carries: [other]\n",
            },
          ]),
          "calmer",
          "staging",
        ),
      "Pulumi.staging.yaml: config.lockstep:carries cannot be edited: line 1 has an anchor (`&`).",
    ],
    [
      "a closed one",
      () => carry(open, "initial", "staging"),
      "initial is closed (releases/initial/release.yaml:4): its values stand in Pulumi.yaml. To take them back: lockstep release revert initial",
    ],
    [
      "one for a second time",
      () =>
        carry(
          applied(open, (files) => carry(files, "calmer", "staging")),
          "calmer",
          "staging",
        ),
      "staging carries calmer already (Pulumi.staging.yaml).",
    ],
    [
      "a stack that is none",
      () => carry(open, "calmer", "test"),
      'There is no stack "test": Pulumi.test.yaml is missing.',
    ],
    [
      "one whose value has changed since",
      () =>
        carry(
          overlay(open, [
            edit(
              "Pulumi.yaml",
              "        modelId: gpt-5.4-2026-03-05\n        credential: openai\n        temperature: 1\n",
              "        modelId: gpt-5.4-2026-03-05\n        credential: openai\n        temperature: 0.9\n",
            ),
          ]),
          "calmer",
          "staging",
        ),
      "staging cannot carry calmer: releases/calmer/release.yaml:7 models.chat-large.temperature: found from 1, while models.chat-large.temperature is 0.9 (Pulumi.yaml:29); allowed is the value that stands there now. Make the release anew from the values of today; where a stack carries it: lockstep release drop calmer",
    ],
    [
      "one that cannot be read",
      () =>
        carry(
          overlay(open, [{ path: "releases/calmer/release.yaml", before: undefined, after: "id: calmer\n" }]),
          "calmer",
          "staging",
        ),
      "calmer cannot be used: releases/calmer/release.yaml:1 owner: found nothing; allowed is a text. Add owner. (and 3 more: lockstep preview)",
    ],
  ])("is refused for %s", (_, run, message) => {
    expect(refused(run)).toBe(message);
  });
});

const edit = (path: string, from: string, to: string): FileChange => ({
  path,
  before: undefined,
  after: replace(path, from, to)(edited())[path],
});

describe("dropping", () => {
  let carried: ProjectFiles;
  beforeEach(() => {
    carried = applied(
      proven,
      (files) => make(files, "calmer", set(["models.chat-large.temperature", "0.7"])),
      (files) => make(files, "smaller", set(["models.chat-small.temperature", "0.5"])),
      both("calmer"),
      both("smaller"),
    );
  });

  it("takes the release out of every stack that carries it", () => {
    const changes = drop(carried, "calmer", undefined);
    expect(changes.map(({ path }) => path)).toEqual(["Pulumi.production.yaml", "Pulumi.staging.yaml"]);
    for (const { before, after: text } of changes)
      expect(text).toBe(String(before).replace("[calmer, smaller]", "[smaller]"));
  });

  it("takes it out of the stack that is named", () => {
    expect(drop(carried, "smaller", "staging").map(({ path }) => path)).toEqual(["Pulumi.staging.yaml"]);
  });

  it("takes out what is no release, and what is written twice", () => {
    const text = `${textOf(base, "Pulumi.staging.yaml")}  lockstep:carries:\n    - gone\n    - gone\n`;
    const files = overlay(base, [{ path: "Pulumi.staging.yaml", before: undefined, after: text }]);
    expect(drop(files, "gone", undefined)[0]?.after).toBe(textOf(base, "Pulumi.staging.yaml"));
  });

  it("is refused where nobody carries it", () => {
    expect(refused(() => drop(proven, "calmer", undefined))).toBe("No stack carries calmer.");
    expect(refused(() => drop(proven, "calmer", "staging"))).toBe("staging does not carry calmer.");
    expect(refused(() => drop(proven, "calmer", "test"))).toBe("test does not carry calmer.");
    const text = textOf(base, "Pulumi.yaml") ?? "";
    const bare = memoryFiles({ "Pulumi.yaml": text });
    expect(refused(() => drop(bare, "calmer", undefined))).toBe(
      "The project has no stack file (Pulumi.<stack>.yaml).",
    );
  });
});

describe("closing", () => {
  const changes = set(
    ["models.chat-large.temperature", "0.7"],
    ["behaviour.prompts.other", "{ file: prompts/ticket-triage.md }"],
    ["routes.ticket-triage.fallbacks", "[]"],
  );
  let made: ProjectFiles;
  let carried: ProjectFiles;
  beforeEach(() => {
    made = applied(proven, (files) => make(files, "calmer", changes));
    carried = applied(made, both("calmer"));
  });

  it("writes the values, takes the lines out, and keeps every hash", () => {
    const closed = applied(carried, closing("calmer"));
    const project = (textOf(proven, "Pulumi.yaml") ?? "")
      .replace("        temperature: 1\n", "        temperature: 0.7\n")
      .replace(
        "        ticket-triage: { file: prompts/ticket-triage.md }\n",
        "        ticket-triage: { file: prompts/ticket-triage.md }\n        other: { file: prompts/ticket-triage.md }\n",
      );
    const at = project.indexOf("ticket-triage:\n        description");
    const end = project.indexOf("fallbacks: [economy-chat]", at);
    expect(textOf(closed, "Pulumi.yaml")).toBe(
      `${project.slice(0, end)}fallbacks: []${project.slice(end + "fallbacks: [economy-chat]".length)}`,
    );
    for (const file of ["Pulumi.staging.yaml", "Pulumi.production.yaml"])
      expect(textOf(closed, file)).toBe(textOf(proven, file));
    expect(hashOf(closed)).toEqual(hashOf(carried));
    const { production } = hashOf(carried);
    expect(textOf(closed, "releases/calmer/release.yaml")).toBe(
      `${textOf(made, "releases/calmer/release.yaml")?.replace("state: open", "state: closed")}closed:\n  at: "2026-11-21T12:34:56Z"\n  behaviourHash: ${production}\n`,
    );
    expect(production).not.toBe(shippedHash);
  });

  it("writes into both stack files where they have the keys themselves", () => {
    const full = applied(
      first(shipped(withoutReleases, fullFiles())),
      (files) => make(files, "calmer", changes),
      both("calmer"),
    );
    const result = close(full, ["calmer"], { now, refusals: [] });
    expect(result.map(({ path }) => path)).toEqual(
      ["Pulumi.production.yaml", "Pulumi.staging.yaml", "releases/calmer/release.yaml"].sort(
        (a, b) => result.findIndex(({ path }) => path === a) - result.findIndex(({ path }) => path === b),
      ),
    );
    expect(hashOf(overlay(full, result))).toEqual(hashOf(full));
    expect(textOf(overlay(full, result), "Pulumi.staging.yaml")).toContain("      temperature: 0.7\n");
  });

  it("writes into Pulumi.yaml and into the one stack file that has the key itself", () => {
    const own = override("production", "objectives", "errorRatio: 0.01", "errorRatio: 0.01");
    const files = applied(
      memoryFiles({
        ...edited(withoutReleases, own),
        "releases/initial/release.yaml": closedRelease("initial", "2026-11-21T12:34:56Z", shippedHash),
      }),
      (state) => make(state, "looser", set(["objectives.errorRatio", "0.02"])),
      both("looser"),
    );
    const closed = applied(files, closing("looser"));
    expect(textOf(closed, "Pulumi.yaml")).toBe(
      textOf(base, "Pulumi.yaml")?.replace("\n      errorRatio: 0.01\n", "\n      errorRatio: 0.02\n"),
    );
    expect(textOf(closed, "Pulumi.production.yaml")).toBe(
      edited(own)["Pulumi.production.yaml"]?.replace("\n    errorRatio: 0.01\n", "\n    errorRatio: 0.02\n"),
    );
    expect(textOf(closed, "Pulumi.staging.yaml")).toBe(textOf(base, "Pulumi.staging.yaml"));
  });

  it("takes a whole key out of Pulumi.yaml, and puts one in that it did not have", () => {
    const project = textOf(base, "Pulumi.yaml") ?? "";
    const without = project.slice(0, project.indexOf("\n  lockstep:acceptance:\n"));
    const looser = applied(
      proven,
      (files) => make(files, "looser", unset("acceptance")),
      both("looser"),
      closing("looser"),
    );
    expect(textOf(looser, "Pulumi.yaml")).toBe(without);
    const stricter = applied(
      looser,
      (files) => make(files, "stricter", set(["acceptance", "{ drift: { maxAgeDays: 31 } }"])),
      both("stricter"),
      closing("stricter"),
    );
    expect(textOf(stricter, "Pulumi.yaml")).toBe(
      `${without}\n  lockstep:acceptance:\n    value:\n      drift: { maxAgeDays: 31 }\n`,
    );
  });

  it("takes a whole key out of two full files", () => {
    const full = memoryFiles({
      ...edited(withoutReleases, fullFiles()),
      "releases/initial/release.yaml": closedRelease("initial", "2026-11-21T12:34:56Z", shippedHash),
    });
    const closed = applied(
      full,
      (files) => make(files, "looser", unset("acceptance")),
      both("looser"),
      closing("looser"),
    );
    for (const file of ["Pulumi.staging.yaml", "Pulumi.production.yaml"]) {
      const text = textOf(full, file) ?? "";
      // With the blank line above it, since the key was not the last one when it went.
      expect(textOf(closed, file)).toBe(text.slice(0, text.indexOf("  lockstep:acceptance:\n")));
    }
    expect(textOf(closed, "Pulumi.yaml")).toBe(textOf(full, "Pulumi.yaml"));
  });

  it("closes several together, with one hash", () => {
    const two = applied(
      carried,
      (files) => make(files, "smaller", set(["models.chat-small.temperature", "0.5"])),
      both("smaller"),
    );
    expect(refused(() => close(two, ["calmer"], { now, refusals: [] }))).toBe(
      "production carries smaller too: close both together, since its hash is that of both (lockstep release close calmer smaller).",
    );
    const closed = applied(two, closing("smaller", "calmer", "smaller"));
    const hashes = [...readReleases(closed).byId.values()].map(({ data }) => data.closed?.behaviourHash);
    expect(hashes).toEqual([hashOf(two).production, shippedHash, hashOf(two).production]);
  });

  it("leaves what staging alone carries there", () => {
    const two = applied(
      carried,
      (files) => make(files, "smaller", set(["models.chat-small.temperature", "0.5"])),
      (files) => carry(files, "smaller", "staging"),
    );
    const closed = applied(two, closing("calmer"));
    expect(textOf(closed, "Pulumi.staging.yaml")).toContain("lockstep:carries: [smaller]\n");
    expect(hashOf(closed)).toEqual(hashOf(two));
  });

  it("is refused where an environment does not carry it", () => {
    expect(refused(() => close(made, ["calmer"], { now, refusals: [] }))).toBe(
      "production does not carry calmer: a release is closed once both environments run it (lockstep release carry calmer --stack production).",
    );
    const alone = applied(made, (files) => carry(files, "calmer", "production"));
    expect(refused(() => close(alone, ["calmer"], { now, refusals: [] }))).toBe(
      "staging does not carry calmer: a release is closed once both environments run it (lockstep release carry calmer --stack staging).",
    );
    expect(refused(() => close(carried, ["initial"], { now, refusals: [] }))).toContain(
      "initial is closed (",
    );
  });

  it("is refused where the project cannot be read, and for a release that is none", () => {
    const broken = overlay(carried, [edit("Pulumi.yaml", "topK: 8", "topK: 0")]);
    expect(refused(() => close(broken, ["calmer"], { now, refusals: [] }))).toBe(
      "The project cannot be read as it is: Pulumi.yaml:209 behaviour.retrieval.topK: found 0; allowed is at least 1 chunks. Correct the value of behaviour.retrieval.topK.",
    );
    expect(refused(() => close(carried, ["other"], { now, refusals: [] }))).toBe(
      'There is no release "other". Open: calmer.',
    );
  });

  it("is refused while a rule blocks production", () => {
    const refusal = { rule: "evals-passed", object: "the eval evidence", found: "nothing", allowed: "some" };
    expect(refused(() => close(carried, ["calmer"], { now, refusals: [refusal] }))).toBe(
      "Production may not carry calmer now: evals-passed: the eval evidence: found nothing; allowed is some.",
    );
    expect(refused(() => close(carried, ["calmer"], { now, refusals: [refusal, refusal, refusal] }))).toBe(
      "Production may not carry calmer now: evals-passed: the eval evidence: found nothing; allowed is some (and 2 more: lockstep release status).",
    );
    expect(() => close(carried, ["calmer"], { now, refusals: [refusal] })).toThrow(ReleaseBlocked);
    expect(() => close(carried, ["calmer"], { now, refusals: [refusal] })).toThrow(
      expect.objectContaining({ name: "ReleaseBlocked" }),
    );
  });
});

describe("reverting", () => {
  let closed: ProjectFiles;
  beforeEach(() => {
    closed = applied(
      proven,
      (files) =>
        make(
          files,
          "calmer",
          {
            kind: "values",
            set: [
              { path: "models.chat-large.temperature", value: "0.7" },
              { path: "models.chat-large.seed", value: "7" },
            ],
            unset: ["models.chat-fast.timeoutSeconds"],
          },
          {
            tokens: [
              {
                route: "support-chat",
                requestsPerMonth: 400_000,
                before: { input: 3_200, output: 350 },
                after: { input: 3_200, output: 300 },
              },
            ],
          },
        ),
      both("calmer"),
      closing("calmer"),
    );
  });

  it("makes the inverse, the last change first", () => {
    expect(
      revert(closed, "calmer", { owner: "Bo Example", now }).map(({ path, after: text }) => [path, text]),
    ).toEqual([
      [
        "releases/revert-calmer/release.yaml",
        `id: revert-calmer
owner: Bo Example
created: "2026-11-21"
state: open
reverts: calmer
changes:
  - path: models.chat-fast.timeoutSeconds
    to: 15
  - path: models.chat-large.seed
    from: 7
  - path: models.chat-large.temperature
    from: 0.7
    to: 1
tokenDelta:
  - route: support-chat
    requestsPerMonth: 400000
    before: { input: 3200, output: 300 }
    after: { input: 3200, output: 350 }
    monthlyUsd: { warm: 300, cold: 300 }
rollback:
  to: ${hashOf(closed).production}
  steps: [lockstep release rollback]
`,
      ],
    ]);
  });

  it("takes another id", () => {
    expect(revert(closed, "calmer", { as: "undo", now }).map(({ path }) => path)).toEqual([
      "releases/undo/release.yaml",
    ]);
  });

  it("is refused for an id that is taken or cannot name one, and for a release that is none", () => {
    const taken = applied(closed, (files) => make(files, "revert-calmer", none));
    expect(refused(() => revert(taken, "calmer", { now }))).toBe(
      "There is a release revert-calmer already (releases/revert-calmer).",
    );
    expect(refused(() => revert(closed, "calmer", { as: "Undo", now }))).toBe(
      '"Undo" cannot name a release: it takes 2 to 60 characters: a-z, 0-9 and single dashes, starting and ending with a letter or digit.',
    );
    expect(refused(() => revert(closed, "other", { now }))).toBe(
      'There is no release "other". None is open.',
    );
  });

  it("has no tokens where the release had none, and the owner of what is undone", () => {
    const plain = applied(
      proven,
      (files) => make(files, "calmer", set(["models.chat-large.temperature", "0.7"])),
      both("calmer"),
      closing("calmer"),
    );
    expect(revert(plain, "calmer", { now }).map(({ after: text }) => text)).toEqual([
      `id: revert-calmer
owner: Ada Example
created: "2026-11-21"
state: open
reverts: calmer
changes:
  - path: models.chat-large.temperature
    from: 0.7
    to: 1
rollback:
  to: ${hashOf(plain).production}
  steps: [lockstep release rollback]
`,
    ]);
  });

  it("is refused for an open release, for one without changes, and where another has changed the same since", () => {
    const open = applied(proven, (files) =>
      make(files, "calmer", set(["models.chat-large.temperature", "0.7"])),
    );
    expect(refused(() => revert(open, "calmer", { now }))).toBe(
      "calmer is open: nothing of it stands in Pulumi.yaml. To take it out: lockstep release drop calmer",
    );
    expect(refused(() => revert(proven, "initial", { now }))).toBe(
      "initial changes nothing: there is nothing to undo.",
    );
    const twice = applied(
      closed,
      (files) => make(files, "colder", set(["models.chat-large.temperature", "0.5"])),
      both("colder"),
      closing("colder"),
    );
    expect(refused(() => revert(twice, "calmer", { now }))).toBe(
      "staging could not carry revert-calmer: releases/revert-calmer/release.yaml:12 models.chat-large.temperature: found from 0.7, while models.chat-large.temperature is 0.5 (Pulumi.yaml:29); allowed is the value that stands there now. Make the release anew from the values of today; where a stack carries it: lockstep release drop revert-calmer",
    );
  });
});

describe("going back", () => {
  const calmer = (files: ProjectFiles) =>
    make(files, "calmer", set(["models.chat-large.temperature", "0.7"]));
  const later = new Date("2026-11-22T00:00:00Z");
  const laterClosing =
    (...ids: string[]) =>
    (files: ProjectFiles) =>
      close(files, ids, { now: later, refusals: [] });
  let carried: ProjectFiles;
  let closed: ProjectFiles;
  beforeEach(() => {
    carried = applied(proven, calmer, both("calmer"));
    closed = applied(carried, closing("calmer"));
  });

  it("drops what production carries and is open, and leaves staging as it is", () => {
    const changes = rollback(carried, { now });
    expect(changes.map(({ path, after: text }) => [path, text])).toEqual([
      ["Pulumi.production.yaml", textOf(proven, "Pulumi.production.yaml")],
    ]);
    expect(hashOf(overlay(carried, changes)).production).toBe(shippedHash);
  });

  it("lets both environments carry the inverse of what was closed last", () => {
    const back = applied(closed, (files) => rollback(files, { now, owner: "Bo Example" }));
    expect(hashOf(back)).toEqual({ staging: shippedHash, production: shippedHash });
    expect(textOf(back, "releases/revert-calmer/release.yaml")).toContain("owner: Bo Example\n");
    for (const stack of ["staging", "production"])
      expect(textOf(back, `Pulumi.${stack}.yaml`)).toContain("lockstep:carries: [revert-calmer]\n");
    expect(refused(() => rollback(back, { now }))).toBe(
      "production is going back already: it carries revert-calmer (Pulumi.production.yaml). Update it: pulumi up --stack production",
    );
  });

  it("passes over a release without changes that was closed later with the same hash", () => {
    const hash = hashOf(closed).production;
    const empty = closedRelease("nothing-new", "2026-11-22T00:00:00Z", hash);
    const files = overlay(closed, [
      { path: "releases/nothing-new/release.yaml", before: undefined, after: empty },
    ]);
    expect(rollback(files, { now }).map(({ path }) => path)).toContain("releases/revert-calmer/release.yaml");
  });

  it("takes the owner of what is undone where none is named, and an inverse that is there", () => {
    const known = applied(closed, (files) => revert(files, "calmer", { as: "undo", now }));
    const changes = rollback(known, { now });
    expect(changes.map(({ path }) => path)).toEqual(["Pulumi.production.yaml", "Pulumi.staging.yaml"]);
    const made = rollback(closed, { now }).find(({ path }) => path.startsWith("releases/"));
    expect(made?.after).toContain("owner: Ada Example\n");
  });

  it("lets production go back alone where staging tries something on the same path", () => {
    const trying = applied(
      closed,
      (files) => make(files, "colder", set(["models.chat-large.temperature", "0.5"])),
      (files) => carry(files, "colder", "staging"),
    );
    const changes = rollback(trying, { now });
    expect(changes.map(({ path }) => path)).toEqual([
      "releases/revert-calmer/release.yaml",
      "Pulumi.production.yaml",
    ]);
    expect(hashOf(overlay(trying, changes)).production).toBe(shippedHash);
  });

  it("goes on to what was before, once the way back is closed itself", () => {
    const two = applied(
      closed,
      (files) => make(files, "colder", set(["models.chat-small.temperature", "0.5"])),
      both("colder"),
      laterClosing("colder"),
    );
    const back = applied(two, (files) => rollback(files, { now }), laterClosing("revert-colder"));
    expect(hashOf(back)).toEqual(hashOf(closed));
    const further = applied(back, (files) => rollback(files, { now }));
    expect(hashOf(further).production).toBe(shippedHash);
  });

  it("undoes a release for a second time under another id", () => {
    const again = applied(
      closed,
      (files) => rollback(files, { now }),
      laterClosing("revert-calmer"),
      (files) => make(files, "calmer-2", set(["models.chat-large.temperature", "0.7"])),
      both("calmer-2"),
      (files) => close(files, ["calmer-2"], { now: new Date("2026-11-23T00:00:00Z"), refusals: [] }),
    );
    expect(rollback(again, { now }).map(({ path }) => path)).toContain(
      "releases/revert-calmer-2/release.yaml",
    );
  });

  it.each<[string[], string]>([
    [["revert-calmer"], "releases/revert-calmer-2/release.yaml"],
    [["revert-calmer", "revert-calmer-2"], "releases/revert-calmer-3/release.yaml"],
    [["revert-calmer-2"], "releases/revert-calmer/release.yaml"],
  ])("names the inverse otherwise where there are releases %j", (ids, path) => {
    const taken = ids.reduce((files, id) => overlay(files, make(files, id, none)), closed);
    expect(rollback(taken, { now }).map((change) => change.path)).toEqual([
      path,
      "Pulumi.production.yaml",
      "Pulumi.staging.yaml",
    ]);
  });

  it("names the inverse of a release with a long id by the head of it, without a dash at the end", () => {
    const id = `${"a".repeat(48)}-${"b".repeat(11)}`;
    const long = applied(
      proven,
      (files) => make(files, id, set(["models.chat-large.temperature", "0.7"])),
      both(id),
      closing(id),
    );
    expect(rollback(long, { now })[0]?.path).toBe(`releases/revert-${"a".repeat(48)}/release.yaml`);
  });

  it("undoes all releases with changes that were closed together, and no others", () => {
    const together = applied(
      closed,
      (files) => make(files, "colder", set(["models.chat-small.temperature", "0.5"])),
      (files) => make(files, "looser", set(["objectives.errorRatio", "0.02"])),
      (files) => make(files, "nothing", none),
      both("colder"),
      both("looser"),
      both("nothing"),
      laterClosing("colder", "looser", "nothing"),
    );
    const changes = rollback(together, { now });
    expect(changes.map(({ path }) => path)).toEqual([
      "releases/revert-colder/release.yaml",
      "releases/revert-looser/release.yaml",
      "Pulumi.production.yaml",
      "Pulumi.staging.yaml",
    ]);
    for (const { after } of changes.slice(2))
      expect(after).toContain("\n  lockstep:carries: [revert-colder, revert-looser]\n");
  });

  it("finds production by its counterpart", () => {
    expect(rollback(carried, { now, stack: "staging" })).toEqual(rollback(carried, { now }));
  });

  it("is refused where the project cannot be read for another reason", () => {
    const why =
      "could not be read: Pulumi.yaml:209 behaviour.retrieval.topK: found 0; allowed is at least 1 chunks. Correct the value of behaviour.retrieval.topK.";
    const broken = (files: ProjectFiles) => overlay(files, [edit("Pulumi.yaml", "topK: 8", "topK: 0")]);
    expect(refused(() => rollback(broken(proven), { now }))).toBe(`production ${why}`);
    expect(refused(() => rollback(broken(carried), { now }))).toBe(`Without calmer, production ${why}`);
  });

  it("is refused where the inverse leads to what was never closed", () => {
    const other = overlay(closed, [
      {
        path: "releases/initial/release.yaml",
        before: undefined,
        after: closedRelease("initial", "2026-11-20T12:34:56Z", `${"abcdef".repeat(10)}abcd`),
      },
    ]);
    expect(refused(() => rollback(other, { now }))).toBe(
      `With revert-calmer, production has the behaviour hash ${shippedHash.slice(0, 12)}…, which no closed release has: a mirrored value was edited by hand after calmer was closed. Put Pulumi.yaml and the prompts back to the commit that closed it (git log -- releases/calmer), and try again.`,
    );
  });

  it("drops a release that production carries beside an inverse, and keeps the inverse", () => {
    const back = applied(
      closed,
      (files) => rollback(files, { now }),
      (files) => make(files, "colder", set(["models.chat-small.temperature", "0.5"])),
      both("colder"),
    );
    const changes = rollback(back, { now });
    expect(changes.map(({ path }) => path)).toEqual(["Pulumi.production.yaml"]);
    expect(changes[0]?.after).toContain("lockstep:carries: [revert-calmer]\n");
  });

  it("mends a project that cannot be read any more", () => {
    const broken = overlay(carried, [
      {
        path: "releases/calmer/release.yaml",
        before: undefined,
        after: textOf(carried, "releases/calmer/release.yaml")?.replace("from: 1", "from: 2"),
      },
    ]);
    expect(loadPair(broken, "production").pair).toBeUndefined();
    // Staging carries what does not fit, too.
    expect(rollback(broken, { now }).map(({ path, after: text }) => [path, text])).toEqual([
      ["Pulumi.production.yaml", textOf(proven, "Pulumi.production.yaml")],
      ["Pulumi.staging.yaml", textOf(proven, "Pulumi.staging.yaml")],
    ]);
    const alone = overlay(broken, [
      { path: "Pulumi.staging.yaml", before: undefined, after: textOf(proven, "Pulumi.staging.yaml") },
    ]);
    expect(rollback(alone, { now }).map(({ path }) => path)).toEqual(["Pulumi.production.yaml"]);
  });

  it("is refused where there is nothing to go back to", () => {
    expect(refused(() => rollback(base, { now }))).toBe(
      "There is nothing to go back to: no release is closed yet.",
    );
    expect(refused(() => rollback(proven, { now }))).toBe(
      "There is nothing to go back to: the release that production runs is the first.",
    );
  });

  it("is refused where Pulumi.yaml was edited by hand", () => {
    const byHand = overlay(proven, [edit("Pulumi.yaml", "topK: 8", "topK: 9")]);
    const hash = hashOf(byHand).production.slice(0, 12);
    const how = `has the behaviour hash ${hash}…, which no closed release has: a mirrored value was edited by hand after initial was closed. Put Pulumi.yaml and the prompts back to the commit that closed it (git log -- releases/initial), and try again.`;
    expect(refused(() => rollback(byHand, { now }))).toBe(`production ${how}`);
    const carrying = applied(byHand, calmer, both("calmer"));
    expect(refused(() => rollback(carrying, { now }))).toBe(`Without calmer, production ${how}`);
  });

  it("is refused for a stack that is none", () => {
    expect(refused(() => rollback(proven, { now, stack: "test" }))).toBe(
      'Neither "test" nor its counterpart says that it is production.',
    );
  });
});

describe("a project with several pairs", () => {
  const rename = (text: string) =>
    text
      .replace(/name: (staging|production)\n/, "name: $1\n")
      .replace("counterpart: production", "counterpart: eu-production")
      .replace("counterpart: staging", "counterpart: eu-staging");
  const entries = edited(withoutReleases);
  const files = memoryFiles({
    ...entries,
    "Pulumi.eu-staging.yaml": rename(entries["Pulumi.staging.yaml"] ?? ""),
    "Pulumi.eu-production.yaml": rename(entries["Pulumi.production.yaml"] ?? ""),
  });

  it("is asked which pair is meant, and closes a release once all carry it", () => {
    expect(refused(() => make(files, "initial", none))).toBe(
      'The project has several pairs: name a stack of the one that is meant with --stack ("eu-production", "production").',
    );
    const made = applied(
      files,
      (state) => make(state, "initial", none, { stack: "staging" }),
      both("initial"),
    );
    expect(refused(() => close(made, ["initial"], { now, refusals: [] }))).toBe(
      "eu-production does not carry initial: a release is closed once both environments run it (lockstep release carry initial --stack eu-production).",
    );
    const all = applied(
      made,
      (state) => carry(state, "initial", "eu-staging"),
      (state) => carry(state, "initial", "eu-production"),
    );
    expect(close(all, ["initial"], { now, refusals: [] })).toHaveLength(5);
    expect(drop(all, "initial", undefined)).toHaveLength(4);
  });

  it("closes nothing where the productions behave differently", () => {
    const other = edited(
      withoutReleases,
      override("staging", "objectives", "errorRatio: 0.01", "errorRatio: 0.02"),
      override("production", "objectives", "errorRatio: 0.01", "errorRatio: 0.02"),
    );
    const all = applied(
      memoryFiles({
        ...entries,
        "Pulumi.eu-staging.yaml": rename(other["Pulumi.staging.yaml"] ?? ""),
        "Pulumi.eu-production.yaml": rename(other["Pulumi.production.yaml"] ?? ""),
      }),
      (state) => make(state, "initial", none, { stack: "staging" }),
      both("initial"),
      (state) => carry(state, "initial", "eu-staging"),
      (state) => carry(state, "initial", "eu-production"),
    );
    expect(refused(() => close(all, ["initial"], { now, refusals: [] }))).toBe(
      "The productions of the project's pairs have different behaviour hashes (eu-production, production): a release can only be closed where they have one.",
    );
  });
});

describe("the files of a release", () => {
  const at = (path: string, after: string | undefined): FileChange =>
    ({ path, before: undefined, after }) as FileChange;

  it("are listed as they would be with the changes", () => {
    const files = memoryFiles({ "b.md": "b", "a/x.md": "x", "a/y.md": "y" });
    const changed = overlay(files, [
      at("a/x.md", undefined),
      at("a/w.md", "w"),
      at("a/z/deep.md", "z"),
      at("a/z/other.md", "z"),
      at("b.md", "new"),
      at("c.md", undefined),
      at("ab.md", "q"),
    ]);
    expect(changed.list("a")).toEqual(["w.md", "y.md", "z"]);
    expect(changed.list("")).toEqual(["a", "ab.md", "b.md"]);
    expect(changed.list("a/z")).toEqual(["deep.md", "other.md"]);
    expect(changed.list("none")).toEqual([]);
  });

  it("are read as they would be with the changes", () => {
    const files = memoryFiles({ "a.md": "a", "b.md": "b" });
    const changed = overlay(files, [at("a.md", undefined), at("c.md", "ü")]);
    expect(changed.read("a.md")).toEqual({ found: false, why: 'there is no file "a.md"' });
    expect(textOf(changed, "a.md")).toBeUndefined();
    expect(textOf(changed, "b.md")).toBe("b");
    expect(textOf(changed, "c.md")).toBe("ü");
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x61]);
    const binary = overlay(files, [
      { path: "a.md", before: undefined, after: bytes } as unknown as FileChange,
    ]);
    expect(binary.read("a.md")).toEqual({ found: true, bytes });
    expect(textOf(binary, "a.md")).toBe("\uFEFFa");
  });

  it("are refused where they are no text, or not there", () => {
    const bytes = new Uint8Array([0x61, 0xff]);
    const binary: ProjectFiles = { read: () => ({ found: true, bytes }), list: () => [] };
    expect(refused(() => textOf(binary, "a.md"))).toBe("a.md is not UTF-8 text.");
    expect(refused(() => new Draft(base).text("none.md"))).toBe("There is no file none.md.");
    expect(() => new Draft(base).text("none.md")).toThrow(expect.objectContaining({ name: "ReleaseError" }));
  });

  it("are changed one after the other, and named only where they end up otherwise", () => {
    const draft = new Draft(memoryFiles({ "a.md": "a", "b.md": "b" }));
    draft.put("a.md", "x");
    draft.edit("a.md", (text) => `${text}y`);
    draft.put("b.md", "q");
    draft.put("b.md", "b");
    draft.put("c.md", "c");
    draft.edit("c.md", (text) => `${text}d`);
    expect(draft.all()).toEqual([
      { path: "a.md", before: "a", after: "xy" },
      { path: "c.md", before: undefined, after: "cd" },
    ]);
    const failing = () =>
      draft.edit("a.md", () => {
        throw new RangeError("not ours");
      });
    expect(failing).toThrow(new RangeError("not ours"));
  });

  it("tell which pair is meant", () => {
    expect(chosenPair(base, "any")).toBe("any");
    expect(chosenPair(base, undefined)).toBe("production");
    expect(pairsOf(base)).toEqual(["production"]);
    expect(refused(() => chosenPair(memoryFiles({ "Pulumi.yaml": "name: x\n" }), undefined))).toBe(
      "The project has no stack file (Pulumi.<stack>.yaml).",
    );
  });

  it("tell the first problem of a pair, and how many more there are", () => {
    const problem = {
      file: "Pulumi.yaml",
      line: 3,
      column: 1,
      path: "a.b",
      found: "1",
      allowed: "2",
      remedy: "Write 2.",
    };
    const told = (count: number) =>
      refused(() =>
        pairOr({ pair: undefined, problems: Array.from({ length: count }, () => problem) }, "It is so"),
      );
    expect(told(0)).toBe("It is so: a stack has no counterpart.");
    expect(told(1)).toBe("It is so: Pulumi.yaml:3 a.b: found 1; allowed is 2. Write 2.");
    expect(told(2)).toBe(
      "It is so: Pulumi.yaml:3 a.b: found 1; allowed is 2. Write 2. (and 1 more: lockstep preview)",
    );
  });

  it.each<[string, string, string[]]>([
    ["those of a list", "config:\n  lockstep:carries: [a, b]\n", ["a", "b"]],
    ["only texts", "config:\n  lockstep:carries: [a, 1, [b], { c: d }]\n", ["a"]],
    ["none where it is no list", "config:\n  lockstep:carries: a\n", []],
    ["none where there is no key", "config: {}\n", []],
    ["none where the file cannot be read", "config:\n  lockstep:carries: [a]\n  x: yes\n", []],
  ])("name what a stack carries: %s", (_, text, ids) => {
    expect(carriedIds(memoryFiles({ "Pulumi.a.yaml": text }), "Pulumi.a.yaml")).toEqual(ids);
  });

  it("name nothing that a stack without a file carries", () => {
    expect(carriedIds(base, "Pulumi.none.yaml")).toEqual([]);
  });
});
