import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { clashes, place, readReleases, releaseFile } from "../../config/release";

const head = (id: string) => `id: ${id}\nowner: Ada Example\ncreated: "2026-11-21"\nstate: open\n`;
const hash = "0123456789abcdef".repeat(4);
const change = (path: string, from: string | undefined, to: string | undefined) =>
  `  - path: ${path}\n${from === undefined ? "" : `    from: ${from}\n`}${to === undefined ? "" : `    to: ${to}\n`}`;

/** A release with lines of changes. */
const written = (id: string, ...changes: string[]) =>
  `${head(id)}changes:${changes.length === 0 ? " []\n" : `\n${changes.join("")}`}`;

const read = (releases: Record<string, string>) =>
  readReleases(
    memoryFiles(Object.fromEntries(Object.entries(releases).map(([id, text]) => [releaseFile(id), text]))),
  );

/** The only problem, as place, path, found, allowed and remedy. */
function problemOf(releases: Record<string, string>): string[] {
  const { problems } = read(releases);
  if (problems.length !== 1) throw new Error(JSON.stringify(problems));
  return problems.flatMap(({ file, line, column, path, found, allowed, remedy }) => [
    `${file}:${line}:${column}`,
    path,
    found,
    allowed,
    remedy,
  ]);
}

describe("a release", () => {
  it("is read with its changes, each where it stands", () => {
    const { byId, problems } = read({
      calmer: written(
        "calmer",
        change("models.chat-large.temperature", "1", "0.7"),
        change("models.chat-large.seed", undefined, "7"),
        change("behaviour.retrieval", "{ topK: 8 }", undefined),
      ),
    });
    expect(problems).toEqual([]);
    const release = byId.get("calmer");
    expect(release).toMatchObject({ id: "calmer", file: "releases/calmer/release.yaml" });
    expect(
      release?.changes.map(({ name, path, from, to, at }) => [
        name,
        path.length,
        from?.kind,
        to?.kind,
        place(at),
      ]),
    ).toEqual([
      ["models.chat-large.temperature", 3, "scalar", "scalar", "releases/calmer/release.yaml:6"],
      ["models.chat-large.seed", 3, undefined, "scalar", "releases/calmer/release.yaml:9"],
      ["behaviour.retrieval", 2, "map", undefined, "releases/calmer/release.yaml:11"],
    ]);
    expect(release?.position(["state"])).toMatchObject({ line: 4, column: 1 });
    expect(release?.position(["rollback", "to"])).toMatchObject({ line: 1, column: 1 });
  });

  it("is closed with its hash", () => {
    const text = `${written("done").replace("state: open", "state: closed")}closed:\n  at: "2026-11-21T12:00:00Z"\n  behaviourHash: ${hash}\n`;
    expect(read({ done: text }).byId.get("done")?.data.closed).toEqual({
      at: "2026-11-21T12:00:00Z",
      behaviourHash: hash,
    });
  });

  it("is not what an empty folder or a lone file is", () => {
    expect(readReleases(memoryFiles({ "releases/README.md": "" }))).toEqual({
      byId: new Map(),
      problems: [],
    });
  });

  it.each<[string, string, string[]]>([
    [
      "another id than its folder",
      written("other"),
      [
        "releases/calmer/release.yaml:1:1",
        "id",
        '"other"',
        '"calmer", the folder\'s name',
        "Let them agree.",
      ],
    ],
    [
      "a path that is not mirrored",
      written("calmer", change("limits.monthlyUsd", "1", "2")),
      [
        "releases/calmer/release.yaml:6:5",
        "changes[0].path",
        '"limits.monthlyUsd", a stricter value, which each stack file has for itself',
        "the path of a mirrored value, as `lockstep show` writes it",
        "Correct the path; what is not mirrored is changed in the stack's own file.",
      ],
    ],
    [
      "what is no path",
      written("calmer", change("models..x", "1", "2")),
      [
        "releases/calmer/release.yaml:6:5",
        "changes[0].path",
        '"models..x", no path',
        "the path of a mirrored value, as `lockstep show` writes it",
        "Correct the path; what is not mirrored is changed in the stack's own file.",
      ],
    ],
    [
      "a change without values",
      written("calmer", change("models.chat-large.temperature", undefined, undefined)),
      [
        "releases/calmer/release.yaml:6:5",
        "changes[0]",
        "neither from nor to",
        "the value before, the value after, or both",
        "Write them.",
      ],
    ],
    [
      "a change to the same value",
      written("calmer", change("models.chat-large.temperature", "1", "1.0")),
      [
        "releases/calmer/release.yaml:6:5",
        "changes[0].to",
        "the same value as from",
        "another value",
        "Remove the change.",
      ],
    ],
    [
      "a path twice",
      written(
        "calmer",
        change("models.chat-large.temperature", "1", "0.7"),
        change("models.chat-large", undefined, "{}"),
      ),
      [
        "releases/calmer/release.yaml:9:5",
        "models.chat-large",
        "a path that the change of models.chat-large.temperature covers (line 6)",
        "each path in one change",
        "Put both into one change.",
      ],
    ],
    [
      "an encrypted value",
      written("calmer", change("models.chat-large.modelId", "a", "{ secure: v1:abc }")),
      [
        "releases/calmer/release.yaml:8:9",
        "changes[0].to",
        "an encrypted value",
        "a value in plain text",
        "Remove it: a release is read and compared as it is.",
      ],
    ],
    [
      "a credential, wherever it stands",
      `${written("calmer")}hypothesis: ["AKIA${"ABCDEFGH".repeat(2)}"]\n`.replace(/\["(.*)"\]/, '"$1"'),
      [
        "releases/calmer/release.yaml:6:13",
        "hypothesis",
        "an AWS access key id",
        "no credential in plain text",
        "Revoke the credential: it has been written down.",
      ],
    ],
    [
      "closed without a hash",
      written("calmer").replace("state: open", "state: closed"),
      [
        "releases/calmer/release.yaml:4:1",
        "state",
        '"closed" without when, and with which hash',
        'state "closed" and the key closed, or neither',
        "Close it with: lockstep release close calmer",
      ],
    ],
    [
      "a hash without being closed",
      `${written("calmer")}closed:\n  at: "2026-11-21T12:00:00Z"\n  behaviourHash: ${hash}\n`,
      [
        "releases/calmer/release.yaml:4:1",
        "state",
        '"open" beside "closed"',
        'state "closed" and the key closed, or neither',
        "Close it with: lockstep release close calmer",
      ],
    ],
  ])("is refused with %s", (_, text, expected) => {
    expect(problemOf({ calmer: text })).toEqual(expected);
    expect(read({ calmer: text }).byId.size).toBe(0);
  });

  it("never shows the credential that it refuses", () => {
    const key = `AKIA${"ABCDEFGH".repeat(2)}`;
    const { problems } = read({ calmer: written("calmer", change("models.a.modelId", "x", key)) });
    expect(JSON.stringify(problems)).not.toContain(key);
    expect(problems.map(({ path }) => path)).toEqual(["changes[0].to"]);
  });

  it("is refused in a folder whose name cannot be an id", () => {
    const { problems, byId } = read({ Upper: written("Upper") });
    expect(problems.map(({ path }) => path)).toContain("id");
    expect(byId.size).toBe(0);
  });

  it("is missing from its folder", () => {
    const { problems } = readReleases(memoryFiles({ "releases/calmer/evidence/x.json": "{}" }));
    expect(problems).toEqual([
      {
        file: "releases/calmer/release.yaml",
        line: 1,
        column: 1,
        path: "",
        found: 'there is no file "releases/calmer/release.yaml"',
        allowed: "a readable file of the project",
        remedy: "Add releases/calmer/release.yaml to the project.",
      },
    ]);
  });

  it("reports all that the schema refuses at once", () => {
    const { problems } = read({ calmer: "id: calmer\nowner: A\nstatus: open\n" });
    expect(problems.map(({ path, line }) => [path, line]).sort()).toEqual([
      ["changes", 1],
      ["created", 1],
      ["owner", 2],
      ["state", 1],
      ["status", 3],
    ]);
  });
});

describe("two open releases", () => {
  const calmer = written("calmer", change("models.chat-large.temperature", "1", "0.7"));

  it("may change different paths", () => {
    const { problems, byId } = read({
      calmer,
      other: written("other", change("models.chat-small.temperature", "1", "0.5")),
    });
    expect(problems).toEqual([]);
    expect(byId.size).toBe(2);
  });

  it("may not change the same path, or one within the other; both sides are named", () => {
    expect(
      problemOf({ calmer, other: written("other", change("models.chat-large", undefined, "{}")) }),
    ).toEqual([
      "releases/other/release.yaml:6:5",
      "models.chat-large",
      'a change that the open release "calmer" makes too (releases/calmer/release.yaml:6)',
      "each path in one open release only",
      'Put both changes into one release, or close or drop "calmer" first.',
    ]);
  });

  it("may, where one is closed or undoes a closed one", () => {
    const closed = `${calmer.replace("state: open", "state: closed")}closed:\n  at: "2026-11-21T12:00:00Z"\n  behaviourHash: ${hash}\n`;
    const again = written("other", change("models.chat-large.temperature", "0.7", "0.5"));
    expect(read({ calmer: closed, other: again }).problems).toEqual([]);
    const inverse = again.replace("changes:", "reverts: calmer\nchanges:");
    expect(read({ calmer, other: inverse }).problems).toEqual([]);
  });

  it("are compared change by change", () => {
    const { byId } = read({
      calmer: written(
        "calmer",
        change("models.a.temperature", "1", "0.7"),
        change("models.b.temperature", "1", "0.7"),
      ),
      other: written(
        "other",
        change("models.c.temperature", "1", "0.7"),
        change("models.b.temperature", "1", "0.5"),
      ).replace("changes:", "reverts: x1\nchanges:"),
    });
    const [one, other] = ["other", "calmer"].map((id) => byId.get(id));
    if (one === undefined || other === undefined) throw new Error("not read");
    expect(clashes(one, other).map(({ path, line }) => [path, line])).toEqual([["models.b.temperature", 10]]);
  });
});
