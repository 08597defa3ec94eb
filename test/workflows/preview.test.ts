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
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

interface Job {
  if?: string;
  needs?: string;
  environment?: string;
  permissions: object;
  concurrency?: { "cancel-in-progress": boolean };
  "timeout-minutes": number;
  steps: Step[];
}

const path = ".github/workflows/preview.yml";
const text = readFileSync(join(root, path), "utf8");
const { on, permissions, jobs }: { on: object; permissions: object; jobs: Record<string, Job> } = parse(text);
const steps = Object.values(jobs).flatMap((job) => job.steps);
const uses = ({ steps: own }: Job) => own.flatMap((step) => step.uses?.replace(/@.*/, "") ?? []);
const ours = "github.event.pull_request.head.repo.full_name";

describe("the workflow of previews and updates", () => {
  it("names every action by a commit, with its version beside it", () => {
    const used = [...text.matchAll(/uses: (\S+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$/gm)];
    expect(used).toHaveLength(steps.filter((step) => step.uses !== undefined).length);
    const commits = new Map<string, Set<string>>();
    for (const [, action = "", commit = ""] of used)
      commits.set(action, (commits.get(action) ?? new Set()).add(commit));
    expect([...commits.values()].filter((all) => all.size > 1)).toEqual([]);
    const others = readFileSync(join(root, ".github/workflows/audit.yml"), "utf8");
    for (const action of ["actions/checkout", "actions/setup-node", "actions/upload-artifact"])
      expect(others).toContain(`${action}@${[...(commits.get(action) ?? [])].join()}`);
  });

  it("gives a change from a fork no credentials, no role and no environment", () => {
    expect(on).toEqual({ pull_request: null, push: { branches: ["main"] } });
    const { fork, preview } = jobs;
    expect(fork?.if).toBe(`github.event_name == 'pull_request' && ${ours} != github.repository`);
    expect(preview?.if).toBe(`github.event_name == 'pull_request' && ${ours} == github.repository`);
    expect([fork?.permissions, fork?.environment]).toEqual([{ contents: "read" }, undefined]);
    expect(JSON.stringify(fork)).not.toMatch(/secrets|vars\.|aws-actions|pulumi\/actions/);
  });

  it("gives no permission but to jobs, and none that writes but for OIDC", () => {
    expect(permissions).toEqual({});
    for (const name of ["preview", "staging", "production"])
      expect([name, jobs[name]?.permissions]).toEqual([name, { contents: "read", "id-token": "write" }]);
    for (const { with: given, uses: action } of steps)
      if (action?.startsWith("actions/checkout")) expect(given).toEqual({ "persist-credentials": false });
  });

  it("updates on a merge only: staging, then production behind its environment, and never cuts one off", () => {
    const { staging, production } = jobs;
    expect(staging?.if).toBe(["$", "{{ github.event_name == 'push' }}"].join(""));
    // A job that needs a skipped one is skipped too.
    expect([production?.if, production?.needs]).toEqual([undefined, "staging"]);
    expect([staging?.environment, production?.environment]).toEqual(["staging", "production"]);
    for (const job of [staging, production]) {
      expect(job?.concurrency?.["cancel-in-progress"]).toBe(false);
      expect(job && uses(job)).toEqual([
        "actions/checkout",
        "actions/setup-node",
        "pulumi/actions",
        "aws-actions/configure-aws-credentials",
        "actions/upload-artifact",
      ]);
    }
    const commands = (job: Job | undefined) => job?.steps.flatMap(({ run }) => run ?? []);
    expect(commands(staging)).toEqual(["bash scripts/ci/build.sh", "bash scripts/ci/engine.sh up"]);
    expect(commands(production)).toEqual(commands(staging));
    expect(commands(jobs.preview)).toEqual(["bash scripts/ci/build.sh", "bash scripts/ci/engine.sh preview"]);
  });

  it("installs Pulumi's command line, and lets nothing but Lockstep run it", () => {
    const installing = steps.filter(({ uses: action }) => action?.startsWith("pulumi/actions@"));
    expect(installing.map(({ with: given }) => given)).toEqual(
      Array(3).fill({ "pulumi-version": expect.stringMatching(/^\d+\.\d+\.\d+$/) }),
    );
  });

  it("puts no expression into a script", () => {
    const scripts = steps.flatMap(({ run }) => run ?? []);
    expect(scripts.filter((script) => script.includes(["$", "{{"].join("")))).toEqual([]);
  });

  const missing = spawnSync("actionlint", ["--version"]).status !== 0;
  if (missing)
    process.stderr.write(
      "actionlint is not installed, so it has not read the workflow of previews and updates.\n",
    );
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

describe("scripts/ci/engine.sh", { timeout: 60_000 }, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lockstep-engine-ci-"));
    mkdirSync(join(folder, "bin"));
    const tool = (name: string, lines: string) => {
      writeFileSync(
        join(folder, "bin", name),
        `#!/bin/bash\necho "${name} $*" >> "${folder}/calls"\n${lines}\n`,
      );
      chmodSync(join(folder, "bin", name), 0o755);
    };
    tool("aws", "exit $FAKE_AWS");
    tool(
      "node",
      `if [ "$2" = show ]; then exec ${process.execPath} "$@"; fi
env | grep ^PULUMI_ >> "${folder}/calls"; exit $FAKE_CODE`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(command: string, env: Record<string, string> = {}) {
    const calls = join(folder, "calls");
    rmSync(calls, { force: true });
    return new Promise<{ code: number | null; calls: string[] }>((resolve, reject) => {
      const child = spawn("bash", [join(root, "scripts/ci/engine.sh"), command], {
        cwd: root,
        env: {
          PATH: `${folder}/bin:${process.env.PATH}`,
          HOME: folder,
          TMPDIR: folder,
          ENGINE_STACK: "staging",
          PULUMI_BACKEND_URL: "",
          PULUMI_ACCESS_TOKEN: "",
          PULUMI_CONFIG_PASSPHRASE: "",
          FAKE_CODE: "0",
          FAKE_AWS: "0",
          ...env,
        },
        stdio: "ignore",
      });
      child.on("error", reject);
      child.on("close", (code) => {
        const lines = existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : [];
        resolve({ code, calls: lines.map((line) => line.replaceAll(root, "")) });
      });
    });
  }
  const before = [
    "node /dist/lockstep.js show environment --stack staging --json",
    "aws eks update-kubeconfig --region us-east-1 --name llm-staging --alias llm-staging",
  ];

  it("asks for the verdict of the engine, with no empty variable, and ends as it does", async () => {
    expect(await run("preview", { FAKE_CODE: "3" })).toEqual({
      code: 3,
      calls: [...before, "node /dist/lockstep.js preview --engine --stack staging"],
    });
    expect(await run("up", { PULUMI_BACKEND_URL: "s3://states" })).toEqual({
      code: 0,
      calls: [...before, "node /dist/lockstep.js up --yes --stack staging", "PULUMI_BACKEND_URL=s3://states"],
    });
  });

  it("does nothing without the cluster, or for another command", async () => {
    expect(await run("up", { FAKE_AWS: "254" })).toEqual({ code: 254, calls: before });
    expect(await run("destroy")).toEqual({ code: 2, calls: before });
  });
});
