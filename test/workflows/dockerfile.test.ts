import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hardenedPod } from "../../components/hardened";

const root = join(__dirname, "../..");
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
const ignored = readFileSync(join(root, ".dockerignore"), "utf8").split("\n");
/** What the build may read: everything else is ignored. */
const context = ignored.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
const instructions = dockerfile
  .replaceAll("\\\n", " ")
  .split("\n")
  .filter((line) => /^[A-Z]+ /.test(line));

describe("the image of the jobs", () => {
  it("has no base that nobody has looked up", () => {
    const base = ["$", "{NODE_IMAGE}"].join("");
    expect(instructions.filter((line) => /^(ARG|FROM) /.test(line))).toEqual([
      "ARG NODE_IMAGE",
      `FROM ${base} AS build`,
      `FROM ${base}`,
    ]);
  });

  it("runs as the user that the pods demand", () => {
    const { runAsUser, runAsGroup } = hardenedPod(undefined).securityContext;
    expect(instructions).toContain(`USER ${runAsUser}:${runAsGroup}`);
  });

  it("takes neither stack files nor evidence nor what is not under version control", () => {
    expect(ignored).toContain("*");
    expect(context.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(
      context.filter((path) =>
        /^(Pulumi|releases|prompts|tools|canary|retrieval|node_modules|dist)/.test(path),
      ),
    ).toEqual([]);
  });

  it("builds the command line from what it takes, and that runs without anything beside it", () => {
    const folder = mkdtempSync(join(tmpdir(), "lockstep-image-"));
    const build = join(folder, "build");
    try {
      for (const path of context) cpSync(join(root, path), join(build, path), { recursive: true });
      symlinkSync(join(root, "node_modules"), join(build, "node_modules"));
      const made = spawnSync(process.execPath, ["scripts/build.mjs"], { cwd: build, encoding: "utf8" });
      expect([made.status, made.stderr]).toEqual([0, ""]);
      cpSync(join(build, "dist"), join(folder, "opt", "lockstep"), { recursive: true });
      rmSync(build, { recursive: true });
      for (const command of ["canary", "sample", "audit", "evidence retrieval"]) {
        const ran = spawnSync(
          process.execPath,
          [join(folder, "opt", "lockstep", "lockstep.js"), ...command.split(" "), "--help"],
          { cwd: folder, encoding: "utf8" },
        );
        expect([command, ran.status, ran.stderr]).toEqual([command, 0, ""]);
        expect(ran.stdout).toContain(`lockstep ${command} [options]`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
