import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proven } from "../evidence";
import { addMeasured } from "../measured";
import { lockstep } from "../project";
import { changesOf, EngineProject, note, pulumi, reportsOf, type StateResource, updated } from "./harness";

const own = {
  staging: { account: "111122223333", namespace: "llm-staging" },
  production: { account: "444455556666", namespace: "llm-production" },
};
const stacks = ["staging", "production"] as const;
type Stack = (typeof stacks)[number];

/** The shipped pair, deployed by the real engine with its pack. The tests build on each other, on one state. */
describe.skipIf(!pulumi)(`the shipped pair on the engine${note}`, () => {
  let project: EngineProject;

  beforeAll(async () => {
    project = EngineProject.copy([proven]);
    for (const stack of stacks) await project.init(stack);
  });
  afterAll(() => project?.remove());

  const text = (path: string) => readFileSync(join(project.dir, path), "utf8");
  /** An update that has to pass: what it changed. */
  async function update(stack: Stack): Promise<Record<string, number>> {
    const result = await project.must(updated(stack, "--skip-preview"));
    expect(reportsOf(result)).toEqual([]);
    return changesOf(result);
  }
  const hashOf = async (stack: Stack) => {
    const root = (await project.resources(stack)).find(({ type }) => type === "pulumi:pulumi:Stack");
    return root?.outputs?.behaviourHash;
  };
  const command = (...args: string[]) => lockstep(args, project.dir, project.environment());
  async function run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await command(...args);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
    return stdout;
  }

  describe("that is not there yet", () => {
    it("previews both stacks with every computed value unknown, and changes nothing", async () => {
      const preview = await project.must(["preview", "--stack", "staging", "--policy-pack", "policies"]);
      expect(reportsOf(preview)).toEqual([]);
      expect(Object.keys(changesOf(preview))).toEqual(["create"]);
      expect(preview.stdout).toMatch(/alarmTopic +: \[unknown\]/);
      expect(project.operations()).toEqual([]);
    });

    it("makes both at once, each whole and apart from the other", async () => {
      const [staging, production] = await Promise.all(stacks.map((stack) => update(stack)));
      const states = {
        staging: await project.resources("staging"),
        production: await project.resources("production"),
      };
      // The root and the components count as well.
      expect(staging).toEqual({ create: states.staging.length });
      expect(production).toEqual({ create: states.production.length });
      for (const stack of stacks) {
        const other = stack === "staging" ? "production" : "staging";
        const state = JSON.stringify(states[stack]);
        expect(state).toContain(`arn:aws:kms:us-east-1:${own[stack].account}:key/`);
        expect(state).not.toContain(own[other].account);
        expect(state).not.toContain(own[other].namespace);
        expect(states[stack].every(({ urn }) => urn.startsWith(`urn:pulumi:${stack}::lockstep::`))).toBe(
          true,
        );
      }
      expect(project.operations().every(({ operation }) => operation === "create")).toBe(true);
      expect(await hashOf("staging")).toBe(await hashOf("production"));
    });
  });

  describe("that is as declared", () => {
    it("has nothing left to do", async () => {
      const before = project.operations();
      expect(await update("staging")).toEqual({});
      expect(changesOf(await project.must(updated("production")))).toEqual({});
      expect(project.operations()).toEqual(before);
    });

    it("is not touched with credentials for another account", async () => {
      const before = project.operations();
      project.edit("Pulumi.staging.yaml", "monthlyUsd: 2000\n", "monthlyUsd: 1900\n");
      const result = await project.run(updated("staging", "--skip-preview"), {
        LOCKSTEP_STAND_IN_ACCOUNT: own.production.account,
      });
      expect(result.code).not.toBe(0);
      expect(result.stdout + result.stderr).toContain("AWS account ID not allowed: 444455556666");
      expect(project.operations()).toEqual(before);
      project.edit("Pulumi.staging.yaml", "monthlyUsd: 1900\n", "monthlyUsd: 2000\n");
    });
  });

  describe("under audit", () => {
    const audit = () => command("audit", "--source", "state", "--source", "other-state");

    it("is what is declared", async () => {
      const { code, stdout, stderr } = await audit();
      expect({ code, stderr, said: stdout.split("\n")[0] }).toEqual({
        code: 0,
        stderr: "",
        said: "✓ staging is what is declared.",
      });
    });

    it("shows a drift that was made in the state, which the next update takes back", async () => {
      const state = await project.state("staging");
      for (const resource of state.deployment.resources ?? []) drift(resource);
      writeFileSync(join(project.dir, "drifted.json"), JSON.stringify(state));
      await project.must(["stack", "import", "--stack", "staging", "--file", "drifted.json"]);
      const drifted = await audit();
      expect(drifted.stdout.split("\n")[0]).toBe("✗ staging has drifted: 2 differences in 2 areas.");
      expect(drifted.stdout).toMatch(/limits\.monthlyUsd: .*\n +declared +2,000\n +deployed +2,500\n/);
      expect(drifted.stdout).toMatch(
        /instanceClass differs .*\n +declared +db\.t4g\.small\n +deployed +db\.r6g\.large\n/,
      );
      expect(drifted.code).toBe(1);
      expect(await update("staging")).toEqual({ update: 2 });
      expect((await audit()).code).toBe(0);
    });

    function drift({ urn, inputs = {}, outputs = {} }: StateResource): void {
      const change = (key: string, value: string) =>
        Object.assign(inputs, { [key]: value }) && Object.assign(outputs, { [key]: value });
      if (urn.endsWith("::staging-budgets-monthly")) change("limitAmount", "2500");
      if (urn.endsWith("rds/instance:Instance::staging-gateway-state-postgres"))
        change("instanceClass", "db.r6g.large");
    }
  });

  describe("with a release", () => {
    const now = new Date();
    const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString();
    const today = now.toISOString().slice(0, 10);
    const release = "cooler-triage";
    let before: unknown;
    let after: unknown;

    it("is walked to staging, whose gateway then behaves otherwise", async () => {
      before = await hashOf("production");
      await run(
        ...["release", "new", release, "--owner", "Ada Example", "--yes"],
        ...["--set", "models.chat-small.temperature=0.5"],
        ...["--hypothesis", "Fewer tickets are sorted into the wrong queue, seen in the triage eval."],
        ...["--tokens", "ticket-triage=100000,600:600,80:60"],
      );
      const path = `releases/${release}/release.yaml`;
      appendFileSync(
        join(project.dir, path),
        `signOffs:\n  - { name: Grace Example, role: head of support, date: "${today}" }\n`,
      );
      project.edit(path, "\n  steps:", `\n  rehearsed: "${today}"\n  steps:`);
      await run("release", "carry", release, "--stack", "staging", "--yes");
      const changes = await update("staging");
      expect(changes).toMatchObject({ update: expect.any(Number) });
      after = await hashOf("staging");
      expect(after).not.toBe(before);
    });

    it("changes nothing in production without evidence, also without a preview", async () => {
      await run("release", "carry", release, "--stack", "production", "--yes");
      const [done, state] = [project.operations(), await project.resources("production")];
      const refused = await project.run(updated("production", "--skip-preview"));
      expect(refused.code).not.toBe(0);
      expect(reportsOf(refused)).toEqual([
        "cache-hit-rate mandatory",
        "drift-audited mandatory",
        "evals-passed mandatory",
        "fingerprint-stable mandatory",
        "load-passed mandatory",
        "retrieval-fresh mandatory",
        "routing-conforms mandatory",
        "silent-failures-bounded mandatory",
        "traffic-represented mandatory",
      ]);
      expect(project.operations()).toEqual(done);
      expect(await project.resources("production")).toEqual(state);
    });

    it("reaches production with evidence about what staging runs", async () => {
      const measured = { hash: String(after), ended: daysAgo(0.25) };
      await addMeasured(project.dir, release, measured, run);
      expect(await update("production")).toMatchObject({ update: expect.any(Number) });
      expect(await hashOf("production")).toBe(after);
    });

    it("is closed without a change of behaviour", async () => {
      await run("release", "close", release, "--yes");
      expect(text("Pulumi.production.yaml")).not.toContain("carries");
      await Promise.all(stacks.map((stack) => update(stack)));
      expect([await hashOf("staging"), await hashOf("production")]).toEqual([after, after]);
    });

    it("is taken back in production without waiting for anything", async () => {
      await run("release", "rollback", "--owner", "Ada Example", "--yes");
      await Promise.all(stacks.map((stack) => update(stack)));
      expect([await hashOf("staging"), await hashOf("production")]).toEqual([before, before]);
    });
  });
});
