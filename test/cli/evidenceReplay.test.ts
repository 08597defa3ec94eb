import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { pairOf } from "../components/shippedEnvironment";
import { record } from "../measure/trafficRecords";
import { type CommandResult, lockstep, projectCopy, startLockstep } from "../project";
import { GatewayStub } from "./gatewayStub";

const { staging, production } = pairOf();
const week = 7 * 86_400;
const midnight = Math.floor(Date.now() / 86_400_000) * 86_400;
const journal = `.lockstep/traffic-${staging.behaviourHash.slice(0, 12)}.jsonl`;

let copy: ReturnType<typeof projectCopy>;
let stub: GatewayStub | undefined;
beforeAll(() => {
  copy = projectCopy();
});
afterEach(async () => {
  await stub?.close();
  stub = undefined;
});
afterAll(() => copy.remove());

/** Six thousand requests over the seven days before midnight, answered in thirty tokens. */
function log(given: (index: number) => Record<string, unknown> = () => ({})): void {
  const lines = Array.from({ length: 6_000 }, (_, index) =>
    JSON.stringify(
      record(index, {
        startTime: midnight - week + (index + 0.5) * (week / 6_000),
        lockstep: { behaviour_hash: production.behaviourHash },
        ...given(index),
      }),
    ),
  );
  mkdirSync(join(copy.dir, "production"), { recursive: true });
  writeFileSync(join(copy.dir, "production", "requests.jsonl"), lines.join("\n"));
}

/** Answers as production did, or with so many tokens. */
function answer(response: ServerResponse, tokens = 30): true {
  const choices = [{ finish_reason: "stop", message: { role: "assistant", content: "Here." } }];
  response.writeHead(200, { "x-litellm-response-cost": "0.001" });
  response.end(JSON.stringify({ choices, usage: { prompt_tokens: 120, completion_tokens: tokens } }));
  return true;
}

async function start(before: GatewayStub["before"]): Promise<string> {
  stub = new GatewayStub(staging.behaviourHash);
  stub.before = before;
  return await stub.listen();
}

const env = { LOCKSTEP_GATEWAY_KEY: "sk-stub" };
const args = (url: string, ...more: string[]) =>
  ["evidence", "replay", "--production-log", "production", "--url", url, "--providers", "stub"].concat(
    ["--sample", "200", "--speed", "1000000"],
    more,
  );

describe("a replay", () => {
  it("of what staging answers as production did is evidence that passes", async () => {
    log();
    const url = await start((_, response) => answer(response));
    const { code, stdout, stderr } = await lockstep(
      args(url, "--release", "initial", "--json"),
      copy.dir,
      env,
    );
    expect(stderr).toBe("");
    const told = JSON.parse(stdout) as { written: string[]; results: { dimensions: { name: string }[] } };
    expect(told).toMatchObject({
      passed: true,
      inconclusive: [],
      samples: 6_000,
      results: {
        days: 7,
        productionRequests: 6_000,
        testedRequests: 200,
        outputs: { sent: 200, answered: 200, speed: 1_000_000 },
      },
    });
    // Hours are not those of a replay at another speed, teams not those of one key.
    expect(told.results.dimensions.map(({ name }) => name)).toEqual(["input tokens", "route", "language"]);
    expect(code).toBe(0);
    const [statement = "", raw = ""] = told.written;
    expect((await lockstep(["evidence", "verify", statement], copy.dir)).code).toBe(0);
    for (const file of [statement, raw])
      expect(readFileSync(join(copy.dir, file), "utf8")).not.toMatch(/parcel|sk-stub/);
    expect(existsSync(join(copy.dir, journal))).toBe(false);
  });

  it("of other answers, and of none, is no pass", async () => {
    const url = await start((count, response) => answer(response, count % 2 === 0 ? 90 : 30));
    const { code, stdout } = await lockstep(args(url), copy.dir, env);
    expect(stdout).toMatch(/maxPsi: replay: output tokens +│ \d.* +│ fails/);
    expect(stdout).toMatch(/maxPsi: replay: finish reasons +│ 0 .* +│ passes/);
    expect(stdout).toContain("Replayed: 200 of 200 drawn requests, at 1,000,000 times the recorded speed.\n");
    expect(code).toBe(1);
    await stub?.close();
    const silent = await start((count, response) => {
      if (count > 3) return answer(response);
      response.writeHead(503).end("{}");
      return true;
    });
    const some = await lockstep(args(silent), copy.dir, env);
    expect(some.stdout).toMatch(/answered: replay +│ 0\.985 +│ at least 0\.99 +│ fails/);
    expect(some.code).toBe(1);
  });

  it("that was stopped goes on where it was, and sends nothing twice", async () => {
    let stop: () => void = () => {};
    const url = await start(async (count, response) => {
      if (count === 50) stop();
      return answer(response);
    });
    const slow = args(url).map((one) => (one === "1000000" ? "300000" : one));
    const running = startLockstep(slow, copy.dir, env);
    stop = () => running.child.kill("SIGINT");
    const stopped: CommandResult = await running.result;
    expect(stopped.code).toBe(2);
    expect(stopped.stderr).toContain("the same command goes on from there");
    const kept = readFileSync(join(copy.dir, journal), "utf8");
    expect(kept).not.toMatch(/parcel|Here|sk-stub/);
    const sent = stub?.requests ?? 0;
    const whole = await lockstep(slow, copy.dir, env);
    expect([whole.stderr, whole.code]).toEqual(["", 0]);
    expect(whole.stdout).toContain("Replayed: 200 of 200 drawn requests");
    expect(stub?.requests).toBe(200);
    expect(sent).toBeLessThan(200);
  });

  it("that ends at a bound does not decide", async () => {
    const url = await start((_, response) => answer(response));
    const { code, stdout } = await lockstep(args(url, "--max-requests", "150"), copy.dir, env);
    expect(stdout).toContain("Inconclusive: It was stopped at its bound of 150 requests.");
    expect(code).toBe(1);
  });

  it("sends no personal data that the log still has, and says so", async () => {
    log((index) => ({
      messages: [{ role: "user", content: index % 2 === 0 ? "I am anna@example.com." : "Where is it?" }],
    }));
    const url = await start((_, response) => answer(response));
    const { stdout } = await lockstep(args(url), copy.dir, env);
    const bodies = stub?.bodies ?? [];
    expect(bodies).toHaveLength(200);
    expect(bodies.join()).not.toContain("anna@");
    expect(bodies.join()).toContain("I am [redacted:email].");
    expect(stdout).not.toContain("anna@");
    expect(stdout).toMatch(/\d+ texts were redacted once more before they were sent\.\n/);
  });

  it("of a log without messages sends nothing; of one with some, it does not decide", async () => {
    const url = await start((_, response) => answer(response));
    log(() => ({ messages: null }));
    const none = await lockstep(args(url), copy.dir, env);
    expect([none.code, none.stdout, none.stderr]).toEqual([
      2,
      "",
      "lockstep: Of 200 drawn requests none can be sent: 200 without their messages.\n",
    ]);
    expect(stub?.requests).toBe(0);
    log((index) => (index % 10 === 0 ? { messages: null } : {}));
    const some = await lockstep(args(url), copy.dir, env);
    expect(some.stdout).toMatch(
      /Inconclusive: \d+ of 200 drawn requests could not be sent, [\d.]+ % of them\./,
    );
    expect(some.code).toBe(1);
  });
});

it.each<[string, string[], string]>([
  ["no sample", ["--sample", "0"], "--sample has to be a whole number from 1 to 20,000."],
  ["no speed", ["--speed", "-1"], "--speed has to be a number from 0.01 to 1,000,000."],
  ["no log", ["--production-log", "nowhere"], "There is no folder"],
  ["no money", ["--providers", "real"], "--max-usd is missing"],
  [
    "a log of another time",
    ["--from", "2020-01-01", "--until", "2020-01-02"],
    "Production's request log has no request of that time",
  ],
])("%s: said in one line, and nothing is sent", async (_, more, why) => {
  log();
  const url = await start((_count, response) => answer(response));
  const { code, stdout, stderr } = await lockstep(args(url, ...more), copy.dir, env);
  expect(stderr).toContain(`lockstep: ${why}`);
  expect([code, stdout, stub?.requests]).toEqual([2, "", 0]);
});

it("a gateway that runs another behaviour is sent nothing", async () => {
  const url = await start((_, response) => answer(response));
  if (stub !== undefined) stub.behaviourHash = "cd".repeat(32);
  const { code, stderr } = await lockstep(args(url), copy.dir, env);
  expect(stderr).toContain("The gateway runs another behaviour");
  expect([code, stub?.requests]).toEqual([2, 0]);
});
