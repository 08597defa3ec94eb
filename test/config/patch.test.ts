import { describe, expect, it } from "vitest";
import { compare } from "../../config/compare";
import { effective } from "../../config/effective";
import { memoryFiles, type ProjectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { releaseFile } from "../../config/release";
import { plainData } from "../../config/stack";
import { append, type Edit, edited, override } from "../shipped";

type Values = { path: string; from?: string; to?: string };

/** A release's file; its changes begin in line 6. */
const release = (id: string, changes: readonly Values[], more = "") =>
  `id: ${id}\nowner: Ada Example\ncreated: "2026-11-21"\nstate: open\nchanges:${changes.length === 0 ? " []\n" : "\n"}${changes
    .map(
      ({ path, from, to }) =>
        `  - path: ${path}\n${from === undefined ? "" : `    from: ${from}\n`}${to === undefined ? "" : `    to: ${to}\n`}`,
    )
    .join("")}${more}`;

const temperature = { path: "models.chat-large.temperature", from: "1", to: "0.7" };

interface Setup {
  releases: Record<string, string>;
  staging?: string;
  production?: string;
  edits?: Edit[];
}

function project({ releases, staging, production, edits = [] }: Setup): ProjectFiles {
  const carrying = Object.entries({ staging, production }).flatMap(([stack, list]) =>
    list === undefined ? [] : [append(`Pulumi.${stack}.yaml`, `  lockstep:carries: ${list}\n`)],
  );
  const files = Object.fromEntries(Object.entries(releases).map(([id, text]) => [releaseFile(id), text]));
  return memoryFiles({ ...edited(...edits, ...carrying), ...files });
}

const load = (setup: Setup) => loadPair(project(setup), "staging");

function pairOf(setup: Setup) {
  const { pair, problems } = load(setup);
  if (pair === undefined) throw new Error(JSON.stringify(problems));
  return pair;
}

/** Of all problems the place, the path, what was found, what is allowed and the remedy. */
const problemsOf = (setup: Setup) =>
  load(setup).problems.map(({ file, line, path, found, allowed, remedy }) => [
    `${file}:${line}`,
    path,
    found,
    allowed,
    remedy,
  ]);

const plain = pairOf({ releases: {} });
const remake = (id: string) =>
  `Make the release anew from the values of today; where a stack carries it: lockstep release drop ${id}`;

describe("a stack that carries a release", () => {
  it("has its values, and the place where they stand", () => {
    const { staging, production } = pairOf({
      releases: { calmer: release("calmer", [temperature]) },
      staging: "[calmer]",
    });
    expect(staging.config.models["chat-large"]?.temperature).toBe(0.7);
    expect(production.config.models["chat-large"]?.temperature).toBe(1);
    expect(staging.position(["models", "chat-large", "temperature"])).toMatchObject({
      file: "releases/calmer/release.yaml",
      line: 8,
    });
    expect(production.position(["models", "chat-large", "temperature"])).toMatchObject({
      file: "Pulumi.yaml",
      line: 29,
    });
    expect(staging.carried.map(({ id }) => id)).toEqual(["calmer"]);
    expect(staging.behaviourHash).not.toBe(plain.staging.behaviourHash);
    expect(production.behaviourHash).toBe(plain.production.behaviourHash);
  });

  it("has the same behaviour as one with the values written out", () => {
    const written = pairOf({
      releases: {},
      edits: [override("staging", "objectives", "errorRatio: 0.01", "errorRatio: 0.02")],
    });
    const carried = pairOf({
      releases: { laxer: release("laxer", [{ path: "objectives.errorRatio", from: "0.01", to: "0.02" }]) },
      staging: "[laxer]",
    });
    expect(carried.staging.behaviourHash).toBe(written.staging.behaviourHash);
  });

  it("takes what is added, removed, and a list's last item", () => {
    const { staging } = pairOf({
      releases: {
        mixed: release("mixed", [
          { path: "models.chat-large.seed", to: "7" },
          { path: "models.chat-fast.timeoutSeconds", from: "15" },
          { path: "routes.support-chat.targets[2]", to: "{ model: chat-small, order: 3, weight: 1 }" },
          { path: "routes.economy-chat.targets[0].weight", from: "1", to: "2" },
          { path: "behaviour.prompts.other", to: "{ file: prompts/ticket-triage.md }" },
        ]),
        shorter: release("shorter", [
          {
            path: "routes.ticket-triage.breaker",
            from: '{ invalidResponses: 3, windowSeconds: 60, openSeconds: 120, answer: \'{"queue":"other","urgency":2,"summary":"Not sorted: the model gave no valid answer."}\' }',
          },
        ]),
      },
      staging: "[mixed, shorter]",
    });
    const { models, routes, behaviour } = staging.config;
    expect(models["chat-large"]?.seed).toBe(7);
    expect(models["chat-fast"]?.timeoutSeconds).toBeUndefined();
    expect(routes["support-chat"]?.targets.map(({ model }) => model)).toEqual([
      "chat-large",
      "chat-in-account",
      "chat-small",
    ]);
    expect(routes["economy-chat"]?.targets[0]?.weight).toBe(2);
    expect(behaviour.prompts.other).toEqual({ file: "prompts/ticket-triage.md" });
    expect(routes["ticket-triage"]?.breaker).toBeUndefined();
    const undone = pairOf({
      releases: {
        less: release("less", [
          { path: "routes.support-chat.targets[1]", from: "{ model: chat-in-account, order: 2, weight: 1 }" },
        ]),
      },
      staging: "[less]",
    });
    expect(undone.staging.config.routes["support-chat"]?.targets).toHaveLength(1);
  });

  it("leaves the values of the other stack and of Pulumi.yaml as they are", () => {
    const setup = { releases: { calmer: release("calmer", [temperature]) }, staging: "[calmer]" };
    const { own, counterpart } = load(setup);
    const value = (raw: typeof own.raw) =>
      (plainData(raw).models as Record<string, { temperature: number }>)["chat-large"];
    expect(value(own.raw)?.temperature).toBe(1);
    expect(counterpart && value(counterpart.raw)?.temperature).toBe(1);
  });

  it("tells what it would be with others", () => {
    const { staging, releases } = pairOf({
      releases: { calmer: release("calmer", [temperature]) },
      staging: "[calmer]",
    });
    expect(staging.carrying([])?.behaviourHash).toBe(plain.staging.behaviourHash);
    expect(staging.carrying([...releases.values()])?.behaviourHash).toBe(staging.behaviourHash);
  });

  it("applies releases in the order in which they are written", () => {
    const back = release("back", [{ ...temperature, from: "0.7", to: "1" }], "reverts: calmer\n");
    const releases = { calmer: release("calmer", [temperature]), back };
    expect(problemsOf({ releases, staging: "[calmer, back]" })).toEqual([
      [
        "releases/back/release.yaml:6",
        "models.chat-large.temperature",
        'a change that the open release "calmer" makes too (releases/calmer/release.yaml:6)',
        "each path in one open release only",
        'Put both changes into one release, or close or drop "calmer" first.',
      ],
    ]);
    expect(problemsOf({ releases, staging: "[calmer]" })).toEqual([]);
  });

  it("and the program agree on the hash", () => {
    const setup = {
      releases: {
        calmer: release("calmer", [
          temperature,
          { path: "models.chat-large.seed", to: "7" },
          { path: "models.chat-fast.timeoutSeconds", from: "15" },
        ]),
        other: release("other", [{ path: "behaviour.retrieval.topK", from: "8", to: "12" }]),
      },
      staging: "[calmer, other]",
    };
    const { own, pair } = load(setup);
    const all = Object.fromEntries(
      Object.entries(plainData(own.raw)).map(([key, value]) => [`lockstep:${key}`, JSON.stringify(value)]),
    );
    const { behaviourHash, config } = effective(all, project(setup));
    expect(behaviourHash).toBe(pair?.staging.behaviourHash);
    expect(config.models["chat-large"]?.temperature).toBe(0.7);
    expect(effective({ ...all, "lockstep:carries": "[]" }, project(setup)).behaviourHash).toBe(
      plain.staging.behaviourHash,
    );
    expect(() => effective({ ...all, "lockstep:carries": '["none"]' }, project(setup))).toThrow(
      'found   "none", which is no release',
    );
  });
});

describe("what a stack cannot carry", () => {
  const calmer = release("calmer", [temperature]);
  const closed = `${calmer.replace("state: open", "state: closed")}closed:\n  at: "2026-11-21T12:00:00Z"\n  behaviourHash: ${"a".repeat(64)}\n`;

  it.each<[string, Setup, string[]]>([
    [
      "a release that is none",
      { releases: { calmer }, staging: "[other]" },
      [
        "Pulumi.staging.yaml:99",
        "carries[0]",
        '"other", which is no release',
        "one of calmer",
        "Remove the line: lockstep release drop other",
      ],
    ],
    [
      "one where none is open",
      { releases: {}, staging: "[other]" },
      [
        "Pulumi.staging.yaml:99",
        "carries[0]",
        '"other", which is no release',
        "no release: none is open",
        "Remove the line: lockstep release drop other",
      ],
    ],
    [
      "a closed one",
      { releases: { calmer: closed, other: release("other", []) }, staging: "[other, calmer]" },
      [
        "Pulumi.staging.yaml:99",
        "carries[1]",
        '"calmer", which is closed: its values stand in Pulumi.yaml (releases/calmer/release.yaml:4)',
        "one of other",
        "Remove the line; what it changed is there without it.",
      ],
    ],
    [
      "one twice",
      { releases: { calmer }, staging: "[calmer, calmer]" },
      [
        "Pulumi.staging.yaml:99",
        "carries[1]",
        '"calmer", for a second time',
        "each release once",
        "Remove one of the two.",
      ],
    ],
    [
      "one whose value is another now",
      { releases: { calmer: release("calmer", [{ ...temperature, from: "0.9" }]) }, staging: "[calmer]" },
      [
        "releases/calmer/release.yaml:7",
        "models.chat-large.temperature",
        "from 0.9, while models.chat-large.temperature is 1 (Pulumi.yaml:29)",
        "the value that stands there now",
        remake("calmer"),
      ],
    ],
    [
      "one whose value lacks a part",
      {
        releases: {
          calmer: release("calmer", [
            {
              path: "gateway.backoff",
              from: "{ initialSeconds: 0.25, maxSeconds: 2 }",
              to: "{ initialSeconds: 1, maxSeconds: 2, jitterSeconds: 1 }",
            },
          ]),
        },
        staging: "[calmer]",
      },
      [
        "releases/calmer/release.yaml:7",
        "gateway.backoff",
        "from nothing, while gateway.backoff.jitterSeconds is 0.25 (Pulumi.yaml:222)",
        "the value that stands there now",
        remake("calmer"),
      ],
    ],
    [
      "one that starts from what is not there",
      {
        releases: { calmer: release("calmer", [{ path: "models.chat-large.seed", from: "1", to: "2" }]) },
        staging: "[calmer]",
      },
      [
        "releases/calmer/release.yaml:7",
        "models.chat-large.seed",
        "from 1, where there is nothing",
        "nothing at from",
        remake("calmer"),
      ],
    ],
    [
      "one that adds what is there",
      {
        releases: { calmer: release("calmer", [{ path: "models.chat-large.temperature", to: "0.7" }]) },
        staging: "[calmer]",
      },
      [
        "releases/calmer/release.yaml:6",
        "models.chat-large.temperature",
        "a change that adds models.chat-large.temperature, which is there already (Pulumi.yaml:29)",
        "from, with the value that stands there now",
        remake("calmer"),
      ],
    ],
    [
      "one that adds an item behind the end of a list",
      {
        releases: {
          calmer: release("calmer", [
            { path: "routes.support-chat.targets[3]", to: "{ model: chat-small, order: 3, weight: 1 }" },
          ]),
        },
        staging: "[calmer]",
      },
      [
        "releases/calmer/release.yaml:6",
        "routes.support-chat.targets[3]",
        "a change that adds routes.support-chat.targets[3], which has no place there",
        "the end of the list: routes.support-chat.targets[2]",
        remake("calmer"),
      ],
    ],
    [
      "one that adds something where there is no map",
      {
        releases: { calmer: release("calmer", [{ path: "models.none.temperature", to: "1" }]) },
        staging: "[calmer]",
      },
      [
        "releases/calmer/release.yaml:6",
        "models.none.temperature",
        "a change that adds models.none.temperature, which has no place there",
        "an entry of a map that is there, or the end of a list",
        remake("calmer"),
      ],
    ],
    [
      "one that removes an item in the middle",
      {
        releases: {
          calmer: release("calmer", [
            { path: "routes.support-chat.targets[0]", from: "{ model: chat-large, order: 1, weight: 1 }" },
          ]),
        },
        staging: "[calmer]",
      },
      [
        "releases/calmer/release.yaml:6",
        "routes.support-chat.targets[0]",
        "a change that removes routes.support-chat.targets[0], behind which the list goes on",
        "the removal of a list's last item",
        "Change the whole list: routes.support-chat.targets",
      ],
    ],
    [
      "one with a value that the schema refuses",
      { releases: { calmer: release("calmer", [{ ...temperature, to: "9" }]) }, staging: "[calmer]" },
      [
        "releases/calmer/release.yaml:8",
        "models.chat-large.temperature",
        "9",
        "at most 2",
        "Correct the value of models.chat-large.temperature.",
      ],
    ],
    [
      "one that points to a file that is not there",
      {
        releases: {
          calmer: release("calmer", [
            {
              path: "behaviour.prompts.support-answer.file",
              from: "prompts/support-answer.md",
              to: "prompts/none.md",
            },
          ]),
        },
        staging: "[calmer]",
      },
      [
        "releases/calmer/release.yaml:8",
        "behaviour.prompts.support-answer.file",
        'there is no file "prompts/none.md"',
        "a text file inside the project",
        "Add the file, or correct behaviour.prompts.support-answer.file.",
      ],
    ],
    [
      "one that breaks a reference",
      {
        releases: {
          calmer: release("calmer", [
            { path: "routes.support-chat.prompt", from: "support-answer", to: "none" },
          ]),
        },
        staging: "[calmer]",
      },
      [
        "releases/calmer/release.yaml:8",
        "routes.support-chat.prompt",
        '"none", which is not declared',
        "one of support-answer, ticket-triage",
        "Correct routes.support-chat.prompt.",
      ],
    ],
  ])("is %s", (_, setup, expected) => {
    expect(problemsOf(setup)).toEqual([expected]);
  });

  it("is not told a second time where the release itself cannot be read", () => {
    expect(
      problemsOf({
        releases: { calmer: calmer.replace("owner: Ada Example\n", "") },
        staging: "[calmer]",
      }).map(([at, path]) => [at, path]),
    ).toEqual([["releases/calmer/release.yaml:1", "owner"]]);
  });

  it("does not stand in Pulumi.yaml", () => {
    const setup = {
      releases: { calmer },
      edits: [append("Pulumi.yaml", "  lockstep:carries:\n    value: [calmer]\n")],
    };
    expect(problemsOf(setup).map(([, ...rest]) => rest)).toEqual([
      [
        "carries",
        "releases that every stack carries",
        '"lockstep:carries" in the files of the stacks that carry them',
        "Move the key into the stack files.",
      ],
    ]);
  });
});

describe("a difference that a release makes", () => {
  const differing = (setup: Setup) => {
    const { staging, production } = pairOf(setup);
    return compare(staging, production)
      .filter(({ field, equal }) => field.relation === "mirrored" && !equal)
      .map(({ name, release: id, holds }) => [name, id, holds]);
  };
  const releases = { calmer: release("calmer", [temperature]) };

  it("is on its way while staging alone carries it, and gone when both do", () => {
    expect(differing({ releases, staging: "[calmer]" })).toEqual([
      ["models.chat-large.temperature", "calmer", true],
    ]);
    expect(differing({ releases, staging: "[calmer]", production: "[calmer]" })).toEqual([]);
  });

  it("is a broken mirror where production alone carries it", () => {
    expect(differing({ releases, production: "[calmer]" })).toEqual([
      ["models.chat-large.temperature", undefined, false],
    ]);
  });

  it("is on its way where production alone goes back", () => {
    const inverse = { back: release("back", [temperature], "reverts: other\n") };
    expect(differing({ releases: inverse, production: "[back]" })).toEqual([
      ["models.chat-large.temperature", "back", true],
    ]);
  });

  it("explains every leaf of an entry that it adds, and no other", () => {
    const prompt = { path: "behaviour.prompts.other", to: "{ file: prompts/ticket-triage.md }" };
    const setup = { releases: { more: release("more", [prompt]) }, staging: "[more]" };
    expect(differing(setup)).toEqual([["behaviour.prompts.other.file", "more", true]]);
    expect(
      differing({
        ...setup,
        edits: [override("staging", "objectives", "errorRatio: 0.01", "errorRatio: 0.02")],
      }),
    ).toEqual([
      ["behaviour.prompts.other.file", "more", true],
      ["objectives.errorRatio", undefined, false],
    ]);
  });

  it("is not explained by a release that starts from another value than production has", () => {
    const setup = {
      releases: { laxer: release("laxer", [{ path: "objectives.errorRatio", from: "0.02", to: "0.03" }]) },
      staging: "[laxer]",
      edits: [override("staging", "objectives", "errorRatio: 0.01", "errorRatio: 0.02")],
    };
    expect(differing(setup)).toEqual([["objectives.errorRatio", undefined, false]]);
  });
});
