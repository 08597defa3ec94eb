import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { engineConfig } from "../../config/engine";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { Pack } from "../../preview/pack";
import type { PreviewOutput } from "../../preview/report";
import { lockstep, projectCopy, root, writeEntries } from "../project";
import { append, type Edit, replace } from "../shipped";

const copies: { remove(): void }[] = [];
afterAll(() => {
  for (const copy of copies) copy.remove();
});

/** A copy of the project whose processes write down what they run. */
function watched(edits: readonly Edit[] = []) {
  const copy = projectCopy(edits);
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

const preview = async ({ dir, hook }: { dir: string; hook: string }, env: Record<string, string> = {}) => {
  const { stdout, stderr } = await lockstep(["preview", "--stack", "staging", "--json"], dir, {
    NODE_OPTIONS: `--require ${hook}`,
    ...env,
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
const bundled = /dist\/stack\.js$/;
const ofRoot = (path: string) => join(root, path).split("/").slice(-3).join("/");
/** The program registers side by side: nobody promises an order. */
const inOrder = ({ pairs, ...rest }: PreviewOutput) => ({
  ...rest,
  pairs: pairs.map((pair) => ({
    ...pair,
    findings: pair.findings.map((one) => JSON.stringify(one)).sort(),
    stacks: pair.stacks.map((stack) => ({
      ...stack,
      resources: stack.resources.map((one) => JSON.stringify(one)).sort(),
    })),
  })),
});

describe("lockstep preview with what the build has bundled", { timeout: 180_000 }, () => {
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const staging = "Pulumi.staging.yaml";
  const unused = append(
    staging,
    `
  lockstep:exceptions:
    - rule: alarm-has-action
      path: urn:pulumi:staging::lockstep::aws:sns/topic:Topic::nothing
      reason: There was something to except here once.
      owner: Ada Example
      approver: Grace Example
      ticket: OPS-1
      created: "${day(-1)}"
      expires: "${day(40)}"
      compensatingControl: None is needed.
`,
  );
  it.each<[string, boolean, string[], Edit[]]>([
    ["the shipped stack", true, [], []],
    [
      "a budget like production's and an exception from nothing",
      false,
      ["exceptions-used", "limits-stricter"],
      [replace(staging, "monthlyUsd: 2000\n", "monthlyUsd: 20000\n"), unused],
    ],
  ])(
    "runs the bundle of untouched sources, and finds in it what they say of %s",
    async (_, passed, rules, edits) => {
      const own = watched(edits);
      const fromBundle = await preview(own);
      expect(own.started()).toEqual(["dist/lockstep.js", "dist/stack.js"].map(ofRoot));
      const compiled = watched(edits);
      // Another tsconfig.json could send imports elsewhere.
      const fromSources = await preview(compiled, { TSX_TSCONFIG_PATH: join(compiled.dir, "tsconfig.json") });
      expect(compiled.started().filter((path) => bundled.test(path))).toEqual([]);
      expect(inOrder(fromBundle)).toEqual(inOrder(fromSources));
      expect(fromBundle.passed).toBe(passed);
      expect([...new Set(fromBundle.pairs[0]?.findings.map(({ rule }) => rule))].sort()).toEqual(rules);
      expect(fromBundle.pairs[0]?.stacks[0]?.resources.length).toBeGreaterThan(80);
      expect(fromBundle.pairs[0]?.policies.length).toBeGreaterThan(40);
    },
  );

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
