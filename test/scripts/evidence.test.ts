import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { renderGateway } from "../../gateway/render";
import { compareRouting, routingOf } from "../../gateway/routing";
import { addEvidence } from "../../lifecycle/addEvidence";
import { evidenceStore } from "../../lifecycle/evidence";
import { type KindName, kindNames } from "../../lifecycle/kind";
import { adapt } from "../../measure/adapt";
import { litellmVersion, requirementsFile } from "../../measure/litellm";
import { permutationTest } from "../../measure/permutation";
import type { ChatRequest } from "../../measure/standIn/chat";
import { PrefixCache } from "../../measure/standIn/prefixCache";
import { exponential, random } from "../../measure/standIn/random";
import { StandIn } from "../../measure/standIn/standIn";
import { arrivalsOf, bootstrap, percentile } from "../../measure/statistics";
import { answer } from "../../scripts/evidence/answers";
import { supportCases, triageCases } from "../../scripts/evidence/cases";
import { judge, prepare, replace } from "../../scripts/evidence/publish";
import { requestOf, schemaCheck, score } from "../../scripts/evidence/requests";
import { passingResults } from "../evidence";
import { writeEntries } from "../project";
import type { Entries } from "../shipped";

const root = join(__dirname, "..", "..");
const shipped = () => {
  const { pair, problems } = loadPair(projectFiles(root), "production");
  if (pair === undefined) throw new Error(`The shipped pair cannot be read: ${problems.length} problems.`);
  return pair;
};

describe("a stand-in", () => {
  const options = {
    seed: 1,
    answer,
    latency: { firstTokenMedianMs: 1, sigma: 0, perChunkMs: 0 },
    cache: { blockTokens: 16, minimumTokens: 0 },
    embeddingDimensions: 8,
  };
  const standIn = new StandIn(options);
  beforeAll(() => standIn.listen());
  afterAll(() => standIn.close());

  const ask = async (deployment: string, more: object = {}, signal?: AbortSignal) => {
    const response = await fetch(`${standIn.baseOf(deployment)}/chat/completions`, {
      method: "POST",
      body: JSON.stringify({
        model: "model-1",
        messages: [{ role: "user", content: "Question: where?" }],
        ...more,
      }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: response.status, text: await response.text() };
  };

  test("names the model that was asked for, and says so in its trace", async () => {
    const { status, text } = await ask("one", { messages: [{ role: "user", content: "#trace\nWhere?" }] });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ model: "model-1", usage: { prompt_tokens: 6 } });
    expect(standIn.calls.find(({ tag }) => tag === "trace")).toMatchObject({
      deployment: "one",
      model: "model-1",
      outcome: "answered",
    });
  });

  test("streams the same words with the usage at the end", async () => {
    const { text } = await ask("one", { stream: true });
    const events = text.trim().split("\n\n");
    expect(events.at(-1)).toBe("data: [DONE]");
    expect(events.at(-2)).toContain('"cached_tokens"');
  });

  test("fails one deployment while the fault is injected, and no other", async () => {
    standIn.inject("one", "503");
    expect((await ask("one")).status).toBe(503);
    expect((await ask("two")).status).toBe(200);
    standIn.heal("one");
    expect((await ask("one")).status).toBe(200);
  });

  test("takes a request and says nothing on a time-out", async () => {
    standIn.inject("silent", "timeout");
    await expect(ask("silent", {}, AbortSignal.timeout(100))).rejects.toThrow(/timeout/i);
  });
});

test("the prefix cache counts whole blocks from the beginning, and none after the first new one", () => {
  const request = (content: string): ChatRequest => ({ model: "m", messages: [{ role: "user", content }] });
  const same = "a".repeat(200);
  const cache = new PrefixCache({ blockTokens: 16, minimumTokens: 0 });
  expect(cache.read(request(same)).cached).toBe(0);
  expect(cache.read(request(same)).cached).toBe(48);
  expect(cache.read(request(`b${same}`)).cached).toBe(0);
  const strict = new PrefixCache({ blockTokens: 16, minimumTokens: 1_024 });
  strict.read(request(same));
  expect(strict.read(request(same)).cached).toBe(0);
});

test("stand-ins are right most of the time and wrong on purpose sometimes, on every route", () => {
  const { staging } = shipped();
  for (const [route, cases] of [
    ["support-chat", supportCases],
    ["ticket-triage", triageCases],
  ] as const) {
    const valid = schemaCheck(staging, route);
    const texts = cases.flatMap((one) =>
      Array.from({ length: 10 }, (_, repeat) => ({
        one,
        text: answer({ model: "m", ...requestOf(staging, route, one.user) }, random(route, one.id, repeat)),
      })),
    );
    const points = texts.map(({ one, text }) => score(one, text));
    const share = points.filter((point) => point === 1).length / points.length;
    expect(texts.filter(({ one }) => one.core).every(({ one, text }) => score(one, text) === 1)).toBe(true);
    expect(share).toBeGreaterThan(0.93);
    expect(share).toBeLessThan(1);
    expect(texts.every(({ text }) => valid(text))).toBe(true);
  }
});

test("the adapted gateway routes as the rendered one, but for where it calls and what counts its limits", () => {
  const { behaviourHash, config, contents } = shipped().staging;
  const rendered = renderGateway(config, { behaviourHash, files: contents });
  const { proxy, env } = adapt(rendered, {
    baseOf: (deployment) => `http://127.0.0.1:1/${deployment}/v1`,
    limits: "kept",
    breaker: "removed",
  });
  const paths = compareRouting(routingOf(rendered.proxy, rendered.env), routingOf(proxy, env)).map(
    ({ path }) => path.replace(/^routes(\.[\w-]+|\[".+"\])\.targets\[\d+\]/, "target"),
  );
  expect([...new Set(paths)].sort()).toEqual([
    "environment.REDIS_PORT",
    "environment.REDIS_SSL",
    "router.redis_host",
    "router.redis_port",
    "settings.callbacks",
    "settings.s3_callback_params",
    "target.model",
    "target.parameters.api_base",
    "target.parameters.api_key",
    "target.parameters.aws_region_name",
  ]);
  const others = [
    "lockstep_served.served",
    "lockstep_limits.limits",
    "lockstep_headers.headers",
    "lockstep_sampled.sampled",
  ];
  expect(proxy.litellm_settings.callbacks).toEqual(["prometheus", ...others]);
  expect(adapt(rendered, { baseOf: () => "", limits: "kept" }).proxy.litellm_settings.callbacks).toEqual([
    "prometheus",
    "lockstep_callback.breaker",
    ...others,
  ]);
});

test("arrivals with exponential gaps look like a Poisson process, even gaps do not", () => {
  const next = random("arrivals");
  const { coefficientOfVariation, lag1Autocorrelation } = arrivalsOf(
    Array.from({ length: 5_000 }, () => exponential(next, 50)),
  );
  expect(coefficientOfVariation).toBeCloseTo(1, 1);
  expect(lag1Autocorrelation).toBeCloseTo(0, 1);
  expect(arrivalsOf([1, 2, 1, 2, 1, 2]).lag1Autocorrelation).toBeLessThan(-0.5);
});

test("percentile is a value that was measured, and an interval has the mean in it", () => {
  expect(percentile([4, 1, 3, 2], 0.5)).toBe(2);
  expect(percentile([4, 1, 3, 2], 0.99)).toBe(4);
  expect(bootstrap(random("b"), [1, 1, 1, 0], 0.95)).toMatchObject({ value: 0.75, high: 1 });
  expect(bootstrap(random("b"), [1, 1, 1], 0.95)).toEqual({ value: 1, low: 1, high: 1 });
});

test("the permutation test is quiet about the same source and loud about another", () => {
  const next = random("strata");
  const strata = (shift: number) =>
    Array.from({ length: 20 }, (_, prompt) => {
      const draw = () => [prompt * 10 + next()];
      return {
        before: [draw(), draw(), draw()],
        after: [draw(), draw(), draw()].map(([value = 0]) => [value + shift]),
      };
    });
  expect(permutationTest(random("p"), strata(0), 999)).toBeGreaterThan(0.01);
  expect(permutationTest(random("p"), strata(0.5), 999)).toBe(0.001);
});

describe("what was measured", () => {
  const now = new Date("2026-11-21T12:00:00Z");
  const added = {
    "releases/initial/release.yaml": readFileSync(join(root, "releases/initial/release.yaml"), "utf8"),
  };
  const copies: string[] = [];
  afterAll(() => {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  });
  const made = (pair: ReturnType<typeof shipped>, wanted: readonly KindName[], more: Entries = {}) => {
    const copy = mkdtempSync(join(tmpdir(), "lockstep-evidence-"));
    copies.push(copy);
    writeEntries(copy, more);
    mkdirSync(join(copy, "releases/initial/evidence"), { recursive: true });
    prepare(copy, pair, new Set(wanted), now);
    return copy;
  };
  /** What the commands leave behind, with results that pass. */
  const measure = (copy: string, kinds: readonly KindName[], hash: string) => {
    const results = passingResults(shipped().production.config);
    for (const kind of kinds)
      addEvidence(copy, {
        release: "initial",
        measured: {
          kind,
          predicate: {
            environment: "staging",
            stack: "staging",
            gateway: { before: hash, after: hash },
            providers: "stub",
            tool: { name: "a test", version: "1", command: "none" },
            started: now.toISOString(),
            ended: now.toISOString(),
            samples: 100_000,
            repeats: 5,
            inconclusive: [],
            results: results[kind],
          },
        },
        raw: { bytes: Buffer.from("{}"), extension: ".json" },
        now,
      });
  };
  const first = kindNames.filter((kind) => kind !== "traffic" && kind !== "validity");
  const evidence = (copy: string) => readdirSync(join(copy, "releases/initial/evidence")).sort();

  test("becomes a closed first release whose evidence passes, one statement and one raw output a kind", () => {
    const pair = { ...shipped(), releases: new Map() };
    const copy = made(pair, kindNames);
    measure(copy, first, pair.production.behaviourHash);
    const assessments = judge(copy, pair, now);
    expect(assessments.flatMap(({ shortfalls }) => shortfalls)).toEqual([]);
    expect(assessments.map(({ kind }) => kind)).toEqual([
      "eval",
      "fingerprint",
      "load",
      "cache",
      "retrieval",
      "routing",
      "drift",
    ]);
    expect(evidence(copy)).toHaveLength(14);
  });

  test("does not count where the gateway reported another behaviour hash", () => {
    const pair = { ...shipped(), releases: new Map() };
    const copy = made(pair, kindNames);
    measure(copy, first, "0".repeat(64));
    expect(judge(copy, pair, now).every(({ shortfalls }) => shortfalls.length > 0)).toBe(true);
  });

  test("takes the place of its own kind alone while production has the same behaviour hash", () => {
    const pair = shipped();
    const copy = made(pair, [], added);
    measure(copy, first, pair.production.behaviourHash);
    expect(evidence(copy)).toHaveLength(14);
    const before = evidence(copy).filter((file) => !file.startsWith("load"));
    prepare(copy, pair, new Set(["load"]), now);
    expect(evidence(copy)).toEqual(before);
    expect(before).toHaveLength(12);
  });

  test("goes as a whole where production has another behaviour hash, and the release is closed with that", () => {
    const pair = shipped();
    const other = { ...pair, production: { ...pair.production, behaviourHash: "1".repeat(64) } };
    const copy = made(pair, [], added);
    measure(copy, first, pair.production.behaviourHash);
    prepare(copy, other, new Set(["load"]), now);
    expect(evidence(copy)).toEqual([]);
    expect(readFileSync(join(copy, "releases/initial/release.yaml"), "utf8")).toContain(
      `closed:\n  at: "2026-11-21T12:00:00.000Z"\n  behaviourHash: "${"1".repeat(64)}"\n`,
    );
  });

  test("replaces what was there as a whole, and nothing of the copy stays", () => {
    const pair = { ...shipped(), releases: new Map() };
    const [root, copy] = [made(pair, kindNames), made(pair, kindNames)];
    measure(root, ["load"], pair.production.behaviourHash);
    measure(copy, ["drift"], pair.production.behaviourHash);
    replace(root, copy);
    expect(evidence(root).map((file) => file.split("-")[0])).toEqual(["drift", "drift"]);
    expect(existsSync(copy)).toBe(false);
  });
});

test("the shipped evidence is what the commands wrote, of each kind that a first release needs", () => {
  const { evidence, unreadable } = evidenceStore(projectFiles(root)).of("initial");
  expect(unreadable).toEqual([]);
  expect(
    Object.fromEntries(
      evidence.map(({ kind, statement: { predicate } }) => [
        kind,
        [predicate.tool.command.split(" --")[0], predicate.providers],
      ]),
    ),
  ).toEqual({
    eval: ["node", "stub"],
    fingerprint: ["lockstep canary", "stub"],
    load: ["lockstep evidence load", "stub"],
    cache: ["lockstep evidence cache (two scrapes of the gateway)", "stub"],
    retrieval: ["lockstep evidence retrieval", "stub"],
    routing: ["lockstep conform", "stub"],
    drift: ["lockstep audit", "stub"],
  });
  expect(evidence).toHaveLength(7);
});

describe("what LiteLLM is run with", () => {
  const text = readFileSync(requirementsFile, "utf8");
  const entries = text
    .split(/\n(?=[a-z])/i)
    .filter((entry) => !entry.startsWith("#"))
    .map((entry) =>
      entry
        .replaceAll(" \\\n", "\n")
        .trim()
        .split(/\s*\n\s*/),
    );

  test("is pinned to one version of each package, every file of it by its hash, and to no place on the network", () => {
    expect(entries.length).toBeGreaterThan(100);
    for (const [pin = "", ...hashes] of entries) {
      expect(pin).toMatch(/^[a-z0-9][a-z0-9.-]*==[0-9][\w.]*(?: ; .+)?$/);
      expect(hashes.length, pin).toBeGreaterThan(0);
      for (const hash of hashes) expect(hash).toMatch(/^--hash=sha256:[0-9a-f]{64}$/);
    }
    expect(text).not.toContain("://");
  });

  test("has the proxy that the evidence names", () => {
    expect(entries.map(([pin]) => pin)).toContain(`litellm==${litellmVersion}`);
  });
});
