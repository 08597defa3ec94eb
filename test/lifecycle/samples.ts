import { createHash } from "node:crypto";
import type { Release } from "../../config/release";
import type { Config } from "../../config/schema";
import type { KindName } from "../../lifecycle/kind";
import { requiredFaults } from "../../lifecycle/kinds/routing";
import type { Proof } from "../../lifecycle/proof";

export const hash = "a".repeat(64);
export const other = "b".repeat(64);
export const raw = "one line of raw output\n";
export const rawDigest = createHash("sha256").update(raw).digest("hex");
export const now = new Date("2026-11-21T12:00:00Z");

/** What the criteria look at, with thresholds that binary fractions hit exactly. */
export const config = {
  acceptance: {
    eval: {
      minCases: 40,
      minRepeats: 3,
      minScore: 0.75,
      minSchemaValidRatio: 0.5,
      maxLatencyP95Seconds: 10,
      maxUsdPerRequest: 0.0625,
      maxAgeDays: 14,
    },
    fingerprint: { minSamples: 60, maxFalseAlarmRate: 0.0625, maxAgeDays: 7 },
    load: {
      minPeakMultiple: 3,
      minRequests: 5_000,
      maxFirstTokenP95Seconds: 2.5,
      maxFirstTokenP99Seconds: 5,
      maxErrorRatio: 0.0625,
      maxAgeDays: 30,
    },
    cache: { minHitRatio: 0.5, minRequests: 500, maxAgeDays: 30 },
    retrieval: { maxIndexAgeHours: 24, minRecall: 0.75, maxP99Seconds: 0.5, maxAgeDays: 30 },
    traffic: { minDays: 7, minRequests: 5_000, maxPsi: 0.25, maxAgeDays: 30 },
    validity: { minResponses: 1_024, maxPassRatioDrop: 0.0625, maxAgeDays: 30 },
    routing: { maxAgeDays: 30 },
    drift: { maxAgeDays: 31 },
  },
  routes: {
    chat: { prompt: "answer", targets: [{ model: "large" }, { model: "small" }, { model: "large" }] },
    economy: { targets: [{ model: "small" }] },
  },
  models: {
    large: { modelId: "gpt-5.4-2026-03-05" },
    small: { modelId: "us.anthropic.claude-haiku-4-5-20251001-v1:0" },
  },
  behaviour: { prompts: { answer: { file: "prompts/answer.md" } } },
} as unknown as Config;

const target = (route: string, model: string) => ({
  route,
  model,
  cases: 40,
  repeats: 3,
  score: { value: 0.875, low: 0.75, high: 0.9375 },
  schemaValidRatio: 0.5,
  latencyP95Seconds: 10,
  usdPerRequest: 0.0625,
});

/** Results of each kind that meet every criterion exactly. */
export const results = {
  eval: {
    confidence: 0.95,
    method: "bootstrap over cases",
    targets: [target("chat", "large"), target("chat", "small"), target("economy", "small")],
  },
  fingerprint: {
    falseAlarmRate: 0.0625,
    method: "chi-squared over the first token",
    baseline: { signedOffBy: "Ada Example", date: "2026-11-01" },
    routes: [
      { route: "chat", samples: 30, pValue: 0.5, alarm: false },
      { route: "economy", samples: 30, pValue: 0.25, alarm: false },
    ],
    models: [
      { model: "large", served: ["gpt-5.4-2026-03-05"] },
      { model: "small", served: ["us.anthropic.claude-haiku-4-5-20251001-v1:0"] },
    ],
  },
  load: {
    peakRequestsPerSecond: 10,
    requestsPerSecond: 30,
    requests: 5_000,
    arrivals: { process: "poisson", coefficientOfVariation: 1, lag1Autocorrelation: 0 },
    fromScheduledTime: true,
    firstToken: { p50Seconds: 1, p95Seconds: 2.5, p99Seconds: 5 },
    total: { p50Seconds: 2, p95Seconds: 6, p99Seconds: 9 },
    errorRatio: 0.0625,
    fallbackRatio: 0.125,
  },
  cache: {
    patterns: [
      { route: "chat", requests: 500, hitRatio: 0.5, firstTokenP95Seconds: { hit: 0.5, miss: 1.5 } },
    ],
  },
  retrieval: {
    indexAgeHours: 24,
    queries: 100,
    recall: 0.75,
    p99Seconds: { at10: 0.5, at50: 0.5, at100: 0.5 },
  },
  traffic: {
    days: 7,
    productionRequests: 5_000,
    testedRequests: 4_000,
    dimensions: [{ name: "language", psi: 0.25 }],
    missing: ["Nobody tests Portuguese."],
  },
  validity: {
    staging: { responses: 1_024, passed: 992 },
    production: { responses: 1_024, passed: 1_024 },
    drop: { value: 0.03125, low: 0, high: 0.0625 },
    confidence: 0.95,
    method: "Newcombe",
    causes: { "cut-off": 32 },
  },
  routing: {
    faults: [...requiredFaults],
    underConcurrency: [...requiredFaults],
    routes: ["chat", "economy"],
    differences: [],
  },
  drift: { audited: { prompts: 1, models: 2, policies: 1 }, differences: [] },
} as const satisfies Record<KindName, object>;

type Json = Record<string, unknown>;

/** A statement of a kind that counts in every way, with some of its predicate replaced. */
export function statement(kind: KindName, predicate: Json = {}, top: Json = {}): Json {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "behaviour", digest: { sha256: hash } }],
    predicateType: `https://lockstep.dev/evidence/${kind}/v1`,
    predicate: {
      environment: "staging",
      stack: "staging",
      gateway: { before: hash, after: hash },
      providers: "real",
      tool: { name: "k6", version: "1.4.0", command: "k6 run load.js" },
      started: "2026-11-20T11:00:00Z",
      ended: "2026-11-20T12:00:00Z",
      samples: 6_000,
      repeats: 3,
      inconclusive: [],
      raw: { file: "raw.jsonl", sha256: rawDigest },
      results: results[kind],
      ...predicate,
    },
    ...top,
  };
}

export const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A file of evidence and the raw output beside it. */
export const evidenceFiles = (
  name: string,
  content: unknown,
  release = "2026-11-chat",
): Record<string, string> => ({
  [`releases/${release}/evidence/${name}`]: typeof content === "string" ? content : JSON.stringify(content),
  [`releases/${release}/evidence/raw.jsonl`]: raw,
});

export function release(id: string, closed?: { at: string; behaviourHash: string }): Release {
  const data = {
    id,
    owner: "Ada Example",
    created: "2026-11-01",
    state: closed === undefined ? ("open" as const) : ("closed" as const),
    changes: [],
    ...(closed === undefined ? {} : { closed }),
  };
  const file = `releases/${id}/release.yaml`;
  return { id, file, data, changes: [], position: () => ({ file, line: 1, column: 1 }) };
}

/** A promotion of the hash by one release, judged now. */
export const proof = (changes: Partial<Proof> = {}): Proof => ({
  hash,
  releases: [release("2026-11-chat")],
  at: now,
  promotion: true,
  first: false,
  ...changes,
});
