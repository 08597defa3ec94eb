import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { readDeployed } from "../../lifecycle/deployed";
import { rules } from "../../policies/registry";
import { proven } from "../evidence";
import { encodings } from "../project";
import { replace } from "../shipped";
import { commit, driven } from "./driven";
import { EngineProject, note, pulumi } from "./harness";

const staging = "Pulumi.staging.yaml";

describe.skipIf(!pulumi)(`lockstep up${note}`, () => {
  let project: EngineProject;
  let head = "";

  beforeAll(async () => {
    project = EngineProject.copy([proven]);
    commit(project);
    await project.init("staging");
  });
  afterAll(() => project?.remove());

  const resources = async () => (await project.resources("staging")).map(({ urn }) => urn).sort();

  it("does nothing while a stack file is not as the last commit has it", async () => {
    expect(await driven(project, ["up", "-s", "staging", "--yes"])).toEqual({
      code: 2,
      stdout: "",
      stderr: `lockstep: Nothing was updated: these files are not as the last commit has them, so nobody has reviewed them.
  ${staging}
Commit them or put them back; --allow-uncommitted updates all the same, and the record says so.
`,
    });
    expect(await resources()).toEqual([]);
    head = commit(project);
  });

  it("updates what is committed, and records what it left behind", async () => {
    const file = readFileSync(join(project.dir, staging));
    const { code, stdout, stderr } = await driven(project, ["up", "-s", "staging", "--yes"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const urns = await resources();
    expect(urns.length).toBeGreaterThan(70);
    expect(stdout).toContain(`✓ staging is updated: ${urns.length} created.`);
    expect(stdout).toContain("Recorded in deployed/staging.json: commit it, and audits and reviews read it.");
    expect(readFileSync(join(project.dir, staging))).toEqual(file);

    const read = readDeployed(projectFiles(project.dir), "staging");
    if (read === undefined) throw new Error("There is no record.");
    const { resources: recorded, policies, behaviourHash, time, pulumi: _, policyPack: __, ...rest } = read;
    expect(rest).toEqual({
      version: 1,
      project: "lockstep",
      stack: "staging",
      environment: "staging",
      commit: head,
      uncommitted: [],
      carries: [],
      changes: { create: urns.length },
    });
    expect(recorded).toEqual(urns);
    expect(policies).toEqual(Object.fromEntries(rules.map(({ name }) => [name, "mandatory"])));
    expect(Date.now() - Date.parse(time)).toBeLessThan(300_000);
    const [root] = (await project.resources("staging")).filter(({ type }) => type === "pulumi:pulumi:Stack");
    expect(root?.outputs?.behaviourHash).toBe(behaviourHash);

    const salt = /^encryptionsalt: (.*)$/m.exec(file.toString())?.[1] ?? "";
    expect(salt).not.toBe("");
    const written = readFileSync(join(project.dir, "deployed/staging.json"), "utf8") + stdout;
    for (const secret of [project.environment().PULUMI_CONFIG_PASSPHRASE ?? "", salt])
      for (const form of encodings(secret)) expect(written).not.toContain(form);
  });

  it("stops before the update where a policy reports, with nothing changed", async () => {
    const before = await resources();
    const text = readFileSync(join(project.dir, staging), "utf8");
    writeFileSync(join(project.dir, staging), text.replace(/^( +monthlyUsd:) 2000$/m, "$1 999999"));
    commit(project);
    const { code, stdout } = await driven(project, ["up", "-s", "staging", "--yes"]);
    expect(code).toBe(1);
    expect(stdout).toContain("staging's limits.monthlyUsd  ");
    expect(stdout).toContain(
      "  remedy  Lower limits.monthlyUsd in Pulumi.staging.yaml, or raise production's.",
    );
    expect(stdout).toMatch(/✗ \d+ findings? would block the update\.\nNothing was updated\.\n$/);
    expect(await resources()).toEqual(before);
    expect(project.operations().filter(({ operation }) => operation === "update")).toEqual([]);
    writeFileSync(join(project.dir, staging), text);
    commit(project);
  });

  it("says in the record what no commit has", async () => {
    const edit = replace(staging, "llm-platform@example.com", "llm-people@example.com");
    const text = readFileSync(join(project.dir, staging), "utf8");
    writeFileSync(join(project.dir, staging), edit({ [staging]: text })[staging] ?? "");
    const { code, stdout } = await driven(project, ["up", "-s", "staging", "--yes", "--allow-uncommitted"]);
    expect(code).toBe(0);
    expect(stdout).toContain(" and what is not committed · ");
    const read = readDeployed(projectFiles(project.dir), "staging");
    expect(read?.uncommitted).toEqual([staging]);
  });
});
