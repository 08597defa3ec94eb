import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countLog } from "../../measure/traffic/readLog";
import { countsSql, type Question } from "../../measure/traffic/sql";
import { pairOf } from "../components/shippedEnvironment";
import { calling, record } from "../measure/trafficRecords";
import { lockstep, projectCopy } from "../project";
import { GatewayStub } from "./gatewayStub";

const week = 7 * 86_400;
const now = Math.floor(Date.now() / 1000);
const { staging, production } = pairOf();

type Given = (index: number) => Record<string, unknown>;

/** So many requests, evenly over the last seven days. */
const log = (count: number, hash: string, given: Given = () => ({})): string =>
  Array.from({ length: count }, (_, index) =>
    JSON.stringify(
      record(index, {
        startTime: now - week + ((index + 0.5) * week) / count,
        prompt_tokens: 100 + (index % 50) * 10,
        completion_tokens: 20 + (index % 30),
        lockstep: { behaviour_hash: hash },
        ...given(index),
      }),
    ),
  ).join("\n");

let copy: ReturnType<typeof projectCopy>;
beforeAll(() => {
  copy = projectCopy();
  theirs();
  ours();
});
afterAll(() => copy.remove());

function put(path: string, text: string): string {
  mkdirSync(join(copy.dir, path, ".."), { recursive: true });
  writeFileSync(join(copy.dir, path), text);
  return path;
}

const theirs = (given?: Given) =>
  put("production/requests.jsonl", log(6_000, production.behaviourHash, given));
const ours = (given?: Given) => put("staging/requests.jsonl", log(2_000, staging.behaviourHash, given));
const traffic = (...args: string[]) =>
  lockstep(["evidence", "traffic", "--production-log", "production", ...args], copy.dir);

/** Every sixteenth of production's is a long one, and every tenth calls a tool. */
const mixed: Given = (index) => ({
  ...(index % 16 === 0 ? { prompt_tokens: 12_000 } : {}),
  ...(index % 10 === 0 ? { response: calling("create-ticket") } : {}),
});

describe("what staging is tested with", () => {
  it("is like production's traffic: evidence that passes", async () => {
    theirs(mixed);
    ours(mixed);
    const { code, stdout, stderr } = await traffic("--log", "staging", "--release", "initial", "--json");
    expect(stderr).toBe("");
    const told = JSON.parse(stdout) as { written: string[]; results: { dimensions: { name: string }[] } };
    expect(told).toMatchObject({
      passed: true,
      inconclusive: [],
      samples: 6_000,
      results: { days: 7, productionRequests: 6_000, testedRequests: 2_000, missing: [] },
    });
    expect(told.results.dimensions.map(({ name }) => name)).toEqual([
      "input tokens",
      "output tokens",
      "route",
      "model",
      "team",
      "tool use",
      "language",
      "hour",
      "cache",
    ]);
    expect(code).toBe(0);
    const [statement = "", raw = ""] = told.written;
    expect((await lockstep(["evidence", "verify", statement], copy.dir)).code).toBe(0);
    for (const file of [statement, raw])
      expect(readFileSync(join(copy.dir, file), "utf8")).not.toMatch(/parcel|Answer in the language/);
  });

  it("lacks what production has: named, and no pass", async () => {
    theirs(mixed);
    ours(() => ({}));
    const { code, stdout } = await traffic("--log", "staging");
    expect(stdout).toContain("No case over 590 input tokens: 6.3 % of production.\n");
    expect(stdout).toContain("No case with a call of create-ticket: 10 % of production.\n");
    expect(stdout).toMatch(/maxPsi: tool use +│ \d\.\d+ \(interval .*\) +│ at most 0\.2 at .* +│ fails/);
    expect(stdout).toMatch(/maxPsi: route +│ 0 \(interval 0 to 0\) +│ at most 0\.2 at .* +│ passes/);
    expect(code).toBe(1);
    const higher = await traffic("--log", "staging", "--missing-from", "7");
    expect(higher.stdout).not.toContain("input tokens: 6.3 %");
    expect(higher.stdout).toContain("No case with a call of create-ticket");
  });

  it("is too little of it to decide", async () => {
    theirs();
    put("staging/requests.jsonl", log(60, staging.behaviourHash));
    const { code, stdout } = await traffic("--log", "staging");
    expect(stdout).toMatch(
      /Inconclusive: input tokens: 60 tested requests over 11 bins have an index of up to 0\.308 by chance alone; 93 cases are the fewest\./,
    );
    expect(code).toBe(1);
  });

  it("counts only what the present behaviour answered, and says what was left out", async () => {
    theirs();
    ours((index) => (index % 2 === 0 ? { lockstep: { behaviour_hash: "cd".repeat(32) } } : {}));
    const { stdout } = await traffic("--log", "staging");
    expect(stdout).toContain(
      "Tested with staging's request log: 1,000 requests; left out: 1,000 of another behaviour.\n",
    );
  });

  it("is not known where more than one record in a hundred cannot be read", async () => {
    ours();
    theirs();
    const lines = (broken: number) =>
      put("production/broken.jsonl", Array.from({ length: broken }, () => "{").join("\n"));
    lines(60);
    const few = await traffic("--log", "staging");
    expect(few.stdout).toContain("6,000 requests; left out: 60 unreadable.");
    expect(few.stdout).not.toContain("Inconclusive");
    expect(few.code).toBe(0);
    lines(61);
    const many = await traffic("--log", "staging");
    expect(many.stdout).toContain(
      "Inconclusive: Production's request log has 61 records that cannot be read, 1.0 % of all.",
    );
    expect(many.code).toBe(1);
    lines(0);
  });
});

describe("an evaluation as the test", () => {
  const cases = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      [1, 2]
        .map((repeat) =>
          JSON.stringify({
            case: `case-${index}`,
            target: "support-chat/chat-large",
            repeat,
            pass: true,
            prompt: "Where is my parcel?",
            team: "support",
            usage: { prompt_tokens: 100 + (index % 50) * 10, completion_tokens: 20 + (index % 30) },
          }),
        )
        .join("\n"),
    ).join("\n");

  it("counts each case once, and leaves out what it does not tell", async () => {
    theirs();
    put("eval.jsonl", cases(400));
    const { code, stdout, stderr } = await traffic("--log", "eval.jsonl", "--json");
    expect(stderr).toBe("");
    const told = JSON.parse(stdout) as { results: { dimensions: { name: string }[] } };
    expect(told).toMatchObject({ passed: true, results: { testedRequests: 400 } });
    expect(told.results.dimensions.map(({ name }) => name)).toEqual([
      "input tokens",
      "output tokens",
      "route",
      "team",
      "language",
    ]);
    expect(code).toBe(0);
  });

  it("becomes evidence of what staging's gateway says it runs, and of nothing else", async () => {
    theirs();
    put("eval.jsonl", cases(400));
    const without = await traffic("--log", "eval.jsonl", "--release", "initial");
    expect([without.code, without.stderr]).toEqual([
      2,
      "lockstep: Name the gateway with --url, or in LOCKSTEP_GATEWAY_URL.\n",
    ]);
    const env = { LOCKSTEP_GATEWAY_KEY: "sk-stub" };
    for (const [hash, code] of [
      [staging.behaviourHash, 0],
      ["cd".repeat(32), 2],
    ] as const) {
      const stub = new GatewayStub(hash);
      const url = await stub.listen();
      const args = ["evidence", "traffic", "--production-log", "production", "--log", "eval.jsonl"];
      const told = await lockstep([...args, "--release", "initial", "--url", url], copy.dir, env);
      await stub.close();
      expect([told.code, told.stderr]).toEqual([
        code,
        code === 0 ? "" : expect.stringContaining("another behaviour"),
      ]);
    }
  });
});

describe("the query for Athena", () => {
  const range = { from: now - week, until: now };
  const iso = (at: number) => new Date(at * 1000).toISOString().replace(".000", "");
  const times = ["--from", iso(range.from), "--until", iso(range.until)];

  /** As Athena would answer: every field in quotes. */
  async function csv(folder: string, question: Question): Promise<string> {
    const counts = await countLog(join(copy.dir, folder), question, { temporary: copy.dir });
    const query = /'([0-9a-f]{64})' AS query/.exec(countsSql(question, "requests"))?.[1];
    const rows = ["state", "day_of_range", "input_tokens", "output_tokens", "route", "model_name", "team"]
      .concat(["tool_use", "language", "hour", "cache"])
      .flatMap((column) =>
        [...counts.of(column)].map(([bin, count]) => [column, bin, count, counts.first, counts.last, query]),
      );
    return [["dimension", "bin", "requests", "first_at", "last_at", "query"], ...rows]
      .map((row) => row.map((field) => `"${String(field).replaceAll('"', '""')}"`).join(","))
      .join("\n");
  }

  it("is printed, and its results stand for the log", async () => {
    theirs(mixed);
    ours(mixed);
    const printed = await traffic("--sql", "production", ...times);
    expect([printed.code, printed.stdout]).toEqual([
      0,
      `${countsSql({ range, behaviourHash: undefined }, "requests")}\n`,
    ]);
    put("theirs.csv", await csv("production", { range, behaviourHash: undefined }));
    put("ours.csv", await csv("staging", { range, behaviourHash: staging.behaviourHash }));
    const args = ["evidence", "traffic", ...times, "--json"];
    const [athena, local] = await Promise.all(
      [
        ["ours.csv", "theirs.csv"],
        ["staging", "production"],
      ].map(([own = "", other = ""]) =>
        lockstep([...args, "--log", own, "--production-log", other], copy.dir),
      ),
    );
    expect(JSON.parse(athena?.stdout ?? "")).toEqual(JSON.parse(local?.stdout ?? ""));
    expect(athena?.code).toBe(0);
  });

  it.each<[string, (text: string) => string, string]>([
    [
      "other columns",
      (text) => text.replace('"bin"', '"value"'),
      "theirs.csv:1: the columns have to be dimension",
    ],
    [
      "the other query",
      (text) => text.replace(/[0-9a-f]{64}/, "0".repeat(64)),
      "theirs.csv:2: this is the result of another query",
    ],
    ["a row twice", (text) => `${text}\n${text.split("\n")[1]}`, "this value stands twice"],
    [
      "a row less",
      (text) =>
        text
          .split("\n")
          .filter((line) => !line.startsWith('"route"'))
          .join("\n"),
      "the rows of route are not of all 6000 requests: some are lacking",
    ],
    [
      "no number",
      (text) => text.replace(/"6000"/, '"-1"'),
      "theirs.csv:2: requests has to be a whole number",
    ],
    [
      "no row",
      (text) => text.split("\n")[0] ?? "",
      "theirs.csv:1: there is no row of requests that are counted",
    ],
  ])("with %s is refused", async (_, edit, why) => {
    put("theirs.csv", edit(await csv("production", { range, behaviourHash: undefined })));
    const args = ["evidence", "traffic", ...times, "--log", "staging", "--production-log", "theirs.csv"];
    const { code, stdout, stderr } = await lockstep(args, copy.dir);
    expect(stderr).toContain(why);
    expect([code, stdout]).toEqual([2, ""]);
  });
});

it.each<[string, string[], string]>([
  ["no log", [], "--log and --production-log are missing"],
  ["a folder that is not there", ["--log", "nowhere"], "There is no folder"],
  ["no release", ["--log", "staging", "--release", "none"], 'There is no release "none" that can be read.'],
  ["no share", ["--log", "staging", "--missing-from", "0"], "--missing-from has to be a share in percent"],
  ["no such query", ["--sql", "both"], "--sql has to be production or staging"],
  ["a query of no time", ["--sql", "staging"], "--sql needs --from and --until"],
  [
    "a log of another time",
    ["--log", "staging", "--from", "2020-01-01", "--until", "2020-01-09"],
    "Production's request log has no request of that time and behaviour; left out: ",
  ],
])("%s: said in one line", async (_, args, why) => {
  const { code, stdout, stderr } = await traffic(...args);
  expect(stderr).toContain(`lockstep: ${why}`);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect([code, stdout]).toEqual([2, ""]);
});
