import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proven } from "../evidence";
import { lockstep, projectCopy } from "../project";

let project: { dir: string; remove(): void };
const file = (path: string) => join(project.dir, path);
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
    { cwd: project.dir, stdio: ["ignore", "pipe", "ignore"] },
  );
const edit = (path: string, from: string, to: string) => {
  const text = readFileSync(file(path), "utf8");
  if (!text.includes(from)) throw new Error(`${from} is not in ${path}`);
  writeFileSync(file(path), text.replace(from, to));
};
const review = (...args: string[]) => lockstep(["review", ...args], project.dir);

beforeAll(() => {
  project = projectCopy([proven]);
  rmSync(file("node_modules"));
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message", "base");
});
afterAll(() => project.remove());

describe.sequential("lockstep review", { timeout: 60_000 }, () => {
  it("passes where nothing has changed since the last commit", async () => {
    const { code, stdout, stderr } = await review();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/\n✓ Nothing blocks staging and production\.\n$/);
  });

  it("fails for a change that blocks, with the line that is to blame, and needs no node_modules", async () => {
    expect(existsSync(file("node_modules"))).toBe(false);
    edit("Pulumi.staging.yaml", "monthlyUsd: 2000\n", "monthlyUsd: 20000\n");
    const { code, stdout } = await review();
    expect(code).toBe(1);
    expect(stdout).toContain(
      "  staging  stricter  monthly budget from 2,000 to 20,000 USD per month (+900 %)  Pulumi.staging.yaml:23\n",
    );
    expect(stdout).toMatch(/\n✗ 1 finding blocks staging and production: it comes with this change\.\n$/);
  });

  it("reviews a commit against another one, whatever the working tree has", async () => {
    git("commit", "--quiet", "--all", "--message", "raise staging's budget");
    edit("Pulumi.staging.yaml", "monthlyUsd: 20000\n", "monthlyUsd: 1999\n");
    expect((await review("--base", "HEAD~1", "--head", "HEAD")).code).toBe(1);
    expect((await review("--base", "HEAD~1", "--head", "HEAD~1")).code).toBe(0);
    const { code, stdout } = await review("--base", "HEAD");
    expect(code).toBe(0);
    expect(stdout).toContain("monthly budget from 20,000 to 1,999 USD per month (-90 %)");
  });

  it("writes a comment, or a log for code scanning, to a file", async () => {
    const link = "https://example.com/blob/abc";
    const range = ["--base", "HEAD~1", "--head", "HEAD"];
    const comment = await review(
      ...range,
      "--format",
      "markdown",
      "--link-base",
      link,
      "--output",
      "out/comment.md",
    );
    expect(comment).toEqual({ code: 1, stdout: "", stderr: "" });
    const text = readFileSync(file("out/comment.md"), "utf8");
    expect(text).toMatch(/^### ❌ Lockstep: 1 finding blocks /);
    expect(text).toContain(`[\`Pulumi.staging.yaml:23\`](${link}/Pulumi.staging.yaml#L23)`);
    const { stdout } = await review(...range, "--format", "sarif");
    expect(JSON.parse(stdout).runs[0].results).toHaveLength(1);
    expect(JSON.parse((await review(...range, "--format", "json")).stdout)).toMatchObject({
      version: 1,
      passed: false,
    });
  });

  it.each([
    [["--base", "nowhere"], 'There is no commit "nowhere" in the repository of '],
    [["--format", "pdf"], "'--format <format>' argument 'pdf' is invalid"],
    [["--base", "--output=x"], 'There is no commit "--output=x" in the repository of '],
  ])("refuses %j", async (args, message) => {
    const { code, stderr } = await review(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
