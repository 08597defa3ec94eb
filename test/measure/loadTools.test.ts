import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ResultsError } from "../../measure/eval/problem";
import { arrivalFaults } from "../../measure/load/arrivals";
import { readTool } from "../../measure/load/tools/read";
import { toolSteps } from "../../measure/load/tools/results";

const fixture = (name: string) => readFileSync(join(__dirname, "fixtures", "load", name));
const read = (text: string | Uint8Array) =>
  readTool(typeof text === "string" ? Buffer.from(text) : text, "results");
const thrown = (text: string | Uint8Array): string => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof ResultsError) return error.message;
    throw error;
  }
  return "";
};
const faultsOf = (name: string) =>
  toolSteps(read(fixture(name)).runs, 10).flatMap(({ arrivals }) => arrivals.flatMap(({ faults }) => faults));

describe("what the tools really wrote", () => {
  it("are Poisson arrivals where k6's script waits for such times", () => {
    const { tool, runs, refused } = read(fixture("k6-poisson.jsonl"));
    expect([tool, runs.map((run) => run.length), refused]).toEqual([
      { name: "k6", version: undefined },
      [120],
      [],
    ]);
    expect(runs[0]?.every(({ due, whole, hit }) => due !== undefined && whole && hit === undefined)).toBe(
      true,
    );
    expect(faultsOf("k6-poisson.jsonl")).toEqual([]);
    expect(read(gzipSync(fixture("k6-poisson.jsonl"))).runs[0]).toEqual(runs[0]);
  });

  it("are none of k6's constant arrival rate, whose requests are due nobody knows when", () => {
    const [run] = read(fixture("k6-constant-arrival-rate.jsonl")).runs;
    expect(run?.length).toBe(41);
    expect(run?.every(({ due }) => due === undefined)).toBe(true);
    expect(faultsOf("k6-constant-arrival-rate.jsonl")).toEqual([
      "The gaps between arrivals have a coefficient of variation of 0.02; a Poisson process has 1.",
      "Gaps depend on the one before: a correlation of -0.43; a Poisson process has 0.",
    ]);
  });

  it("are not all that k6 should have sent", () => {
    expect(read(fixture("k6-dropped.jsonl")).refused).toEqual([
      "k6 dropped 64 iterations for want of free VUs: what the gateway was slowest at was not sent. Give it more preAllocatedVUs.",
    ]);
  });

  it("are Poisson arrivals of guidellm's one worker, and none of ten that share a seed", () => {
    const { tool, runs, refused } = read(fixture("guidellm-one-worker.json"));
    expect([tool, runs.map((run) => run.length), refused]).toEqual([
      { name: "guidellm", version: "0.8.1" },
      [45],
      [],
    ]);
    expect(runs[0]?.every(({ due, hit }) => due !== undefined && hit !== undefined)).toBe(true);
    expect(faultsOf("guidellm-one-worker.json")).toEqual([]);
    expect(faultsOf("guidellm-ten-workers.json")).toEqual([
      "The gaps between arrivals have a coefficient of variation of 0.78; a Poisson process has 1.",
      "Gaps depend on the one before: a correlation of 0.72; a Poisson process has 0.",
    ]);
  });
});

describe("a burst at the start", () => {
  it("is seen although the gaps may look right", () => {
    const times = [
      ...Array.from({ length: 20 }, (_, index) => index / 1000),
      ...Array.from({ length: 80 }, (_, index) => 1 + index),
    ];
    expect(arrivalFaults(times).at(-1)).toBe(
      "27 of 100 requests arrived in the first tenth of the time: a burst at the start.",
    );
  });
});

const url = "http://gateway.example/v1/chat/completions";
const time = (seconds: string) => `2026-11-21T10:00:${seconds}Z`;
const at = 1_795_255_200;
const point = (metric: string, seconds: string, value: number, tags: object | null = null) =>
  JSON.stringify({ metric, type: "Point", data: { time: time(seconds), value, tags } });
const request = (seconds: string, tags: object, failed = 0) => [
  point("http_reqs", seconds, 1, { url, status: "200", ...tags }),
  point("http_req_duration", seconds, 400.5),
  point("http_req_blocked", seconds, 99.5),
  point("http_req_failed", seconds, failed),
];
const k6 = (...lines: string[]) => `{"type":"Metric","metric":"http_reqs","data":{}}\n${lines.join("\n")}\n`;

describe("k6's points", () => {
  it("tell when a request was due, began and ended, to the microsecond", () => {
    const due = String(at * 1000 + 10_200);
    const { runs } = read(
      k6(...request("11.000001234", { due }), point("first_token_ms", "11.1", 650, { due })),
    );
    const [one] = runs[0] ?? [];
    expect(one?.due).toBe(at + 10.2);
    expect(one?.start).toBeCloseTo(at + 10.500001, 5);
    expect(one?.firstToken).toBeCloseTo(at + 10.85, 5);
    expect(one?.end).toBeCloseTo(at + 11.000001, 5);
    const [step] = toolSteps(runs, 1);
    // Three significant digits.
    expect([
      step?.total.percentile(0.5),
      step?.late.percentile(0.5),
      step?.firstToken.percentile(0.5),
    ]).toEqual([0.8003, 0.3, 0.6502]);
  });

  it("overlap where k6 waits for a connection and sends at once: nothing is sent before it is due", () => {
    const [run] = read(k6(...request("11", { due: String(at * 1000 + 10_590) }))).runs;
    expect(run?.[0]?.start).toBe(at + 10.59);
  });

  it("take the first token to come no earlier than the end, where nobody saw it", () => {
    const [step] = toolSteps(read(k6(...request("11", { due: String(at * 1000 + 10_200) }))).runs, 1);
    expect([step?.firstToken.percentile(0.5), step?.total.percentile(0.5)]).toEqual([0.8003, 0.8003]);
  });

  it.each<[string, string, boolean]>([
    ["a request", k6(...request("11", {})), true],
    ["one that failed", k6(...request("11", {}, 1)), false],
    ["a status that is no answer", k6(...request("11", { status: "503" })), false],
    [
      "a check that failed",
      k6(...request("11", { due: "1795255200000" }), point("checks", "11", 0, { due: "1795255200000" })),
      false,
    ],
    [
      "a check of another request",
      k6(...request("11", { due: "1795255200000" }), point("checks", "11", 0, { due: "1795255200001" })),
      true,
    ],
  ])("tell whether it was answered: %s", (_, text, whole) => {
    expect(read(text).runs[0]?.map((one) => one.whole)).toEqual([whole]);
  });

  it("of other addresses are left aside", () => {
    const other = request("10", {}).map((line) => line.replace("/chat/completions", "/models"));
    expect(read(k6(...other, ...request("11", {}))).runs[0]?.length).toBe(1);
    expect(thrown(k6(...other))).toBe(
      "results: its points: found no request to /chat/completions; allowed is the requests that k6 sent to the gateway. Send them by k6's http module, and keep the system tag url.",
    );
  });

  it.each<[string, string, string]>([
    ["no JSON", k6("{"), "line 2: found no JSON; allowed is JSON."],
    ["another type", k6('{"type":"Line"}'), "line 2"],
    ["a value that is none", k6(point("http_reqs", "11", 1).replace(":1,", ':"sk-secret-1",')), "line 2"],
    ["a value beyond numbers", k6(point("vus", "11", 1).replace(":1,", ":1e999,")), "line 2"],
    ["a time without a zone", k6(point("vus", "11", 1).replace("Z", "")), "line 2"],
    [
      "no duration",
      k6(...request("11", {}).filter((line) => !line.includes("duration"))),
      "line 2: found a request without http_req_duration",
    ],
    [
      "a duration of another request",
      k6(
        ...request("11", {}).map((line) => (line.includes("duration") ? line.replace(":11Z", ":12Z") : line)),
      ),
      "line 2: found a request without http_req_duration",
    ],
    [
      "a negative duration",
      k6(...request("11", {}).map((line) => line.replace("400.5", "-400.5"))),
      "line 2: found a http_req_duration below zero",
    ],
    [
      "due after it was sent",
      k6(...request("11", { due: String(at * 1000 + 10_606) })),
      "line 2: found a tag due that is no time",
    ],
    ["due in seconds", k6(...request("11", { due: String(at) })), "line 2: found a tag due that is no time"],
  ])("are refused: %s", (_, text, why) => {
    const message = thrown(text);
    expect(message).toContain(why);
    expect(message).not.toContain("sk-secret-1");
  });
});

interface Times {
  targeted_start?: number | null;
  request_start?: number | null;
  first_token_iteration?: number | null;
  request_end?: number | null;
}
const timings: Times = {
  targeted_start: at + 1,
  request_start: at + 1.1,
  first_token_iteration: at + 1.5,
  request_end: at + 2,
};
const one = (times: Times = {}) => ({
  info: { timings: { ...timings, ...times } },
  input_metrics: { cached_tokens: 64 },
});
const report = (requests: object, totals: object = {}, strategy = "poisson", version: unknown = 2) =>
  JSON.stringify({
    metadata: { version, guidellm_version: "0.8.1" },
    benchmarks: [
      {
        config: { strategy: { type_: strategy } },
        metrics: { request_totals: { successful: 1, errored: 0, incomplete: 0, ...totals } },
        requests: { successful: [one()], errored: [], incomplete: [], ...requests },
      },
    ],
  });

describe("guidellm's report", () => {
  it("tells when a request was due, began, spoke and ended", () => {
    expect(read(report({})).runs).toEqual([
      [{ due: at + 1, start: at + 1.1, firstToken: at + 1.5, end: at + 2, whole: true, hit: true }],
    ]);
  });

  it("does not know when a request was due that it asked for before it had begun", () => {
    const [run] = read(report({ successful: [one({ targeted_start: -0.74 })] })).runs;
    expect(run?.[0]?.due).toBeUndefined();
  });

  it("counts what failed and what was cut off at the end as errors, and what was never sent not", () => {
    const never = { info: { timings: { targeted_start: at } }, input_metrics: null };
    const lists = {
      errored: [one()],
      incomplete: [one({ request_end: null, first_token_iteration: null }), never],
    };
    const [run] = read(report(lists, { errored: 1, incomplete: 2 })).runs;
    expect(run?.map(({ whole, end }) => [whole, end])).toEqual([
      [true, at + 2],
      [false, at + 2],
      [false, at + 1.1],
    ]);
  });

  it.each(["synchronous", "concurrent", "throughput"])("is refused of the closed loop %s", (strategy) => {
    expect(read(report({}, {}, strategy)).refused[0]).toContain(
      `guidellm's strategy ${strategy} sends a request when another is answered (a closed loop)`,
    );
    expect(read(report({}, {}, "poisson")).refused).toEqual([]);
  });

  it.each<[string, string, string]>([
    [
      "some of the requests",
      report({}, { successful: 40 }),
      "benchmarks[0].requests.successful: found 1 of 40 requests",
    ],
    [
      "another form",
      report({}, {}, "poisson", 1),
      "metadata.version: found 1; allowed is 2, the form of guidellm 0.8's reports",
    ],
    [
      "no start",
      report({ successful: [one({ request_start: null })] }),
      "benchmarks[0].requests.successful[0].info.timings: found times that are missing or not in order",
    ],
    [
      "an end before its start",
      report({ successful: [one({ request_end: at })] }),
      "times that are missing or not in order",
    ],
    [
      "a token before its start",
      report({ successful: [one({ first_token_iteration: at })] }),
      "times that are missing or not in order",
    ],
    [
      "a time that is none",
      report({ successful: [one({ request_start: 12 })] }),
      "allowed is seconds since 1970",
    ],
    ["a list that is none", report({ successful: null }), "allowed is the list of these requests"],
    ["no request", report({ successful: [] }, { successful: 0 }), "found no request that was sent"],
  ])("is refused: %s", (_, text, why) => {
    expect(thrown(text)).toContain(why);
  });
});

describe("anything else", () => {
  const summary = "found a summary of k6, which has percentiles and no arrivals";
  it.each<[string, string | Uint8Array, string]>([
    ["--summary-export", '{"root_group":{},"metrics":{"http_reqs":{"count":50,"rate":5}}}', summary],
    ["handleSummary", '{"options":{},"state":{"testRunDurationMs":10077},"metrics":{}}', summary],
    [
      "the machine-readable summary",
      '{"version":"1.0.0","metadata":{"k6_version":"1.8.1"},"results":{"metrics":[]}}',
      summary,
    ],
    ["other JSON", '{"a":1}', "found neither guidellm's report nor k6's points"],
    ["a list", "[]", "found neither guidellm's report nor k6's points"],
    ["no JSON", "time,value\n1,2\n", "found no JSON"],
    ["nothing", "", "found no JSON"],
    [
      "a broken archive",
      gzipSync("{}").subarray(0, 12),
      "found compressed data that are cut off or too large",
    ],
  ])("is refused with the remedy: %s", (_, text, why) => {
    expect(thrown(text)).toContain(why);
  });
});
