import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EngineProject, note, pulumi, reportsOf, until } from "../harness";
import { pack, policy, sawIn, toy, up } from "./toy";

const secret = "Tr0ub4dor-and-3-more";
const base64 = Buffer.from(secret).toString("base64");
/** One of the strings that stand for what is not known before the update. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const isPart = "if (args.type !== 'facts:index:Part') return;";

/** What DESIGN says in its section 5 of unknowns, of packs that fail open, and of what a pack sees. */
describe.skipIf(!pulumi)(`the engine and the process of a pack${note}`, () => {
  let project: EngineProject;

  beforeAll(async () => {
    project = toy(
      `
      const config = new pulumi.Config();
      const options = fs.existsSync("literal") ? { arn: "${unknown}" } : {
        arn: new pulumi.CustomResource("aws:kms/key:Key", "key", { description: "d", arn: undefined }).arn,
        password: config.requireSecret("password"),
      };
      new Part("part", options);`,
      {
        reads: pack(
          policy(
            "reads",
            `${isPart} saw("before"); const { length } = args.props.arn; saw("after"); report("read " + length);`,
          ),
        ),
        open: `new PolicyPack("open", { policies: [
          ${policy("twice", "if (args.type === root) report('first of the name');", 'enforcementLevel: "mandatory",')}
          ${policy("twice", "if (args.type === root) report('second of the name');", 'enforcementLevel: "advisory",')}
          ${policy("no-level", "if (args.type === root) report('no level');")}
          { name: "misspelt", description: "d", enforcementLevel: "mandatory", validateResources: (_, report) => report("never") },
          ${policy("not-awaited", "setTimeout(() => report('late'), 20);", 'enforcementLevel: "mandatory",')}
        ] });`,
        endless: pack(
          policy(
            "endless",
            "fs.writeFileSync('asked', ''); return new Promise(() => setInterval(() => {}, 1000));",
          ),
        ),
        looks: pack(
          policy(
            "looks",
            `${isPart}
            const config = new pulumi.Config("facts");
            saw({ environment: JSON.parse(process.env.PULUMI_CONFIG), props: args.props, cwd: process.cwd(),
              settings: config.getObject("settings"), stack: pulumi.getStack(), project: pulumi.getProject(),
              dryRun: pulumi.runtime.isDryRun(), shared: require("../../shared"), tags: [...(args.stackTags ?? new Map())] });
            report("as it is ${secret}, in base64 ${base64}");`,
          ),
          "advisory",
        ),
      },
      {
        "Pulumi.dev.yaml": "config:\n  facts:settings: { limits: [1, 2] }\n",
        "shared.js": "module.exports = 7;",
      },
    );
    await project.init("dev");
    await project.must(["config", "set", "--stack", "dev", "--secret", "facts:password", secret]);
  });
  afterAll(() => project?.remove());

  it("makes a policy that reads an unknown advisory in a preview, passes over its rest, and exits with 0", async () => {
    const result = await project.run(["preview", "--stack", "dev", "--policy-pack", "packs/reads"]);
    expect(result.code).toBe(0);
    expect(reportsOf(result)).toEqual(["reads advisory"]);
    expect(sawIn(project, "reads")).toEqual(["before"]);
  });

  it("lets the same policy block in the update, where the value is known", async () => {
    const result = await project.run(up("reads"));
    expect(result.code).toBe(1);
    expect(reportsOf(result)).toEqual(["reads mandatory"]);
    expect(sawIn(project, "reads")).toEqual(["before", "before", "after"]);
  });

  it("takes a literal that stands for an unknown for one, in an update too", async () => {
    project.write({ literal: "" });
    const result = await project.run(up("reads"));
    expect(result.code).toBe(0);
    expect(reportsOf(result)).toEqual(["reads advisory"]);
    expect(sawIn(project, "reads")).toEqual(["before", "before", "after", "before"]);
  });

  it("fails open: of two policies of one name the last one's level holds, without a level it is advisory, a misspelt validator never runs, what is not awaited passes", async () => {
    const result = await project.run(up("open"));
    expect(reportsOf(result)).toEqual(["no-level advisory", "twice advisory", "twice advisory"]);
    expect(result.code).toBe(0);
  });

  it("waits without end for a policy that never settles", async () => {
    const { child, result } = project.start(up("endless"));
    await until("the policy is asked", () => existsSync(join(project.dir, "packs/endless/asked")));
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(child.exitCode).toBeNull();
    // Once asks for a clean end, which never comes; twice ends it.
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill("SIGINT");
    expect((await result).code).not.toBe(0);
    await project.run(["cancel", "--stack", "dev", "--yes"]);
  });

  describe("shows a policy", () => {
    interface Looks {
      environment: Record<string, string>;
      props: Record<string, unknown>;
      cwd: string;
    }
    let stdout: string;
    let seen: Looks;
    beforeAll(async () => {
      rmSync(join(project.dir, "literal"));
      const result = await project.must(up("looks"));
      stdout = result.stdout;
      [seen] = sawIn<Looks>(project, "looks") as [Looks];
    });

    it("the stack's whole configuration in plain text, and properties without a mark of what is secret", () => {
      expect(seen.environment).toMatchObject({ "facts:password": secret });
      expect(seen.props.password).toBe(secret);
    });

    it("configuration, stack, project and whether it is a dry run, from the pack's own folder, beside which it may import", () => {
      expect(seen).toMatchObject({
        settings: { limits: [1, 2] },
        stack: "dev",
        project: "facts",
        dryRun: false,
        shared: 7,
        tags: [],
      });
      expect(seen.cwd.endsWith("/packs/looks")).toBe(true);
    });

    it("whose message the CLI masks only where a secret stands verbatim", () => {
      expect(stdout).toContain("as it is [secret], in base64 ");
      expect(stdout).toContain(base64);
    });
  });
});
