import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryFiles, type ProjectFiles, projectFiles, snapshot } from "../../config/files";

let outer: string;
let files: ProjectFiles;

beforeAll(() => {
  outer = mkdtempSync(join(tmpdir(), "lockstep-files-"));
  const root = join(outer, "project");
  mkdirSync(join(root, "prompts"), { recursive: true });
  writeFileSync(join(outer, "secret.md"), "outside");
  writeFileSync(join(root, "prompts", "chat.md"), "inside");
  symlinkSync(join(outer, "secret.md"), join(root, "prompts", "link.md"));
  symlinkSync(join(root, "prompts", "chat.md"), join(root, "prompts", "inner.md"));
  execFileSync("mkfifo", [join(root, "prompts", "fifo.md")]);
  writeFileSync(join(root, "large.md"), "");
  truncateSync(join(root, "large.md"), 4 * 1024 * 1024 + 1);
  writeFileSync(join(root, "full.md"), "");
  truncateSync(join(root, "full.md"), 4 * 1024 * 1024);
  files = projectFiles(root);
});

afterAll(() => rmSync(outer, { recursive: true, force: true }));

const text = (path: string) => {
  const result = files.read(path);
  return result.found ? Buffer.from(result.bytes).toString("utf8") : result.why;
};

describe("a file of the project", () => {
  it.each([
    ["prompts/chat.md", "inside"],
    ["prompts/inner.md", "inside"],
    ["prompts/link.md", '"prompts/link.md" is a link that leads out of the project'],
    ["../secret.md", '"../secret.md" leads out of the project'],
    ["prompts/../../secret.md", '"prompts/../../secret.md" leads out of the project'],
    ["/etc/hostname", '"/etc/hostname" leads out of the project'],
    ["prompts/none.md", 'there is no file "prompts/none.md"'],
    ["prompts", '"prompts" is not a regular file'],
    ["prompts/fifo.md", '"prompts/fifo.md" is not a regular file'],
    ["large.md", '"large.md" is larger than 4 MiB'],
  ])("%s: %s", (path, expected) => {
    expect(text(path)).toBe(expected);
  });

  it("of exactly 4 MiB is still read", () => {
    const result = files.read("full.md");
    expect(result.found && result.bytes.length).toBe(4 * 1024 * 1024);
  });
});

describe("the entries of a folder", () => {
  it.each([
    ["", ["full.md", "large.md", "prompts"]],
    ["prompts", ["chat.md", "fifo.md", "inner.md", "link.md"]],
    ["none", []],
    ["..", []],
    ["prompts/..", []],
    ["prompts\\..", []],
    ["/", []],
    ["large.md", []],
  ])("%j are, in order: %j", (folder, entries) => {
    expect(files.list(folder)).toEqual(entries);
  });
});

describe("files in memory", () => {
  const memory = memoryFiles({ "b.md": "B", "a/c.md": "C", "a/d/e.md": "E", "ab/f.md": "F" });

  it("are read by their paths", () => {
    const read = (path: string) => {
      const result = memory.read(path);
      return result.found ? new TextDecoder().decode(result.bytes) : result.why;
    };
    expect(read("a/c.md")).toBe("C");
    expect(read("a")).toBe('there is no file "a"');
    expect(read("constructor")).toBe('there is no file "constructor"');
  });

  it.each([
    ["", ["a", "ab", "b.md"]],
    ["a", ["c.md", "d"]],
    ["a/d", ["e.md"]],
    ["none", []],
  ])("%j has the entries %j", (folder, entries) => {
    expect(memory.list(folder)).toEqual(entries);
  });
});

describe("a snapshot", () => {
  it("reads each file and folder once, whatever happens to them meanwhile", () => {
    const entries: Record<string, string> = { "a.md": "first" };
    const reads: string[] = [];
    const frozen = snapshot({
      read(path) {
        reads.push(path);
        return memoryFiles(entries).read(path);
      },
      list: (folder) => memoryFiles(entries).list(folder),
    });
    const text = (path: string) => {
      const read = frozen.read(path);
      return read.found ? new TextDecoder().decode(read.bytes) : read.why;
    };
    expect([text("a.md"), text("b.md"), frozen.list("")]).toEqual([
      "first",
      'there is no file "b.md"',
      ["a.md"],
    ]);
    Object.assign(entries, { "a.md": "second", "b.md": "new" });
    expect([text("a.md"), text("b.md"), frozen.list("")]).toEqual([
      "first",
      'there is no file "b.md"',
      ["a.md"],
    ]);
    expect(reads).toEqual(["a.md", "b.md"]);
  });
});
