import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shortHash } from "../../components/hardened";
import { cachedShare, hashLabel, series } from "../../components/series";
import { renderGateway } from "../../gateway/render";
import { adapt } from "../../measure/adapt";
import { bucketQuantile } from "../../measure/cache/counted";
import { type Running, startProxy } from "../../measure/proxy";
import { readRequests } from "../../measure/requests";
import { wait } from "../../measure/standIn/reply";
import { StandIn } from "../../measure/standIn/standIn";
import { pairOf } from "../components/shippedEnvironment";
import { litellm, litellmInstalled, sayIfSkipped, skippedNote } from "../gateway/litellmEnvironment";
import { Prometheus, prometheusInstalled } from "../gateway/prometheus";
import { lockstep, projectCopy } from "../project";
import { replace } from "../shipped";

sayIfSkipped("the cache's hit rate was not read from a real gateway's metrics.");

const few = replace(
  "Pulumi.yaml",
  "cache: { minHitRatio: 0.6, minRequests: 500,",
  "cache: { minHitRatio: 0.6, minRequests: 40,",
);
const each = 40;
const sorted = '{"queue":"other","urgency":2,"summary":"Sorted."}';
const { staging } = pairOf(few);
const { config, contents, behaviourHash } = staging;
const { namespace } = config.environment;

interface Told {
  passed: boolean;
  samples: number;
  inconclusive: string[];
  results: {
    overallHitRatio: number;
    patterns: {
      route: string;
      requests: number;
      hitRatio: number;
      firstTokenP95Seconds: Record<string, number>;
    }[];
  };
  written: string[];
}

let folder: string;
let copy: ReturnType<typeof projectCopy>;
let standIn: StandIn;
let proxy: Running;
let prometheus: Prometheus | undefined;
let from: Date;

const requests = readRequests(
  Object.keys(config.routes)
    .flatMap((model) =>
      Array.from({ length: each }, (_, index) =>
        JSON.stringify({ model, messages: [{ role: "user", content: `Question ${index}: where is it?` }] }),
      ),
    )
    .join("\n"),
  "requests",
  staging,
);

/** What `--run` runs: the same requests, by a process of its own. */
const traffic = `
import { readFileSync } from "node:fs";
const [url, file] = process.argv.slice(2);
const headers = { "content-type": "application/json", authorization: "Bearer " + process.env.LOCKSTEP_GATEWAY_KEY };
const ask = async (request) => {
  const body = JSON.stringify({ ...request, stream: true });
  const answer = await fetch(url + "/v1/chat/completions", { method: "POST", headers, body });
  await answer.text();
  if (!answer.ok) process.exit(1);
};
const requests = JSON.parse(readFileSync(file, "utf8"));
while (requests.length > 0) await Promise.all(requests.splice(0, 10).map(ask));
`;

const ask = async () => {
  for (const request of requests)
    expect((await proxy.client.chat({ ...request, stream: true })).status).toBe(200);
  // LiteLLM counts after the answer, and Prometheus scrapes every second.
  await wait(3_000);
};

beforeAll(async () => {
  if (!litellmInstalled) return;
  folder = mkdtempSync(join(tmpdir(), "lockstep-cache-metrics-"));
  copy = projectCopy([few]);
  standIn = await new StandIn({
    seed: 1,
    answer: ({ messages }) => (messages[0]?.content.includes("JSON object") ? sorted : "It is on its way."),
    latency: { firstTokenMedianMs: 20, sigma: 0.1, perChunkMs: 0 },
    cache: { blockTokens: 16, minimumTokens: 0 },
    embeddingDimensions: 8,
  }).listen();
  const rendered = renderGateway(config, { behaviourHash, files: contents });
  const gateway = adapt(rendered, {
    baseOf: (id) => standIn.baseOf(id),
    limits: "removed",
    requestLog: join(folder, "log"),
  });
  proxy = await startProxy({ litellm, folder, gateway });
  if (prometheusInstalled)
    prometheus = await Prometheus.start({
      folder: join(folder, "prometheus"),
      target: { url: proxy.url, path: "/metrics/" },
      labels: { namespace, [hashLabel]: shortHash(behaviourHash) },
      rules: [],
    });
  from = new Date();
  writeFileSync(join(copy.dir, "before.txt"), (await proxy.client.raw("GET", "/metrics/")).text);
  await ask();
  writeFileSync(join(copy.dir, "after.txt"), (await proxy.client.raw("GET", "/metrics/")).text);
}, 90_000);
afterAll(async () => {
  await prometheus?.stop();
  await proxy?.stop();
  await standIn?.close();
  copy?.remove();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const cache = async (...args: string[]): Promise<Told> => {
  const { stdout, stderr } = await lockstep(
    ["evidence", "cache", "--providers", "stub", "--json", ...args],
    copy.dir,
  );
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Told;
};
const ratios = ({ results: { patterns } }: Told) =>
  patterns.map(({ route, requests, hitRatio }) => [route, requests, hitRatio]);
const scrapes = () => {
  const ended = new Date().toISOString();
  const hash = ["--hash-before", behaviourHash, "--hash-after", behaviourHash];
  const times = ["--started", from.toISOString(), "--ended", ended, "--command", "the test"];
  return ["--metrics", "before.txt", "after.txt", ...hash, ...times];
};

describe.skipIf(!litellmInstalled)(`the metrics of a real gateway${skippedNote}`, () => {
  it("tell the hit ratio of every route as its log does", async () => {
    const log = await cache("--log", join(folder, "log"));
    const metrics = await cache("--metrics", "before.txt", "after.txt");
    expect(ratios(log).map(([route, requests]) => [route, requests])).toEqual([
      ["support-chat", each],
      ["ticket-triage", each],
      ["economy-chat", each],
    ]);
    expect(ratios(metrics)).toEqual(ratios(log));
    expect(metrics.results.overallHitRatio).toBe(log.results.overallHitRatio);
    expect(metrics.results.overallHitRatio).toBeGreaterThan(0.5);
    expect(metrics).toMatchObject({ passed: true, samples: each, inconclusive: [] });
    for (const { firstTokenP95Seconds } of metrics.results.patterns.slice(0, 2)) {
      // One miss each: too few for a percentile.
      expect(Object.keys(firstTokenP95Seconds)).toEqual(["hit"]);
      expect(firstTokenP95Seconds.hit).toBeGreaterThan(0);
      expect(firstTokenP95Seconds.hit).toBeLessThan(2);
    }
  });

  it("are evidence beside the log, and without it", async () => {
    const both = await cache(...scrapes(), "--log", join(folder, "log"));
    expect(both).toMatchObject({ passed: true, inconclusive: [], written: [] });
    const { passed, inconclusive, written } = await cache(...scrapes(), "--release", "initial");
    expect([passed, inconclusive]).toEqual([true, []]);
    const [statement = "", raw = ""] = written;
    expect((await lockstep(["evidence", "verify", statement], copy.dir)).code).toBe(0);
    expect(readFileSync(join(copy.dir, raw), "utf8")).not.toContain("where is it");
  });
});

const withPrometheus = litellmInstalled && prometheusInstalled;
const note = withPrometheus ? "" : skippedNote || " (skipped: Prometheus is not installed)";

describe.skipIf(!withPrometheus)(`a Prometheus that scrapes it${note}`, () => {
  it("tells the same, and the log does not contradict it", async () => {
    const url = (prometheus as Prometheus).url;
    const told = await cache("--prometheus", url, "--log", join(folder, "log"), "--from", minutesAgo());
    expect(told).toMatchObject({ passed: true, samples: each, inconclusive: [] });
    const alone = await cache("--prometheus", url, "--from", minutesAgo());
    expect(ratios(alone)).toEqual(ratios(told));
    expect(alone.results.overallHitRatio).toBe(told.results.overallHitRatio);
  });

  it("has the alarm's expression at the ratio over all routes that is recorded", async () => {
    const at = Date.now() / 1000;
    const [share] = (await prometheus?.range(cachedShare(namespace), at, at, 1)) ?? [];
    const told = await cache("--metrics", "before.txt", "after.txt");
    expect(Number(share?.values[0]?.[1])).toBeCloseTo(told.results.overallHitRatio, 5);
  });

  it("has the quantile of buckets that we compute from them", async () => {
    const at = Date.now() / 1000;
    const select = '{route="support-chat",cache="hit"}';
    const buckets = (await prometheus?.range(`${series.firstToken}${select}`, at, at, 1)) ?? [];
    const counts = new Map(
      buckets.map(({ metric, values }) => [
        metric.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(metric.le),
        Number(values[0]?.[1]),
      ]),
    );
    expect(counts.size).toBe(26);
    for (const share of [0.5, 0.95, 0.99]) {
      const asked = `histogram_quantile(${share}, ${series.firstToken}${select})`;
      const [own] = (await prometheus?.range(asked, at, at, 1)) ?? [];
      expect(bucketQuantile(share, counts)).toBeCloseTo(Number(own?.values[0]?.[1]), 9);
    }
  });

  it("has nothing of another behaviour", async () => {
    const other = pairOf(replace("Pulumi.yaml", "minHitRatio: 0.6,", "minHitRatio: 0.5,")).staging;
    expect(other.behaviourHash).not.toBe(behaviourHash);
    const elsewhere = projectCopy([replace("Pulumi.yaml", "minHitRatio: 0.6,", "minHitRatio: 0.5,")]);
    try {
      const args = ["evidence", "cache", "--prometheus", (prometheus as Prometheus).url];
      const { code, stdout, stderr } = await lockstep([...args, "--from", minutesAgo()], elsewhere.dir);
      expect([code, stdout, stderr]).toEqual([
        2,
        "",
        "lockstep: The series lockstep_served_answers_total is missing: nothing can be told of the cache without it.\n",
      ]);
    } finally {
      elsewhere.remove();
    }
  });
});

describe.skipIf(!litellmInstalled)(`a running gateway's own metrics${skippedNote}`, () => {
  it("are scraped around the command that sends requests, and wait for what is counted late", async () => {
    writeFileSync(join(copy.dir, "traffic.mjs"), traffic);
    writeFileSync(join(copy.dir, "requests.json"), JSON.stringify(requests));
    const { url, key } = proxy;
    const args = ["evidence", "cache", "--providers", "stub", "--json", "--metrics", `${url}/metrics/`];
    const run = `${process.execPath} traffic.mjs ${url} requests.json`;
    const { code, stdout, stderr } = await lockstep([...args, "--url", url, "--run", run], copy.dir, {
      LOCKSTEP_GATEWAY_KEY: key,
    });
    expect([code, stderr]).toEqual([0, ""]);
    const told = JSON.parse(stdout) as Told;
    expect(told).toMatchObject({ passed: true, samples: each, inconclusive: [] });
    // Of the second time the prompt is in the cache from the first request on.
    for (const { requests: count, hitRatio } of told.results.patterns.slice(0, 2)) {
      expect(count).toBe(each);
      expect(hitRatio).toBeGreaterThan(0.9);
    }
  }, 60_000);
});

const minutesAgo = () => new Date(from.getTime() - 60_000).toISOString().replace(/\.\d+Z$/, "Z");
