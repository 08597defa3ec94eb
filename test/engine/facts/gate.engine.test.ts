import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EngineProject, note, pulumi, reportsOf } from "../harness";
import { pack, policy, sawIn, toy, up } from "./toy";

interface Seen {
  type: string;
  name: string;
  props: Record<string, unknown>;
}

/**
 * What DESIGN says of the engine in its section 5, "What blocks": behaviour that the pack is built on and that no
 * contract promises. A version that breaks one of these breaks the gate. The tests build on each other, on one stack.
 */
describe.skipIf(!pulumi)(`the engine and a pack that reports${note}`, () => {
  let project: EngineProject;
  const ran = () => existsSync(join(project.dir, "ran"));
  const namespaces = () =>
    project.operations().flatMap(({ phase, identity }) => (phase === "end" ? identity : []));

  beforeAll(async () => {
    project = toy(
      `
      fs.writeFileSync("ran", "");
      const first = namespace("first");
      namespace("second", { dependsOn: first });
      if (fs.existsSync("reads")) {
        new pulumi.CustomResource("kubernetes:core/v1:Namespace", "got", {}, { id: "first" });
        exports.other = new pulumi.StackReference("organization/facts/other").outputs;
        new Part("told", { size: 1 }, { answer: 42 });
        new Part("untold", { size: 2 });
      }
      // Not thrown: Node 20 takes minutes to colour the stack of an error in the SDK's source maps.
      if (fs.existsSync("fails")) process.exit(3);`,
      {
        root: pack(
          policy(
            "no-root",
            "saw({ type: args.type, props: args.props }); if (args.type === root) report('not the root');",
          ),
        ),
        typed: pack(
          `{ name: "typed", description: "d", validateResource: require("@pulumi/policy").validateResourceOfType(
            { isInstance: (o) => o.__pulumiType === root, __pulumiType: root },
            (props, args, report) => { saw({ type: args.type }); report("not the root"); }) },`,
        ),
        later: pack(policy("no-second", "if (args.name === 'second') report('not the second');")),
        stack: pack(
          `${policy("sees", "saw({ type: args.type, name: args.name, props: args.props });")}
           { name: "after-all", description: "d", validateStack: (args, report) => {
             for (const { type, name, props } of args.resources) saw({ stack: true, type, name, props });
             report("too late"); } },`,
        ),
      },
    );
    await project.init("dev");
    await project.init("other");
  });
  afterAll(() => project?.remove());

  it("on the root: nothing of a new stack is made, and the program never runs", async () => {
    const result = await project.run(up("root"));
    expect(result.code).toBe(1);
    expect(reportsOf(result)).toEqual(["no-root mandatory"]);
    expect(sawIn<Seen>(project, "root").map(({ type }) => type)).toEqual(["pulumi:pulumi:Stack"]);
    expect(ran()).toBe(false);
    expect(project.operations()).toEqual([]);
    expect(await project.resources("dev")).toEqual([]);
  });

  it("on the root by its type: the same, though nothing but the type is asked of the marker class", async () => {
    const result = await project.run(up("typed"));
    expect(result.code).toBe(1);
    expect(reportsOf(result)).toEqual(["typed mandatory"]);
    expect(ran()).toBe(false);
    expect(await project.resources("dev")).toEqual([]);
  });

  it("on a later resource: that one is not made, and the ones before it are", async () => {
    const result = await project.run(up("later"));
    expect(result.code).toBe(1);
    expect(reportsOf(result)).toEqual(["no-second mandatory"]);
    expect(namespaces()).toEqual(["v1/Namespace/first"]);
    expect((await project.resources("dev")).map(({ urn }) => urn.split("::").at(-1))).toContain("first");
  });

  it("on the root of a stack that is there: nothing is changed, and the program never runs", async () => {
    rmSync(join(project.dir, "ran"));
    const before = await project.resources("dev");
    expect((await project.run(up("root"))).code).toBe(1);
    expect(ran()).toBe(false);
    expect(namespaces()).toEqual(["v1/Namespace/first"]);
    expect(await project.resources("dev")).toEqual(before);
  });

  it("over the stack: it is asked when everything has been made", async () => {
    project.write({ reads: "" });
    const result = await project.run(up("stack"));
    expect(result.code).toBe(1);
    expect(reportsOf(result)).toEqual(["after-all mandatory"]);
    expect(namespaces()).toEqual(["v1/Namespace/first", "v1/Namespace/second"]);
    expect((await project.resources("dev")).map(({ urn }) => urn.split("::").at(-1))).toContain("second");
  });

  it("over the stack: of a component it sees what was registered as outputs, a policy over resources the inputs", () => {
    const parts = sawIn<Seen & { stack?: true }>(project, "stack").filter(
      ({ type }) => type === "facts:index:Part",
    );
    const seen = (ofStack: boolean) =>
      Object.fromEntries(
        parts.filter(({ stack }) => (stack === true) === ofStack).map(({ name, props }) => [name, props]),
      );
    expect(seen(false)).toEqual({ told: { size: 1 }, untold: { size: 2 } });
    expect(seen(true)).toEqual({ told: { answer: 42 }, untold: {} });
  });

  it("never sees what is read: neither .get() nor a StackReference", async () => {
    const all = sawIn<Seen>(project, "stack");
    expect(all.map(({ name }) => name)).toContain("first");
    expect(all.filter(({ name, type }) => name === "got" || type.endsWith(":StackReference"))).toEqual([]);
    const states = (await project.resources("dev")).map(({ urn }) => urn.split("::").at(-1));
    expect(states).toContain("got");
  });

  it("exits with 1, as a program that fails does", async () => {
    project.write({ fails: "" });
    expect((await project.run(up())).code).toBe(1);
    rmSync(join(project.dir, "fails"));
  });

  it("is not in what a preview prints as JSON, but in the event log and in streamed JSON; and stops no program there", async () => {
    rmSync(join(project.dir, "ran"));
    const preview = ["preview", "--stack", "dev", "--policy-pack", "packs/root", "--json"];
    const { code, stdout, ...told } = await project.run(preview);
    expect([code, ran()]).toEqual([1, true]);
    expect(stdout).toContain('"steps"');
    expect(stdout).not.toContain("policyEvent");
    expect(reportsOf({ code, stdout, ...told })).toEqual(["no-root mandatory"]);
    const streamed = await project.run(preview, { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "1" });
    expect(streamed.stdout).toContain('"policyEvent"');
  });

  it.each(["advisory", "disabled"])(
    'lets everything pass with a configuration of "all": "%s"',
    async (level) => {
      project.write({ "packs/config.json": JSON.stringify({ all: level }) });
      const result = await project.run(up("root", "--policy-pack-config", "packs/config.json"));
      expect(result.code).toBe(0);
      expect(reportsOf(result)).toEqual(level === "advisory" ? ["no-root advisory"] : []);
    },
  );

  it.each(["refresh", "destroy", "import"])("is not there under %s, which takes no pack", async (command) => {
    const { code, stderr } = await project.run([command, "--stack", "dev", "--policy-pack", "packs/root"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("unknown flag: --policy-pack");
  });
});
