import { expect, it } from "vitest";
import { engineConfig } from "../../config/engine";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { evaluateProgram } from "../../preview/program";
import { readRuntime } from "../../preview/runtime";
import { environmentOf, type Tier, tiers } from "../components/shippedEnvironment";
import { root } from "../project";

/** What the other tests in this folder hold to AWS's and Kubernetes' own shapes comes from an environment of mocks. */
it("finds in the embedded preview of both stacks the very resources whose shapes are checked", async () => {
  const files = projectFiles(root);
  const loaded = loadPair(files, "staging");
  const previews = tiers.map((tier) => {
    const stack = [loaded.own, loaded.counterpart].find((one) => one?.name === tier);
    if (stack === undefined) throw new Error(`There is no stack ${tier}.`);
    return evaluateProgram({
      projectDir: root,
      project: "lockstep",
      stack: tier,
      config: engineConfig(stack),
      ...readRuntime(files),
      timeoutMs: 100_000,
    });
  });
  for (const [index, { resources, succeeded }] of (await Promise.all(previews)).entries()) {
    const tier = tiers[index] as Tier;
    expect(succeeded).toBe(true);
    const previewed = resources.map(({ type, name }) => `${type} ${name}`);
    const mocked = (await environmentOf(tier, {}, { stack: tier })).resources;
    const checked = mocked.map(({ type, name }) => `${type} ${name}`);
    expect(previewed.filter((one) => !one.startsWith("pulumi:pulumi:Stack ")).sort()).toEqual(checked.sort());
    expect(checked.filter((one) => /^(aws|kubernetes):/.test(one)).length).toBeGreaterThan(75);
  }
}, 120_000);
