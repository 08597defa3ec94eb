import { expect, it } from "vitest";
import { engineConfig } from "../../config/engine";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { evaluateProgram } from "../../preview/program";
import { readRuntime } from "../../preview/runtime";
import { environmentOf, tiers } from "../components/shippedEnvironment";
import { root } from "../project";

/** What the other tests in this folder hold to AWS's and Kubernetes' own shapes comes from an environment of mocks. */
it("finds in the embedded preview of both stacks the very resources whose shapes are checked", async () => {
  const files = projectFiles(root);
  const loaded = loadPair(files, "staging");
  for (const tier of tiers) {
    const stack = [loaded.own, loaded.counterpart].find((one) => one?.name === tier);
    if (stack === undefined) throw new Error(`There is no stack ${tier}.`);
    const { resources, succeeded } = await evaluateProgram({
      projectDir: root,
      project: "lockstep",
      stack: tier,
      config: engineConfig(stack),
      ...readRuntime(files),
      timeoutMs: 60_000,
    });
    expect(succeeded).toBe(true);
    const previewed = resources.map(({ type, name }) => `${type} ${name}`);
    const mocked = (await environmentOf(tier, {}, { stack: tier })).resources;
    const checked = mocked.map(({ type, name }) => `${type} ${name}`);
    expect(previewed.filter((one) => !one.startsWith("pulumi:pulumi:Stack ")).sort()).toEqual(checked.sort());
    expect(checked.filter((one) => /^(aws|kubernetes):/.test(one)).length).toBeGreaterThan(75);
  }
}, 120_000);
