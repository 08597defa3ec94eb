import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type FileChange, WriteError, writeAll } from "../../lifecycle/write";

const base = mkdtempSync(join(tmpdir(), "lockstep-write-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const root = join(base, "project");
const outside = join(base, "outside");
beforeEach(() => {
  for (const folder of [root, outside]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
  }
});

const put = (path: string, text: string, mode = 0o644) => {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
};
const read = (path: string) => readFileSync(join(root, path), "utf8");
const mode = (path: string) => statSync(join(root, path)).mode & 0o777;
/** Everything below the project, folders too. */
const tree = () => (readdirSync(root, { recursive: true }) as string[]).sort();

const created = (path: string, after: string): FileChange => ({ path, before: undefined, after });
const edited = (path: string, before: string, after: string): FileChange => ({ path, before, after });
const removed = (path: string, before: string): FileChange => ({ path, before, after: undefined });

function failure(...changes: FileChange[]): string {
  try {
    writeAll(root, changes);
  } catch (error) {
    return error instanceof WriteError
      ? `${error.name}: ${error.message}`
      : `another error: ${String(error)}`;
  }
  return "none";
}

describe("writing", () => {
  it("makes, changes and removes files, and leaves nothing else behind", () => {
    put("edited.txt", "old");
    put("removed.txt", "old");
    writeAll(root, [
      created("made/new/file.txt", "new"),
      edited("edited.txt", "old", "new"),
      removed("removed.txt", "old"),
    ]);
    expect(tree()).toEqual(["edited.txt", "made", "made/new", "made/new/file.txt"]);
    expect([read("edited.txt"), read("made/new/file.txt")]).toEqual(["new", "new"]);
  });

  it("takes bytes as they are", () => {
    put("bytes", "a\u00e9");
    const after = Uint8Array.from([0, 255, 10]);
    writeAll(root, [{ path: "bytes", before: Buffer.from("aé"), after }]);
    expect(Uint8Array.from(readFileSync(join(root, "bytes")))).toEqual(after);
  });

  it("makes an empty file, and nothing of no change", () => {
    writeAll(root, [created("empty", "")]);
    expect(read("empty")).toBe("");
    writeAll(root, []);
    expect(tree()).toEqual(["empty"]);
  });

  it.each([0o600, 0o644, 0o755, 0o664, 0o666])("keeps the mode %o of a file", (given) => {
    put("file", "old", given);
    writeAll(root, [edited("file", "old", "new")]);
    expect([read("file"), mode("file")]).toEqual(["new", given]);
  });

  it("gives new files the usual mode", () => {
    writeAll(root, [created("file", "new")]);
    expect(mode("file")).toBe(0o644 & ~process.umask());
  });

  it("follows a link of a folder that stays in the project", () => {
    mkdirSync(join(root, "real"));
    symlinkSync("real", join(root, "alias"));
    writeAll(root, [created("alias/file", "new")]);
    expect(read("real/file")).toBe("new");
  });

  it("takes a project that is itself reached by a link", () => {
    symlinkSync(root, join(base, "link"));
    writeAll(join(base, "link"), [created("file", "new")]);
    rmSync(join(base, "link"));
    expect(read("file")).toBe("new");
  });
});

describe("a change that cannot be made", () => {
  it.each<[string, FileChange, string]>([
    ["a file that is there already", created("file", "new"), "There is a file file already"],
    ["a folder in its place", created("folder", "new"), "There is a file folder already"],
    ["a folder in an edited file's place", edited("folder", "old", "new"), "folder is not a regular file"],
    ["a file that is gone", edited("gone", "old", "new"), "gone is gone"],
    ["a file that is gone, to be removed", removed("gone", "old"), "gone is gone"],
    ["a file that was changed", edited("file", "other", "new"), "file was changed in the meantime"],
    ["a file that was changed, to be removed", removed("file", "other"), "file was changed in the meantime"],
    ["a file that has more", edited("file", "ol", "new"), "file was changed in the meantime"],
    ["a link", edited("link", "old", "new"), "link is a link"],
    ["a link to be removed", removed("link", "old"), "link is a link"],
    ["a step up", created("../outside/file", "new"), '"../outside/file" leads out of the project'],
    ["a step up inside", created("a/../file2", "new"), '"a/../file2" leads out of the project'],
    ["a step up with a backslash", created("a\\..\\file2", "new"), '"a\\..\\file2" leads out of the project'],
    ["a step that is none", created("./file2", "new"), '"./file2" leads out of the project'],
    ["an absolute path", created("/tmp/lockstep-x", "new"), '"/tmp/lockstep-x" leads out of the project'],
    ["no path", created("", "new"), '"" leads out of the project'],
    ["a linked folder", created("out/file", "new"), '"out/file" leads out of the project by a link'],
    [
      "a folder below a linked folder",
      created("out/a/b/file", "new"),
      '"out/a/b/file" leads out of the project by a link',
    ],
    [
      "a linked folder whose name begins like the project's",
      created("sibling/file", "new"),
      '"sibling/file" leads out of the project by a link',
    ],
  ])("%s", (_, change, words) => {
    put("file", "old");
    mkdirSync(join(root, "folder"));
    symlinkSync("file", join(root, "link"));
    symlinkSync(outside, join(root, "out"));
    mkdirSync(`${root}-sibling`, { recursive: true });
    symlinkSync(`${root}-sibling`, join(root, "sibling"));
    expect(failure(created("first", "new"), change)).toBe(`WriteError: ${words}: nothing was written.`);
    expect(tree()).toEqual(["file", "folder", "link", "out", "sibling"]);
    expect([read("file"), readdirSync(outside), readdirSync(`${root}-sibling`)]).toEqual(["old", [], []]);
  });

  it("is told by the system's code alone where the system refuses it", () => {
    put("file", "old");
    expect(failure(created("file/below", "new"))).toBe(
      "WriteError: Nothing was written: the system says ENOTDIR.",
    );
    symlinkSync("nowhere", join(root, "dangling"));
    expect(failure(created("dangling", "new"))).toBe(
      "WriteError: Nothing was written: the system says EEXIST.",
    );
    expect(failure(edited("dangling", "old", "new"))).toBe(
      "WriteError: dangling is gone: nothing was written.",
    );
    expect(failure(created("dangling/file", "new"))).toBe(
      "WriteError: Nothing was written: the system says EEXIST.",
    );
    expect(failure(created("nul\0byte", "new"))).toMatch(
      /^WriteError: Nothing was written: an unexpected error\.$/,
    );
    expect(tree()).toEqual(["dangling", "file"]);
  });

  it("waits for no FIFO", () => {
    execFileSync("mkfifo", [join(root, "fifo")]);
    expect(failure(edited("fifo", "old", "new"))).toBe(
      "WriteError: fifo is not a regular file: nothing was written.",
    );
    expect(failure(created("fifo", "new"))).toBe(
      "WriteError: There is a file fifo already: nothing was written.",
    );
  });
});

describe("a failure in the middle", () => {
  // The same new file twice: the second finds it there only once the first is in its place.
  const late = [created("twice", "one"), created("twice", "two")];

  it("takes back everything that was done before it", () => {
    put("edited.sh", "old", 0o755);
    put("removed.txt", "old", 0o600);
    expect(
      failure(
        edited("edited.sh", "old", "new"),
        removed("removed.txt", "old"),
        created("made/a/file", "new"),
        ...late,
      ),
    ).toBe("WriteError: Nothing was written: the system says EEXIST.");
    expect(tree()).toEqual(["edited.sh", "removed.txt"]);
    expect([read("edited.sh"), mode("edited.sh")]).toEqual(["old", 0o755]);
    expect([read("removed.txt"), mode("removed.txt")]).toEqual(["old", 0o600]);
  });

  it("keeps a mode that the process's mask would cut", () => {
    put("edited.txt", "old", 0o666);
    failure(edited("edited.txt", "old", "new"), ...late);
    expect([read("edited.txt"), mode("edited.txt")]).toEqual(["old", 0o666]);
  });

  it("says so where a step back fails, and takes the others", () => {
    put("edited.txt", "old");
    let reads = 0;
    const broken: FileChange = {
      path: "broken.txt",
      after: "new",
      // Read for the check, for the choice of how to put it there, and then to put it back.
      get before() {
        reads++;
        if (reads > 2) throw new Error("no way back");
        return undefined;
      },
    };
    expect(failure(edited("edited.txt", "old", "new"), broken, ...late)).toBe(
      "WriteError: A part was written and could not be taken back: git status shows which.",
    );
    expect(read("edited.txt")).toBe("old");
    expect(tree()).toEqual(["broken.txt", "edited.txt"]);
  });

  it("leaves a folder that it made where somebody has put something there", () => {
    const change: FileChange = {
      path: "made/file",
      before: undefined,
      get after() {
        if (existsSync(join(root, "made"))) writeFileSync(join(root, "made", "theirs"), "theirs");
        return "new";
      },
    };
    expect(failure(change, created("../x", "new"))).toBe(
      'WriteError: "../x" leads out of the project: nothing was written.',
    );
    expect(tree()).toEqual(["made", "made/theirs"]);
  });
});
