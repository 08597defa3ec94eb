import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proven } from "../evidence";
import { lockstep, projectCopy, root } from "../project";

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

  it("ends quietly where nobody reads to the end", () => {
    const command = `"${process.execPath}" "${join(root, "dist/lockstep.js")}" review --format html | head -c 15`;
    const { stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: project.dir, encoding: "utf8" });
    expect({ stdout, stderr }).toEqual({ stdout: "<!doctype html>", stderr: "" });
  });

  it("is one HTML file, or JSON by the published schema", async () => {
    const html = await review("--format", "html", "--output", "out/review.html");
    expect(html).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(readFileSync(file("out/review.html"), "utf8")).toMatch(/^<!doctype html>\n[\s\S]*<\/html>\n$/);
    const schema = JSON.parse(readFileSync(join(root, "docs/review.schema.json"), "utf8"));
    const { stdout } = await review("--format", "json");
    expect(new Ajv2020({ strict: false }).validate(schema, JSON.parse(stdout))).toBe(true);
  });

  it("leaves a file as it was where the new one cannot be written whole", async () => {
    mkdirSync(file("out/folder"));
    const { code, stderr } = await review("--format", "markdown", "--output", "out/folder");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^lockstep: .*out\/folder cannot be written\.\n$/);
    expect(readdirSync(file("out")).sort()).toEqual(["comment.md", "folder", "review.html"]);
  });

  it("reviews again after a save, until it is interrupted", async () => {
    const child = spawn(process.execPath, [join(root, "dist/lockstep.js"), "review", "--watch"], {
      cwd: project.dir,
      env: { PATH: process.env.PATH, NO_COLOR: "1" },
    });
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
    const reviews = () => printed.split("Waiting for a save").length - 1;
    const until = async (count: number) => {
      while (reviews() < count) await new Promise((done) => setTimeout(done, 50));
    };
    await until(1);
    await new Promise((done) => setTimeout(done, 1_000));
    edit("Pulumi.staging.yaml", "dailyUsd: 100\n", "dailyUsd: 90\n");
    await until(2);
    expect(printed).toContain("daily budget from 100 to 90 USD per day (-10 %)");
    edit("Pulumi.staging.yaml", "dailyUsd: 90\n", "dailyUsd: 100\n");
    await until(3);
    const code = new Promise((done) => child.on("exit", done));
    child.kill("SIGINT");
    expect(await code).toBe(0);
  });

  it.each([
    [["--watch", "--head", "HEAD"], "option '--watch' cannot be used with option '--head <ref>'"],
    [["--all", "--stack", "staging"], "option '--all' cannot be used with option '-s, --stack <name>'"],
    [["--base", "nowhere"], 'There is no commit "nowhere" in the repository of '],
    [["--format", "pdf"], "'--format <format>' argument 'pdf' is invalid"],
    [["--base", "--output=x"], 'There is no commit "--output=x" in the repository of '],
  ])("refuses %j", async (args, message) => {
    const { code, stderr } = await review(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
