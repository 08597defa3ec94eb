import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { proven } from "../evidence";
import { projectCopy, root } from "../project";

interface Step {
  uses?: string;
  run?: string;
  if?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: object;
  jobs: Record<string, { permissions: Record<string, string>; "timeout-minutes": number; steps: Step[] }>;
}

const textOf = (path: string) => readFileSync(join(root, path), "utf8");
const workflowOf = (path: string): Workflow => parse(textOf(path));
const action = parse(textOf("action.yml"));
const stepsOf = (path: string): Step[] =>
  path === "action.yml"
    ? action.runs.steps
    : Object.values(workflowOf(path).jobs).flatMap(({ steps }) => steps);

/** As GitHub writes it; spelled apart, because in TypeScript it looks like a template that was forgotten. */
const expression = (text: string) => ["$", `{{ ${text} }}`].join("");

const workflows = [".github/workflows/review.yml", ".github/workflows/review-comment.yml"];
const tools = (names: readonly string[]) =>
  names.filter((name) => spawnSync(name, ["--version"]).status !== 0);

describe("the workflows and the action", () => {
  it.each([...workflows, "action.yml"])("%s names every action by commit, with its version", (path) => {
    const used = textOf(path)
      .split("\n")
      .filter((line) => /^\s*(- )?uses:/.test(line));
    expect(used).toHaveLength(stepsOf(path).filter(({ uses }) => uses !== undefined).length);
    expect(
      used.filter((line) => !/uses: (\.\/|[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(line)),
    ).toEqual([]);
  });

  it.each([...workflows, "action.yml"])("%s puts nothing into a script by expression", (path) => {
    const scripts = stepsOf(path).flatMap(({ run }) => run ?? []);
    expect(scripts.length).toBe({ [workflows[0] ?? ""]: 0, [workflows[1] ?? ""]: 2 }[path] ?? 3);
    expect(scripts.filter((script) => script.includes(["$", "{{"].join("")))).toEqual([]);
  });

  it("give no permission but to jobs, and these the least", () => {
    expect(workflows.map((path) => workflowOf(path).permissions)).toEqual([{}, {}]);
    expect(
      workflows.map((path) => Object.values(workflowOf(path).jobs).map(({ permissions }) => permissions)),
    ).toEqual([
      [{ contents: "read" }],
      [
        {
          actions: "read",
          contents: "read",
          "pull-requests": "write",
          "security-events": "write",
        },
      ],
    ]);
  });

  it("run the code of a change only on pull_request, and without a token that stays", () => {
    expect(workflows.map((path) => Object.keys(workflowOf(path).on))).toEqual([
      ["pull_request"],
      ["workflow_run"],
    ]);
    const [first = "", second = ""] = workflows;
    expect(stepsOf(first).map(({ uses }) => uses?.replace(/@.*/, ""))).toEqual([
      "actions/checkout",
      "./",
      "actions/upload-artifact",
    ]);
    expect(stepsOf(first)[0]?.with).toEqual({
      ref: expression("github.event.pull_request.head.sha"),
      "fetch-depth": 0,
      "persist-credentials": false,
    });
    expect(stepsOf(first)[2]?.if).toBe(expression("always()"));
    expect(stepsOf(second).flatMap(({ uses }) => uses?.replace(/@.*/, "") ?? [])).toEqual([
      "actions/download-artifact",
      "github/codeql-action/upload-sarif",
    ]);
    expect(stepsOf("action.yml").flatMap(({ uses }) => uses?.replace(/@.*/, "") ?? [])).toEqual([
      "actions/setup-node",
    ]);
  });

  it("end, all of them", () => {
    const minutes = workflows.flatMap((path) =>
      Object.values(workflowOf(path).jobs).map((job) => job["timeout-minutes"]),
    );
    expect(minutes).toEqual([10, 5]);
  });

  it("name a workflow that there is", () => {
    const [first = "", second = ""] = workflows;
    expect(workflowOf(second).on.workflow_run).toEqual({
      workflows: [parse(textOf(first)).name],
      types: ["completed"],
    });
  });

  const missing = tools(["actionlint"]);
  const note = missing.length === 0 ? "" : " (skipped: actionlint is not installed)";
  if (missing.length > 0)
    process.stderr.write("actionlint is not installed, so it has not read the workflows.\n");
  it.skipIf(missing.length > 0)(`satisfy actionlint${note}`, () => {
    const { status, stdout } = spawnSync("actionlint", ["-no-color", ...workflows], {
      cwd: root,
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });
});

/** The YAML examples of the page, in order. */
const examples = [...textOf("docs/review.md").matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
  ([, text = ""]) => text,
);

describe("docs/review.md", () => {
  it("shows four lines that name inputs of the action", () => {
    const [four = "", job = ""] = examples;
    expect(four.trimEnd().split("\n")).toHaveLength(4);
    const [step] = parse(four) as Step[];
    expect(step).toEqual({
      uses: "<owner>/lockstep@<commit>",
      with: { stack: "production", "working-directory": "infrastructure" },
    });
    expect(Object.keys(step?.with ?? {}).filter((name) => !(name in action.inputs))).toEqual([]);
    expect(parse(job).jobs.lockstep.steps[1]).toEqual(step);
  });

  it("lists the inputs and the outputs of the action", () => {
    const page = textOf("docs/review.md");
    const rows = [...page.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
    expect(rows).toEqual([...Object.keys(action.inputs), ...Object.keys(action.outputs)]);
    expect(rows).toEqual([
      "base",
      "stack",
      "working-directory",
      "comment",
      "node-version",
      "passed",
      "exit-code",
      "markdown",
      "sarif",
    ]);
  });

  it("names a hook that there is", () => {
    const [hook] = parse(textOf(".pre-commit-hooks.yaml"));
    expect(parse(examples[3] ?? "").repos[0].hooks).toEqual([{ id: hook.id }]);
    expect(() => accessSync(join(root, hook.entry), constants.X_OK)).not.toThrow();
  });
});

describe("the hook's files", () => {
  const files = new RegExp(parse(textOf(".pre-commit-hooks.yaml"))[0].files);
  it.each([
    ["Pulumi.yaml", true],
    ["infrastructure/Pulumi.staging.yaml", true],
    ["prompts/support.md", true],
    ["releases/initial/evidence/load.json", true],
    ["policies/config.json", true],
    ["Pulumi.yml", false],
    ["policies/judge.ts", false],
    ["docs/prompts.md", false],
  ])("%s: %s", (path, expected) => {
    expect(files.test(path)).toBe(expected);
  });
});

const identity = [
  "-c",
  "user.name=Ada Example",
  "-c",
  "user.email=ada@example.com",
  "-c",
  "commit.gpgsign=false",
];

/** Runs a script of the project with nothing in its environment but what is given. */
function run(
  command: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0] ?? "", command.slice(1), {
      cwd,
      env: { PATH: process.env.PATH ?? "", HOME: tmpdir(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const result = { code: null as number | null, stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        result[stream] += text;
      });
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...result, code }));
  });
}

describe.sequential("scripts/ci/review.mjs", { timeout: 60_000 }, () => {
  let project: { dir: string; remove(): void };
  let out: string;
  let base: string;
  const git = (...args: string[]) =>
    execFileSync("git", [...identity, ...args], {
      cwd: project.dir,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  const edit = (path: string, from: string, to: string) => {
    const text = readFileSync(join(project.dir, path), "utf8");
    if (!text.includes(from)) throw new Error(`${from} is not in ${path}`);
    writeFileSync(join(project.dir, path), text.replace(from, to));
  };
  const commit = (message: string) => {
    git("add", "--all");
    git("commit", "--quiet", "--message", message);
    return git("rev-parse", "HEAD");
  };
  const read = (name: string) => readFileSync(join(out, name), "utf8");
  const review = async (env: Record<string, string> = {}) => {
    for (const name of ["output", "summary"]) writeFileSync(join(out, name), "");
    return run([process.execPath, join(root, "scripts/ci/review.mjs")], project.dir, {
      REVIEW_FOLDER: join(out, "review"),
      REVIEW_STACK: "production",
      GITHUB_OUTPUT: join(out, "output"),
      GITHUB_STEP_SUMMARY: join(out, "summary"),
      GITHUB_SERVER_URL: "https://github.example",
      GITHUB_REPOSITORY: "ada/project",
      ...env,
    });
  };

  beforeAll(() => {
    project = projectCopy([proven]);
    rmSync(join(project.dir, "node_modules"));
    out = mkdtempSync(join(tmpdir(), "lockstep-review-"));
    git("init", "--quiet", "--initial-branch", "main");
    base = commit("base");
  });
  afterAll(() => {
    project.remove();
    rmSync(out, { recursive: true, force: true });
  });

  it("passes a change that blocks nothing, and leaves its files, its summary and its outputs", async () => {
    git("checkout", "--quiet", "-b", "change");
    edit("Pulumi.staging.yaml", "monthlyUsd: 2000\n", "monthlyUsd: 1900\n");
    commit("lower staging's budget");
    const result = await review({ REVIEW_BASE: base, REVIEW_PULL_REQUEST: "7" });
    expect(result).toEqual({
      code: 0,
      stdout: `Nothing blocks. The review: ${join(out, "review", "comment.md")}\n`,
      stderr: "",
    });
    expect(read("review/number")).toBe("7\n");
    expect(read("review/comment.md")).toMatch(/^### ✅ Lockstep: nothing blocks /);
    expect(read("summary")).toBe(read("review/comment.md"));
    expect(JSON.parse(read("review/review.sarif")).runs[0].results).toEqual([]);
    expect(read("output")).toBe(
      [
        "passed=true",
        "exit-code=0",
        `markdown=${join(out, "review", "comment.md")}`,
        `sarif=${join(out, "review", "review.sarif")}`,
        "",
      ].join("\n"),
    );
  });

  it("fails for a change that blocks, with links to its own commit, and prints nothing of it", async () => {
    edit("Pulumi.staging.yaml", "monthlyUsd: 1900\n", "monthlyUsd: 20000\n");
    const head = commit("raise staging's budget");
    const { code, stdout, stderr } = await review({ REVIEW_BASE: base });
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: `Something blocks. The review: ${join(out, "review", "comment.md")}\n`,
      stderr: "",
    });
    expect(read("review/comment.md")).toContain(
      `(https://github.example/ada/project/blob/${head}/Pulumi.staging.yaml#L23)`,
    );
    expect(existsSync(join(out, "review", "number"))).toBe(false);
    expect(
      JSON.parse(read("review/review.sarif")).runs[0].results.map(
        (one: { ruleId: string; locations: [{ physicalLocation: object }] }) => [
          one.ruleId,
          one.locations[0].physicalLocation,
        ],
      ),
    ).toEqual([
      [
        "limits-stricter",
        {
          artifactLocation: { uri: "Pulumi.staging.yaml" },
          region: { startLine: 23, startColumn: 5 },
        },
      ],
    ]);
    expect(read("output")).toMatch(/^passed=false\nexit-code=1\n/);
  });

  it("reviews the commit, not what an earlier step left in the folder", async () => {
    edit("Pulumi.staging.yaml", "monthlyUsd: 20000\n", "monthlyUsd: 1900\n");
    const { code } = await review({ REVIEW_BASE: base });
    git("checkout", "--quiet", "--", "Pulumi.staging.yaml");
    expect(code).toBe(1);
    expect(read("review/comment.md")).toContain("from 2,000 to 20,000 USD per month");
  });

  it("compares with where the change left its target, not with what the target got since", async () => {
    git("checkout", "--quiet", "main");
    edit("Pulumi.production.yaml", "monthlyUsd: 20000\n", "monthlyUsd: 21000\n");
    const target = commit("raise production's budget");
    git("checkout", "--quiet", "change");
    await review({ REVIEW_BASE: target });
    expect(read("review/comment.md")).not.toContain("21,000");
    expect(read("review/comment.md")).toContain("from 2,000 to 20,000 USD per month");
  });

  it("compares GitHub's merge of a change with its first parent, whatever the event names", async () => {
    git("checkout", "--quiet", "--detach", "main");
    git("merge", "--quiet", "--no-edit", "change");
    const merge = git("rev-parse", "HEAD");
    const { code } = await review({
      GITHUB_REF: "refs/pull/7/merge",
      GITHUB_SHA: merge,
      REVIEW_TARGET: base,
    });
    expect(code).toBe(0);
    expect(read("review/comment.md")).toContain("from 2,000 to 20,000 USD per month");
    expect(read("review/comment.md")).not.toContain("from 20,000 to 21,000 USD per month");
    await review({ GITHUB_REF: "refs/heads/main", GITHUB_SHA: merge, REVIEW_TARGET: base });
    expect(read("review/comment.md")).toContain("from 20,000 to 21,000 USD per month");
    git("checkout", "--quiet", "change");
  });

  it.each([
    ["0000000000000000000000000000000000000000"],
    ["--output=evil"],
    ["$(touch evil)"],
    ["main; touch evil"],
  ])("ends with 2 and says so where the base is %s", async (REVIEW_BASE) => {
    const { code, stdout } = await review({ REVIEW_BASE });
    expect({ code, stdout }).toEqual({
      code: 2,
      stdout: `The change could not be reviewed. The review: ${join(out, "review", "comment.md")}\n`,
    });
    expect(read("summary")).toBe(
      [
        "### ❌ Lockstep: the change could not be reviewed",
        "",
        "```text",
        "The commit to compare with is not in the checkout. Give actions/checkout `fetch-depth: 0`, and check the",
        "input `base`.",
        "```",
        "",
      ].join("\n"),
    );
    expect(read("output")).toMatch(/^passed=false\nexit-code=2\nmarkdown=.*\nsarif=\n$/);
    expect(existsSync(join(project.dir, "evil"))).toBe(false);
  });

  it("prints no workflow command out of a name, and lets no name end the code block", async () => {
    const folder = join(out, "x\n::error::forged\n```\n@ada");
    mkdirSync(folder);
    for (const args of [
      ["init", "--quiet"],
      ["commit", "--quiet", "--allow-empty", "--message", "empty"],
    ])
      execFileSync("git", [...identity, ...args], { cwd: folder });
    const { code, stdout, stderr } = await review({ REVIEW_BASE: "HEAD", REVIEW_CWD: folder });
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: `The change could not be reviewed. The review: ${join(out, "review", "comment.md")}\n`,
      stderr: "",
    });
    expect(read("summary")).toContain(
      `\n\n\`\`\`\`text\nlockstep: There is no Pulumi.yaml in ${folder} or above it. `,
    );
    expect(read("summary")).toMatch(/[^`]\n````\n$/);
  });

  it("fails for a stack that there is not", async () => {
    const { code } = await review({ REVIEW_BASE: base, REVIEW_STACK: "nonexistent" });
    expect(code).toBe(1);
  });

  it("follows no symbolic link of the change", async () => {
    const secret = join(out, "secret.yaml");
    writeFileSync(secret, textOf("Pulumi.staging.yaml").replace("monthlyUsd: 2000\n", "monthlyUsd: 1234\n"));
    git("checkout", "--quiet", "-b", "link", base);
    rmSync(join(project.dir, "Pulumi.staging.yaml"));
    symlinkSync(secret, join(project.dir, "Pulumi.staging.yaml"));
    commit("link");
    const { code } = await review({ REVIEW_BASE: base });
    expect(code).not.toBe(0);
    expect(read("review/comment.md")).not.toContain("1,234");
    git("checkout", "--quiet", "change");
  });

  it("names files from the root of the repository for a project in a folder", async () => {
    git("checkout", "--quiet", "-b", "folder", base);
    mkdirSync(join(project.dir, "infra é"));
    for (const name of [
      "Pulumi.yaml",
      "Pulumi.staging.yaml",
      "Pulumi.production.yaml",
      "prompts",
      "tools",
      "retrieval",
      "releases",
      "policies",
    ])
      renameSync(join(project.dir, name), join(project.dir, "infra é", name));
    const moved = commit("move");
    edit("infra é/Pulumi.staging.yaml", "monthlyUsd: 2000\n", "monthlyUsd: 20000\n");
    const head = commit("raise staging's budget");
    const { code } = await review({ REVIEW_BASE: moved, REVIEW_CWD: "infra é" });
    expect(code).toBe(1);
    expect(read("review/comment.md")).toContain(
      `(https://github.example/ada/project/blob/${head}/infra%20%C3%A9/Pulumi.staging.yaml#L23)`,
    );
    expect(
      JSON.parse(read("review/review.sarif")).runs[0].results[0].locations[0].physicalLocation
        .artifactLocation.uri,
    ).toBe("infra%20%C3%A9/Pulumi.staging.yaml");
    git("checkout", "--quiet", "change");
  });

  it("runs as the hook of a commit, in a folder too, and reviews what is not committed", async () => {
    git("checkout", "--quiet", "folder");
    const hook = [join(root, "scripts/ci/hook.sh"), "--cwd", "infra é"];
    const env = { NO_COLOR: "1", GIT_DIR: ".git" };
    expect((await run(hook, project.dir, env)).stdout).toContain("✗ 1 finding blocks staging and production");
    edit("infra é/Pulumi.staging.yaml", "monthlyUsd: 20000\n", "monthlyUsd: 1900\n");
    const { code, stdout } = await run(hook, project.dir, env);
    expect(code).toBe(0);
    expect(stdout).toContain("from 20,000 to 1,900 USD per month");
    git("checkout", "--quiet", "--force", "change");
  });
});

interface Comment {
  id: number;
  body: string;
  user: { login: string };
}

const head = "a".repeat(40);

/** A tiny GitHub and GitLab on loopback: one pull request or merge request, its comments, and what was asked. */
class Forge {
  comments: Comment[] = [];
  asked: string[] = [];
  /** The status of requests that begin with a text. */
  answers: Record<string, number> = {};
  private server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      request.on("end", () => {
        const asked = `${request.method} ${request.url}`;
        this.asked.push(asked);
        const refused = Object.entries(this.answers).find(([start]) => asked.startsWith(start));
        const authorized =
          request.headers.authorization === "Bearer token" || request.headers["private-token"] === "token";
        const [status, body] = refused
          ? [refused[1], { message: "no" }]
          : authorized
            ? this.answer(asked, text)
            : [401, {}];
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private answer(asked: string, text: string): [number, unknown] {
    const [method = "", url = ""] = asked.split(" ");
    const path = url.replace(/\?.*/, "");
    const page = Number(new URL(url, "http://x").searchParams.get("page") ?? 1);
    const sent = () => (text.startsWith("{") ? JSON.parse(text).body : new URLSearchParams(text).get("body"));
    if (asked === "GET /repos/ada/project/pulls/7")
      return [200, { head: { sha: head, repo: { full_name: "bob/fork" } } }];
    if (asked === "GET /user") return [200, { id: 5 }];
    if (/^GET .*\/(issues\/7\/comments|merge_requests\/7\/notes)$/.test(`${method} ${path}`))
      return [200, this.comments.slice((page - 1) * 100, page * 100)];
    if (/^POST .*\/(issues\/7\/comments|merge_requests\/7\/notes)$/.test(asked)) {
      const comment = {
        id: 100 + this.comments.length,
        body: sent(),
        user: { login: "github-actions[bot]" },
        author: { id: 5 },
      };
      this.comments.push(comment);
      return [201, comment];
    }
    const edited = this.comments.find(({ id }) => path.endsWith(`/${id}`));
    if ((method === "PATCH" || method === "PUT") && edited) {
      edited.body = sent();
      return [200, edited];
    }
    return [404, {}];
  }
}

describe("scripts/ci/comment.mjs", () => {
  let forge: Forge;
  let url: string;
  let folder: string;
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const comment = (env: Record<string, string> = {}) =>
    run([process.execPath, join(root, "scripts/ci/comment.mjs")], folder, {
      REVIEW_FOLDER: folder,
      HEAD_SHA: head,
      HEAD_REPOSITORY: "bob/fork",
      RUN_URL: "https://github.example/ada/project/actions/runs/1",
      GITHUB_TOKEN: "token",
      GITHUB_REPOSITORY: "ada/project",
      GITHUB_API_URL: url,
      GITHUB_OUTPUT: join(folder, "output"),
      ...env,
    });
  const writes = () => forge.asked.filter((asked) => !asked.startsWith("GET"));
  const marker = "<!-- lockstep-review:e3b0c44298fc -->";
  const bodyOf = (text: string) =>
    `${marker}\n${text}\n<sub>Of aaaaaaaaaaaa, from [the run of the change](https://github.example/ada/project/actions/runs/1).</sub>\n`;

  beforeEach(async () => {
    forge = new Forge();
    url = await forge.start();
    folder = mkdtempSync(join(tmpdir(), "lockstep-comment-"));
    put("number", "7\n");
    put("comment.md", "### Nothing blocks\n");
    put("review.sarif", "{}");
    put("output", "");
  });
  afterEach(() => {
    forge.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("writes a comment, and edits it the second time", async () => {
    expect(await comment()).toEqual({ code: 0, stdout: "The comment was written.\n", stderr: "" });
    put("comment.md", "### Something blocks\n");
    expect(await comment()).toEqual({ code: 0, stdout: "The comment was edited.\n", stderr: "" });
    expect(forge.comments.map(({ body }) => body)).toEqual([bodyOf("### Something blocks\n")]);
    expect(writes()).toEqual([
      "POST /repos/ada/project/issues/7/comments",
      "PATCH /repos/ada/project/issues/comments/100",
    ]);
    expect(readFileSync(join(folder, "output"), "utf8")).toBe(
      "number=7\nhas-sarif=true\nnumber=7\nhas-sarif=true\n",
    );
  });

  it("leaves a comment with the marker by another author alone, and one of its author without it", async () => {
    forge.comments = [
      { id: 1, body: `${marker}\nforged`, user: { login: "mallory" } },
      { id: 2, body: `quoted: ${marker}`, user: { login: "github-actions[bot]" } },
    ];
    expect((await comment()).stdout).toBe("The comment was written.\n");
    expect(forge.comments.map(({ id, body }) => [id, body])).toEqual([
      [1, `${marker}\nforged`],
      [2, `quoted: ${marker}`],
      [102, bodyOf("### Nothing blocks\n")],
    ]);
  });

  it("finds its comment on a later page", async () => {
    forge.comments = Array.from({ length: 150 }, (_, id) => ({
      id,
      body: id === 120 ? marker : "talk",
      user: { login: "github-actions[bot]" },
    }));
    expect((await comment()).stdout).toBe("The comment was edited.\n");
    expect(writes()).toEqual(["PATCH /repos/ada/project/issues/comments/120"]);
  });

  it("has one comment for each key", async () => {
    await comment();
    await comment({ COMMENT_KEY: "infrastructure production" });
    expect(forge.comments).toHaveLength(2);
  });

  it.each([["7/../8"], ["７"], ["-7"], ["07"], ["7 8"], ["7\n8"], [""], ["1e3"]])(
    "refuses the number %j and asks nothing",
    async (number) => {
      put("number", number);
      const { code, stdout } = await comment();
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: "No comment: what the run left is no number.\n",
      });
      expect(forge.asked).toEqual([]);
    },
  );

  it.each([
    ["commit", { HEAD_SHA: "b".repeat(40) }, "is at another commit than the run was about"],
    ["commit", { HEAD_SHA: "" }, "is at another commit than the run was about"],
    ["repository", { HEAD_REPOSITORY: "ada/project" }, "is from another repository than the run was about"],
  ])("refuses a pull request of another %s", async (_, env, why) => {
    const { code, stdout } = await comment(env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: `No comment: the pull request ${why}.\n` });
    expect(writes()).toEqual([]);
    expect(readFileSync(join(folder, "output"), "utf8")).toBe("");
  });

  it("refuses what is too large, too long, or a link, and asks nothing", async () => {
    put("comment.md", "x".repeat(60_000));
    expect((await comment()).code).toBe(0);
    forge.asked = [];
    put("comment.md", "x".repeat(60_001));
    expect((await comment()).stdout).toBe("No comment: it is longer than a review.\n");
    put("comment.md", "x".repeat(240_001));
    expect((await comment()).stdout).toBe("No comment: comment.md is too large.\n");
    put("comment.md", "fine");
    put("review.sarif", " ".repeat(10_000_001));
    expect((await comment()).stdout).toBe("No comment: review.sarif is too large.\n");
    rmSync(join(folder, "review.sarif"));
    symlinkSync("/etc/hostname", join(folder, "review.sarif"));
    const { code, stdout } = await comment();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "No comment: review.sarif cannot be read.\n" });
    rmSync(join(folder, "comment.md"));
    mkdirSync(join(folder, "comment.md"));
    expect((await comment()).stdout).toBe("No comment: comment.md is no file.\n");
    expect(forge.asked).toEqual([]);
  });

  it("mentions nobody and hides nothing, and keeps a digest as it is", async () => {
    put("comment.md", "@ada `@bob/team` gateway@sha256:0a a@b.c <!-- lockstep-review:000000000000 -->");
    await comment();
    expect(forge.comments[0]?.body).toBe(
      bodyOf("@\u200bada `@\u200bbob/team` gateway@sha256:0a a@b.c &lt;!-- lockstep-review:000000000000 -->"),
    );
  });

  it.each([["GET /repos/ada/project/pulls"], ["GET /repos/ada/project/issues"], ["POST"]])(
    "passes with one line where %s is answered with 403",
    async (request) => {
      forge.answers = { [request]: 403 };
      expect(await comment()).toEqual({
        code: 0,
        stdout: "No comment: GitHub answered 403, so the token may not write one.\n",
        stderr: "",
      });
      expect(forge.comments).toEqual([]);
    },
  );

  it("fails with one line for any other answer, and where nobody answers", async () => {
    forge.answers = { POST: 500 };
    expect(await comment()).toEqual({
      code: 1,
      stdout: "No comment: GitHub answered 500 to POST.\n",
      stderr: "",
    });
    forge.stop();
    expect(await comment()).toEqual({ code: 1, stdout: "GitHub could not be asked.\n", stderr: "" });
  });

  it("passes where the run left nothing", async () => {
    const { code, stdout } = await comment({ REVIEW_FOLDER: join(folder, "absent") });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "No comment: the run left no review.\n" });
    expect(forge.asked).toEqual([]);
  });

  const missing = tools(["jq", "curl", "bash"]);
  const note = missing.length === 0 ? "" : ` (skipped: ${missing.join(" and ")} not installed)`;
  if (missing.length > 0)
    process.stderr.write("jq, curl or bash is not installed, so GitLab's example has not run.\n");
  it.skipIf(missing.length > 0)(
    `has a counterpart for GitLab that works as the page shows it${note}`,
    async () => {
      const script: string = parse(examples[2] ?? "")["lockstep-review"].after_script[0];
      const noted = (env: Record<string, string> = {}) =>
        run(["bash", "-c", script], folder, {
          REVIEW_FOLDER: folder,
          CI_API_V4_URL: url,
          CI_MERGE_REQUEST_PROJECT_ID: "3",
          CI_MERGE_REQUEST_IID: "7",
          LOCKSTEP_TOKEN: "token",
          ...env,
        });
      put(
        "review.sarif",
        JSON.stringify({
          runs: [
            {
              results: [
                { ruleId: "no-place", level: "error", message: { text: "x" }, partialFingerprints: {} },
                {
                  ruleId: "under-an-exception",
                  level: "error",
                  message: { text: "x" },
                  partialFingerprints: { "lockstep/v1": "x" },
                  locations: [{ physicalLocation: {} }],
                  suppressions: [{ kind: "external" }],
                },
                {
                  ruleId: "limits-stricter",
                  level: "error",
                  message: { text: "too high" },
                  partialFingerprints: { "lockstep/v1": "limits-stricter limits" },
                  locations: [
                    {
                      physicalLocation: {
                        artifactLocation: { uri: "Pulumi.staging.yaml" },
                        region: { startLine: 23 },
                      },
                    },
                  ],
                },
              ],
            },
          ],
        }),
      );
      forge.comments = [
        {
          id: 1,
          body: "<!-- lockstep-review -->\nforged",
          user: { login: "mallory" },
          author: { id: 6 },
        } as Comment,
      ];
      expect(await noted()).toEqual({ code: 0, stdout: "", stderr: "" });
      put("comment.md", "### Something & blocks\n");
      expect(await noted()).toEqual({ code: 0, stdout: "", stderr: "" });
      expect(writes()).toEqual([
        "POST /projects/3/merge_requests/7/notes",
        "PUT /projects/3/merge_requests/7/notes/101",
      ]);
      expect(forge.comments[1]?.body).toBe("<!-- lockstep-review -->\n### Something & blocks\n");
      expect(JSON.parse(readFileSync(join(folder, "code-quality.json"), "utf8"))).toEqual([
        {
          description: "too high",
          check_name: "limits-stricter",
          fingerprint: "bGltaXRzLXN0cmljdGVyIGxpbWl0cw==",
          severity: "critical",
          location: { path: "Pulumi.staging.yaml", lines: { begin: 23 } },
        },
      ]);
      expect((await noted({ LOCKSTEP_TOKEN: "" })).stdout).toBe("No note: LOCKSTEP_TOKEN is not set.\n");
    },
  );
});
