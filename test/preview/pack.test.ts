import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PackError } from "../../preview/launch";
import { Pack } from "../../preview/pack";
import type { PolicyReport } from "../../preview/policyReport";
import type { PlannedResource } from "../../preview/resource";
import { encodings, root } from "../project";

let dir: string;
let made = 0;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "lockstep-pack-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const secret = "Tr0ub4dor-and-3-more";

/** Starts a pack whose main file is `main`, with nothing in its scope but what it requires. */
function start(main: string, timeoutMs = 30_000): Promise<Pack> {
  const packDir = join(dir, `pack-${made++}`);
  mkdirSync(packDir);
  symlinkSync(join(root, "node_modules"), join(packDir, "node_modules"));
  writeFileSync(join(packDir, "PulumiPolicy.yaml"), "runtime: nodejs\nmain: index.js\n");
  writeFileSync(join(packDir, "package.json"), '{ "name": "toy", "version": "1.2.3", "main": "index.js" }');
  writeFileSync(join(packDir, "index.js"), main);
  return Pack.start({
    packDir,
    projectDir: dir,
    project: "shop",
    stack: "dev",
    config: { values: { "shop:size": "3", "shop:password": secret }, secretKeys: ["shop:password"] },
    timeoutMs,
  });
}

const policies = (list: string, settings = "undefined") => `
  const { PolicyPack } = require("@pulumi/policy");
  const pulumi = require("@pulumi/pulumi");
  new PolicyPack("toy", { enforcementLevel: "mandatory", policies: [${list}] }, ${settings});`;

const stackUrn = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";

function resource(type: string, name: string, inputs: Record<string, JavaScriptValue> = {}): PlannedResource {
  return {
    urn: `urn:pulumi:dev::shop::${type}::${name}`,
    type,
    name,
    custom: type !== "pulumi:pulumi:Stack",
    parent: type === "pulumi:pulumi:Stack" ? "" : stackUrn,
    provider: "",
    inputs: Struct.fromJavaScript(inputs),
    outputs: undefined,
    dependencies: [],
    propertyDependencies: new Map(),
    options: {
      protect: true,
      ignoreChanges: ["tags"],
      deleteBeforeReplace: undefined,
      additionalSecretOutputs: [],
      aliases: [],
      timeouts: { create: 300, update: 0, delete: 0, read: 0 },
    },
  };
}
const rootResource = resource("pulumi:pulumi:Stack", "shop-dev");

/** What a pack reports about resources one by one, and then together. */
async function ask(pack: Pack, resources: PlannedResource[]): Promise<Omit<PolicyReport, "urn">[]> {
  const providers = new Map(resources.map((one) => [one.urn, one] as const));
  try {
    const reports = [];
    for (const one of resources) reports.push(...(await pack.analyze(one, providers)));
    reports.push(...(await pack.analyzeStack(resources, providers)));
    return reports.map(({ urn: _, ...rest }) => rest);
  } finally {
    pack.stop();
  }
}

describe("a policy pack", () => {
  it("is asked about each resource and then about all, with the stack's configuration", async () => {
    const pack = await start(
      policies(`
        { name: "on-root", description: "d", validateResource: (args, report) => {
            if (args.type === "pulumi:pulumi:Stack")
              report([pulumi.getProject(), pulumi.getStack(), pulumi.runtime.isDryRun(), new pulumi.Config().require("size")].join(" "));
        } },
        { name: "on-type", description: "d", enforcementLevel: "advisory", validateResource: (args, report) => {
            if (args.type === "shop:index:Thing")
              report(JSON.stringify([args.props, args.opts.protect, args.opts.ignoreChanges, args.opts.customTimeouts.createSeconds]));
        } },
        { name: "on-all", description: "d", validateStack: (args, report) => report(args.resources.map((one) => one.name).join(" ")) },
      `),
    );
    expect(pack.policies).toEqual([
      { name: "on-root", description: "d", level: "mandatory" },
      { name: "on-type", description: "d", level: "advisory" },
      { name: "on-all", description: "d", level: "mandatory" },
    ]);
    expect(pack.version).toBe("1.2.3");
    const reference = {
      "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e",
      urn: stackUrn,
      id: "i-1",
    };
    expect(await ask(pack, [rootResource, resource("shop:index:Thing", "thing", { of: reference })])).toEqual(
      [
        { policy: "on-root", level: "mandatory", message: "d\nshop dev true 3" },
        { policy: "on-type", level: "advisory", message: 'd\n[{"of":"i-1"},true,["tags"],300]' },
        { policy: "on-all", level: "mandatory", message: "d\nshop-dev thing" },
      ],
    );
  });

  it("gets the defaults of its settings and what it was made with, and tells the level that holds", async () => {
    const pack = await start(
      policies(
        `{ name: "set", description: "d",
           configSchema: { properties: { ratio: { type: "number", default: 0.5 }, unit: { type: "string", default: "eur" } } },
           validateResource: (args, report) => report(JSON.stringify(args.getConfig())) }`,
        `{ set: { enforcementLevel: "advisory", unit: "usd" } }`,
      ),
    );
    expect(pack.policies).toEqual([{ name: "set", description: "d", level: "advisory" }]);
    expect(await ask(pack, [rootResource])).toEqual([
      { policy: "set", level: "advisory", message: 'd\n{"ratio":0.5,"unit":"usd"}' },
    ]);
  });

  it("downgrades a policy that reads what is unknown, as under the engine", async () => {
    const pack = await start(
      policies(`{ name: "reads", description: "d", validateResource: (args, report) => {
        if (args.props.size > 3) report("large");
        if (args.type !== "pulumi:pulumi:Stack") report("read");
      } }`),
    );
    const thing = resource("shop:index:Thing", "thing", { size: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" });
    const [report] = await ask(pack, [thing]);
    expect(report?.level).toBe("advisory");
    expect(report?.message).toContain("string value at .size can't be known during preview");
  });
});

describe("a policy pack is no pass, but an error, when it", () => {
  const ok = policies("");
  it.each([
    ["throws as it starts", `throw new Error("no such thing");`, "no such thing"],
    ["ends at once", "process.exit(0);", "The policy pack ended with exit code 0 while it started."],
    ["ends with an error", "process.exit(3);", "The policy pack ended with exit code 3 while it started."],
    [
      "prints before its port",
      `console.log("hello");${ok}`,
      "The policy pack wrote something else than its port",
    ],
    [
      "has settings that do not fit",
      policies(
        `{ name: "set", description: "d", configSchema: { properties: { n: { type: "number" } } }, validateResource: () => {} }`,
        `{ set: { n: "hunter2" } }`,
      ),
      "The settings of the policy pack do not fit: set.n (invalid_type).",
    ],
  ])("%s", async (_, main, message) => {
    const failure = await start(main).then(
      (pack) => pack.stop(),
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(PackError);
    const said = (failure as Error).message;
    expect(said).toContain(message);
    for (const form of [...encodings(secret), "hunter2"]) expect(said).not.toContain(form);
  });

  it("never announces a port", async () => {
    await expect(start("setInterval(() => {}, 1000);", 2_000)).rejects.toThrow(
      "Starting the policy pack took longer than 2 seconds.",
    );
  });

  it.each([
    ["dies over a resource", `validateResource: () => process.exit(0)`],
    ["throws over a resource", `validateResource: () => { throw new Error("broken"); }`],
    ["dies over the stack", `validateStack: () => process.exit(0)`],
    [
      "lets a promise fail that nobody waits for",
      `validateStack: () => { Promise.reject(new Error("unseen")); }`,
    ],
    [
      "dies as soon as it has answered",
      `validateStack: () => { for (const turn of [1, 2, 3]) setImmediate(() => setImmediate(() => process.exit(1))); }`,
    ],
  ])("%s", async (_, body) => {
    const end = `process.on("unhandledRejection", () => process.exit(1));`;
    const pack = await start(`${end}${policies(`{ name: "bad", description: "d", ${body} }`)}`);
    await expect(ask(pack, [rootResource])).rejects.toThrow("The policy pack did not answer");
  });

  it("never answers", async () => {
    const hang = `{ name: "hangs", description: "d", validateResource: () => new Promise(() => {}) }`;
    const pack = await start(policies(hang), 5_000);
    await expect(ask(pack, [rootResource])).rejects.toThrow("The policy pack did not answer");
  });
});
