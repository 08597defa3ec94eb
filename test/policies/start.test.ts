import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as grpc from "@grpc/grpc-js";
import analyzerrpc from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import proto from "@pulumi/pulumi/proto/analyzer_pb";
import { build } from "esbuild";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

/** The real pack in a process of its own, bundled: with another folder it finds no project of its own. */
let folder: string;
let child: ChildProcess | undefined;

beforeAll(async () => {
  mkdirSync("node_modules/.cache", { recursive: true });
  folder = mkdtempSync(resolve("node_modules/.cache/pack-"));
  writeFileSync(join(folder, "package.json"), '{"name":"pack","version":"1.0.0"}');
  await build({
    entryPoints: ["policies/index.ts"],
    outfile: join(folder, "pack.js"),
    bundle: true,
    platform: "node",
    packages: "external",
    logLevel: "error",
  });
});
afterEach(() => child?.kill());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  port: number | undefined;
  code: number | undefined;
  stderr: string;
}

/** Starts the pack, and answers with its port, or with how it ended. */
function start(env: Record<string, string>, config?: string): Promise<Outcome> {
  const file = join(folder, "config.json");
  if (config === undefined) rmSync(file, { force: true });
  else writeFileSync(file, config);
  const process_ = spawn(process.execPath, [join(folder, "pack.js")], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", ...env },
  });
  child = process_;
  let stderr = "";
  process_.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  return new Promise((done) => {
    process_.stdout.on("data", (data: Buffer) =>
      done({ port: Number(data.toString()), code: undefined, stderr }),
    );
    process_.on("exit", (code) => done({ port: undefined, code: code ?? -1, stderr }));
  });
}

function analyze(port: number | undefined, type: string, props: Record<string, string>): Promise<string[]> {
  const client = new analyzerrpc.AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const request = new proto.AnalyzeRequest();
  request.setType(type);
  request.setUrn(`urn:pulumi:staging::lockstep::${type}::one`);
  request.setName("one");
  request.setProperties(Struct.fromJavaScript(props));
  const options = new proto.AnalyzerResourceOptions();
  options.setCustomtimeouts(new proto.AnalyzerResourceOptions.CustomTimeouts());
  request.setOptions(options);
  return new Promise((done, fail) => {
    client.analyze(request, (error, response) => {
      client.close();
      if (error) fail(error);
      else
        done(
          response
            .getDiagnosticsList()
            .map((one) => `${one.getEnforcementlevel()} ${one.getPolicyname()}: ${one.getMessage()}`),
        );
    });
  });
}

const root = "pulumi:pulumi:Stack";
const mandatory = proto.EnforcementLevel.MANDATORY;
const staging = {
  PULUMI_NODEJS_PROJECT: "lockstep",
  PULUMI_NODEJS_STACK: "staging",
  LOCKSTEP_PROJECT_DIR: resolve("."),
};

describe("the pack, started", () => {
  it("blocks at the root where the engine's configuration is not that of the files", async () => {
    const { port } = await start({
      ...staging,
      PULUMI_CONFIG: JSON.stringify({ "lockstep:limits": '{"monthlyUsd":1}' }),
    });
    const reports = await analyze(port, root, {});
    expect(reports.length).toBeGreaterThan(0);
    for (const report of reports) {
      expect(report).toContain(`${mandatory} config-valid: `);
      expect(report).toContain("effective configuration unlike the reviewed file");
    }
  });

  it("cannot decide without a stack's name, as under pulumi policy analyze", async () => {
    const { port } = await start({});
    const reports = await analyze(port, root, {});
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain(`${mandatory} config-valid: `);
    expect(reports[0]).toContain("The stack under update cannot be proven before the update.");
  });

  it("judges resources of a program that has no Lockstep configuration", async () => {
    const { port } = await start({ PULUMI_NODEJS_PROJECT: "other", PULUMI_NODEJS_STACK: "dev" });
    expect(await analyze(port, root, {})).toEqual([]);
    const reports = await analyze(port, "pulumi:providers:aws", { region: "us-east-1" });
    expect(reports.map((report) => report.split(": ")[0])).toEqual([`${mandatory} providers-explicit`]);
  });

  it("starts with settings that it knows", async () => {
    const { port } = await start(staging, '{"limits-stricter": {"maximumRatio": 0.5}}');
    expect(port).toBeGreaterThan(0);
  });

  it.each([
    [
      '{"limits-strict": {}}',
      'policies/config.json: there is no rule "limits-strict"; the nearest is "limits-stricter".\n',
    ],
    [
      '{"limits-stricter": {"enforcementLevel": "advisory"}}',
      'policies/config.json: limits-stricter has another level than "mandatory"; write an exception instead.\n',
    ],
    ["{", "policies/config.json is not JSON.\n"],
  ])("refuses to start with the settings %s", async (config, message) => {
    expect(await start(staging, config)).toEqual({ port: undefined, code: 1, stderr: message });
  });
});
