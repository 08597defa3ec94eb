import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { arrivals } from "../../measure/load/arrivals";
import { random } from "../../measure/standIn/random";
import { lockstep, projectCopy } from "../project";
import { edited, replace } from "../shipped";
import { GatewayStub } from "./gatewayStub";

const fewer = replace(
  "Pulumi.yaml",
  "        minRequests: 5000\n        maxFirst",
  "        minRequests: 1000\n        maxFirst",
);
const { pair } = loadPair(memoryFiles(edited(fewer)), "staging");
const hash = pair?.staging.behaviourHash ?? "";
const begin = Date.parse("2026-11-20T10:00:00Z");
const url = "https://gateway.example/v1/chat/completions";

/** A thousand requests, ten a second, each answered after 200 ms; what is due is sent so much later. */
function points(
  change: { lateMs?: number; tags?: object; times?: Float64Array; last?: string } = {},
): string {
  const { lateMs = 1, tags, times = arrivals(random("k6"), 1_000, 10), last = "" } = change;
  const lines = Array.from(times).flatMap((seconds) => {
    const due = begin + Math.round(seconds * 1000);
    const time = new Date(due + lateMs + 200).toISOString();
    const point = (metric: string, value: number, own: object | null = null) =>
      JSON.stringify({ metric, type: "Point", data: { time, value, tags: own } });
    return [
      point("http_reqs", 1, { url, status: "200", ...(tags ?? { due: String(due) }) }),
      point("http_req_duration", 199),
      point("http_req_blocked", 1),
      point("http_req_failed", 0),
    ];
  });
  return `{"type":"Metric","metric":"http_reqs","data":{}}\n${lines.join("\n")}\n${last}`;
}

let copy: ReturnType<typeof projectCopy>;
let gateway: GatewayStub;
let address: string;
beforeAll(async () => {
  copy = projectCopy([fewer]);
  gateway = new GatewayStub(hash);
  address = await gateway.listen();
});
afterAll(async () => {
  await gateway.close();
  copy.remove();
});

const load = (text: string, ...args: string[]) => {
  writeFileSync(join(copy.dir, "points.json"), text);
  return lockstep(["evidence", "load", "--results", "points.json", ...args], copy.dir, {
    LOCKSTEP_GATEWAY_KEY: "sk-stub",
  });
};
const elsewhere = [
  ...["--hash-before", hash, "--hash-after", hash, "--command", "k6 run --out json=points.json poisson.js"],
  ...["--started", "2026-11-20T10:00:00Z", "--ended", "2026-11-20T10:05:00Z", "--tool-version", "1.8.1"],
];
const peak = ["--peak", "3"];

describe("what another tool sent", () => {
  it("is evidence that passes, with the tool's name, held to the same criteria", async () => {
    const { code, stdout, stderr } = await load(
      points(),
      ...peak,
      ...elsewhere,
      ...["--release", "initial", "--json"],
    );
    expect(stderr).toBe("");
    const told = JSON.parse(stdout) as {
      passed: boolean;
      results: Record<string, unknown>;
      criteria: { name: string; outcome: string }[];
      written: string[];
    };
    expect(told.results).toMatchObject({
      peakRequestsPerSecond: 3,
      requests: 1_000,
      arrivals: { process: "poisson" },
      fromScheduledTime: true,
      // k6 sees no tokens: that of the whole answer.
      firstToken: { p50Seconds: 0.2011, p99Seconds: 0.2011 },
      total: { p50Seconds: 0.2011 },
      errorRatio: 0,
    });
    expect(Object.keys(told.results)).not.toContain("fallbackRatio");
    expect(Object.keys(told.results)).not.toContain("firstTokenP95Seconds");
    expect(told.criteria.map(({ name, outcome }) => [name, outcome])).toEqual(
      [
        ...["minRequests", "minPeakMultiple", "arrivals", "fromScheduledTime"],
        ...["maxFirstTokenP95Seconds", "maxFirstTokenP99Seconds", "maxErrorRatio"],
      ].map((name) => [name, "passes"]),
    );
    expect([code, told.passed]).toEqual([0, true]);
    const [statement = ""] = told.written;
    expect((await lockstep(["evidence", "verify", statement], copy.dir)).code).toBe(0);
    const { predicate } = JSON.parse(readFileSync(join(copy.dir, statement), "utf8")) as {
      predicate: object;
    };
    expect(predicate).toMatchObject({
      tool: { name: "k6", version: "1.8.1", command: "k6 run --out json=points.json poisson.js" },
      gateway: { before: hash, after: hash },
      started: "2026-11-20T10:00:00.000Z",
    });
  });

  it("is bound to what the gateway reports around the command", async () => {
    const times = Float64Array.from(arrivals(random("k6"), 1_000, 100), (seconds) => seconds);
    const now = (Date.now() - begin) / 1000;
    writeFileSync(join(copy.dir, "made.json"), points({ times: times.map((seconds) => now + seconds) }));
    const { code, stdout, stderr } = await load(
      "",
      ...["--peak", "30", "--url", address, "--run", "cp made.json points.json", "--json"],
    );
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ passed: true, written: [] });
    const { code: other, stderr: why } = await load(
      points(),
      ...["--peak", "30", "--url", address, "--run", "true"],
    );
    expect([other, why]).toEqual([
      2,
      'lockstep: The command did not write "points.json": what lies there is of another run, or nothing does.\n',
    ]);
  });

  it("does not pass where it was sent late: the generator was measured", async () => {
    const { code, stdout } = await load(points({ lateMs: 25 }), ...peak);
    expect(stdout).toContain(
      "Inconclusive: The generator itself was late: by 0.025 s at its 99th percentile",
    );
    expect(stdout).not.toContain("fails");
    expect(code).toBe(1);
  });

  it("does not pass where nobody says when requests were due", async () => {
    const { code, stdout } = await load(points({ tags: {} }), ...peak);
    expect(stdout).toMatch(/fromScheduledTime +│ latency from the time of sending +│ [^│]+│ fails/);
    expect(stdout).toContain("Inconclusive: k6 does not say of all requests when they were due");
    expect(code).toBe(1);
  });
});

describe("what is refused", () => {
  const grid = (perSecond: number) => Float64Array.from({ length: 1_000 }, (_, index) => index / perSecond);
  const burst = Float64Array.from(arrivals(random("burst"), 1_000, 10), (time, index) =>
    index < 300 ? index / 1000 : time,
  ).sort();
  const dropped = JSON.stringify({
    metric: "dropped_iterations",
    type: "Point",
    data: { time: "2026-11-20T10:00:10Z", value: 1, tags: {} },
  });
  it.each<[string, string, string]>([
    [
      "a grid",
      points({ times: grid(10) }),
      "The gaps between arrivals have a coefficient of variation of 0.00;",
    ],
    [
      "a burst",
      points({ times: burst }),
      "requests arrived in the first tenth of the time: a burst at the start.",
    ],
    ["dropped iterations", points({ last: `${dropped}\n` }), "k6 dropped 1 iterations for want of free VUs"],
  ])("with exit code 1: %s", async (_, text, why) => {
    const { code, stdout, stderr } = await load(text, ...peak, ...elsewhere, "--release", "initial");
    expect(stderr).toMatch(/^lockstep: These results are refused, and nothing was added\. /);
    expect(stderr).toContain(why);
    expect([code, stdout]).toEqual([1, ""]);
  });

  const changed = (flag: string, value: string) => [
    ...elsewhere.slice(0, elsewhere.indexOf(flag) + 1),
    value,
    ...elsewhere.slice(elsewhere.indexOf(flag) + 2),
  ];
  const release = ["--release", "initial"];
  it.each<[string, string[], string]>([
    ["no peak", [], "--peak is missing: the peak that production expects, in requests a second."],
    [
      "its own requests",
      [...peak, "--requests", "r.jsonl"],
      "--results are of what another tool sent: it takes nothing about what to send.",
    ],
    [
      "a budget",
      [...peak, "--max-usd", "5"],
      "--results are of what another tool sent: it takes nothing about what to send.",
    ],
    [
      "a release and no hash",
      [...peak, ...release],
      "Evidence is bound to what the gateway reports of itself: give --url and --run,",
    ],
    [
      "another behaviour",
      [...peak, ...changed("--hash-before", "a".repeat(64)), ...release],
      "The gateway runs another behaviour than the stack staging declares: deploy the present files, and measure that.",
    ],
    [
      "a changed behaviour",
      [...peak, ...changed("--hash-after", "a".repeat(64)), ...release],
      "The gateway's behaviour hash was another one afterwards",
    ],
    [
      "another day",
      [...peak, ...changed("--started", "2026-11-20T11:00:00Z"), ...release],
      "The requests were sent from",
    ],
    [
      "no version",
      [...peak, ...elsewhere.slice(0, -2), ...release],
      "k6's points do not say its version: give it with --tool-version.",
    ],
    [
      "a credential in the command",
      [...peak, ...changed("--command", `k6 run -e KEY=sk-proj-${"a1".repeat(20)}`)],
      "--command has an OpenAI API key in it",
    ],
  ])("with exit code 2: %s", async (_, args, why) => {
    const { code, stdout, stderr } = await load(points(), ...args);
    expect(stderr).toContain(`lockstep: ${why}`);
    expect(stderr).not.toContain("a1a1");
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("what goes with --results, without", async () => {
    const args = ["evidence", "load", "--peak", "3", "--requests", "r.jsonl", "--run", "true"];
    expect(await lockstep(args, copy.dir)).toMatchObject({
      code: 2,
      stderr: "lockstep: --run, --hash-before and the like go with --results: what another tool sent.\n",
    });
  });
});
