import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, writeEntries } from "../../project";
import type { Entries } from "../../shipped";
import { EngineProject, linesOf } from "../harness";

/** What every program here may use. */
const programHead = `
const pulumi = require("@pulumi/pulumi");
const fs = require("node:fs");
const namespace = (name, options) => new pulumi.CustomResource(
  "kubernetes:core/v1:Namespace", name, { apiVersion: "v1", kind: "Namespace", metadata: { name } }, options);
class Part extends pulumi.ComponentResource {
  constructor(name, inputs, outputs, options) {
    super("facts:index:Part", name, inputs, options);
    if (outputs) this.registerOutputs(outputs);
  }
}
`;

/** And every pack: `saw` keeps what a policy was told, in the folder in which the pack runs. */
const packHead = `
const { PolicyPack } = require("@pulumi/policy");
const pulumi = require("@pulumi/pulumi");
const fs = require("node:fs");
const saw = (what) => fs.appendFileSync("saw.jsonl", JSON.stringify(what) + "\\n");
const root = "pulumi:pulumi:Stack";
`;

/** A throw-away project "facts" with a program and packs of a few lines, as the engine runs any. */
export function toy(program: string, packs: Record<string, string> = {}, files: Entries = {}): EngineProject {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-facts-"));
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  const ofPacks = Object.entries(packs).flatMap(([name, source]) => [
    [`packs/${name}/PulumiPolicy.yaml`, "runtime: nodejs\nmain: index.js\n"],
    [`packs/${name}/package.json`, `{ "name": "${name}", "version": "1.0.0", "main": "index.js" }`],
    [`packs/${name}/index.js`, packHead + source],
  ]);
  writeEntries(dir, {
    "Pulumi.yaml": "name: facts\nruntime: { name: nodejs, options: { typescript: false } }\n",
    "package.json": '{ "name": "facts", "main": "index.js" }',
    "index.js": programHead + program,
    ...Object.fromEntries(ofPacks),
    ...files,
  });
  return new EngineProject({ dir, remove: () => rmSync(dir, { recursive: true, force: true }) });
}

/** A pack with policies of its own level. */
export const pack = (policies: string, level = "mandatory"): string =>
  `new PolicyPack("facts", { enforcementLevel: "${level}", policies: [${policies}] });`;

/** A policy over each resource: `body` has `args` and `report`. */
export const policy = (name: string, body: string, more = ""): string =>
  `{ name: "${name}", description: "d", ${more} validateResource: (args, report) => { ${body} } },`;

/** What the policies of a pack kept. */
export const sawIn = <Seen>(project: EngineProject, name: string): Seen[] =>
  linesOf<Seen>(join(project.dir, "packs", name, "saw.jsonl"));

/** The arguments of an update of the stack "dev" without a preview. */
export const up = (name?: string, ...more: string[]): string[] => [
  ...["up", "--stack", "dev", "--yes", "--skip-preview"],
  ...(name === undefined ? [] : ["--policy-pack", `packs/${name}`]),
  ...more,
];
