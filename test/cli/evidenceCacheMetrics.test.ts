import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { shortHash } from "../../components/hardened";
import { cachedShare } from "../../components/series";
import { pairOf } from "../components/shippedEnvironment";
import { encodings, lockstep, projectCopy } from "../project";
import { GatewayStub } from "./gatewayStub";

const { behaviourHash, config } = pairOf().staging;
const models = Object.entries(config.routes).flatMap(([route, { targets, prompt }]) =>
  targets.slice(0, 1).map(({ model, order }) => ({ route, prompt, id: `${route}.${model}.${order}` })),
);
const token = "prometheus-token-0123456789abcdef";

/** What one process has counted after so many requests to each route: 100 tokens each, 61 of them from the cache. */
const scrape = (requests: number, start = 1_700_000_000) =>
  [
    ...models.flatMap(({ route, id }) => [
      `litellm_input_tokens_metric_total{model_id="${id}",api_key_alias="team-a"} ${100 * requests}`,
      `litellm_provider_cache_read_input_tokens_metric_total{model_id="${id}"} ${61 * requests}`,
      `lockstep_served_answers_total{route="${route}",match="pinned"} ${requests}`,
      `lockstep_first_token_seconds_bucket{route="${route}",cache="hit",le="0.5"} ${requests}`,
      `lockstep_first_token_seconds_bucket{route="${route}",cache="hit",le="+Inf"} ${requests}`,
    ]),
    `process_start_time_seconds ${start}`,
    "",
  ].join("\n");

type Asked = { url: string; authorization: string | undefined; query: string };

/** Answers queries about counters as Prometheus does, and scrapes. */
class PrometheusStub {
  asked: Asked[] = [];
  requests = 0;
  /** Beside the data of every answer. */
  more: object = {};
  answer: (query: string, response: ServerResponse) => boolean = () => false;
  private readonly server = createServer((request, response) => void this.handle(request, response));

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const part of request) body += part;
    const query = new URLSearchParams(body).get("query") ?? "";
    this.asked.push({ url: request.url ?? "", authorization: request.headers.authorization, query });
    if (this.answer(query, response)) return;
    if (request.url === "/metrics/") return void response.end(scrape(this.requests));
    const [, name = ""] = /(litellm_\w+|lockstep_\w+)\{/.exec(query) ?? [];
    const result = scrape(500)
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`))
      .map((line) => {
        const labels = [...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
        return { metric: Object.fromEntries(labels), value: [1_700_000_000, line.split(" ").at(-1)] };
      });
    response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result }, ...this.more }));
  }
}

let copy: ReturnType<typeof projectCopy>;
let stub: PrometheusStub;
let gateway: GatewayStub;
let [prometheus, address] = ["", ""];
beforeAll(async () => {
  copy = projectCopy();
  stub = new PrometheusStub();
  gateway = new GatewayStub(behaviourHash);
  [prometheus, address] = [await stub.listen(), await gateway.listen()];
});
afterEach(() => {
  Object.assign(stub, { asked: [], requests: 0, more: {}, answer: () => false });
});
afterAll(async () => {
  await stub.close();
  await gateway.close();
  copy.remove();
});

const cache = (args: string[], env: Record<string, string> = {}) =>
  lockstep(["evidence", "cache", "--providers", "stub", ...args], copy.dir, {
    LOCKSTEP_GATEWAY_KEY: "sk-stub",
    ...env,
  });
const file = (name: string, text: string) => {
  writeFileSync(join(copy.dir, name), text);
  return name;
};
const bound = (started = "2026-11-20T10:00:00Z") => [
  ...["--hash-before", behaviourHash, "--hash-after", behaviourHash, "--command", "./traffic.sh"],
  ...["--started", started, "--ended", "2026-11-20T11:00:00Z"],
];
const half = { requests: 500, hitRatio: 0.61, firstTokenP95Seconds: { hit: 0.475 } };
const all = {
  patterns: Object.keys(config.routes).map((route) => ({ route, ...half })),
  overallHitRatio: 0.61,
};

/** The requests of those scrapes, as the log has them. */
function log(cached: number, count = 500): string {
  mkdirSync(join(copy.dir, "log"), { recursive: true });
  const lines = models.flatMap(({ route }) =>
    Array.from({ length: count }, (_, index) =>
      JSON.stringify({
        id: `${route}-${index}`,
        call_type: "acompletion",
        status: "success",
        stream: false,
        startTime: Date.parse("2026-11-20T10:00:00Z") / 1000 + index,
        endTime: Date.parse("2026-11-20T10:00:00Z") / 1000 + index + 1,
        model_group: route,
        prompt_tokens: 100,
        metadata: { usage_object: { prompt_tokens_details: { cached_tokens: cached } } },
        lockstep: { behaviour_hash: behaviourHash },
      }),
    ),
  );
  writeFileSync(join(copy.dir, "log", "requests.jsonl"), `${lines.join("\n")}\n`);
  return "log";
}

describe("scrapes", () => {
  it("before and after are evidence about what they are said to be of", async () => {
    const files = [file("before.txt", scrape(20)), file("after.txt", scrape(520))];
    const { code, stdout, stderr } = await cache([
      ...["--metrics", ...files, ...bound(), "--release", "initial", "--json"],
    ]);
    expect(stderr).toBe("");
    const told = JSON.parse(stdout) as { written: string[] };
    expect(told).toMatchObject({ passed: true, samples: 500, inconclusive: [], results: all });
    expect(code).toBe(0);
    const [statement = "", raw = ""] = told.written;
    expect((await lockstep(["evidence", "verify", statement], copy.dir)).code).toBe(0);
    const { predicate } = JSON.parse(readFileSync(join(copy.dir, statement), "utf8")) as {
      predicate: object;
    };
    expect(predicate).toMatchObject({
      gateway: { before: behaviourHash, after: behaviourHash },
      tool: { command: "lockstep evidence cache (two scrapes of the gateway)" },
      started: "2026-11-20T10:00:00.000Z",
    });
    const kept = readFileSync(join(copy.dir, raw), "utf8");
    expect(kept).toContain("which of its prompts missed is not known");
    expect(kept).not.toContain("team-a");
  });

  it("of the running gateway are taken around the command", async () => {
    // The command's own doing: what the gateway has counted when it is asked the second time.
    stub.answer = (_, response) => {
      response.end(scrape(stub.asked.length === 1 ? 20 : 520));
      return true;
    };
    const { code, stdout, stderr } = await cache([
      ...["--metrics", `${prometheus}/metrics/`, "--url", address, "--run", "true", "--json"],
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ passed: true, results: all });
    // The gateway's key is for its own host.
    expect(stub.asked.map(({ authorization }) => authorization)).toEqual([undefined, undefined, undefined]);
  });

  it("one is all since its process began, which has to be the time that is said", async () => {
    const text = scrape(500, Date.parse("2026-11-20T09:59:30Z") / 1000);
    const right = await cache(["--metrics", file("one.txt", text), ...bound()]);
    expect(right.stdout).toContain(
      `cache passes.\nOver all routes the hit ratio is 0.61; production's alarm goes off below ${config.objectives.cacheHitRatio}.\n`,
    );
    const wrong = await cache(["--metrics", "one.txt", ...bound("2026-11-20T10:30:00Z"), "--json"]);
    expect(wrong).toMatchObject({
      code: 2,
      stderr:
        "lockstep: One scrape counts since its process began, at 2026-11-20T09:59:30.000Z; --started says 2026-11-20T10:30:00.000Z.\n",
    });
    const silent = text.replace(/process_start.*\n/, "");
    expect((await cache(["--metrics", file("one.txt", silent), ...bound()])).stderr).toContain(
      "The scrape has no process_start_time_seconds",
    );
  });

  it("beside the log confirm it, or decide nothing", async () => {
    const files = [file("before.txt", scrape(20)), file("after.txt", scrape(520))];
    const args = ["--metrics", ...files, ...bound(), "--json", "--log"];
    const same = await cache([...args, log(61)]);
    expect(JSON.parse(same.stdout)).toMatchObject({ passed: true, inconclusive: [] });
    const other = await cache([...args, log(64)]);
    expect(JSON.parse(other.stdout)).toMatchObject({
      passed: false,
      results: { overallHitRatio: 0.64 },
      inconclusive: [
        "The hit ratio of support-chat is 0.64 by the log and 0.61 by the metrics: more than 0.02 apart.",
        "The hit ratio of ticket-triage is 0.64 by the log and 0.61 by the metrics: more than 0.02 apart.",
      ],
    });
    const fewer = await cache([...args, log(61, 480)]);
    expect(fewer.stdout).toContain(
      "The log has 480 requests of support-chat, the metrics 500: they are not of the same traffic.",
    );
    expect([same.code, other.code, fewer.code]).toEqual([0, 1, 1]);
  });
});

describe("Prometheus", () => {
  const range = ["--from", "2026-11-20T10:00:00Z", "--until", "2026-11-20T10:59:00Z"];

  it("is asked by the alarm's own sums, of this behaviour's pods only", async () => {
    const { code, stdout, stderr } = await cache(
      [...["--prometheus", `${prometheus}/`, ...range, "--release", "initial", "--json"]],
      { LOCKSTEP_PROMETHEUS_TOKEN: token },
    );
    expect([code, stderr]).toEqual([0, ""]);
    const told = JSON.parse(stdout) as { written: string[] };
    expect(told).toMatchObject({ passed: true, results: all });
    expect(stub.asked.map(({ url, authorization }) => [url, authorization])).toEqual(
      Array.from({ length: 4 }, () => ["/api/v1/query", `Bearer ${token}`]),
    );
    const own = `,lockstep_dev_behaviour_hash="${shortHash(behaviourHash)}"`;
    const inputTokens = (stub.asked[1]?.query ?? "").replaceAll(own, "").replaceAll("3540s", "1h");
    const alarm = cachedShare(config.environment.namespace).replaceAll(
      ',model_id!~"(embedding|rerank)[.].+"',
      "",
    );
    expect(alarm).toContain(inputTokens.replace("sum by (model_id)", "sum"));
    for (const { query } of stub.asked) expect(query).toContain(own);
    const written = told.written.map((path) => readFileSync(join(copy.dir, path), "utf8")).join("");
    for (const form of encodings(token)) expect(stdout + stderr + written).not.toContain(form);
  });

  it.each<[string, object, string[]]>([
    [
      "a warning",
      { warnings: ["a store did not answer"] },
      ["Prometheus answered with a warning: a part of what was counted may be missing."],
    ],
    ["a note about a query", { infos: ["a name is no counter's"] }, []],
  ])("decides or not, with %s", async (_, more, inconclusive) => {
    Object.assign(stub, { more });
    const { stdout } = await cache(["--prometheus", prometheus, ...range, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ passed: inconclusive.length === 0, inconclusive });
  });

  const answers = (status: number, body: unknown) => {
    stub.answer = (_, response) => {
      response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
      return true;
    };
  };
  const vector = (value: string, metric: object = {}) => ({
    status: "success",
    data: { resultType: "vector", result: [{ metric, value: [1, value] }] },
  });
  it.each<[string, number, unknown, string]>([
    [
      "an error",
      400,
      { status: "error", error: 'bad "query"\u001b[2J' },
      String.raw`Prometheus refuses a query: "bad \"query\"\u001b[2J".`,
    ],
    ["no right", 401, "Unauthorized", "Prometheus answered 401."],
    [
      "another server",
      200,
      "<html></html>",
      "What answered is no Prometheus: its answer is no vector of series.",
    ],
    [
      "a matrix",
      200,
      { status: "success", data: { resultType: "matrix", result: [] } },
      "What answered is no Prometheus",
    ],
    [
      "nothing",
      200,
      { status: "success", data: { resultType: "vector", result: [] } },
      "The series lockstep_served_answers_total is missing",
    ],
    ["NaN", 200, vector("NaN"), "Prometheus has NaN for lockstep_served_answers_total, which counts"],
    [
      "an infinity",
      200,
      vector("+Inf"),
      "Prometheus has Infinity for lockstep_served_answers_total, which counts",
    ],
    ["a word", 200, vector("many"), "Prometheus has NaN for lockstep_served_answers_total, which counts"],
    ["too much", 200, `"${"x".repeat(17 * 1024 * 1024)}"`, "is larger than 16 MiB."],
  ])("is refused where it answers %s", async (_, status, body, why) => {
    answers(status, body);
    const args = ["--prometheus", prometheus, ...range];
    const { code, stdout, stderr } = await cache(args, { LOCKSTEP_PROMETHEUS_TOKEN: token });
    expect(stderr).toContain(why);
    expect(stderr).not.toContain(token);
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("does not send its token on to where a redirect points", async () => {
    stub.answer = (_, response) => {
      if (stub.asked.length > 1) return false;
      response.writeHead(307, { location: "/elsewhere" }).end();
      return true;
    };
    const args = ["--prometheus", prometheus, ...range];
    const { code, stderr } = await cache(args, { LOCKSTEP_PROMETHEUS_TOKEN: token });
    expect(stderr).toMatch(
      /^lockstep: 127\.0\.0\.1:\d+ does not answer: it redirects, or is no web server\.\n$/,
    );
    expect([code, stub.asked.length]).toEqual([2, 1]);
  });
});

describe("what cannot be asked is said", () => {
  const scrapes = ["--metrics", "before.txt", "after.txt"];
  it.each<[string, string[], string]>([
    ["no source", [], "Name what tells of the cache: --log, --metrics or --prometheus."],
    [
      "two ways",
      [...scrapes, "--prometheus", "http://p"],
      "--metrics and --prometheus are two ways to the same series: name one.",
    ],
    ["no binding", [...scrapes, "--release", "initial"], "Scrapes do not say of which behaviour they are"],
    [
      "no binding beside a log",
      [...scrapes, "--log", "log"],
      "Scrapes do not say of which behaviour they are",
    ],
    ["a time", [...scrapes, "--from", "2026-11-20"], "--from and --until do not go with --metrics"],
    [
      "a binding of a log",
      ["--log", "log", "--run", "true"],
      "--url, --run, --hash-before and the like go with --metrics",
    ],
    [
      "three files",
      [...scrapes, "third.txt"],
      "--metrics takes the gateway's own URL, one file, or two: before and after.",
    ],
    [
      "no command",
      ["--metrics", "http://gateway.example/metrics/"],
      "--metrics with a URL needs --url and --run",
    ],
    ["no file", ["--metrics", "nowhere.txt"], 'There is no file "nowhere.txt".'],
    [
      "a password",
      ["--prometheus", "https://me:secret@p.example"],
      "--prometheus has a user or a password in it: a token is LOCKSTEP_PROMETHEUS_TOKEN.",
    ],
    [
      "a query",
      ["--prometheus", "https://p.example/?token=secret"],
      "--prometheus has something after its path.",
    ],
    ["no URL", ["--prometheus", "p.example"], "--prometheus is no http or https URL."],
    [
      "months",
      ["--prometheus", "http://p.example", "--from", "2026-01-01", "--until", "2026-11-20"],
      "--from is more than 31 days before --until",
    ],
  ])("%s", async (_, args, why) => {
    const { code, stdout, stderr } = await cache(args);
    expect(stderr).toContain(`lockstep: ${why}`);
    expect(stderr).not.toContain("secret");
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("a token that is none, without showing it", async () => {
    const { code, stderr } = await cache(["--prometheus", prometheus], {
      LOCKSTEP_PROMETHEUS_TOKEN: "two words",
    });
    expect([code, stderr]).toEqual([
      2,
      "lockstep: LOCKSTEP_PROMETHEUS_TOKEN is no bearer token: it is empty, or has spaces or line ends.\n",
    ]);
  });
});
