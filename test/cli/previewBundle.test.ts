import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { engineConfig } from "../../config/engine";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { Pack } from "../../preview/pack";
import type { PreviewOutput } from "../../preview/report";
import { lockstep, projectCopy, root, writeEntries } from "../project";

const copies: { remove(): void }[] = [];
afterAll(() => {
  for (const copy of copies) copy.remove();
});

/** A copy of the project whose processes write down what they run. */
function watched() {
  const copy = projectCopy();
  copies.push(copy);
  const file = join(copy.dir, "started.txt");
  const hook = join(copy.dir, "hook.cjs");
  writeEntries(copy.dir, {
    "hook.cjs": `require("node:fs").appendFileSync(${JSON.stringify(file)}, process.argv[1] + "\\n");\n`,
  });
  const started = () => {
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    return [...new Set(lines.map((line) => line.split("/").slice(-3).join("/")))].sort();
  };
  return { dir: copy.dir, hook, started };
}

const preview = async ({ dir, hook }: { dir: string; hook: string }) => {
  const { stdout, stderr } = await lockstep(["preview", "--stack", "staging", "--json"], dir, {
    NODE_OPTIONS: `--require ${hook}`,
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as PreviewOutput;
};

const namesOf = ({ pairs }: PreviewOutput) =>
  (pairs[0]?.stacks[0]?.resources ?? []).map(({ urn }) => urn).sort();
const edit = (dir: string, path: string, from: string, to: string) => {
  const text = readFileSync(join(dir, path), "utf8");
  expect(text.split(from)).toHaveLength(2);
  writeEntries(dir, { [path]: text.replace(from, to) });
};
const bundled = /dist\/(program|pack)\.js$/;
const ofSources = ["pulumi/cmd/run", "pulumi/cmd/run-policy-pack"];

describe("lockstep preview with what the build has bundled", { timeout: 180_000 }, () => {
  it("runs the bundles of untouched sources, and finds in them what the sources say", async () => {
    const own = watched();
    const fromBundles = await preview(own);
    expect(own.started().filter((path) => bundled.test(path))).toHaveLength(2);
    expect(own.started().filter((path) => ofSources.some((one) => path.includes(one)))).toEqual([]);
    const compiled = watched();
    // A comment is an edit.
    edit(compiled.dir, "index.ts", "const all =", "// So many values.\nconst all =");
    const fromSources = await preview(compiled);
    expect(compiled.started().filter((path) => bundled.test(path))).toEqual([]);
    expect(namesOf(fromBundles).length).toBeGreaterThan(80);
    expect(namesOf(fromBundles)).toEqual(namesOf(fromSources));
    expect(fromBundles.pairs[0]?.policies).toEqual(fromSources.pairs[0]?.policies);
    expect([fromBundles.passed, fromBundles.pairs[0]?.findings]).toEqual([true, []]);
    expect([fromSources.passed, fromSources.pairs[0]?.findings]).toEqual([true, []]);
  });

  it("runs an edited component and an edited rule as they are now", async () => {
    const own = watched();
    edit(own.dir, "components/environment.ts", "-quotas`", "-other-quotas`");
    edit(
      own.dir,
      "policies/resource/providers-explicit.ts",
      "check(resource, context) {",
      "check() {\n    throw 1;",
    );
    const report = await preview(own);
    expect(namesOf(report).filter((urn) => urn.endsWith("::staging-other-quotas"))).toHaveLength(1);
    expect(report.passed).toBe(false);
    expect(new Set(report.pairs[0]?.findings.map(({ rule }) => rule)).has("providers-explicit")).toBe(true);
    expect(own.started().filter((path) => bundled.test(path))).toEqual([]);
  });
});

describe("the pack as the engine starts it", { timeout: 120_000 }, () => {
  const { own } = loadPair(projectFiles(root), "staging");

  async function policiesOf(dir: string): Promise<string[]> {
    const pack = await Pack.start({
      ...{ packDir: join(dir, "policies"), projectDir: dir, project: "lockstep", stack: "staging" },
      ...{ config: engineConfig(own), timeoutMs: 60_000 },
    });
    pack.stop();
    return pack.policies.map(({ name, description }) => `${name}: ${description}`);
  }

  function withBuild(): string {
    const copy = projectCopy();
    copies.push(copy);
    cpSync(join(root, "dist"), join(copy.dir, "dist"), { recursive: true });
    return copy.dir;
  }

  it("is the build's where its sources are, the sources where they have changed, and both without a build", async () => {
    const dir = withBuild();
    // What nobody but a test does: it shows which of the two was run.
    edit(dir, "dist/enginePolicies.js", "Who may read secrets may read named ones", "From the build");
    expect((await policiesOf(dir)).filter((one) => one.includes("From the build"))).toHaveLength(1);
    edit(
      dir,
      "policies/resource/iam-narrow.ts",
      "Who may read secrets may read named ones",
      "From the sources",
    );
    const changed = await policiesOf(dir);
    expect(changed.filter((one) => one.includes("From the sources"))).toHaveLength(1);
    expect(changed.filter((one) => one.includes("From the build"))).toEqual([]);
  });
});
