import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { root } from "../project";

interface Step {
  uses?: string;
  run?: string;
  if?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

const path = ".github/workflows/audit.yml";
const text = readFileSync(join(root, path), "utf8");
const workflow: {
  on: Record<string, unknown>;
  permissions: object;
  jobs: Record<
    string,
    { permissions: object; "timeout-minutes": number; environment?: string; steps: Step[]; if: string }
  >;
} = parse(text);
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
const expression = (inner: string) => ["$", `{{ ${inner} }}`].join("");

describe("the workflow of the audit", () => {
  it("names every action by a commit that another workflow or the action has too", () => {
    const others = ["action.yml", ".github/workflows/review.yml", ".github/workflows/review-comment.yml"]
      .map((file) => readFileSync(join(root, file), "utf8"))
      .join("\n");
    const used = [...text.matchAll(/uses: (\S+ # v\d+\.\d+\.\d+)$/gm)].map(([, action = ""]) => action);
    expect(used).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length);
    expect(used.filter((action) => !others.includes(action))).toEqual([]);
  });

  it("runs once a month and by hand, on the default branch, and ends", () => {
    expect(workflow.on).toEqual({ schedule: [{ cron: "23 4 2 * *" }], workflow_dispatch: null });
    expect(workflow.jobs.audit?.if).toBe(
      expression(
        "github.event_name == 'schedule' || github.ref_name == github.event.repository.default_branch",
      ),
    );
    expect(Object.values(workflow.jobs).map((job) => job["timeout-minutes"])).toEqual([20, 5]);
  });

  it("gives no permission but to jobs: the one that runs code reads, the one that writes runs none", () => {
    expect(workflow.permissions).toEqual({});
    expect(workflow.jobs.audit?.permissions).toEqual({
      actions: "read",
      contents: "read",
      "id-token": "write",
    });
    expect(workflow.jobs.issue?.permissions).toEqual({ issues: "write" });
    expect(workflow.jobs.issue?.steps.map(({ uses }) => uses?.replace(/@.*/, ""))).toEqual([
      "actions/download-artifact",
      undefined,
    ]);
    expect(steps[0]?.with).toEqual({ "persist-credentials": false });
  });

  it("puts nothing into a script by expression, and one secret into one step", () => {
    const scripts = steps.flatMap(({ run }) => run ?? []);
    expect(scripts).toHaveLength(3);
    expect(scripts.filter((script) => script.includes(["$", "{{"].join("")))).toEqual([]);
    expect([...text.matchAll(/secrets\.\w+/g)].map(([name]) => name)).toEqual([
      "secrets.LOCKSTEP_GATEWAY_KEY",
    ]);
  });

  const missing = spawnSync("actionlint", ["--version"]).status !== 0;
  if (missing)
    process.stderr.write("actionlint is not installed, so it has not read the workflow of the audit.\n");
  it.skipIf(missing)(
    `satisfies actionlint${missing ? " (skipped: actionlint is not installed)" : ""}`,
    () => {
      const { status, stdout } = spawnSync("actionlint", ["-no-color", path], {
        cwd: root,
        encoding: "utf8",
      });
      expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    },
  );
});

/** Tools that write down how they were called, and answer as they are told. */
let folder: string;
let bin: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-audit-ci-"));
  bin = join(folder, "bin");
  mkdirSync(bin);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tool = (name: string, lines: string) => {
  writeFileSync(join(bin, name), `#!/bin/bash\nprintf '%s\\n' "${name} $*" >> "${folder}/calls"\n${lines}\n`);
  chmodSync(join(bin, name), 0o755);
};
const calls = () =>
  existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8").trimEnd().split("\n") : [];

function run(
  script: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  rmSync(join(folder, "calls"), { force: true });
  return new Promise((resolve, reject) => {
    const child = spawn("bash", script, {
      cwd: root,
      env: { PATH: `${bin}:${process.env.PATH}`, HOME: folder, TMPDIR: folder, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const result = { code: null as number | null, stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].setEncoding("utf8").on("data", (part: string) => {
        result[stream] += part;
      });
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...result, code }));
  });
}

describe("scripts/ci/audit.sh", { timeout: 60_000 }, () => {
  const real = process.execPath;
  const audit = (env: Record<string, string>) =>
    run([join(root, "scripts/ci/audit.sh")], {
      AUDIT_STACK: "staging",
      AUDIT_FOLDER: join(folder, "out"),
      ...env,
    });
  /** The audit itself is written down; what else Lockstep is asked, it answers. */
  const withNode = (code: number) =>
    tool(
      "node",
      `if [ "$2" = audit ]; then
  folder=$(sed -E 's/.*--report ([^ ]+).*/\\1/' <<< "$*"); echo text > "$folder/audit.txt"; echo mark > "$folder/audit.md"
  [[ "$*" =~ --secret-versions\\ ([^ ]+) ]] && cp "\${BASH_REMATCH[1]}" "${folder}/versions"
  [[ "$*" =~ --last\\ ([^ ]+) ]] && cp "\${BASH_REMATCH[1]}" "${folder}/last"
  exit ${code}
fi
exec ${real} "$@"`,
    );

  it("audits with nothing but the files where the job has no role, and ends as the audit does", async () => {
    withNode(1);
    const { code, stdout } = await audit({ AWS_ROLE_ARN: "", AWS_REGION: "", PULUMI_BACKEND_URL: "" });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "text\n" });
    expect(calls()).toEqual([
      `node ${root}/dist/lockstep.js audit --stack staging --report ${folder}/out --output ${folder}/out/audit.txt`,
    ]);
  });

  it("asks AWS by GitHub's token, and GitHub for the audit before", async () => {
    withNode(0);
    tool("curl", `echo '{"value":"not-a-token"}'`);
    tool("aws", `case "$1" in eks) exit 0;; *) echo '{"Name":"'"$6"'","Versions":[]}';; esac`);
    tool("gh", `case "$*" in *zip*) exec cat "${folder}/last.zip";; *) echo 42;; esac`);
    tool("unzip", `echo '{"stack":"staging"}'`);
    writeFileSync(join(folder, "last.zip"), "zip");
    const { code, stdout, stderr } = await audit({
      AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/audit",
      ACTIONS_ID_TOKEN_REQUEST_URL: "https://token.example/?a=b",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "not-a-token-either",
      GITHUB_REPOSITORY: "ada/project",
      GITHUB_STEP_SUMMARY: join(folder, "summary"),
    });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "text\n", stderr: "" });
    expect(readFileSync(join(folder, "summary"), "utf8")).toBe("mark\n");
    const made = calls().map((call) => call.replaceAll(/\/tmp\.\w+/g, "/WORK"));
    expect(made.filter((call) => /^(aws|curl|gh) /.test(call))).toEqual([
      "curl --silent --show-error --fail --header Authorization: bearer not-a-token-either https://token.example/?a=b&audience=sts.amazonaws.com",
      "aws eks update-kubeconfig --region us-east-1 --name llm-staging --alias llm-staging",
      "aws secretsmanager list-secret-version-ids --region us-east-1 --secret-id lockstep/staging/openai --output json",
      "aws secretsmanager list-secret-version-ids --region us-east-1 --secret-id lockstep/staging/anthropic --output json",
      "gh api repos/ada/project/actions/artifacts?name=lockstep-audit-staging&per_page=1 --jq .artifacts[] | select(.expired | not) | .id",
      "gh api repos/ada/project/actions/artifacts/42/zip",
      "gh api repos/ada/project/actions/artifacts?name=lockstep-deployed-staging&per_page=1 --jq .artifacts[] | select(.expired | not) | .id",
      "gh api repos/ada/project/actions/artifacts/42/zip",
    ]);
    expect(made.at(-1)).toMatch(/ --last \S+\/audit\.json --deployed \S+\/staging\.json$/);
    expect(JSON.parse(readFileSync(join(folder, "versions"), "utf8"))).toEqual([
      { Name: "lockstep/staging/openai", Versions: [] },
      { Name: "lockstep/staging/anthropic", Versions: [] },
    ]);
    expect(readFileSync(join(folder, "last"), "utf8")).toBe('{"stack":"staging"}\n');
  });

  it("goes on without what it may not read", async () => {
    withNode(1);
    tool("curl", `echo '{"value":"not-a-token"}'`);
    for (const name of ["aws", "gh"]) tool(name, "echo hunter2-secret >&2; exit 254");
    const { code, stdout, stderr } = await audit({
      AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/audit",
      ACTIONS_ID_TOKEN_REQUEST_URL: "https://token.example/?a=b",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "not-a-token-either",
      GITHUB_REPOSITORY: "ada/project",
    });
    expect(code).toBe(1);
    expect(stdout).toBe("The cluster may not be described: it is not audited.\ntext\n");
    expect(stderr).toBe(
      "The versions of lockstep/staging/openai may not be listed.\nThe versions of lockstep/staging/anthropic may not be listed.\n",
    );
    expect(calls().at(-1)).not.toMatch(/--last|--secret-versions/);
  });
});

describe("the issue", () => {
  const [, write] = workflow.jobs.issue?.steps ?? [];
  const issue = (result: string, open: object[]) => {
    mkdirSync(join(folder, "audits/lockstep-audit-staging"), { recursive: true });
    writeFileSync(join(folder, "audits/lockstep-audit-staging/audit.md"), "### report\n");
    tool("gh", `if [ "$2" = list ]; then echo '${JSON.stringify(open)}'; fi`);
    return run(["-c", write?.run ?? "exit 9"], {
      AUDITS: join(folder, "audits"),
      RUNNER_TEMP: folder,
      RESULT: result,
      RUN_URL: "https://github.example/run",
    });
  };
  const own = { number: 7, title: "Lockstep audit: what is deployed is not what is declared" };
  const body = join("BODY", "body.md");

  it.each<[string, object[], string[]]>([
    ["failure", [], [`gh issue create --title ${own.title} --body-file ${body}`]],
    ["failure", [{ ...own, title: "Another" }], [`gh issue create --title ${own.title} --body-file ${body}`]],
    ["failure", [own], [`gh issue edit 7 --body-file ${body}`]],
    [
      "success",
      [own],
      ["gh issue close 7 --comment Nothing has drifted any more: https://github.example/run"],
    ],
    ["success", [], []],
  ])("after %s, with %j open", async (result, open, expected) => {
    const { code, stderr } = await issue(result, open);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(
      calls()
        .slice(1)
        .map((call) => call.replace(folder, "BODY")),
    ).toEqual(expected);
    expect(readFileSync(join(folder, "body.md"), "utf8")).toBe(
      "The reports are artifacts of https://github.example/run.\n\n### report\n",
    );
  });
});
