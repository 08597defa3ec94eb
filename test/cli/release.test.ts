import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandResult, lockstep, projectCopy } from "../project";
import { replace, withoutReleases } from "../shipped";

/** No evidence, no sign-off: the commands are tested here, not the rules that gate production. */
const settings = JSON.stringify({
  "production-proven": { requiredKinds: [] },
  "release-complete": { minimumSignOffs: 0 },
});

let project: ReturnType<typeof projectCopy>;
let dir: string;
const run = (...args: string[]): Promise<CommandResult> => lockstep(["release", ...args], dir);
const read = (path: string) => readFileSync(join(dir, path), "utf8");
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
    cwd: dir,
    stdio: ["ignore", "pipe", "ignore"],
  }).toString();

/** The names of all files that differ from the last commit. */
const changed = () =>
  git("status", "--porcelain", "--untracked-files=all", "--", "Pulumi*.yaml", "prompts", "tools", "releases")
    .split("\n")
    .filter(Boolean)
    .map((line) => line.slice(3));

beforeAll(() => {
  project = projectCopy([withoutReleases]);
  dir = project.dir;
  rmSync(join(dir, "node_modules"));
  writeFileSync(join(dir, "policies", "config.json"), settings);
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message", "base");
});
afterAll(() => project.remove());

describe("lockstep release", { timeout: 60_000 }, () => {
  it("walks a release from its start to its end, and back", async () => {
    const production = read("Pulumi.production.yaml");
    expect(
      await run(
        "new",
        "initial",
        "--owner",
        "Ada Example",
        "--empty",
        "--yes",
        "--hypothesis",
        "The first deployment, held against all criteria.",
      ),
    ).toMatchObject({
      code: 0,
      stderr: "",
    });
    for (const stack of ["staging", "production"]) {
      const { code, stdout } = await run("carry", "initial", "--stack", stack, "--yes");
      expect([code, stdout.split("\n").at(-2)]).toEqual([
        0,
        `${stack} carries initial. What production still asks for: lockstep release status initial`,
      ]);
    }
    const closed = await run("close", "initial", "--yes");
    expect(closed).toMatchObject({ code: 0, stderr: "" });
    expect(closed.stdout).toContain(
      "Closed: initial. No behaviour hash has changed, so no update is needed.\n",
    );
    expect(read("Pulumi.production.yaml")).toBe(production);
    expect(read("releases/initial/release.yaml")).toMatch(/^state: closed$/m);
    git("add", ".");
    git("commit", "--quiet", "--message", "initial");

    const made = await run(
      "new",
      "calmer",
      "--owner",
      "Ada Example",
      "--set",
      "models.chat-large.temperature=0.7",
      "--tokens",
      "support-chat=400000,3200:3200,350:300",
      "--hypothesis",
      "Answers are calmer, seen in the evaluation.",
      "--yes",
    );
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toMatch(
      /^--- \/dev\/null\n\+\+\+ releases\/calmer\/release\.yaml\n@@ -0,0 \+1,\d+ @@\n\+id: calmer\n/,
    );
    for (const stack of ["staging", "production"]) await run("carry", "calmer", "-s", stack, "--yes");
    const blocked = await run("close", "calmer", "--yes");
    expect(blocked).toMatchObject({ code: 1, stdout: "" });
    expect(blocked.stderr).toBe(
      "lockstep: Production may not carry calmer now: rollback-ready: release calmer's rollback.rehearsed: found nothing; allowed is a day at most 90 days ago.\n",
    );
    const today = new Date().toISOString().slice(0, 10);
    const file = join(dir, "releases/calmer/release.yaml");
    writeFileSync(
      file,
      read("releases/calmer/release.yaml").replace(/^(rollback:\n)/m, `$1  rehearsed: "${today}"\n`),
    );
    expect(await run("close", "calmer", "--yes")).toMatchObject({ code: 0, stderr: "" });
    expect(changed()).toEqual(["Pulumi.yaml", "releases/calmer/release.yaml"]);
    expect(git("diff", "--unified=0", "Pulumi.yaml").split("\n").slice(5, 7)).toEqual([
      "-        temperature: 1",
      "+        temperature: 0.7",
    ]);

    const back = await run("rollback", "--yes");
    expect(back).toMatchObject({ code: 0, stderr: "" });
    expect(read("Pulumi.production.yaml")).toContain("lockstep:carries: [revert-calmer]\n");
    expect(await run("rollback", "--yes")).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "lockstep: production is going back already: it carries revert-calmer (Pulumi.production.yaml). Update it: pulumi up --stack production\n",
    });
    expect((await run("status", "revert-calmer")).stdout).toContain(
      "carried by staging and production\n\nchanges\n  path                           from  to\n  models.chat-large.temperature  0.7   1\n",
    );
    const dropped = await run("drop", "revert-calmer", "--yes");
    expect(dropped.stdout.split("\n").at(-2)).toBe(
      "revert-calmer is dropped. Update the stacks that carried it: pulumi up",
    );
    expect(read("Pulumi.production.yaml")).toBe(production);
    git("add", ".");
    git("commit", "--quiet", "--message", "calmer");
  });

  it("shows what it would write and writes nothing, unless it is told or may ask", async () => {
    const args = ["new", "other", "--owner", "Ada Example", "--set", "behaviour.retrieval.topK=12"];
    const asked = await run(...args);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toBe(
      "lockstep: Nothing was written: without a terminal to ask on, the command needs --yes.\n",
    );
    expect(asked.stdout).toContain("+  - path: behaviour.retrieval.topK\n+    from: 8\n+    to: 12\n");
    const dry = await run(...args, "--dry-run");
    expect(dry).toEqual({ code: 0, stdout: `${asked.stdout}Nothing was written (--dry-run).\n`, stderr: "" });
    expect(await run(...args, "--dry-run", "--yes")).toEqual({
      code: 2,
      stdout: "",
      stderr: "lockstep: --yes and --dry-run exclude each other.\n",
    });
    expect(changed()).toEqual([]);
  });

  it("takes an edit of values and prompts since a commit", async () => {
    const project = read("Pulumi.yaml");
    const prompt = read("prompts/support-answer.md");
    writeFileSync(
      join(dir, "Pulumi.yaml"),
      replace("Pulumi.yaml", "topK: 8", "topK: 12 # more")({ "Pulumi.yaml": project })["Pulumi.yaml"] ?? "",
    );
    writeFileSync(join(dir, "prompts/support-answer.md"), `${prompt}Be brief.\n`);
    const made = await run("new", "brief", "--owner", "Ada Example", "--since", "HEAD", "--yes");
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(changed()).toEqual(["prompts/support-answer.brief.md", "releases/brief/release.yaml"]);
    expect(read("prompts/support-answer.brief.md")).toBe(`${prompt}Be brief.\n`);
    expect(read("releases/brief/release.yaml")).toContain(
      "changes:\n  - path: behaviour.prompts.support-answer.file\n    from: prompts/support-answer.md\n    to: prompts/support-answer.brief.md\n  - path: behaviour.retrieval.topK\n    from: 8\n    to: 12\n",
    );
    const { code, stderr } = await run("new", "again", "--owner", "Ada Example", "--since", "HEAD", "--yes");
    expect([code, stderr]).toEqual([
      2,
      "lockstep: No mirrored value of Pulumi.yaml, and no file that one points to, differs from HEAD.\n",
    ]);
  });

  it("reads a project in a folder of its repository", async () => {
    const below = join(dir, "apps", "llm");
    execFileSync("mkdir", ["-p", below]);
    for (const part of [
      "Pulumi.yaml",
      "Pulumi.staging.yaml",
      "Pulumi.production.yaml",
      "prompts",
      "tools",
      "retrieval",
    ])
      execFileSync("cp", ["-r", join(dir, part), below]);
    git("add", "apps");
    git("commit", "--quiet", "--message", "below");
    writeFileSync(join(below, "Pulumi.yaml"), read("Pulumi.yaml").replace("topK: 8", "topK: 9"));
    const made = await lockstep(
      ["--cwd", below, "release", "new", "nine", "--owner", "Ada Example", "--since", "HEAD", "--dry-run"],
      dir,
    );
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toContain("+    from: 8\n+    to: 9\n");
    rmSync(join(dir, "apps"), { recursive: true });
  });

  it.each<[string, string[], string]>([
    [
      "a commit that is none",
      ["new", "x1", "--owner", "Ada", "--since", "nowhere"],
      'lockstep: There is no commit "nowhere" in the repository of ',
    ],
    [
      "a commit that looks like an option",
      ["new", "x1", "--owner", "Ada", "--since=--help"],
      'lockstep: There is no commit "--help" in the repository of ',
    ],
    ["no owner", ["new", "x1", "--empty"], "error: required option '--owner <name>' not specified"],
    [
      "two sources of changes",
      ["new", "x1", "--owner", "Ada", "--since", "HEAD", "--empty"],
      "error: option '--since <ref>' cannot be used with option '--empty'",
    ],
    [
      "no changes",
      ["new", "x1", "--owner", "Ada"],
      "lockstep: The release changes nothing: name its changes with --set or --unset, take an edit with --since, or say --empty.",
    ],
    [
      "a --set without a value",
      ["new", "x1", "--owner", "Ada", "--set", "models.x"],
      'lockstep: --set takes PATH=VALUE, such as models.chat-large.temperature=0.7; found "models.x".',
    ],
    [
      "tokens that are none",
      ["new", "x1", "--owner", "Ada", "--empty", "--tokens", "support-chat=1,2:3"],
      "lockstep: --tokens takes ROUTE=REQUESTS_PER_MONTH,IN_BEFORE:IN_AFTER,OUT_BEFORE:OUT_AFTER, such as support-chat=400000,3200:2800,350:350; found ",
    ],
    ["a release that is none", ["status", "x1"], 'lockstep: There is no release "x1".'],
    ["a stack that is missing", ["carry", "x1"], "error: required option '-s, --stack <name>' not specified"],
    ["a command that is none", ["land", "x1"], "error: unknown command 'land'"],
  ])("is refused with %s", async (_, args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout, stderr.startsWith(message) || stderr]).toEqual([2, "", true]);
    expect(existsSync(join(dir, "releases/x1"))).toBe(false);
  });

  it("refuses --since outside of a repository", async () => {
    const alone = projectCopy([withoutReleases]);
    try {
      const { code, stderr } = await lockstep(
        ["release", "new", "x1", "--owner", "Ada", "--since", "HEAD"],
        alone.dir,
      );
      expect([code, stderr]).toEqual([
        2,
        `lockstep: ${alone.dir} is in no git repository, so there is nothing to compare with.\n`,
      ]);
    } finally {
      alone.remove();
    }
  });

  it("tells of every open release what it lacks, as text and as JSON", async () => {
    const text = await run("status");
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toContain("brief  open  releases/brief/release.yaml\n");
    expect(text.stdout).toContain("\ncarried by no stack\n");
    expect(text.stdout).toContain("  ✗ hypothesis   nothing\n  ✗ token delta  nothing\n  ✗ way back     to ");
    const { releases, version } = JSON.parse((await run("status", "brief", "--json")).stdout);
    expect(version).toBe(1);
    expect(releases).toMatchObject([
      {
        id: "brief",
        state: "open",
        carriedBy: [],
        promotable: false,
        behaviourHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    expect(
      releases[0].missing.map(({ rule, path }: { rule: string; path: string }) => [rule, path]),
    ).toContainEqual(["rollback-ready", "releases.brief.rollback.rehearsed"]);
    const closed = await run("status", "calmer");
    expect(closed.stdout).toMatch(
      /^calmer {2}closed {2}releases\/calmer\/release\.yaml\n.*\nclosed \S+ with [0-9a-f]{12}…\n/,
    );
  });
});
