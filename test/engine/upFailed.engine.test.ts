import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proven } from "../evidence";
import { commit, driven, wrapped } from "./driven";
import { EngineProject, note, pulumi } from "./harness";

const command = ["up", "-s", "staging", "--yes"];
const frames = (text: string) => text.split("\n").filter((line) => /^\s+at /.test(line));

describe.skipIf(!pulumi)(`lockstep up that cannot begin${note}`, () => {
  let project: EngineProject;

  beforeAll(async () => {
    project = EngineProject.copy([proven]);
    commit(project);
  });
  afterAll(() => project?.remove());

  /** Does something while a file of the project, committed, has more text at its end. */
  async function during<T>(path: string, more: string, run: () => Promise<T>): Promise<T> {
    const file = join(project.dir, path);
    const text = readFileSync(file, "utf8");
    appendFileSync(file, more);
    commit(project);
    try {
      return await run();
    } finally {
      writeFileSync(file, text);
      commit(project);
    }
  }

  it("reads again what another update was just writing, and says so of what stays cut off", async () => {
    const cutOff = "echo 'error: failed to load checkpoint: EOF' >&2; exit 255";
    const read = (script: string) =>
      driven(project, command, wrapped(project, `if [ "$1" = stack ]; then ${script}; fi`));
    const once = `if [ ! -e .engine/read ]; then touch .engine/read; ${cutOff}; fi`;
    expect((await read(once)).stderr).toContain('The backend has no stack "staging".');
    expect(await read(cutOff)).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "lockstep: The stack's state in the backend ends too soon: an update is writing it, or was ended while it wrote. Where no update runs, put back the last copy that the backend keeps.\n",
    });
  });

  it("names what makes a stack that the backend does not have", async () => {
    expect(await driven(project, command)).toEqual({
      code: 2,
      stdout: "",
      stderr:
        'lockstep: The backend has no stack "staging". Make it with pulumi stack init staging, commit what that writes into its file, and try again.\n',
    });
    await project.init("staging");
    commit(project);
  });

  it("asks for a backend where there is none, and for the passphrase", async () => {
    const nowhere = await driven(project, command, { PULUMI_BACKEND_URL: "" });
    expect({ ...nowhere, stdout: "" }).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "lockstep: Nobody is logged in to a backend: run pulumi login, or set PULUMI_BACKEND_URL or PULUMI_ACCESS_TOKEN.\n",
    });
    const silent = await driven(project, command, { PULUMI_CONFIG_PASSPHRASE: "" });
    expect(silent.code).toBe(2);
    expect(silent.stdout + silent.stderr).toContain("passphrase");
    const { PULUMI_CONFIG_PASSPHRASE: _, ...without } = project.environment();
    const unset = await driven({ dir: project.dir, environment: () => without } as EngineProject, command);
    expect(unset.code).toBe(2);
    expect(unset.stdout).toContain(
      "error: The stack's secrets are encrypted with a passphrase that is not set: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE.",
    );
  });

  it("says what the program threw and where, without the rest of the stack trace", async () => {
    const { code, stdout, stderr } = await during("index.ts", '\nthrow new Error("no such team");\n', () =>
      driven(project, command),
    );
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
    expect(stdout).toContain("Error: no such team");
    expect(frames(stdout).length).toBeLessThanOrEqual(1);
    expect(stdout).toMatch(/✗ staging could not be evaluated\.\nNothing was updated\.\n$/);
  });

  it("says why the pack did not load, without a stack trace", async () => {
    const { code, stdout, stderr } = await during(
      "policies/index.ts",
      '\nthrow new Error("a broken pack");\n',
      () => driven(project, command),
    );
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
    expect(stdout).toContain("a broken pack");
    expect(frames(stdout).length).toBeLessThanOrEqual(1);
    expect(await project.resources("staging")).toEqual([]);
  });
});
