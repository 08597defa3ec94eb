import { describe, expect, it } from "vitest";
import { memoryFiles, type ProjectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { carry } from "../../lifecycle/releaseCarry";
import { mirroredChanges } from "../../lifecycle/releaseDiff";
import { overlay, ReleaseError, textOf } from "../../lifecycle/releaseFiles";
import { newRelease } from "../../lifecycle/releaseNew";
import type { FileChange } from "../../lifecycle/write";
import {
  append,
  type Edit,
  edited as editedPair,
  fullFiles,
  override,
  remove,
  replace,
  shipped as shippedPair,
  withoutReleases,
} from "../shipped";

const now = new Date("2026-11-21T12:34:56Z");
const shipped = (...edits: Edit[]) => shippedPair(withoutReleases, ...edits);
const edited = (...edits: Edit[]) => editedPair(withoutReleases, ...edits);
const base = shipped();

const since = (work: ProjectFiles, from: ProjectFiles = base): FileChange[] =>
  newRelease(work, { id: "next", owner: "Ada Example", now }, { kind: "edit", base: from, since: "HEAD" });

const edit = (from: string, to: string): Edit => replace("Pulumi.yaml", from, to);
const temperature = edit(
  "credential: openai\n        temperature: 1\n        maxOutputTokens: 1200\n",
  "credential: openai\n        temperature: 0.7 # calmer\n        maxOutputTokens: 1200\n",
);

/** The changes of the release that an edit becomes. */
const changesOf = (result: readonly FileChange[]): string => {
  const text = String(result.find(({ path }) => path === "releases/next/release.yaml")?.after);
  return text.slice(text.indexOf("changes:"));
};

const restored = (result: readonly FileChange[], path = "Pulumi.yaml") =>
  result.find((one) => one.path === path)?.after;

const hashes = (files: ProjectFiles) => {
  const { pair } = loadPair(files, "production");
  return [pair?.staging.behaviourHash, pair?.production.behaviourHash];
};

const refused = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof ReleaseError) return error.message;
    throw error;
  }
  throw new Error("not refused");
};

describe("an edit since a commit", () => {
  it.each<[string, Edit[], string]>([
    [
      "a value",
      [temperature],
      "changes:\n  - path: models.chat-large.temperature\n    from: 1\n    to: 0.7\n",
    ],
    [
      "a value in braces",
      [
        edit(
          "usdPerMillionTokens: { input: 2.5, output: 15,",
          "usdPerMillionTokens: { input: 2.5, output: 12,",
        ),
      ],
      "changes:\n  - path: models.chat-large.usdPerMillionTokens.output\n    from: 15\n    to: 12\n",
    ],
    [
      "a new entry",
      [
        edit(
          "        ticket-triage: { file: prompts/ticket-triage.md }\n",
          "        ticket-triage: { file: prompts/ticket-triage.md }\n        other: { file: prompts/support-answer.md }\n",
        ),
      ],
      "changes:\n  - path: behaviour.prompts.other\n    to: { file: prompts/support-answer.md }\n",
    ],
    [
      "an entry that is gone, with its comment",
      [
        edit(
          "      tools:\n        create-ticket: { file: tools/create-ticket.json }\n",
          "      tools: {}\n",
        ),
        edit("        tools: [create-ticket]\n", ""),
      ],
      "changes:\n  - path: routes.support-chat.tools\n    from: [create-ticket]\n  - path: behaviour.tools.create-ticket\n    from: { file: tools/create-ticket.json }\n",
    ],
    [
      "a list of another length, as a whole",
      [edit("          - { model: chat-in-account, order: 2, weight: 1 }\n", "")],
      "changes:\n  - path: routes.support-chat.targets\n    from:\n      - model: chat-large\n        order: 1\n        weight: 1\n      - model: chat-in-account\n        order: 2\n        weight: 1\n    to:\n      - model: chat-large\n        order: 1\n        weight: 1\n",
    ],
    [
      "an item of a list of the same length",
      [
        edit(
          "{ model: chat-in-account, order: 2, weight: 1 }",
          "{ model: chat-in-account, order: 3, weight: 1 }",
        ),
      ],
      "changes:\n  - path: routes.support-chat.targets[1].order\n    from: 2\n    to: 3\n",
    ],
    [
      "an optional block that is gone",
      [
        edit(
          "      retrieval:\n        embeddingModel: embed-documents\n        chunkTokens: 400\n        chunkOverlapTokens: 60\n        topK: 8\n",
          "",
        ),
      ],
      "changes:\n  - path: behaviour.retrieval\n    from:\n      embeddingModel: embed-documents\n      chunkTokens: 400\n      chunkOverlapTokens: 60\n      topK: 8\n",
    ],
  ])("becomes a release and leaves Pulumi.yaml as it was: %s", (_, edits, changes) => {
    const work = shipped(...edits);
    const result = since(work);
    expect(changesOf(result)).toBe(changes);
    expect(restored(result)).toBe(edited()["Pulumi.yaml"]);
    const made = overlay(work, result);
    expect(hashes(made)).toEqual(hashes(base));
    expect(hashes(overlay(made, carry(made, "next", "staging")))).toEqual([hashes(work)[0], hashes(base)[1]]);
  });

  it("keeps all other edits: comments, the runtime, values that are free to differ", () => {
    const others = [
      edit("# What both environments share", "# What the environments share"),
      edit(
        "      chat-large:\n        provider",
        "      # our main one\n      chat-large:\n        provider",
      ),
      edit(
        "        region: us-east-1\n        temperature: 1\n",
        "        region: us-east-2\n        temperature: 1\n",
      ),
      edit("    typescript: false\n", "    typescript: true\n"),
    ];
    const result = since(shipped(...others, temperature));
    expect(restored(result)).toBe(edited(...others)["Pulumi.yaml"]);
    expect(changesOf(result)).toBe(
      "changes:\n  - path: models.chat-large.temperature\n    from: 1\n    to: 0.7\n",
    );
  });

  it("puts an entry back in its place, with the comment that went with it", () => {
    const noted = edit("      retrieval:\n", "      # The index\n      # of documents\n      retrieval:\n");
    const block =
      "      # The index\n      # of documents\n      retrieval:\n        embeddingModel: embed-documents\n        chunkTokens: 400\n        chunkOverlapTokens: 60\n        topK: 8\n";
    const result = since(shipped(noted, edit(block, "")), shipped(noted));
    expect(restored(result)).toBe(edited(noted)["Pulumi.yaml"]);
    const first = edit(
      "      prompts:\n        support-answer: { file: prompts/support-answer.md }\n",
      "      prompts:\n",
    );
    const route = edit("        prompt: support-answer\n", "");
    expect(restored(since(shipped(first, route)))).toBe(edited()["Pulumi.yaml"]);
  });

  it("puts the first of several entries back before the others", () => {
    const three = edit(
      "        ticket-triage: { file: prompts/ticket-triage.md }\n",
      "        ticket-triage: { file: prompts/ticket-triage.md }\n        other: { file: prompts/support-answer.md }\n",
    );
    const gone = [
      edit("        support-answer: { file: prompts/support-answer.md }\n", ""),
      edit("        prompt: support-answer\n", ""),
    ];
    const result = since(shipped(three, ...gone), shipped(three));
    expect(restored(result)).toBe(edited(three)["Pulumi.yaml"]);
  });

  it("puts an entry back behind the nearest one before it that is left", () => {
    const four = edit(
      "        ticket-triage: { file: prompts/ticket-triage.md }\n",
      "        ticket-triage: { file: prompts/ticket-triage.md }\n        p: { file: prompts/support-answer.md }\n        q: { file: prompts/support-answer.md }\n        r: { file: prompts/support-answer.md }\n",
    );
    const gone = edit(
      "        p: { file: prompts/support-answer.md }\n        q: { file: prompts/support-answer.md }\n",
      "",
    );
    expect(restored(since(shipped(four, gone), shipped(four)))).toBe(edited(four)["Pulumi.yaml"]);
  });

  it("puts the value back alone where its lines of then do not fit what is around it now", () => {
    const only = (lines: string): Edit => {
      const project = edited()["Pulumi.yaml"] ?? "";
      const head = project.slice(0, project.indexOf("  lockstep:acceptance:\n"));
      return (entries) => ({
        ...entries,
        "Pulumi.yaml": `${head}  lockstep:acceptance:\n    value:\n${lines}`,
      });
    };
    const then = only("      drift:\n        maxAgeDays: 31\n");
    const further = (days: number) => only(`        drift:\n            maxAgeDays: ${days} # days\n`);
    const result = since(shipped(further(30)), shipped(then));
    expect(restored(result)).toBe(edited(further(31))["Pulumi.yaml"]);
  });

  it("finds the keys of Pulumi.yaml without the namespace, too", () => {
    const short = edit("  lockstep:models:\n", "  models:\n");
    const result = since(shipped(short, temperature), shipped(short));
    expect(restored(result)).toBe(edited(short)["Pulumi.yaml"]);
  });

  it("keeps Windows line ends where the commit has the others", () => {
    const crlf = (files: Record<string, string>) =>
      memoryFiles({ ...files, "Pulumi.yaml": (files["Pulumi.yaml"] ?? "").replaceAll("\n", "\r\n") });
    const result = since(crlf(edited(temperature)));
    expect(restored(result)).toBe(edited()["Pulumi.yaml"]?.replaceAll("\n", "\r\n"));
  });

  it("gives a changed prompt a name of its own and the old one its content back", () => {
    const work = shipped(append("prompts/support-answer.md", "Be brief.\n"), temperature);
    const result = since(work);
    expect(changesOf(result)).toBe(
      "changes:\n  - path: models.chat-large.temperature\n    from: 1\n    to: 0.7\n  - path: behaviour.prompts.support-answer.file\n    from: prompts/support-answer.md\n    to: prompts/support-answer.next.md\n",
    );
    const before = edited()["prompts/support-answer.md"];
    expect(restored(result, "prompts/support-answer.next.md")).toBe(`${before}Be brief.\n`);
    expect(restored(result, "prompts/support-answer.md")).toBe(before);
    expect(result.map(({ path }) => path)).toEqual([
      "prompts/support-answer.next.md",
      "prompts/support-answer.md",
      "Pulumi.yaml",
      "releases/next/release.yaml",
    ]);
  });

  it("lets a response schema move alone, in both environments' own files too", () => {
    const schema = append("tools/triage.schema.json", "\n");
    expect(changesOf(since(shipped(schema)))).toBe(
      "changes:\n  - path: routes.ticket-triage.responseSchema\n    from: tools/triage.schema.json\n    to: tools/triage.schema.next.json\n",
    );
    const full = since(shipped(fullFiles(), schema), shipped(fullFiles()));
    expect(full.map(({ path }) => path)).toEqual([
      "tools/triage.schema.next.json",
      "tools/triage.schema.json",
      "releases/next/release.yaml",
    ]);
  });

  const toolGone = [
    edit("      tools:\n        create-ticket: { file: tools/create-ticket.json }\n", "      tools: {}\n"),
    edit("        tools: [create-ticket]\n", ""),
  ];

  it.each<[string, Edit]>([
    ["is gone", remove("tools/create-ticket.json")],
    ["has another content", append("tools/create-ticket.json", "\n")],
  ])("puts a file back that nothing names any more and that %s", (_, other) => {
    const result = since(shipped(...toolGone, other));
    expect(result.map(({ path }) => path)).toEqual([
      "tools/create-ticket.json",
      "Pulumi.yaml",
      "releases/next/release.yaml",
    ]);
    expect(restored(result, "tools/create-ticket.json")).toBe(edited()["tools/create-ticket.json"]);
    expect(changesOf(result)).toBe(
      "changes:\n  - path: routes.support-chat.tools\n    from: [create-ticket]\n  - path: behaviour.tools.create-ticket\n    from: { file: tools/create-ticket.json }\n",
    );
  });

  it("takes a prompt with Windows line ends for the same", () => {
    const entries = edited(temperature);
    const work = memoryFiles({
      ...entries,
      "prompts/support-answer.md": (entries["prompts/support-answer.md"] ?? "").replaceAll("\n", "\r\n"),
    });
    expect(since(work).map(({ path }) => path)).toEqual(["Pulumi.yaml", "releases/next/release.yaml"]);
  });

  it.each<[string, string]>([
    ["prompts/v1.0/answer", "prompts/v1.0/answer.next"],
    ["prompts/answer.en.md", "prompts/answer.en.next.md"],
  ])("names what was %s otherwise: %s", (file, name) => {
    const named = { ...edited(edit("prompts/support-answer.md }", `${file} }`)), [file]: "Old.\n" };
    const result = since(memoryFiles({ ...named, [file]: "New.\n" }), memoryFiles(named));
    expect(changesOf(result)).toBe(
      `changes:\n  - path: behaviour.prompts.support-answer.file\n    from: ${file}\n    to: ${name}\n`,
    );
    expect(restored(result, name)).toBe("New.\n");
    expect(restored(result, file)).toBe("Old.\n");
  });

  it("points to a file that is new as it is", () => {
    const work = memoryFiles({
      ...edited(edit("prompts/support-answer.md }", "prompts/new.md }")),
      "prompts/new.md": "New.\n",
    });
    const result = since(work);
    expect(changesOf(result)).toContain("    to: prompts/new.md\n");
    expect(result.map(({ path }) => path)).toEqual(["Pulumi.yaml", "releases/next/release.yaml"]);
  });

  it("is refused where nothing mirrored has changed", () => {
    const none = "No mirrored value of Pulumi.yaml, and no file that one points to, differs from HEAD.";
    expect(refused(() => since(base))).toBe(none);
    expect(refused(() => since(shipped(edit("# What both", "# That both"))))).toBe(none);
  });

  it("is refused where a stack's own file has the edit", () => {
    expect(
      refused(() =>
        since(shipped(override("production", "objectives", "errorRatio: 0.01", "errorRatio: 0.02"))),
      ),
    ).toBe(
      "objectives.errorRatio of production differs from HEAD in Pulumi.production.yaml itself: put it back, and name the change with --set.",
    );
  });

  it("is refused where either side cannot be read", () => {
    const broken = shipped(edit("topK: 8", "topK: 010"));
    const [work, commit] = ["the working tree", "HEAD"].map(
      (where) =>
        `The project cannot be read in ${where}: Pulumi.yaml:209 behaviour.retrieval.topK: found \`010\`, which may be read as 8 or as 10; allowed is a scalar that every reader takes for the same value. Write the number that is meant in plain decimal digits, or put it in quotes if a text is meant.`,
    );
    expect(refused(() => since(broken))).toBe(work);
    expect(refused(() => since(base, broken))).toBe(commit);
  });

  it("is refused where the new name is taken", () => {
    const work = memoryFiles({
      ...edited(append("prompts/support-answer.md", "x")),
      "prompts/support-answer.next.md": "",
    });
    expect(refused(() => since(work))).toBe("There is a file prompts/support-answer.next.md already.");
  });

  it("leaves what is only in the project's files of releases alone", () => {
    expect(textOf(overlay(base, since(shipped(temperature))), "Pulumi.staging.yaml")).toBe(
      edited()["Pulumi.staging.yaml"],
    );
  });
});

describe("the changes between two configurations", () => {
  const model = { temperature: 1, region: "us-east-1" };

  it.each<[string, unknown, unknown, unknown[]]>([
    ["nothing", { models: { a: model } }, { models: { a: { ...model } } }, []],
    ["a free value", { models: { a: model } }, { models: { a: { ...model, region: "us-east-2" } } }, []],
    ["a stricter one", { limits: { monthlyUsd: 1 } }, { limits: { monthlyUsd: 2 } }, []],
    [
      "an entry with a free value in it",
      { models: {} },
      { models: { a: model } },
      [{ path: "models.a", to: model, steps: ["models", "a"] }],
    ],
    [
      "a key of the whole",
      { acceptance: { drift: { maxAgeDays: 31 } } },
      {},
      [{ path: "acceptance", from: { drift: { maxAgeDays: 31 } }, steps: ["acceptance"] }],
    ],
    ["another key's", {}, { carries: ["x"] }, []],
    [
      "one of the wrong kind",
      { models: [] },
      { models: { a: model } },
      [{ path: "models.a", to: model, steps: ["models", "a"] }],
    ],
  ])("tell %s", (_, before, after, expected) => {
    expect(mirroredChanges(before, after)).toEqual(expected);
  });
});
