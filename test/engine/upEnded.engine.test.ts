import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proven } from "../evidence";
import { commit, driven, quiet, startDriven } from "./driven";
import { EngineProject, note, pulumi, until } from "./harness";

const command = ["up", "-s", "staging", "--yes"];
const key = "aws:kms/key:Key";
const pending = "staging-secrets-key";
const stopping =
  "\nStopping: Pulumi ends what it has begun and writes the state. Ctrl-C once more ends it at once.\n";

/** Those of the processes that were started for a project which still run. */
function processesOf({ dir }: EngineProject): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(dir);
    } catch {
      // It has ended, or is somebody else's.
      return false;
    }
  });
}

describe.skipIf(!pulumi || process.platform !== "linux")(`lockstep up that is ended at once${note}`, () => {
  let project: EngineProject;
  let end = (): void => undefined;

  beforeAll(async () => {
    project = EngineProject.copy([proven]);
    await project.init("staging");
    commit(project);
  });
  afterAll(async () => {
    end();
    await project?.remove();
  });

  const created = () =>
    project
      .operations()
      .filter(
        (one) => one.operation === "create" && one.phase === "begin" && one.urn.endsWith(`::${pending}`),
      );

  /** Starts an update in which a key takes ten minutes, and waits until only it is being made. */
  async function startSlow() {
    const slow = { LOCKSTEP_STAND_IN_SLOW: JSON.stringify({ [key]: 600_000 }) };
    const { child, result } = startDriven(project, command, slow);
    end = () => void (child.exitCode === null && child.kill("SIGKILL"));
    await until("the key is being made", () => created().length > 0, 250_000);
    await quiet(project);
    // As a terminal does it: everything in the group gets it.
    return { result, press: () => process.kill(-(child.pid ?? 0), "SIGINT") };
  }

  it("by a second Ctrl-C leaves no process, and says what became of what was under way", async () => {
    const { result, press } = await startSlow();
    expect(processesOf(project).length).toBeGreaterThan(2);
    press();
    // As an impatient person does it; Pulumi misses one that comes so soon.
    await new Promise((resolve) => setTimeout(resolve, 30));
    press();
    const { code, stdout, stderr } = await result;
    expect({ code, stderr }).toEqual({ code: 130, stderr: `${stopping}\nEnding at once.\n` });
    expect(stdout).toMatch(
      new RegExp(
        `\\nThe update was stopped: \\d+ created\\. The same command goes on from there; if it finds the stack locked, pulumi cancel -s staging gives the lock back\\.\\nAn update was ended while it was creating [^\\n]*${key} ${pending}[^\\n]*: in the cloud it may be there, and the next update makes another\\. Look for it, then run pulumi refresh -s staging in a terminal: it asks whether to take it in by its id or to forget it\\.\\n$`,
      ),
    );
    await until("every process has ended", () => processesOf(project).length === 0);
  });

  it("is warned of by the next, which completes the stack, and until a refresh has settled it", async () => {
    const before = created().length;
    const again = await driven(project, command);
    expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 0, stderr: "" });
    const warning = new RegExp(
      `^  warning: An update was ended while it was creating [^\\n]*${key} ${pending}`,
      "m",
    );
    expect(again.stdout).toMatch(warning);
    expect(again.stdout).toContain("✓ staging is updated: ");
    expect(created().length).toBe(before + 1);

    const preview = ["preview", "--engine", "-s", "staging"];
    expect((await driven(project, preview)).stdout).toMatch(warning);
    await project.must([
      "refresh",
      "--stack",
      "staging",
      "--yes",
      "--skip-preview",
      "--clear-pending-creates",
    ]);
    const settled = await driven(project, preview);
    expect(settled.code).toBe(0);
    expect(settled.stdout).not.toContain("An update was ended");
  });
});
