import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configurationBytes, mostConfigurationBytes } from "../../config/configurationSize";
import { engineConfig } from "../../config/engine";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { proven } from "../evidence";
import { append, edited } from "../shipped";
import { commit, driven } from "./driven";
import { EngineProject, note, pulumi } from "./harness";

const file = "Pulumi.staging.yaml";

describe.skipIf(!pulumi || process.platform !== "linux")(`a configuration at its longest${note}`, () => {
  let project: EngineProject;
  let left = 0;

  beforeAll(async () => {
    project = EngineProject.copy([proven]);
    await project.init("staging");
    pad(0);
    const { own } = loadPair(projectFiles(project.dir), "staging");
    left = mostConfigurationBytes - configurationBytes(engineConfig(own).values);
  });
  afterAll(() => project?.remove());

  /** Puts a text of so many characters under a key of another namespace. */
  const pad = (length: number) => {
    const entries = edited(proven, append(file, `  padding:text: "${"x".repeat(length)}"\n`));
    project.write({ [file]: entries[file] ?? "" });
    commit(project);
  };

  it("is handed over by the engine, to the byte", async () => {
    pad(left);
    const { code, stdout } = await driven(project, ["preview", "--engine", "-s", "staging"]);
    expect({ code, errors: stdout.match(/error: .*/g) }).toEqual({ code: 0, errors: null });
  });

  it.each([
    ["preview", ["preview", "--engine", "-s", "staging"]],
    ["up", ["up", "-s", "staging", "--yes"]],
  ])("is refused by %s where it is a byte longer, before the engine is asked", async (_, args) => {
    pad(left + 1);
    const { code, stdout, stderr } = await driven(project, args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(
      /^lockstep: The stack's configuration is 128 KiB long, \d+ KiB of it padding:text \(Pulumi\.staging\.yaml:\d+\); /,
    );
  });
});
