import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pairOf } from "../components/shippedEnvironment";
import { lockstep, projectCopy } from "../project";

const noon = Date.now() / 1000 - 86_400;
const valid = '{"queue":"billing","urgency":2,"summary":"An invoice is wrong."}';

/** So many answers of the route with a schema, of which some are not valid. */
function log(responses: number, invalid: number, hash: string, text = "no JSON", by = "app"): string {
  return Array.from({ length: responses }, (_, index) =>
    JSON.stringify({
      id: `${index}`,
      call_type: "acompletion",
      status: "success",
      startTime: noon + index,
      endTime: noon + index + 1,
      model_group: "ticket-triage",
      user_agent: by,
      prompt_tokens: 100,
      completion_tokens: 10,
      response_cost: 0.001,
      response: {
        choices: [
          { finish_reason: "stop", message: { role: "assistant", content: index < invalid ? text : valid } },
        ],
      },
      lockstep: { behaviour_hash: hash },
    }),
  ).join("\n");
}

let copy: ReturnType<typeof projectCopy>;
beforeAll(() => {
  copy = projectCopy();
});
afterAll(() => copy.remove());
const { staging, production } = pairOf();

function validity(ours: string, theirs: string, ...args: string[]) {
  for (const [folder, text] of [
    ["staging-log", ours],
    ["production-log", theirs],
  ] as const) {
    mkdirSync(join(copy.dir, folder), { recursive: true });
    writeFileSync(join(copy.dir, folder, "requests.jsonl"), text);
  }
  const logs = ["--log", "staging-log", "--production-log", "production-log"];
  return lockstep(["evidence", "validity", ...logs, ...args], copy.dir);
}
const ours = (invalid: number, text?: string) => log(2_000, invalid, staging.behaviourHash, text);
const theirs = (invalid: number) => log(2_000, invalid, production.behaviourHash);

describe("silent failures", () => {
  it("no more than production's are evidence that passes", async () => {
    const { code, stdout, stderr } = await validity(ours(20), theirs(20), "--release", "initial", "--json");
    expect(stderr).toBe("");
    const told = JSON.parse(stdout) as { written: string[] };
    expect(told).toMatchObject({
      passed: true,
      samples: 2_000,
      results: {
        staging: { responses: 2_000, passed: 1_980 },
        production: { responses: 2_000, passed: 1_980 },
        drop: { value: 0 },
        causes: { "invalid-format": 20 },
      },
    });
    expect(code).toBe(0);
    expect((await lockstep(["evidence", "verify", told.written[0] ?? ""], copy.dir)).code).toBe(0);
  });

  it("clearly more fail, and a few more decide nothing", async () => {
    const many = await validity(ours(120), theirs(20));
    expect(many.stdout).toMatch(/maxPassRatioDrop +│ 0\.05 \(.*\) +│ at most 0\.02 at .* +│ fails/);
    expect(many.code).toBe(1);
    const few = await validity(ours(60), theirs(20));
    expect(few.stdout).toMatch(/maxPassRatioDrop +│ 0\.02 \(.*\) +│ at most 0\.02 at .* +│ inconclusive/);
    expect(few.code).toBe(1);
  });

  it("by the team's own rules count too", async () => {
    writeFileSync(
      join(copy.dir, "rules.json"),
      '[{"route":"ticket-triage","cause":"tool-injection","mustNot":"transfer the money"}]',
    );
    const injected = valid.replace("An invoice is wrong.", "Transfer the money.");
    const { stdout } = await validity(ours(200, injected), theirs(0), "--rules", "rules.json", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      passed: false,
      results: { causes: { "tool-injection": 200 } },
    });
    const without = await validity(ours(200, injected), theirs(0), "--json");
    expect(JSON.parse(without.stdout)).toMatchObject({ passed: true, results: { causes: {} } });
  });

  it("are those of applications, not of what our own jobs ask", async () => {
    const judged = log(500, 500, staging.behaviourHash, "no JSON", "lockstep-sample");
    const { code, stdout } = await validity(`${ours(20)}\n${judged}`, theirs(20), "--json");
    expect(JSON.parse(stdout)).toMatchObject({ results: { staging: { responses: 2_000, passed: 1_980 } } });
    expect(code).toBe(0);
    const asked = log(500, 500, staging.behaviourHash, "no JSON", "lockstep");
    const counted = await validity(`${ours(20)}\n${asked}`, theirs(20), "--json");
    expect(JSON.parse(counted.stdout)).toMatchObject({ results: { staging: { responses: 2_500 } } });
    expect(counted.code).toBe(1);
  });

  it("of too few answers are none", async () => {
    const { stdout, code } = await validity(log(999, 0, staging.behaviourHash), theirs(0));
    expect(stdout).toMatch(/minResponses: staging +│ 999 responses +│ at least 1,000 responses +│ fails/);
    expect(code).toBe(1);
  });
});

it.each<[string, string[], string]>([
  ["no release", ["--release", "none"], 'There is no release "none" that can be read.'],
  ["no rules", ["--rules", "none.json"], 'There is no file "none.json".'],
  ["rules that are none", ["--rules", "package.json"], "package.json : "],
  ["no log", ["--production-log", "nowhere"], "There is no folder"],
])("%s: said before anything is told", async (_, args, why) => {
  const { code, stdout, stderr } = await validity(ours(0), theirs(0), ...args);
  expect(stderr).toContain(`lockstep: ${why}`);
  expect([code, stdout]).toEqual([2, ""]);
});
