import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proven } from "../evidence";
import { commit, driven, startDriven } from "./driven";
import { EngineProject, note, pulumi, until } from "./harness";

describe.skipIf(!pulumi)(`lockstep up that does not get to its end${note}`, () => {
  let project: EngineProject;

  beforeAll(async () => {
    project = EngineProject.copy([proven]);
    await project.init("staging");
    commit(project);
  });
  let end = (): boolean => true;
  afterAll(async () => {
    end();
    await project?.remove();
  });

  const locks = () =>
    readdirSync(join(project.dir, ".engine/state"), { recursive: true })
      .map(String)
      .filter((path) => /(^|\/)locks\/.*\.json$/.test(path));

  it("ends cleanly at Ctrl-C, keeps another one out meanwhile, and goes on from there", async () => {
    const slow = { LOCKSTEP_STAND_IN_SLOW: JSON.stringify({ "aws:kms/key:Key": 600_000 }) };
    const { child, result } = startDriven(project, ["up", "-s", "staging", "--yes"], slow);
    end = () => child.exitCode !== null || child.kill("SIGTERM");
    const isSlow = () =>
      project.operations().some(({ phase, type }) => phase === "begin" && /kms\/key/.test(type));
    await until("a key is being made", isSlow, 200_000);
    expect(locks().length).toBe(1);

    const other = await driven(project, ["up", "-s", "staging", "--yes"]);
    expect({ code: other.code, stderr: other.stderr }).toEqual({ code: 2, stderr: "" });
    expect(other.stdout).toContain(
      "Another update of this stack is running: wait for its end. If it was killed, pulumi cancel gives its lock back.",
    );

    // As a terminal does it: everything in the group gets it.
    let told = "";
    child.stderr.on("data", (text: string) => {
      told += text;
    });
    process.kill(-(child.pid ?? 0), "SIGINT");
    await until("it says that it stops", () => told.startsWith("\nStopping: "));
    project.goOn();
    const { code, stdout, stderr } = await result;
    expect(code).toBe(130);
    expect(stderr).toBe(
      "\nStopping: Pulumi ends what it has begun and writes the state. Ctrl-C once more ends it at once.\n",
    );
    expect(stdout).toMatch(/The update was stopped: \d+ created\. The same command goes on from there\.\n$/);
    expect(locks()).toEqual([]);
    const { deployment } = await project.state("staging");
    expect(deployment.pending_operations ?? []).toEqual([]);
    const made = deployment.resources?.length ?? 0;
    expect(made).toBeGreaterThan(0);

    const again = await driven(project, ["up", "-s", "staging", "--yes"]);
    expect(again.code).toBe(0);
    expect((await project.resources("staging")).length).toBeGreaterThan(made);
  });
});
