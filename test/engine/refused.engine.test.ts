import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proven } from "../evidence";
import { fixtures } from "../fixtures/list";
import { edited } from "../shipped";
import { EngineProject, note, pulumi, reportsOf, type StateResource, updated } from "./harness";

/** What the engine itself refuses, before any pack is asked. */
const byEngine: Record<string, string> = {
  "undecided-encrypted-limit": "error: validating stack config: bad value",
  "undecided-esc-import": "error: getting stack configuration: opening environment",
  "refused-duplicate-key": 'mapping key "dailyUsd" already defined',
};

const refused = Object.entries(fixtures).filter(([, { findings }]) => findings.length > 0);

/** Turn by turn an update of a stack that is not there yet and of one that is: neither is touched. */
describe.skipIf(!pulumi)(`without a preview, the engine with our pack refuses${note}`, () => {
  const projects: EngineProject[] = [];
  const states: StateResource[][] = [];
  /** Of each project: the test that has it. */
  const busy: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];

  beforeAll(async () => {
    for (const _ of busy) projects.push(EngineProject.copy([proven]));
    await Promise.all(projects.map((project) => project.init("staging")));
    await projects[1]?.must(updated("staging", "--skip-preview"));
    for (const project of projects) states.push(await project.resources("staging"));
    expect(states.map(({ length }) => length > 0)).toEqual([false, true]);
  });
  afterAll(async () => {
    for (const [place, project] of projects.entries()) {
      project.replace(edited(proven));
      expect(await project.resources("staging")).toEqual(states[place]);
      await project.remove();
    }
  });

  describe.concurrent("the pair in fixture", () => {
    it.each(refused.map(([name, fixture], index) => ({ name, fixture, turn: index % 2 })))(
      "$name",
      async ({ name, fixture: { edits, findings }, turn }) => {
        const project = projects[turn];
        if (!project) throw new Error("There is no project.");
        const before = busy[turn];
        const run = async () => {
          await before;
          project.replace(edited(...edits));
          const done = project.operations();
          const result = await project.run(updated("staging", "--skip-preview"));
          return { result, done, after: project.operations() };
        };
        const mine = run();
        busy[turn] = mine.catch(() => {});
        const { result, done, after } = await mine;
        expect(after).toEqual(done);
        const expected = findings.map((finding) => `${finding.split(" ")[0]} mandatory`).sort();
        const ofEngine = byEngine[name];
        expect(reportsOf(result)).toEqual(ofEngine === undefined ? expected : []);
        expect(result.stdout + result.stderr).toContain(
          ofEngine ?? `${findings[0]?.split(" ")[0]}  (pulumi:pulumi:Stack: lockstep-staging)`,
        );
        expect(result.code).toBe(1);
      },
    );
  });

  it.each(["violation-monthly-budget-equal", "undecided-model-name", "refused-unknown-key"])(
    "a preview of %s as well",
    async (name) => {
      const [project] = projects;
      project?.replace(edited(...(fixtures[name]?.edits ?? [])));
      const result = await project?.run(["preview", "--stack", "staging", "--policy-pack", "policies"]);
      expect(result?.code).toBe(1);
      expect(result && reportsOf(result).length).toBe(fixtures[name]?.findings.length);
    },
  );
});
