import { basename, dirname, relative } from "node:path/posix";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type Reporter, type TestSpecification, type Vitest } from "vitest/node";

/**
 * A mutant is put to the tests of its own folder and of those above and below it, and to the file of its own
 * name first: most end there. Tests of other folders come by it too, and with them each survivor would take
 * half a minute. Where no other test comes by, those are asked.
 */
class OwnTestsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // Stryker sets it: the mutated file, or for its first run all of them.
    const { related, root } = this.ctx.config as { related?: string[]; root: string };
    const [mutated, ...others] = related ?? [];
    if (mutated === undefined || others.length > 0) return files;
    const path = relative(root, mutated);
    const home = `test/${dirname(path)}/`;
    const near = files.filter(({ moduleId }) => {
      const folder = `${dirname(relative(root, moduleId))}/`;
      return folder !== "test/" && (folder.startsWith(home) || home.startsWith(folder));
    });
    const asked = near.length > 0 ? near : files;
    const isNamesake = ({ moduleId }: TestSpecification) =>
      basename(moduleId, ".test.ts") === basename(path, ".ts");
    return [...asked.filter(isNamesake), ...asked.filter((one) => !isNamesake(one))];
  }
}

/**
 * A mutant that keeps a file of tests from being loaded is found. Stryker counts tests that fail, of which
 * such a file has none, and would say that the mutant survived: the file is given one.
 */
class LoadFailures implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(): void {
    for (const file of this.#vitest?.state.getFiles() ?? []) {
      if (file.tasks.length > 0 || file.result?.state !== "fail") continue;
      const { result } = file;
      file.tasks.push({
        type: "test",
        name: "is loaded",
        mode: "run",
        file,
        result,
      } as (typeof file.tasks)[0]);
    }
  }
}

/** The tests that run in this process: those that start others run code without the mutants. */
export default defineConfig({
  test: {
    include: [
      "test/{config,policies,lifecycle}/**/*.test.ts",
      "test/fixtures/fixtures.test.ts",
      "test/docs/rules.test.ts",
    ],
    exclude: ["test/policies/start.test.ts"],
    setupFiles: ["test/mutation.ts"],
    sequence: { sequencer: OwnTestsFirst },
    reporters: [new LoadFailures()],
    testTimeout: 20_000,
  },
});
