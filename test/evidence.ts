import { createHash } from "node:crypto";
import { memoryFiles } from "../config/files";
import { loadPair } from "../config/pair";
import type { Config } from "../config/schema";
import { type KindName, kindNames } from "../lifecycle/kind";
import { requiredFaults } from "../lifecycle/kinds/routing";
import { predicateType, statementType } from "../lifecycle/statement";
import type { Edit, Entries } from "./shipped";

/** Results of every kind that meet the acceptance criteria of a configuration, each with a little room. */
export function passingResults(config: Config): Record<KindName, Record<string, unknown>> {
  const { acceptance, routes, models } = config;
  const targets = Object.entries(routes).flatMap(([route, { targets: declared }]) =>
    [...new Set(declared.map(({ model }) => model))].map((model) => ({ route, model })),
  );
  const names = Object.keys(routes);
  const { load, cache, eval: asked } = acceptance;
  const score = (asked.minScore + 1) / 2;
  return {
    eval: {
      confidence: 0.95,
      method: "bootstrap over cases",
      targets: targets.map((target) => ({
        ...target,
        cases: asked.minCases,
        repeats: asked.minRepeats,
        score: { value: score, low: asked.minScore, high: 1 },
        schemaValidRatio: 1,
        latencyP95Seconds: asked.maxLatencyP95Seconds / 2,
        usdPerRequest: asked.maxUsdPerRequest / 2,
      })),
    },
    fingerprint: {
      falseAlarmRate: acceptance.fingerprint.maxFalseAlarmRate,
      method: "permutation test over length and format",
      baseline: { signedOffBy: "Ada Example", date: "2026-11-01" },
      routes: names.map((route) => ({
        route,
        samples: acceptance.fingerprint.minSamples,
        pValue: 0.5,
        alarm: false,
      })),
      models: Object.entries(models).map(([model, { modelId }]) => ({ model, served: [modelId] })),
    },
    load: {
      peakRequestsPerSecond: 10,
      requestsPerSecond: 10 * load.minPeakMultiple,
      requests: load.minRequests,
      arrivals: { process: "poisson", coefficientOfVariation: 1.01, lag1Autocorrelation: 0.004 },
      fromScheduledTime: true,
      firstToken: {
        p50Seconds: 0.1,
        p95Seconds: load.maxFirstTokenP95Seconds / 2,
        p99Seconds: load.maxFirstTokenP99Seconds / 2,
      },
      total: { p50Seconds: 1, p95Seconds: 2, p99Seconds: 3 },
      errorRatio: load.maxErrorRatio / 2,
      fallbackRatio: 0,
    },
    cache: {
      patterns: names.map((route) => ({
        route,
        requests: cache.minRequests,
        hitRatio: (1 + cache.minHitRatio) / 2,
        firstTokenP95Seconds: { hit: 0.2, miss: 0.9 },
      })),
    },
    retrieval: {
      indexAgeHours: acceptance.retrieval.maxIndexAgeHours / 2,
      queries: 50,
      recall: (1 + acceptance.retrieval.minRecall) / 2,
      p99Seconds: {
        at10: acceptance.retrieval.maxP99Seconds / 4,
        at50: acceptance.retrieval.maxP99Seconds / 3,
        at100: acceptance.retrieval.maxP99Seconds / 2,
      },
    },
    traffic: {
      days: acceptance.traffic.minDays,
      productionRequests: acceptance.traffic.minRequests,
      testedRequests: 1_000,
      dimensions: [{ name: "input length", psi: acceptance.traffic.maxPsi / 2 }],
      missing: [],
    },
    validity: {
      staging: {
        responses: acceptance.validity.minResponses,
        passed: acceptance.validity.minResponses,
      },
      production: {
        responses: acceptance.validity.minResponses,
        passed: acceptance.validity.minResponses,
      },
      drop: {
        value: 0,
        low: -acceptance.validity.maxPassRatioDrop / 2,
        high: acceptance.validity.maxPassRatioDrop / 2,
      },
      confidence: 0.95,
      method: "Newcombe's interval for a difference of proportions",
      causes: {},
    },
    routing: {
      faults: [...requiredFaults],
      underConcurrency: [...requiredFaults],
      routes: names,
      differences: [],
    },
    drift: {
      audited: {
        prompts: Object.keys(config.behaviour.prompts).length,
        models: Object.keys(models).length,
        policies: 1,
      },
      differences: [],
    },
  };
}

export interface Made {
  hash: string;
  ended: string;
  /** Fields of the predicate that are to be otherwise. */
  predicate?: Record<string, unknown>;
  results: Record<string, unknown>;
}

const raw = '{"made":"for a test"}\n';

/** A statement made up for a test, and its raw output, as entries of a project. */
export function statement(
  release: string,
  kind: KindName,
  { hash, ended, predicate, results }: Made,
): Entries {
  const folder = `releases/${release}/evidence`;
  const stem = `${kind}-${ended.replace(/[-:]/g, "")}-${hash.slice(0, 12)}`;
  const file = `${stem}.raw.json`;
  const data = {
    _type: statementType,
    subject: [{ name: "behaviour", digest: { sha256: hash } }],
    predicateType: predicateType(kind),
    predicate: {
      environment: "staging",
      stack: "staging",
      gateway: { before: hash, after: hash },
      providers: "real",
      tool: { name: "made for a test", version: "1", command: "vitest" },
      started: new Date(Date.parse(ended) - 600_000).toISOString(),
      ended,
      samples: 1_000_000,
      repeats: 3,
      inconclusive: [],
      raw: { file, sha256: createHash("sha256").update(raw).digest("hex") },
      results,
      ...predicate,
    },
  };
  return {
    [`${folder}/${stem}.intoto.json`]: `${JSON.stringify(data, null, 2)}\n`,
    [`${folder}/${file}`]: raw,
  };
}

/** Passing evidence of every kind about the behaviour hash that production has, in a release's folder. */
export function evidenceFor(
  release: string,
  ended: string,
  change: (kind: KindName, made: Made) => Made | undefined = (_, made) => made,
): Edit {
  return (entries) => {
    const { pair } = loadPair(memoryFiles(entries), "production");
    if (!pair) throw new Error("The pair cannot be read.");
    const { config, behaviourHash: hash } = pair.production;
    const results = passingResults(config);
    const made = kindNames.flatMap((kind) => change(kind, { hash, ended, results: results[kind] }) ?? []);
    const kept = kindNames.filter(
      (kind) => change(kind, { hash, ended, results: results[kind] }) !== undefined,
    );
    return Object.assign(
      { ...entries },
      ...made.map((one, index) => statement(release, kept[index] as KindName, one)),
    );
  };
}

const closedAt = "2026-11-20T12:00:00Z";

/**
 * Makes whatever production is after some edits that of the closed first release, with passing evidence: for tests
 * that are about something else. A pair that cannot be read is left as it is.
 */
export const proven: Edit = (entries) => {
  const rest = Object.fromEntries(
    Object.entries(entries).filter(([path]) => !path.startsWith("releases/initial/")),
  );
  const { pair } = loadPair(memoryFiles(rest), "production");
  if (!pair) return entries;
  return evidenceFor(
    "initial",
    "2026-11-20T11:00:00Z",
  )({
    ...rest,
    "releases/initial/release.yaml": closedRelease("initial", closedAt, pair.production.behaviourHash),
  });
};

/** A closed release without changes, as text. */
export const closedRelease = (id: string, at: string, hash: string): string => `id: ${id}
owner: Ada Example
created: "2026-11-01"
state: closed
changes: []
closed:
  at: "${at}"
  behaviourHash: ${hash}
`;
