import { describe, expect, it } from "vitest";
import {
  type Baseline,
  BaselineError,
  formatBaseline,
  readBaseline,
} from "../../measure/fingerprint/baseline";
import { compare, type Sides } from "../../measure/fingerprint/compare";
import type { Features } from "../../measure/fingerprint/features";
import { type CanaryFound, canaryResults } from "../../measure/fingerprint/results";
import { random } from "../../measure/standIn/random";
import { cells, config, values } from "./canaryCells";

describe("a comparison", () => {
  const sides = (after: number[]): Sides[] =>
    Array.from({ length: 4 }, () => ({
      route: "chat",
      before: [1, 2, 3, 4].map(values),
      after: after.map(values),
    }));
  const options = { rate: 0.01, seed: "test", permutations: 999 };

  it("alarms at the rate, and says which feature moved", () => {
    const { routes, inconclusive } = compare(sides([7, 8, 9]), options);
    expect(inconclusive).toEqual([]);
    expect(routes).toEqual([
      {
        route: "chat",
        samples: 12,
        pValue: 0.001,
        alarm: true,
        features: [
          { feature: "length", pValue: 0.001, before: 2.5, after: 8 },
          { feature: "wording", pValue: 1 },
        ],
      },
    ]);
    expect(compare(sides([1, 2, 4]), options).routes[0]?.alarm).toBe(false);
  });

  it("decides nothing where no labelling could be an alarm", () => {
    const few = (count: number) => compare(sides([1, 2, 3]).slice(0, count), options).inconclusive;
    expect(few(1)).toEqual(["chat has too few answers for an alarm at the rate of 0.01."]);
    expect(few(2)).toEqual([]);
  });

  it("decides nothing where a feature of the baseline is gone, and takes no note of a new one", () => {
    const log = (one: Features): Features => ({ ...one, values: { ...one.values, logprob: -1 } });
    const gone = sides([1, 2, 3]).map((side) => ({ ...side, before: side.before.map(log) }));
    expect(compare(gone, options).inconclusive).toEqual([
      "The baseline has a feature that the new answers lack: chat: logprob.",
    ]);
    const added = sides([1, 2, 3]).map((side) => ({ ...side, after: side.after.map(log) }));
    expect(compare(added, options).inconclusive).toEqual([]);
  });
});

describe("results", () => {
  const answers = (seed: string, count: number, shift = 0): Features[] => {
    const next = random(seed);
    return Array.from({ length: count }, () => values(next() + shift));
  };
  const baseline: Baseline = {
    version: 1,
    kind: "fingerprint baseline",
    signedOffBy: "Ada Example",
    date: "2026-11-01",
    measured: {
      environment: "staging",
      stack: "staging",
      behaviourHash: "0".repeat(64),
      providers: "stub",
      started: "2026-11-01T10:00:00.000Z",
      ended: "2026-11-01T11:00:00.000Z",
      samples: 48,
    },
    models: [{ model: "chat-large", served: ["gpt-5.4-2026-03-05"] }],
    cells: cells.map(({ route, target, prompt, digest, key }) => ({
      route,
      target,
      prompt,
      digest,
      answers: answers(key, 6),
    })),
  };
  const found = (change: Partial<CanaryFound> = {}, shift = 0): CanaryFound => ({
    cells,
    repeats: 3,
    records: cells.flatMap(({ key }) =>
      answers(`${key} now`, 3, shift).map((features) => ({
        cell: key,
        atSeconds: 1,
        requests: 1,
        usd: 0,
        status: 200,
        features,
      })),
    ),
    served: { models: [], inconclusive: [] },
    providers: "stub",
    embedding: undefined,
    stopped: undefined,
    ...change,
  });

  it("are the kind's own, with what they were computed from", () => {
    const { results, samples, repeats, inconclusive, raw } = canaryResults(config, found(), baseline);
    expect([samples, repeats, inconclusive]).toEqual([24, 3, []]);
    expect(results).toMatchObject({
      falseAlarmRate: 0.01,
      baseline: { signedOffBy: "Ada Example", date: "2026-11-01" },
      routes: [
        { route: "support-chat", samples: 12, alarm: false },
        { route: "ticket-triage", samples: 6, alarm: false },
        { route: "economy-chat", samples: 6, alarm: false },
      ],
      models: [],
    });
    expect(String(results.method).length).toBeLessThanOrEqual(500);
    expect(raw).toHaveProperty("answers.0.answers.length", 3);
  });

  it("alarm for routes whose answers moved", () => {
    const { routes } = canaryResults(config, found({}, 2), baseline);
    expect(routes.map(({ alarm }) => alarm)).toEqual([true, true, true]);
  });

  const inconclusive = (change: Partial<CanaryFound>, by = baseline) =>
    canaryResults(config, found(change), by).inconclusive;

  it.each([
    [{ stopped: "It was stopped at its bound of 1 USD." }, "It was stopped at its bound of 1 USD."],
    [{ providers: "real" as const }, "The baseline is of stub providers, and these answers of real ones."],
    [{ served: { models: [], inconclusive: ["Nobody said."] } }, "Nobody said."],
  ])("decide nothing with %j", (change, reason) => {
    expect(inconclusive(change)).toEqual([reason]);
  });

  it("decide nothing where prompts are asked otherwise than the baseline's", () => {
    const [first, ...others] = cells;
    const other = { ...(first as (typeof cells)[number]), digest: "f".repeat(16) };
    expect(inconclusive({ cells: [other, ...others] })).toEqual([
      "The baseline has no answers to 1 of 8 prompts as they are asked now: sign off new ones with --accept.",
    ]);
  });

  it("decide nothing where more than one in twenty had no answer", () => {
    const many = {
      repeats: 10,
      records: cells.flatMap(({ key }) =>
        answers(key, 10).map((features) => ({
          cell: key,
          atSeconds: 1,
          requests: 1,
          usd: 0,
          status: 200,
          features,
        })),
      ),
    };
    const failing = (count: number) => ({
      ...many,
      records: many.records.map((record, index) => {
        const { features: _, ...without } = record;
        return index % 10 === 0 && index < 10 * count ? { ...without, status: 429 } : record;
      }),
    });
    expect(inconclusive(failing(4))).toEqual([]);
    expect(inconclusive(failing(5))).toEqual([
      "6.3 % of the requests had no answer (status 429); 5 % are the most.",
    ]);
  });

  it("decide nothing with another model's embeddings", () => {
    expect(inconclusive({ embedding: "new" }, { ...baseline, embedding: "old" })).toEqual([
      "The baseline's embeddings are of another model.",
    ]);
    expect(inconclusive({ embedding: "old" }, { ...baseline, embedding: "old" })).toEqual([]);
  });

  it("come from a baseline that is read as it was written, and nothing else", () => {
    const text = formatBaseline(baseline);
    expect(readBaseline(text, "b.json")).toEqual(baseline);
    expect(text.split("\n").filter((line) => line.includes('"digest"'))).toHaveLength(8);
    expect(() => readBaseline("{", "b.json")).toThrow(new BaselineError("b.json is no JSON."));
    expect(() => readBaseline(text.replace('"Ada Example"', '"A"'), "b.json")).toThrow(
      'b.json is no baseline: signedOffBy is not as "lockstep canary --accept" writes it.',
    );
  });
});
