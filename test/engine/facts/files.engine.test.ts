import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EngineProject, note, pulumi } from "../harness";
import { pack, policy, toy, up } from "./toy";

/** How the CLI reads stack files, and what `pulumi policy analyze` knows: DESIGN, section 5. */
describe.skipIf(!pulumi)(`the CLI${note}`, () => {
  let project: EngineProject;
  const file = "Pulumi.dev.yaml";

  beforeAll(async () => {
    project = toy(
      'namespace("first");',
      {
        rooted: pack(
          policy(
            "rooted",
            `fs.writeFileSync("../../stack", process.env.PULUMI_NODEJS_STACK ?? "none");
             fs.writeFileSync("../../config", process.env.PULUMI_CONFIG ?? "none");
             if (args.type === root) report("the root");`,
          ),
        ),
        broken: "throw new Error('nobody loads this');",
      },
      {
        "Pulumi.yaml": `name: facts
runtime: { name: nodejs, options: { typescript: false } }
config:
  facts:limits: { value: { monthly: 10, daily: 1 } }
  facts:owner: { value: Ada }
`,
        [file]: "config:\n  facts:limits: { monthly: 5 }\n",
      },
    );
    await project.init("dev");
  });
  afterAll(() => project?.remove());

  /** The stack's values as the CLI reads them from a file. */
  async function read(text: string): Promise<Record<string, unknown>> {
    project.write({ [file]: text });
    const { stdout } = await project.must(["config", "--json", "--stack", "dev"]);
    const values = JSON.parse(stdout) as Record<string, { value?: string; objectValue?: unknown }>;
    return Object.fromEntries(
      Object.entries(values).map(([key, { value, objectValue }]) => [key, objectValue ?? value]),
    );
  }

  it("gives every stack the project's structured values, of which a stack's own key replaces the whole", async () => {
    expect(await read("config:\n  facts:limits: { monthly: 5 }\n")).toEqual({
      "facts:limits": { monthly: 5 },
      "facts:owner": "Ada",
    });
    expect(await read("config: {}\n")).toEqual({
      "facts:limits": { monthly: 10, daily: 1 },
      "facts:owner": "Ada",
    });
  });

  it.each([
    ["010 as 8", "config:\n  facts:n: 010\n", "8"],
    ["1_000 as 1000", "config:\n  facts:n: 1_000\n", "1000"],
    ["the first of several documents", "config:\n  facts:n: 1\n---\nconfig:\n  facts:n: 2\n", "1"],
  ])("reads %s", async (_, text, n) => {
    expect(await read(text)).toMatchObject({ "facts:n": n });
  });

  it("takes a misspelt top-level key for an empty configuration", async () => {
    expect(Object.keys(await read("confg:\n  facts:n: 1\n"))).toEqual(["facts:limits", "facts:owner"]);
  });

  it("takes one of a short and a full key, whichever comes", async () => {
    const seen = new Set<unknown>();
    for (let turn = 0; turn < 6; turn++)
      seen.add((await read("config:\n  n: short\n  facts:n: full\n"))["facts:n"]);
    for (const value of seen) expect(["short", "full"]).toContain(value);
  });

  it("refuses a key that stands twice", async () => {
    project.write({ [file]: "config:\n  facts:n: 1\n  facts:n: 2\n" });
    const { code, stderr } = await project.run(["config", "--json", "--stack", "dev"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('"facts:n" already defined');
  });

  it("writes the whole file anew, as it reads it, where it writes a salt into it", async () => {
    project.write({ "Pulumi.fresh.yaml": "config:\n  facts:n: 010\n---\nconfig:\n  facts:n: 2\n" });
    await project.must(["stack", "init", "fresh"]);
    const text = readFileSync(join(project.dir, "Pulumi.fresh.yaml"), "utf8");
    expect(text).toContain('facts:n: "8"\n');
    expect(text).not.toContain("---");
  });

  describe("with policy analyze", () => {
    const analyze = (name: string) =>
      project.run(["policy", "analyze", "--file", "state.json", "--policy-pack", `packs/${name}`]);

    it("asks a pack about an exported state, but tells it neither stack nor configuration", async () => {
      project.write({ [file]: "config:\n  facts:n: 1\n" });
      await project.must(up());
      project.write({ "state.json": JSON.stringify(await project.state("dev")) });
      const { code, stdout } = await analyze("rooted");
      expect(code).toBe(1);
      expect(stdout).toContain("the root");
      const told = (name: string) => readFileSync(join(project.dir, name), "utf8");
      expect([told("stack"), told("config")]).toEqual(["none", "none"]);
    });

    it("passes an empty state without loading the pack", async () => {
      const { deployment, ...state } = await project.state("dev");
      project.write({
        "state.json": JSON.stringify({ ...state, deployment: { ...deployment, resources: [] } }),
      });
      expect((await analyze("broken")).code).toBe(0);
    });
  });
});
