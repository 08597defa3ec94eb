import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluateProgram, type ProgramResult } from "../../preview/program";
import { encodings, root } from "../project";

let dir: string;
let made = 0;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "lockstep-program-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const secret = "Tr0ub4dor-and-3-more";

async function run(program: string, options: { timeoutMs?: number } = {}): Promise<ProgramResult> {
  const projectDir = join(dir, `program-${made++}`);
  mkdirSync(projectDir);
  symlinkSync(join(root, "node_modules"), join(projectDir, "node_modules"));
  writeFileSync(join(projectDir, "package.json"), '{ "main": "index.ts" }');
  writeFileSync(join(projectDir, "index.ts"), `import * as pulumi from "@pulumi/pulumi";\n${program}`);
  return evaluateProgram({
    projectDir,
    project: "shop",
    stack: "dev",
    config: {
      values: { "shop:size": "3", "shop:list": "[1,2]", "shop:password": secret, "aws:region": "eu-west-1" },
      secretKeys: ["shop:password"],
    },
    nodeArgs: ["--require", "tsx/cjs"],
    typescript: false,
    timeoutMs: options.timeoutMs ?? 60_000,
  });
}

const inputs = (result: ProgramResult, name: string, type = "") => {
  const found = result.resources.find((one) => one.name === name && one.type.startsWith(type));
  return found && (found.inputs.toJavaScript() as Record<string, unknown>);
};

const shapes = ({ resources }: ProgramResult) =>
  resources.map(({ urn, custom, parent }) => ({ urn, custom, parent }));
const stack = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";

describe("a program in the embedded preview", () => {
  it("registers the root first, then what it declares, with the engine's URNs and parents", async () => {
    const result = await run(`
      class Part extends pulumi.ComponentResource {
        constructor(name: string) {
          super("shop:index:Part", name);
          new pulumi.CustomResource("shop:index:Thing", "inner", { size: 1 }, { parent: this, protect: true });
          this.registerOutputs({ answer: 42 });
        }
      }
      new Part("part");
    `);
    expect(result).toMatchObject({ succeeded: true, diagnostics: [] });
    expect(shapes(result)).toEqual([
      { urn: stack, custom: false, parent: "" },
      { urn: "urn:pulumi:dev::shop::shop:index:Part::part", custom: false, parent: stack },
      { urn: "urn:pulumi:dev::shop::pulumi:providers:shop::default", custom: true, parent: "" },
      {
        urn: "urn:pulumi:dev::shop::shop:index:Part$shop:index:Thing::inner",
        custom: true,
        parent: "urn:pulumi:dev::shop::shop:index:Part::part",
      },
    ]);
    expect(result.resources[1]?.outputs?.toJavaScript()).toEqual({ answer: 42 });
    expect(result.resources[3]?.options.protect).toBe(true);
    expect(result.resources[3]?.provider).toBe("urn:pulumi:dev::shop::pulumi:providers:shop::default");
  });

  it("gets configuration, stack and project as from the engine, in a dry run", async () => {
    const result = await run(`
      const config = new pulumi.Config();
      new pulumi.CustomResource("shop:index:Thing", "thing", {
        size: config.requireNumber("size"), list: config.requireObject("list"),
        stack: pulumi.getStack(), project: pulumi.getProject(), dry: pulumi.runtime.isDryRun(),
      });
    `);
    expect(inputs(result, "thing")).toEqual({
      size: 3,
      list: [1, 2],
      stack: "dev",
      project: "shop",
      dry: true,
    });
  });

  it("makes the default provider of a package from ambient configuration, as the engine does", async () => {
    const result = await run(`
      import { Key } from "@pulumi/aws/kms";
      new Key("key", {});
    `);
    const provider = result.resources.find(({ type }) => type === "pulumi:providers:aws");
    expect(provider?.name).toMatch(/^default_7_\d+_\d+$/);
    expect(inputs(result, provider?.name ?? "")).toMatchObject({ region: "eu-west-1" });
    expect(result.resources.find(({ name }) => name === "key")?.provider).toBe(provider?.urn);
  });

  it("marks what is not known before the update, and secrets, as the SDK marks them", async () => {
    const result = await run(`
      import { Key } from "@pulumi/aws/kms";
      import { Provider } from "@pulumi/aws/provider";
      const provider = new Provider("own", { region: "eu-west-1" });
      const key = new Key("key", {}, { provider });
      new pulumi.CustomResource("shop:index:Thing", "thing", {
        arn: key.arn, keyId: key.id, password: new pulumi.Config().requireSecret("password"),
      });
    `);
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const secretMark = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      value: secret,
    };
    expect(inputs(result, "thing")).toEqual({ arn: unknown, keyId: unknown, password: secretMark });
    expect(result.resources.find(({ name }) => name === "key")?.provider).toBe(
      "urn:pulumi:dev::shop::pulumi:providers:aws::own",
    );
  });

  it.each([
    ["throws", `throw new Error("no such thing");`, "no such thing"],
    ["exits with an error", "process.exit(3);", "The program ended with exit code 3."],
    ["rejects a promise", `Promise.reject(new Error("nobody waited"));`, "nobody waited"],
    ["cannot be loaded", `import "./missing";`, "missing"],
    ["is no TypeScript", "const = 3;", "Expected identifier"],
    [
      "declares one thing twice",
      `for (const _ of [1, 2]) new pulumi.ComponentResource("a:b:C", "same");`,
      "Duplicate resource URN",
    ],
    [
      "gives a component's option to a resource",
      `import { Key } from "@pulumi/aws/kms"; import { Provider } from "@pulumi/aws/provider";
       new Key("key", {}, { providers: [new Provider("own")] } as object);`,
      "Do not supply 'providers' option to a CustomResource",
    ],
    [
      "asks the cloud",
      `import { getCallerIdentityOutput } from "@pulumi/aws"; export const account = getCallerIdentityOutput().accountId;`,
      "asks the cloud",
    ],
  ])("that %s has not succeeded, and says why", async (_, program, message) => {
    const result = await run(program);
    expect(result.succeeded).toBe(false);
    expect(result.diagnostics.map((one) => one.message).join("\n")).toContain(message);
    const said = JSON.stringify(result.diagnostics);
    for (const form of encodings(secret)) expect(said).not.toContain(form);
  });

  it("that never ends is stopped", async () => {
    await expect(run("setInterval(() => {}, 1000);", { timeoutMs: 3_000 })).rejects.toThrow(
      "The program of dev took longer than 3 seconds.",
    );
  });
});
