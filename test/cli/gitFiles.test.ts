import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UsageError } from "../../cli/exit";
import { gitFiles } from "../../cli/gitFiles";
import type { FileResult } from "../../config/files";

const dir = mkdtempSync(join(tmpdir(), "lockstep-git-"));
const below = join(dir, "apps", "llm");
const git = (...args: string[]) =>
  execFileSync(
    "git",
    [
      "-c",
      "user.name=Ada Example",
      "-c",
      "user.email=ada@example.com",
      "-c",
      "commit.gpgsign=false",
      ...args,
    ],
    { cwd: dir, stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" },
  ).trim();
const textOf = (read: FileResult) => (read.found ? Buffer.from(read.bytes).toString("utf8") : read.why);

mkdirSync(join(below, "prompts"), { recursive: true });
writeFileSync(join(dir, "secret.txt"), "outside\n");
writeFileSync(join(below, "same.txt"), "same\n");
writeFileSync(join(below, "edited.txt"), "before\n");
writeFileSync(join(below, "removed.txt"), "removed\n");
writeFileSync(join(below, "empty.txt"), "");
for (const name of ["a", "b", "c"])
  writeFileSync(join(below, `Pulumi.${name}.yaml`), `name: ${name}\nünï: \u0000\n\n`);
writeFileSync(join(below, "crlf.txt"), "a\r\nb\r\n");
writeFileSync(join(below, "prompts", "ünï code.md"), "Hello\n");
symlinkSync("../../secret.txt", join(below, "link.txt"));
git("init", "--quiet");
git("add", ".");
git("commit", "--quiet", "--message", "one");
writeFileSync(join(below, "edited.txt"), "after\n");
writeFileSync(join(below, "new.txt"), "new\n");
for (const name of ["a", "c"]) writeFileSync(join(below, `Pulumi.${name}.yaml`), "name: other\n");
writeFileSync(join(below, ".gitattributes"), "*.txt text eol=lf\n");
unlinkSync(join(below, "removed.txt"));

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("the files of a commit", async () => {
  const files = await gitFiles(below, "HEAD");

  it.each([
    ["same.txt", "same\n"],
    ["edited.txt", "before\n"],
    ["removed.txt", "removed\n"],
    ["empty.txt", ""],
    ["crlf.txt", "a\r\nb\r\n"],
    ["prompts/ünï code.md", "Hello\n"],
    ["Pulumi.a.yaml", "name: a\nünï: \u0000\n\n"],
    ["Pulumi.b.yaml", "name: b\nünï: \u0000\n\n"],
    ["Pulumi.c.yaml", "name: c\nünï: \u0000\n\n"],
  ])("are those of the commit, whatever the working tree has: %s", (path, text) => {
    expect(textOf(files.read(path))).toBe(text);
  });

  it.each(["new.txt", "link.txt", "../../secret.txt", "prompts", "", "/etc/hostname", "nowhere.txt"])(
    "are no others: %j",
    (path) => {
      expect(files.read(path)).toEqual({ found: false, why: `there is no file "${path}" in HEAD` });
    },
  );

  it("are listed by folder", () => {
    expect(files.list("")).toEqual([
      "Pulumi.a.yaml",
      "Pulumi.b.yaml",
      "Pulumi.c.yaml",
      "crlf.txt",
      "edited.txt",
      "empty.txt",
      "prompts",
      "removed.txt",
      "same.txt",
    ]);
    expect(files.list("prompts")).toEqual(["ünï code.md"]);
    expect(files.list("..")).toEqual([]);
  });

  it("are none where the folder was not there yet", async () => {
    mkdirSync(join(dir, "later"));
    const later = await gitFiles(join(dir, "later"), "HEAD");
    expect(later.list("")).toEqual([]);
    expect(later.read("same.txt").found).toBe(false);
  });
});

describe("a commit that is none", () => {
  it.each(["nowhere", "--output=x", "-r", "HEAD:apps", "HEAD^{tree}", ""])("is refused: %j", async (ref) => {
    await expect(gitFiles(below, ref)).rejects.toThrow(UsageError);
    await expect(gitFiles(below, ref)).rejects.toThrow(`There is no commit "${ref}" in the repository of `);
  });

  it("is told apart from a folder without a repository", async () => {
    const alone = mkdtempSync(join(tmpdir(), "lockstep-alone-"));
    await expect(gitFiles(alone, "HEAD")).rejects.toThrow(
      `${alone} is in no git repository, so there is nothing to compare with.`,
    );
    rmSync(alone, { recursive: true });
  });
});
