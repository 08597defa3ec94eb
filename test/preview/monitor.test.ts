import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluateProgram, type ProgramResult } from "../../preview/program";
import { root } from "../project";

let dir: string;
let made = 0;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "lockstep-monitor-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function run(program: string, values: Record<string, string> = {}): Promise<ProgramResult> {
  const projectDir = join(dir, `program-${made++}`);
  mkdirSync(projectDir);
  symlinkSync(join(root, "node_modules"), join(projectDir, "node_modules"));
  writeFileSync(join(projectDir, "package.json"), '{ "main": "index.ts" }');
  writeFileSync(
    join(projectDir, "index.ts"),
    `import * as pulumi from "@pulumi/pulumi";
     import { Key } from "@pulumi/aws/kms";
     import { Provider } from "@pulumi/aws/provider";
     const thing = (name: string, args: pulumi.Inputs, opts?: pulumi.CustomResourceOptions) =>
       new pulumi.CustomResource("shop:index:Thing", name, args, opts);
     ${program}`,
  );
  return evaluateProgram({
    projectDir,
    project: "shop",
    stack: "dev",
    config: { values, secretKeys: [] },
    nodeArgs: ["--require", "tsx/cjs"],
    typescript: false,
    timeoutMs: 60_000,
  });
}

const named = (result: ProgramResult, name: string) => result.resources.find((one) => one.name === name);
const errors = (result: ProgramResult) => result.diagnostics.map(({ message }) => message).join("\n");
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

// Each of these was compared with what the engine (3.260) asks of a pack for the same program.
describe("the embedded preview does as the engine", () => {
  it("writes the plugin's version into the inputs of an explicit provider", async () => {
    const result = await run(`new Provider("own", { region: "eu-west-1" });`);
    const inputs = named(result, "own")?.inputs.toJavaScript() as Record<string, unknown>;
    expect(inputs.region).toBe("eu-west-1");
    expect(inputs.version).toMatch(/^7\.\d+\.\d+$/);
  });

  it("takes options, but aliases only from an old state", async () => {
    const result = await run(`
      thing("first", {});
      thing("with", {}, { protect: true, ignoreChanges: ["size"], deleteBeforeReplace: false,
        aliases: [{ name: "older" }], customTimeouts: { create: "5m", update: "1.5s", delete: "1h30m" },
        additionalSecretOutputs: ["key"] });
    `);
    expect(named(result, "with")?.options).toEqual({
      protect: true,
      ignoreChanges: ["size"],
      deleteBeforeReplace: false,
      additionalSecretOutputs: ["key"],
      aliases: [],
      timeouts: { create: 300, update: 1.5, delete: 5_400, read: 0 },
    });
    expect(named(result, "first")?.options.deleteBeforeReplace).toBeUndefined();
  });

  it("reads an existing resource as unknown, and plans no change to it but its default provider", async () => {
    const result = await run(`
      const read = Key.get("found", "1234");
      thing("after", { arn: read.arn, ref: read.id });
    `);
    expect(result.succeeded).toBe(true);
    expect(named(result, "found")).toBeUndefined();
    expect(named(result, "after")?.inputs.toJavaScript()).toEqual({ arn: unknown, ref: "1234" });
    expect(result.resources.filter(({ type }) => type === "pulumi:providers:aws")).toHaveLength(1);
  });

  it("passes a resource as an input of another, and turns it into a resource again", async () => {
    const result = await run(`
      class Part extends pulumi.ComponentResource {
        constructor(name: string, args: pulumi.Inputs) { super("shop:index:Part", name, args); }
      }
      const key = new Key("key", { description: "d" });
      new Part("part", { key });
      export const again = thing("holder", { key }).urn;
      export const output = pulumi.output({ key });
    `);
    expect({ succeeded: result.succeeded, said: result.diagnostics }).toEqual({ succeeded: true, said: [] });
    expect(named(result, "part")?.inputs.toJavaScript()).toEqual({
      key: {
        "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e",
        urn: "urn:pulumi:dev::shop::aws:kms/key:Key::key",
        id: unknown,
      },
    });
  });

  it("lets hooks be registered, which do not run", async () => {
    const result = await run(`
      const hook = new pulumi.ResourceHook("hook", () => { throw new Error("ran"); });
      thing("hooked", {}, { hooks: { beforeCreate: [hook] } });
    `);
    expect({ succeeded: result.succeeded, said: result.diagnostics }).toEqual({ succeeded: true, said: [] });
    expect(named(result, "hooked")?.custom).toBe(true);
  });

  it.each([
    [
      "a default provider that the stack disables",
      `new Key("key", {});`,
      { "pulumi:disable-default-providers": '["aws"]' },
      "Default provider for 'aws' disabled. 'aws:kms/key:Key' must use an explicit provider.",
    ],
    [
      "a time-out that is no duration",
      `thing("slow", {}, { customTimeouts: { create: "5 minutes" } });`,
      {},
      "unable to parse customTimeout Value 5 minutes",
    ],
    [
      "a second resource of one name",
      `thing("same", {}); thing("same", {});`,
      {},
      "Duplicate resource URN 'urn:pulumi:dev::shop::shop:index:Thing::same'; try giving it a unique name",
    ],
  ])("refuses %s", async (_, program, values, message) => {
    const result = await run(program, values);
    expect(result.succeeded).toBe(false);
    expect(errors(result)).toContain(message);
  });
});

describe("the embedded preview does not guess", () => {
  it.each([
    [
      "of the stack",
      `pulumi.runtime.registerResourceTransform((args) => args);`,
      "The stack has a transform",
    ],
    [
      "of a resource",
      `thing("changed", {}, { transforms: [(args) => args] });`,
      "shop:index:Thing changed has a transform",
    ],
  ])("what a transform %s makes", async (_, program, message) => {
    const result = await run(program);
    expect(result.succeeded).toBe(false);
    expect(errors(result)).toContain(`${message}, which only the Pulumi engine can run`);
  });
});
