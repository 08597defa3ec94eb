import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pairOf } from "../components/shippedEnvironment";
import { lockstep, projectCopy } from "../project";

const { behaviourHash } = pairOf().staging;
const noon = Date.now() / 1000 - 86_400;

/** Five hundred requests to each route with a prompt, of which so many tokens in a hundred came from the cache. */
function log(cachedPercent: number, change: object = {}): string {
  const routes = ["support-chat", "ticket-triage"];
  const lines = routes.flatMap((model_group) =>
    Array.from({ length: 500 }, (_, index) =>
      JSON.stringify({
        id: `${model_group}-${index}`,
        call_type: "acompletion",
        status: "success",
        stream: true,
        startTime: noon + index,
        endTime: noon + index + 1,
        completionStartTime: noon + index + (index % 2 === 0 ? 0.2 : 0.9),
        model_group,
        response_cost: 0.001,
        prompt_tokens: 100,
        completion_tokens: 10,
        metadata: {
          usage_object: {
            prompt_tokens_details: { cached_tokens: index % 2 === 0 ? 2 * cachedPercent : 0 },
          },
        },
        lockstep: { behaviour_hash: behaviourHash },
        ...change,
      }),
    ),
  );
  return `${lines.join("\n")}\n`;
}

let copy: ReturnType<typeof projectCopy>;
beforeAll(() => {
  copy = projectCopy();
});
afterAll(() => copy.remove());

function cache(content: string, ...args: string[]) {
  mkdirSync(join(copy.dir, "log"), { recursive: true });
  writeFileSync(join(copy.dir, "log", "requests.jsonl"), content);
  return lockstep(["evidence", "cache", "--log", "log", ...args], copy.dir);
}

describe("the hit rate from a log", () => {
  // A prompt's 100 tokens are at most all from the cache: half of the requests give half of the tokens.
  it("is evidence about the behaviour that wrote it", async () => {
    const half = log(40, { metadata: { usage_object: { prompt_tokens_details: { cached_tokens: 61 } } } });
    const { code, stdout, stderr } = await cache(half, "--release", "initial", "--json");
    expect(stderr).toBe("");
    const told = JSON.parse(stdout) as { written: string[]; results: unknown };
    expect(told).toMatchObject({
      passed: true,
      samples: 500,
      results: {
        patterns: [
          { route: "support-chat", requests: 500, hitRatio: 0.61 },
          { route: "ticket-triage", requests: 500, hitRatio: 0.61 },
        ],
      },
    });
    expect(code).toBe(0);
    const [statement = ""] = told.written;
    expect((await lockstep(["evidence", "verify", statement], copy.dir)).code).toBe(0);
    const { predicate } = JSON.parse(readFileSync(join(copy.dir, statement), "utf8")) as {
      predicate: { started: string };
    };
    expect(predicate).toMatchObject({
      gateway: { before: behaviourHash, after: behaviourHash },
      tool: { name: "lockstep evidence cache", command: "lockstep evidence cache (7 days of log)" },
    });
    expect(Date.parse(predicate.started) / 1000).toBeCloseTo(noon, 0);
  });

  it("fails for what it is, with the first tokens of hits and misses apart", async () => {
    const { code, stdout } = await cache(log(40), "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      passed: false,
      results: { patterns: [{ hitRatio: 0.4, firstTokenP95Seconds: { hit: 0.2001, miss: 0.9001 } }, {}] },
    });
    expect(code).toBe(1);
    const text = (await cache(log(40))).stdout;
    expect(text).toMatch(/minHitRatio: support-chat +│ 0\.4 +│ at least 0\.6 +│ fails/);
  });

  it("decides nothing where records cannot be read", async () => {
    const { code, stdout } = await cache(`${log(50)}nothing\n`);
    expect(stdout).toMatch(
      /Inconclusive: 1 records of the log cannot be read: .*requests\.jsonl: it is no JSON\./,
    );
    expect(code).toBe(1);
  });
});

describe("what cannot be told is said", () => {
  it.each<[string, string[], string]>([
    ["another behaviour", [], "The log has no request of the behaviour"],
    [
      "another time",
      ["--from", "2020-01-01", "--until", "2020-01-02"],
      "The log has no request of the behaviour",
    ],
    ["no time", ["--from", "yesterday"], "--from has to be a day or a time in UTC: 2026-11-20T10:00:00Z."],
    ["a time before", ["--from", "2020-01-02", "--until", "2020-01-01"], "--from has to be before --until."],
    ["no providers", ["--providers", "x"], "--providers has to be real, or stub for stand-ins."],
    ["no release", ["--release", "none"], 'There is no release "none" that can be read.'],
  ])("%s", async (_, args, why) => {
    const { code, stdout, stderr } = await cache(log(50, { lockstep: { behaviour_hash: "other" } }), ...args);
    expect(stderr).toContain(`lockstep: ${why}`);
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("no folder", async () => {
    const { code, stderr } = await lockstep(["evidence", "cache", "--log", "nowhere"], copy.dir);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^lockstep: There is no folder .*nowhere\.\n$/),
    ]);
  });
});
