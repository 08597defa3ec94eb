import { describe, expect, it } from "vitest";
import type { Config } from "../../config/schema";
import {
  atLeast,
  atMost,
  type Criterion,
  holds,
  interval,
  type KindName,
  withUnit,
} from "../../lifecycle/kind";
import { kinds } from "../../lifecycle/kinds";
import { requiredFaults } from "../../lifecycle/kinds/routing";
import { config, results } from "./samples";

const criteria = (kind: KindName, changes: object = {}, changed: object = {}): Criterion[] =>
  kinds[kind].criteria({ ...results[kind], ...changes }, { ...config, ...changed } as Config);

/** As a table shows it: what, of what, measured, asked for, and what came out. */
const rows = (all: readonly Criterion[]) =>
  all.map(({ name, subject, measured, required, outcome }) =>
    [subject === undefined ? name : `${name} (${subject})`, measured, required, outcome].join(" | "),
  );

const only = (all: readonly Criterion[], outcome: Criterion["outcome"]) =>
  rows(all.filter((one) => one.outcome === outcome));
const fails = (kind: KindName, changes: object, changed: object = {}) =>
  only(criteria(kind, changes, changed), "fails");

describe("results that are exactly at every threshold", () => {
  it.each(Object.keys(results) as KindName[])("%s passes", (kind) => {
    expect(only(criteria(kind), "fails")).toEqual([]);
    expect(only(criteria(kind), "inconclusive")).toEqual([]);
    expect(criteria(kind).length).toBeGreaterThan(0);
  });

  it("are told with what was measured and what is asked for", () => {
    expect(rows(criteria("eval")).slice(0, 6)).toEqual([
      "minCases (chat on large) | 40 cases | at least 40 cases | passes",
      "minRepeats (chat on large) | 3 repeats of each case | at least 3 repeats of each case | passes",
      "minScore (chat on large) | 0.875 (interval 0.75 to 0.9375) | at least 0.75 at the interval's lower end | passes",
      "minSchemaValidRatio (chat on large) | 0.5 | at least 0.5 | passes",
      "maxLatencyP95Seconds (chat on large) | 10 seconds | at most 10 seconds | passes",
      "maxUsdPerRequest (chat on large) | 0.0625 USD per request | at most 0.0625 USD per request | passes",
    ]);
    expect(rows(criteria("eval")).slice(6)).toHaveLength(12);
    expect(rows(criteria("fingerprint"))).toEqual([
      "maxFalseAlarmRate | 0.0625 | at most 0.0625 | passes",
      "minSamples | 60 samples | at least 60 samples | passes",
      "alarm (chat) | no alarm | no alarm | passes",
      "alarm (economy) | no alarm | no alarm | passes",
      "served (large) | gpt-5.4-2026-03-05 | the pinned gpt-5.4-2026-03-05 | passes",
      "served (small) | us.anthropic.claude-haiku-4-5-20251001-v1:0 | the pinned us.anthropic.claude-haiku-4-5-20251001-v1:0 | passes",
    ]);
    expect(rows(criteria("load"))).toEqual([
      "minRequests | 5,000 requests | at least 5,000 requests | passes",
      "minPeakMultiple | 3 times peak | at least 3 times peak | passes",
      "arrivals | gaps with a coefficient of variation of 1 and an autocorrelation of 0 | Poisson arrivals: 1 ± 0.15 and 0 ± 0.1 | passes",
      "fromScheduledTime | latency from the scheduled time | latency from the scheduled time | passes",
      "maxFirstTokenP95Seconds | 2.5 seconds | at most 2.5 seconds | passes",
      "maxFirstTokenP99Seconds | 5 seconds | at most 5 seconds | passes",
      "maxErrorRatio | 0.0625 | at most 0.0625 | passes",
    ]);
    expect(rows(criteria("cache"))).toEqual([
      "minRequests (chat) | 500 requests | at least 500 requests | passes",
      "minHitRatio (chat) | 0.5 | at least 0.5 | passes",
    ]);
    expect(rows(criteria("retrieval"))).toEqual([
      "maxIndexAgeHours | 24 hours | at most 24 hours | passes",
      "minRecall | 0.75 | at least 0.75 | passes",
      "maxP99Seconds (10 times) | 0.5 seconds | at most 0.5 seconds | passes",
      "maxP99Seconds (50 times) | 0.5 seconds | at most 0.5 seconds | passes",
      "maxP99Seconds (100 times) | 0.5 seconds | at most 0.5 seconds | passes",
    ]);
    expect(rows(criteria("traffic"))).toEqual([
      "minDays | 7 days | at least 7 days | passes",
      "minRequests | 5,000 requests | at least 5,000 requests | passes",
      "dimensions | 1 dimension | at least one dimension | passes",
      "maxPsi (language) | 0.25 | at most 0.25 | passes",
    ]);
    expect(rows(criteria("validity"))).toEqual([
      "minResponses (staging) | 1,024 responses | at least 1,024 responses | passes",
      "minResponses (production) | 1,024 responses | at least 1,024 responses | passes",
      "maxPassRatioDrop | 0.03125 (interval 0 to 0.0625) | at most 0.0625 at the interval's upper end | passes",
    ]);
    expect(rows(criteria("routing"))).toEqual([
      "faults | 13 faults | all 13 faults that lockstep conform injects | passes",
      "underConcurrency | 13 faults | all 13 faults that lockstep conform injects | passes",
      "routes | 2 routes | every route | passes",
      "differences | 0 differences | none | passes",
    ]);
    expect(rows(criteria("drift"))).toEqual([
      "prompts | 1 audited | all 1 | passes",
      "models | 2 audited | all 2 | passes",
      "policies | 1 audited | the policy configuration | passes",
      "differences | 0 differences | none | passes",
    ]);
  });
});

describe("an evaluation", () => {
  const [first, ...others] = results.eval.targets;
  const changed = (changes: object) => ({ targets: [{ ...first, ...changes }, ...others] });
  const score = (value: number, low: number, high: number) => changed({ score: { value, low, high } });

  it.each([
    [{ cases: 39 }, "minCases (chat on large) | 39 cases | at least 40 cases | fails"],
    [
      { repeats: 2 },
      "minRepeats (chat on large) | 2 repeats of each case | at least 3 repeats of each case | fails",
    ],
    [{ schemaValidRatio: 0.499 }, "minSchemaValidRatio (chat on large) | 0.499 | at least 0.5 | fails"],
    [
      { latencyP95Seconds: 10.001 },
      "maxLatencyP95Seconds (chat on large) | 10.001 seconds | at most 10 seconds | fails",
    ],
    [
      { usdPerRequest: 0.0626 },
      "maxUsdPerRequest (chat on large) | 0.0626 USD per request | at most 0.0625 USD per request | fails",
    ],
  ])("fails with %j", (changes, expected) => {
    expect(fails("eval", changed(changes))).toEqual([expected]);
  });

  it("fails where the whole interval of the score is too low, and decides nothing where an end is not", () => {
    const shown = (value: number, low: number, high: number, outcome: string) =>
      `minScore (chat on large) | ${value} (interval ${low} to ${high}) | at least 0.75 at the interval's lower end | ${outcome}`;
    const outcome = (value: number, low: number, high: number) =>
      rows(criteria("eval", score(value, low, high))).filter((row) =>
        row.startsWith("minScore (chat on large)"),
      );
    expect(outcome(0.8, 0.75, 0.9)).toEqual([shown(0.8, 0.75, 0.9, "passes")]);
    expect(outcome(0.8, 0.749, 0.9)).toEqual([shown(0.8, 0.749, 0.9, "inconclusive")]);
    expect(outcome(0.7, 0.6, 0.75)).toEqual([shown(0.7, 0.6, 0.75, "inconclusive")]);
    expect(outcome(0.7, 0.6, 0.749)).toEqual([shown(0.7, 0.6, 0.749, "fails")]);
  });

  it("fails where a target was not evaluated: fallbacks have to be good too", () => {
    const none = (on: string) => `targets (${on}) | no case | cases for every target of a route | fails`;
    expect(fails("eval", { targets: others })).toEqual([none("chat on large")]);
    expect(fails("eval", { targets: [] })).toEqual(
      ["chat on large", "chat on small", "economy on small"].map(none),
    );
    expect(fails("eval", { targets: [first, { ...first, route: "economy" }, ...others.slice(1)] })).toEqual([
      none("chat on small"),
    ]);
  });

  it("decides nothing where a number was not measured", () => {
    const { schemaValidRatio: _, latencyP95Seconds: _seconds, usdPerRequest: _usd, ...less } = first ?? {};
    const all = criteria("eval", { targets: [less, ...others] });
    expect(only(all, "fails")).toEqual([]);
    expect(only(all, "inconclusive")).toEqual([
      "minSchemaValidRatio (chat on large) | not measured | at least 0.5 | inconclusive",
      "maxLatencyP95Seconds (chat on large) | not measured | at most 10 seconds | inconclusive",
      "maxUsdPerRequest (chat on large) | not measured | at most 0.0625 USD per request | inconclusive",
    ]);
  });

  it.each([
    [{ low: 8, high: 10 }, "passes"],
    [{ low: 8, high: 10.5 }, "inconclusive"],
  ])(
    "takes latency and cost by their intervals, where there are some: %j %s",
    (latencyP95Interval, outcome) => {
      const rest = changed({ latencyP95Interval, usdPerRequestInterval: { low: 0.0625, high: 0.0625 } });
      expect(
        rows(criteria("eval", rest)).filter((row) =>
          / \(chat on large\).*interval [\d.]+ to [\d.]+\) \| at most/.test(row),
        ),
      ).toEqual([
        `maxLatencyP95Seconds (chat on large) | 10 seconds (interval 8 to ${latencyP95Interval.high}) | at most 10 seconds at the interval's upper end | ${outcome}`,
        "maxUsdPerRequest (chat on large) | 0.0625 USD per request (interval 0.0625 to 0.0625) | at most 0.0625 USD per request at the interval's upper end | passes",
      ]);
    },
  );

  it.each([
    [{ coreCases: 2, corePassed: 2 }, "core (chat on large) | 2 of 2 passed", "passes"],
    [{ coreCases: 2, corePassed: 1 }, "core (chat on large) | 1 of 2 passed", "fails"],
    [{ coreCases: 2 }, "core (chat on large) | 0 of 2 passed", "fails"],
    [{ coreCases: 0, corePassed: 0 }, "core (chat on large) | no case is tagged core", "inconclusive"],
  ])("asks for all of the core reasoning path: %j", (changes, shown, outcome) => {
    expect(rows(criteria("eval", changed(changes))).filter((row) => row.startsWith("core"))).toEqual([
      `${shown} | every case of the core reasoning path passed in every repeat | ${outcome}`,
    ]);
  });

  it("fails where tokens cost more than the declared prices say", () => {
    const priced = (measured: number) =>
      fails("eval", changed({ usdPerMillionTokens: { measured, declared: 5 } }));
    expect(priced(5)).toEqual([]);
    expect(priced(5.0001)).toEqual([
      "usdPerMillionTokens (chat on large) | 5.0001 USD per million tokens | at most 5 USD per million tokens | fails",
    ]);
  });

  it("is none with a value outside of its interval, or with an interval of nothing", () => {
    const isRead = (changes: object) =>
      kinds.eval.results.safeParse({ ...results.eval, ...changed(changes) }).success;
    expect(isRead({ latencyP95Interval: { low: 9, high: 10 } })).toBe(true);
    expect(isRead({ latencyP95Interval: { low: 1, high: 9 } })).toBe(false);
    expect(isRead({ latencyP95Seconds: undefined, latencyP95Interval: { low: 1, high: 9 } })).toBe(false);
    expect(isRead({ usdPerRequestInterval: { low: 0.0626, high: 1 } })).toBe(false);
  });

  it("asks for as many cases and repeats as the acceptance criteria do", () => {
    expect(kinds.eval.minimumSamples(config)).toBe(40);
    expect(kinds.eval.minimumRepeats(config)).toBe(3);
    expect(kinds.eval.random).toBe(true);
  });
});

describe("a fingerprint", () => {
  const [chat, economy] = results.fingerprint.routes;
  const served = (model: string, ...ids: string[]) => ({
    models: [...results.fingerprint.models.filter((one) => one.model !== model), { model, served: ids }],
  });

  it.each([
    [{ falseAlarmRate: 0.0626 }, "maxFalseAlarmRate | 0.0626 | at most 0.0625 | fails"],
    [
      { routes: [{ ...chat, samples: 29 }, economy] },
      "minSamples | 59 samples | at least 60 samples | fails",
    ],
    [{ routes: [{ ...chat, samples: 60 }] }, "routes (economy) | no sample | samples of every route | fails"],
    [
      { routes: [{ ...chat, pValue: 0.001, alarm: true }, economy] },
      "alarm (chat) | an alarm (p = 0.001) | no alarm | fails",
    ],
    [
      served("large", "gpt-5.4-2026-06-01"),
      "served (large) | gpt-5.4-2026-06-01 | the pinned gpt-5.4-2026-03-05 | fails",
    ],
    [
      served("large", "gpt-5.4-2026-03-05", "gpt-5.4-mini", "gpt-5.4"),
      "served (large) | gpt-5.4-mini, gpt-5.4 | the pinned gpt-5.4-2026-03-05 | fails",
    ],
    [
      { models: results.fingerprint.models.slice(1) },
      "served (large) | no answer | the pinned gpt-5.4-2026-03-05 | fails",
    ],
  ])("fails with %j", (changes, expected) => {
    expect(fails("fingerprint", changes)).toEqual([expected]);
  });

  it.each([
    ["the pinned id", served("large", "gpt-5.4-2026-03-05")],
    ["the provider before the id", served("large", "openai/gpt-5.4-2026-03-05")],
    ["a profile without its geography", served("small", "anthropic.claude-haiku-4-5-20251001-v1:0")],
    ["a model that is not declared any more", served("retired", "anything")],
  ])("passes with %s", (_, changes) => {
    expect(fails("fingerprint", changes)).toEqual([]);
  });

  it.each([
    ["the end of the id", served("large", "2026-03-05")],
    ["a longer id", served("large", "my-gpt-5.4-2026-03-05")],
  ])("fails with %s", (_, changes) => {
    expect(fails("fingerprint", changes)).toHaveLength(1);
  });

  it("takes what was asked for where a provider names no model, and nowhere else", () => {
    const models = [
      { ...results.fingerprint.models[0], by: "request" },
      { ...results.fingerprint.models[1], by: "request" },
    ];
    const providers = (large: string, small: string) => ({
      ...config,
      models: {
        large: { ...config.models.large, provider: large },
        small: { ...config.models.small, provider: small },
      },
    });
    const served = (large: string, small: string) =>
      criteria("fingerprint", { models }, providers(large, small))
        .filter(({ name }) => name === "served")
        .map(({ outcome }) => outcome);
    expect(served("azure", "bedrock")).toEqual(["passes", "passes"]);
    expect(served("openai", "bedrock")).toEqual(["inconclusive", "passes"]);
    expect(served("vertex", "anthropic")).toEqual(["passes", "inconclusive"]);
  });

  it("asks for two repeats of each prompt at least", () => {
    expect(kinds.fingerprint.minimumSamples(config)).toBe(60);
    expect(kinds.fingerprint.minimumRepeats(config)).toBe(2);
    expect(kinds.fingerprint.random).toBe(true);
  });
});

describe("a load test", () => {
  const arrivals = (changes: object) => ({ arrivals: { ...results.load.arrivals, ...changes } });
  const gaps = (variation: number, correlation: number) =>
    `arrivals | gaps with a coefficient of variation of ${variation} and an autocorrelation of ${correlation} | Poisson arrivals: 1 ± 0.15 and 0 ± 0.1 | fails`;
  const { firstToken } = results.load;

  it.each([
    [{ requests: 4_999 }, "minRequests | 4,999 requests | at least 5,000 requests | fails"],
    [{ requestsPerSecond: 29 }, "minPeakMultiple | 2.9 times peak | at least 3 times peak | fails"],
    [{ peakRequestsPerSecond: 12 }, "minPeakMultiple | 2.5 times peak | at least 3 times peak | fails"],
    [arrivals({ process: "other" }), gaps(1, 0)],
    [arrivals({ coefficientOfVariation: 1.16 }), gaps(1.16, 0)],
    [arrivals({ coefficientOfVariation: 0.84 }), gaps(0.84, 0)],
    [arrivals({ lag1Autocorrelation: 0.11 }), gaps(1, 0.11)],
    [arrivals({ lag1Autocorrelation: -0.11 }), gaps(1, -0.11)],
    [
      { fromScheduledTime: false },
      "fromScheduledTime | latency from the time of sending | latency from the scheduled time | fails",
    ],
    [
      { firstToken: { ...firstToken, p95Seconds: 2.6 } },
      "maxFirstTokenP95Seconds | 2.6 seconds | at most 2.5 seconds | fails",
    ],
    [
      { firstToken: { ...firstToken, p99Seconds: 5.1 } },
      "maxFirstTokenP99Seconds | 5.1 seconds | at most 5 seconds | fails",
    ],
    [{ errorRatio: 0.0626 }, "maxErrorRatio | 0.0626 | at most 0.0625 | fails"],
  ])("fails with %j", (changes, expected) => {
    expect(fails("load", changes)).toEqual([expected]);
  });

  it.each([
    [arrivals({ coefficientOfVariation: 1.125 })],
    [arrivals({ coefficientOfVariation: 0.875 })],
    [arrivals({ lag1Autocorrelation: 0.1 })],
    [arrivals({ lag1Autocorrelation: -0.1 })],
    [{ fallbackRatio: 1 }],
  ])("passes with %j", (changes) => {
    expect(fails("load", changes)).toEqual([]);
  });
});

describe("the cache, retrieval, traffic and validity", () => {
  const [pattern] = results.cache.patterns;
  const [dimension] = results.traffic.dimensions;
  const { p99Seconds } = results.retrieval;

  it.each<[KindName, object, string[]]>([
    [
      "cache",
      { patterns: [{ ...pattern, requests: 499 }] },
      ["minRequests (chat) | 499 requests | at least 500 requests | fails"],
    ],
    [
      "cache",
      { patterns: [{ ...pattern, hitRatio: 0.49 }] },
      ["minHitRatio (chat) | 0.49 | at least 0.5 | fails"],
    ],
    [
      "cache",
      { patterns: [{ ...pattern, route: "economy" }] },
      ["patterns (chat) | no request | requests of every route with a prompt | fails"],
    ],
    ["retrieval", { indexAgeHours: 24.5 }, ["maxIndexAgeHours | 24.5 hours | at most 24 hours | fails"]],
    ["retrieval", { recall: 0.7 }, ["minRecall | 0.7 | at least 0.75 | fails"]],
    [
      "retrieval",
      { p99Seconds: { at10: 0.6, at50: 0.7, at100: 0.8 } },
      [
        "maxP99Seconds (10 times) | 0.6 seconds | at most 0.5 seconds | fails",
        "maxP99Seconds (50 times) | 0.7 seconds | at most 0.5 seconds | fails",
        "maxP99Seconds (100 times) | 0.8 seconds | at most 0.5 seconds | fails",
      ],
    ],
    [
      "retrieval",
      { p99Seconds: { ...p99Seconds, at100: 0.51 } },
      ["maxP99Seconds (100 times) | 0.51 seconds | at most 0.5 seconds | fails"],
    ],
    [
      "retrieval",
      { recall: 0.7, recallInterval: { low: 0.65, high: 0.74 } },
      ["minRecall | 0.7 (interval 0.65 to 0.74) | at least 0.75 at the interval's lower end | fails"],
    ],
    ["retrieval", { errors: 1 }, ["errors | 1 failed | no failed search | fails"]],
    ["traffic", { days: 6.5 }, ["minDays | 6.5 days | at least 7 days | fails"]],
    [
      "traffic",
      { productionRequests: 4_999 },
      ["minRequests | 4,999 requests | at least 5,000 requests | fails"],
    ],
    [
      "traffic",
      {
        dimensions: [
          {
            ...dimension,
            psi: 0.3,
            psiInterval: { low: 0.26, high: 0.4 },
            jensenShannon: { value: 0.06, low: 0.051, high: 0.07 },
            kolmogorovSmirnov: { value: 0.2, low: 0.1, high: 0.2 },
          },
        ],
      },
      [
        "maxPsi (language) | 0.3 (interval 0.26 to 0.4) | at most 0.25 at the interval's upper end | fails",
        "maxJensenShannon (language) | 0.06 (interval 0.051 to 0.07) | at most 0.05 at the interval's upper end | fails",
      ],
    ],
    [
      "traffic",
      {
        outputs: {
          sent: 1_000,
          answered: 989,
          speed: 10,
          dimensions: [
            { name: "refusals", psi: 0.25 },
            { name: "format", psi: 0.26 },
          ],
        },
      },
      [
        "answered (replay) | 0.989 | at least 0.99 | fails",
        "maxPsi (replay: format) | 0.26 | at most 0.25 | fails",
      ],
    ],
    ["traffic", { dimensions: [] }, ["dimensions | 0 dimensions | at least one dimension | fails"]],
    [
      "traffic",
      { dimensions: [dimension, { name: "length", psi: 0.26 }] },
      ["maxPsi (length) | 0.26 | at most 0.25 | fails"],
    ],
    [
      "validity",
      { staging: { responses: 999, passed: 990 } },
      ["minResponses (staging) | 999 responses | at least 1,024 responses | fails"],
    ],
    [
      "validity",
      { production: { responses: 999, passed: 990 } },
      ["minResponses (production) | 999 responses | at least 1,024 responses | fails"],
    ],
    [
      "validity",
      { drop: { value: 0.1, low: 0.07, high: 0.13 } },
      ["maxPassRatioDrop | 0.1 (interval 0.07 to 0.13) | at most 0.0625 at the interval's upper end | fails"],
    ],
  ])("%s fails with %j", (kind, changes, expected) => {
    expect(fails(kind, changes)).toEqual(expected);
  });

  it("validity decides nothing where the interval of the drop lies on both sides", () => {
    const outcome = (low: number, high: number) =>
      criteria("validity", { drop: { value: low, low, high } }).at(-1)?.outcome;
    expect([outcome(0.0625, 0.0625), outcome(0.0625, 0.063), outcome(0.0626, 0.063)]).toEqual([
      "passes",
      "inconclusive",
      "fails",
    ]);
    expect(outcome(-0.5, -0.1)).toBe("passes");
  });

  it.each([
    { recall: 0.8, recallInterval: { low: 0.75, high: 0.85 } },
    {
      p99Interval: { at10: { low: 0, high: 0.5 }, at50: { low: 0, high: 0.5 }, at100: { low: 0, high: 0.5 } },
    },
    { errors: 0 },
  ])("retrieval passes with %j", (changes) => {
    expect(fails("retrieval", changes)).toEqual([]);
  });

  it.each([
    [
      { p99Seconds: { at10: 0.1, at100: 0.1 } },
      "maxP99Seconds (50 times) | nothing | at most 0.5 seconds | inconclusive",
    ],
    [
      { recall: 0.8, recallInterval: { low: 0.74, high: 0.85 } },
      "minRecall | 0.8 (interval 0.74 to 0.85) | at least 0.75 at the interval's lower end | inconclusive",
    ],
    [
      { p99Seconds: { at10: 0.1, at50: 0.1, at100: 0.49 }, p99Interval: { at100: { low: 0.4, high: 0.51 } } },
      "maxP99Seconds (100 times) | 0.49 seconds (interval 0.4 to 0.51) | at most 0.5 seconds at the interval's upper end | inconclusive",
    ],
  ])("retrieval decides nothing with %j", (changes, expected) => {
    const undecided = criteria("retrieval", changes).filter(({ outcome }) => outcome !== "passes");
    expect(rows(undecided)).toEqual([expected]);
  });

  it.each<[object, boolean]>([
    [{ recallInterval: { low: results.retrieval.recall, high: 1 } }, true],
    [{ recall: 0.9, recallInterval: { low: 0.91, high: 1 } }, false],
    [{ recall: 0.9, recallInterval: { low: 0.8, high: 0.89 } }, false],
    [{ p99Seconds: { at10: 9 }, p99Interval: { at10: { low: 8, high: 9 } } }, true],
    [{ p99Seconds: { at10: 9 }, p99Interval: { at10: { low: 0.1, high: 0.2 } } }, false],
    [{ p99Seconds: { at10: 9 }, p99Interval: { at50: { low: 0.1, high: 0.2 } } }, false],
  ])("an interval of retrieval has its value in it: %j", (changes, taken) => {
    const { success } = kinds.retrieval.results.safeParse({ ...results.retrieval, ...changes });
    expect(success).toBe(taken);
  });

  it("traffic passes with cases that nobody tests: they are told, not judged", () => {
    expect(fails("traffic", { missing: ["Nobody tests Portuguese."] })).toEqual([]);
  });
});

describe("routing and drift", () => {
  const difference = { fault: "429", route: "chat", difference: "One retry more." };
  it.each<[KindName, object, object, string[]]>([
    [
      "routing",
      { faults: requiredFaults.filter((fault) => fault !== "timeout" && fault !== "401") },
      {},
      ["faults | no timeout, no 401 | all 13 faults that lockstep conform injects | fails"],
    ],
    [
      "routing",
      { underConcurrency: requiredFaults.slice(1) },
      {},
      ["underConcurrency | no 429 | all 13 faults that lockstep conform injects | fails"],
    ],
    ["routing", { routes: ["chat"] }, {}, ["routes | not economy | every route | fails"]],
    ["routing", { routes: [] }, {}, ["routes | not chat, economy | every route | fails"]],
    ["routing", { differences: [difference] }, {}, ["differences | 1 difference | none | fails"]],
    [
      "drift",
      { audited: { prompts: 0, models: 2, policies: 1 } },
      {},
      ["prompts | 0 audited | all 1 | fails"],
    ],
    [
      "drift",
      { audited: { prompts: 1, models: 1, policies: 1 } },
      {},
      ["models | 1 audited | all 2 | fails"],
    ],
    [
      "drift",
      { audited: { prompts: 1, models: 2, policies: 0 } },
      {},
      ["policies | 0 audited | the policy configuration | fails"],
    ],
    ["drift", { differences: [difference, difference] }, {}, ["differences | 2 differences | none | fails"]],
  ])("%s fails with %j", (kind, changes, changed, expected) => {
    expect(fails(kind, changes, changed)).toEqual(expected);
  });

  it.each<[KindName, object]>([
    ["routing", { faults: [...requiredFaults, "reset"], routes: ["chat", "economy", "other"] }],
    ["drift", { audited: { prompts: 9, models: 9, policies: 9 } }],
    [
      "drift",
      {
        areas: [{ area: "limits", compared: 0, notAudited: ["The state was not read."], leftAside: [] }],
        expiring: [{ area: "secrets", name: "credential openai", ends: "2026-12-01" }],
        last: "2026-10-01",
        gone: [{ area: "limits", name: "limits.dailyUsd", difference: "it differed", since: "2026-09-01" }],
      },
    ],
  ])("%s passes with more than is asked for", (kind, changes) => {
    expect(fails(kind, changes)).toEqual([]);
  });
});

describe("what each kind asks for before its results are looked at", () => {
  const asked = (kind: KindName) => {
    const { minimumSamples, minimumRepeats, random, comparesWithProduction } = kinds[kind];
    return [minimumSamples(config), minimumRepeats(config), random, comparesWithProduction];
  };
  it.each<[KindName, unknown[]]>([
    ["eval", [40, 3, true, false]],
    ["fingerprint", [60, 2, true, false]],
    ["load", [5_000, 1, false, false]],
    ["cache", [500, 1, false, false]],
    ["retrieval", [1, 1, false, false]],
    ["traffic", [5_000, 1, false, true]],
    ["validity", [1_024, 1, false, true]],
    ["routing", [13, 1, false, false]],
    ["drift", [1, 1, false, false]],
  ])("%s", (kind, expected) => {
    expect(asked(kind)).toEqual(expected);
  });
});

describe("a criterion", () => {
  it("says how far it is on the good side, as a share of the threshold", () => {
    expect(atLeast("n", 3, 2, "cases")).toEqual({
      name: "n",
      measured: "3 cases",
      required: "at least 2 cases",
      outcome: "passes",
      margin: 0.5,
    });
    expect(atMost("n", 3, 2, "", "chat")).toEqual({
      name: "n",
      subject: "chat",
      measured: "3",
      required: "at most 2",
      outcome: "fails",
      margin: -0.5,
    });
    expect(atMost("n", 1, -2, "").margin).toBe(-1.5);
    expect(interval("n", { value: 5, low: 4, high: 8 }, 4, "higher", "s").margin).toBe(0);
    expect(interval("n", { value: 5, low: 4, high: 8 }, 4, "lower", "s", "chat")).toEqual({
      name: "n",
      subject: "chat",
      measured: "5 s (interval 4 to 8)",
      required: "at most 4 s at the interval's upper end",
      outcome: "inconclusive",
      margin: -1,
    });
  });

  it("says no share of nothing", () => {
    expect(atMost("n", 1, 0, "")).toEqual({
      name: "n",
      measured: "1",
      required: "at most 0",
      outcome: "fails",
    });
    expect(interval("n", { value: 0, low: 0, high: 0 }, 0, "lower", "")).not.toHaveProperty("margin");
  });

  it("that something holds has no threshold", () => {
    expect(holds("n", true, "so", "so")).toEqual({
      name: "n",
      measured: "so",
      required: "so",
      outcome: "passes",
    });
    expect(holds("n", false, "otherwise", "so", "chat")).toEqual({
      name: "n",
      subject: "chat",
      measured: "otherwise",
      required: "so",
      outcome: "fails",
    });
  });

  it("names no unit where there is none", () => {
    expect(["", "ratio", "seconds"].map((unit) => withUnit(1_234.5, unit))).toEqual([
      "1,234.5",
      "1,234.5",
      "1,234.5 seconds",
    ]);
  });
});
