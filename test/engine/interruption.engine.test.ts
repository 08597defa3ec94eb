import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { proven } from "../evidence";
import { quiet } from "./driven";
import { changesOf, EngineProject, note, pulumi, until, updated } from "./harness";

const slow = "aws:rds/instance:Instance";
const instance = "staging-gateway-state-postgres";

/** An update that ends too soon, while the database is being made: what the next one has to do. */
describe.skipIf(!pulumi)(`an update that is interrupted${note}`, () => {
  let project: EngineProject;

  beforeEach(async () => {
    project = EngineProject.copy([proven]);
    await project.init("staging");
  });
  afterEach(() => project?.remove());

  const created = () =>
    project.operations().filter((one) => one.operation === "create" && one.phase === "end");
  const begun = () =>
    project
      .operations()
      .some(({ type, phase, operation }) => type === slow && phase === "begin" && operation === "create");

  /** Starts an update of the new stack and sends a signal while the database is being made. */
  async function interrupted(signal: NodeJS.Signals, milliseconds: number) {
    const { child, result } = project.start(updated("staging", "--skip-preview"), {
      LOCKSTEP_STAND_IN_SLOW: JSON.stringify({ [slow]: milliseconds }),
    });
    await until("the database is being made", begun);
    if (signal === "SIGKILL") await quiet(project);
    child.kill(signal);
    return result;
  }

  /** That an update completes the stack, every object of it made once. */
  async function completes(): Promise<void> {
    const { code, ...result } = await project.run(updated("staging", "--skip-preview"));
    expect({ code, errors: result.stdout.match(/error: .*/g) }).toEqual({ code: 0, errors: null });
    const resources = await project.resources("staging");
    expect(resources.find(({ urn }) => urn.endsWith(`Instance::${instance}`))?.id).toMatch(/^db-/);
    const made = created().map(({ type, identity }) => `${type} ${identity}`);
    expect(made).toEqual([...new Set(made)]);
    // Providers are no objects of a cloud.
    const custom = resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:providers:"));
    expect(made).toHaveLength(custom.length);
    expect(changesOf(await project.must(updated("staging", "--skip-preview")))).toEqual({});
  }

  it("by Ctrl-C waits for what it began, keeps it, and is completed by the next", async () => {
    const { code, stdout, stderr } = await interrupted("SIGINT", 3_000);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain("^C received; cancelling.");
    const { deployment } = await project.state("staging");
    expect(deployment.pending_operations ?? []).toEqual([]);
    expect(deployment.resources?.filter(({ urn }) => urn.endsWith(`Instance::${instance}`))).toHaveLength(1);
    await completes();
  });

  it("by being killed leaves a lock and what it had begun as pending, and after a cancel is completed", async () => {
    expect(await interrupted("SIGKILL", 600_000)).toMatchObject({ code: null });
    const locked = await project.run(updated("staging", "--skip-preview"));
    expect(locked.code).not.toBe(0);
    expect(locked.stderr).toContain("the stack is currently locked");
    await project.must(["cancel", "--stack", "staging", "--yes"]);
    const { deployment } = await project.state("staging");
    const pending = deployment.pending_operations?.map(
      ({ type, resource }) => `${type} ${resource.urn.split("::").at(-1)}`,
    );
    expect(pending).toContain(`creating ${instance}`);
    await completes();
  });
});
