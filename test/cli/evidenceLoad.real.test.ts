import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { wait } from "../../measure/standIn/reply";
import { lockstep, projectCopy, startLockstep } from "../project";
import { edited, replace } from "../shipped";
import { GatewayStub } from "./gatewayStub";

const fewer = replace(
  "Pulumi.yaml",
  "        minRequests: 5000\n        maxFirst",
  "        minRequests: 1000\n        maxFirst",
);
const requests = ["support-chat", "ticket-triage", "economy-chat"]
  .map((model) => JSON.stringify({ model, messages: [{ role: "user", content: "Where is my parcel?" }] }))
  .join("\n");

let copy: ReturnType<typeof projectCopy>;
let gateway: GatewayStub;
let url: string;
const { pair } = loadPair(memoryFiles(edited(fewer)), "staging");
const hash = pair?.staging.behaviourHash ?? "";
beforeAll(async () => {
  copy = projectCopy([fewer], { "requests.jsonl": requests });
  gateway = new GatewayStub(hash);
  url = await gateway.listen();
});
afterEach(() => {
  gateway.before = () => false;
  gateway.behaviourHash = hash;
  gateway.requests = 0;
});
afterAll(async () => {
  await gateway.close();
  copy.remove();
});

const load = (args: string[], env: Record<string, string> = {}) =>
  lockstep(["evidence", "load", ...args], copy.dir, {
    LOCKSTEP_GATEWAY_URL: url,
    LOCKSTEP_GATEWAY_KEY: "sk-stub",
    ...env,
  });
const whole = ["--peak", "60", "--requests", "requests.jsonl", "--multiples", "2,3", "--max-usd", "100"];
const left = () => (existsSync(join(copy.dir, ".lockstep")) ? readdirSync(join(copy.dir, ".lockstep")) : []);

describe("a measurement", () => {
  it("is evidence that passes, and that can be verified", async () => {
    const { code, stdout, stderr } = await load([...whole, "--release", "initial", "--json"]);
    expect(stderr).toBe("");
    const told = JSON.parse(stdout) as {
      passed: boolean;
      results: Record<string, unknown>;
      written: string[];
    };
    expect(told.results).toMatchObject({
      peakRequestsPerSecond: 60,
      requests: 1_000,
      arrivals: { process: "poisson" },
      fromScheduledTime: true,
      errorRatio: 0,
      fallbackRatio: 0,
    });
    expect((told.results.steps as { multiple: number }[]).map(({ multiple }) => multiple)).toEqual([2, 3]);
    expect([code, told.passed]).toEqual([0, true]);
    expect(gateway.requests).toBe(2_003);
    expect(left()).toEqual([]);
    const [statement = ""] = told.written;
    expect((await lockstep(["evidence", "verify", statement], copy.dir)).code).toBe(0);
    const { predicate } = JSON.parse(readFileSync(join(copy.dir, statement), "utf8")) as {
      predicate: Record<string, unknown>;
    };
    expect(predicate).toMatchObject({
      environment: "staging",
      stack: "staging",
      gateway: { before: hash, after: hash },
      providers: "real",
      tool: { name: "lockstep evidence load", command: "lockstep evidence load --peak 60 --multiples 2,3" },
      samples: 1_000,
      inconclusive: [],
    });
  }, 60_000);

  it("fails for its errors, and is told without being added", async () => {
    gateway.before = (count, response) => {
      if (count % 20 !== 0) return false;
      response.writeHead(503).end("{}");
      return true;
    };
    const { code, stdout } = await load([...whole, "--multiples", "3", "--peak", "300"]);
    expect(stdout).toMatch(/maxErrorRatio +│ 0\.05\d* +│ at most 0\.01 +│ fails/);
    expect(stdout).toContain("Nothing was added");
    expect(code).toBe(1);
  }, 60_000);

  it("is void where the gateway became another one meanwhile", async () => {
    gateway.before = (count) => {
      if (count > 500) gateway.behaviourHash = "b".repeat(64);
      return false;
    };
    const before = readdirSync(join(copy.dir, "releases/initial/evidence"));
    const { code, stderr } = await load([
      ...whole,
      "--multiples",
      "3",
      "--peak",
      "300",
      "--release",
      "initial",
    ]);
    expect(stderr).toBe(
      "lockstep: The gateway's behaviour hash was another one after the measurement: what was measured is void, and was thrown away.\n",
    );
    expect([code, left()]).toEqual([2, []]);
    expect(readdirSync(join(copy.dir, "releases/initial/evidence"))).toEqual(before);
  }, 60_000);

  it("stops at its bound, and says so", async () => {
    const args = ["--peak", "300", "--requests", "requests.jsonl", "--multiples", "3", "--max-usd", "0.5"];
    const { code, stdout } = await load(args);
    expect(stdout).toContain("Inconclusive: It was stopped at its bound of 0.5 USD.");
    expect(gateway.requests).toBeLessThan(500);
    expect(code).toBe(1);
  }, 60_000);
});

it("stopped by Ctrl-C goes on where it was", async () => {
  const args = [...whole, "--multiples", "3", "--peak", "150"];
  const running = startLockstep(["evidence", "load", ...args], copy.dir, {
    LOCKSTEP_GATEWAY_URL: url,
    LOCKSTEP_GATEWAY_KEY: "sk-stub",
  });
  while (gateway.requests < 200) await wait(20);
  running.child.kill("SIGINT");
  const stopped = await running.result;
  expect(stopped.stderr).toMatch(
    /^lockstep: Stopped\. What was measured is in .*load-[0-9a-f]{12}\.jsonl: the same command goes on/,
  );
  expect(stopped.code).toBe(2);
  const before = gateway.requests;
  const { code, stdout } = await load([...args, "--json"]);
  expect(gateway.requests).toBe(1_003);
  expect(before).toBeLessThan(900);
  expect(JSON.parse(stdout)).toMatchObject({ passed: true, samples: 1_000 });
  expect([code, left()]).toEqual([0, []]);
}, 60_000);

describe("pods", () => {
  it("measure each a share, and are merged", async () => {
    // Of an attempt before this one.
    for (const name of ["pod-1.json", "pod-2.json"]) rmSync(join(copy.dir, name), { force: true });
    const pod = (index: number) =>
      load([
        ...whole,
        "--multiples",
        "3",
        "--pod",
        `${index}/2`,
        "--output",
        `pod-${index}.json`,
        "--journal",
        `pod-${index}.jsonl`,
      ]);
    const both = await Promise.all([pod(1), pod(2)]);
    expect(both.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ""],
      [0, ""],
    ]);
    const merge = (...files: string[]) =>
      lockstep(["evidence", "load", "--json", "--merge", ...files], copy.dir);
    const { stdout } = await merge("pod-2.json", "pod-1.json");
    expect(JSON.parse(stdout)).toMatchObject({ passed: true, samples: 1_000, results: { requests: 1_000 } });
    for (const [files, why] of [
      [["pod-1.json"], "There have to be 2 parts, one of each pod; found are those of 1."],
      [["pod-1.json", "pod-1.json"], "There have to be 2 parts, one of each pod; found are those of 1, 1."],
      [["pod-1.json", "requests.jsonl"], "requests.jsonl is no JSON."],
      [
        ["pod-1.json", "package.json"],
        'package.json is no part of a load measurement: version is not as "evidence load --pod" writes it.',
      ],
    ] as const) {
      const refused = await merge(...files);
      expect([refused.code, refused.stderr]).toEqual([2, `lockstep: ${why}\n`]);
    }
  }, 60_000);
});

describe("what cannot be measured is said before anything is sent", () => {
  it.each<[string[], string, Record<string, string>]>([
    [[], "--peak and --requests are missing:", {}],
    [[...whole, "--peak", "0"], "--peak has to be a number above zero.", {}],
    [[...whole, "--multiples", "2,x"], "--multiples has to be a number above zero.", {}],
    [[...whole, "--requests", "nowhere"], 'There is no file "nowhere".', {}],
    [[...whole, "--requests", "package.json"], "package.json:1 is no JSON document.", {}],
    [whole.slice(0, -2), "--max-usd is missing:", {}],
    [[...whole, "--max-usd", "-1"], "--max-usd has to be a number above zero.", {}],
    [[...whole, "--providers", "some"], "--providers has to be real, or stub for stand-ins.", {}],
    [[...whole, "--pod", "1/2"], "--pod and --output go together:", {}],
    [[...whole, "--pod", "3/2", "--output", "x"], "--pod has to be like 2/8:", {}],
    [
      [...whole, "--pod", "1/2", "--output", "package.json"],
      "The file that --output names is there already.",
      {},
    ],
    [[...whole, "--release", "none"], 'There is no release "none" that can be read.', {}],
    [whole, "LOCKSTEP_GATEWAY_KEY is not set:", { LOCKSTEP_GATEWAY_KEY: "" }],
    [whole, "Name the gateway with --url,", { LOCKSTEP_GATEWAY_URL: "" }],
    [[...whole, "--url", "gateway"], "The gateway's address is no http or https URL.", {}],
    [
      [...whole, "--url", "http://a:sk-hidden@b"],
      "The gateway's address has a user or a password in it:",
      {},
    ],
    [whole, "The gateway does not say what it runs;", { LOCKSTEP_GATEWAY_KEY: "sk-other" }],
  ])("%j", async (args, why, env) => {
    const { code, stdout, stderr } = await load(args, env);
    expect(stderr).toContain(`lockstep: ${why}`);
    expect(stderr).not.toMatch(/sk-/);
    expect([code, stdout, gateway.requests, left()]).toEqual([2, "", 0, []]);
  });

  it("a gateway that runs something else", async () => {
    gateway.behaviourHash = "a".repeat(64);
    const { code, stderr } = await load(whole);
    expect(stderr).toMatch(
      /^lockstep: The gateway runs another behaviour \(a{12}…\) than the stack staging declares/,
    );
    expect([code, gateway.requests]).toEqual([2, 0]);
  });
});
