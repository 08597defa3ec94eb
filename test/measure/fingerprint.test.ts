import { describe, expect, it } from "vitest";
import { Budget } from "../../measure/budget";
import type { FullAnswer } from "../../measure/client";
import {
  type Baseline,
  BaselineError,
  formatBaseline,
  readBaseline,
} from "../../measure/fingerprint/baseline";
import { compare, type Sides } from "../../measure/fingerprint/compare";
import { askedOf, type Features, featuresOf } from "../../measure/fingerprint/features";
import { type CanaryPlan, embeddingModel, paceOf, usualUsd } from "../../measure/fingerprint/plan";
import { cellsOf, readPrompts } from "../../measure/fingerprint/prompts";
import { type CanaryRecord, usedBy } from "../../measure/fingerprint/record";
import { type CanaryFound, canaryResults } from "../../measure/fingerprint/results";
import { type CanaryContext, runCanary } from "../../measure/fingerprint/run";
import { joined, readServed, type Served, servedModels } from "../../measure/fingerprint/served";
import {
  decodeFloats,
  encodeFloats,
  euclidean,
  project,
  sketchDistance,
  sketchOf,
} from "../../measure/fingerprint/sketch";
import { maxTest, permutationTest, smallestPValue } from "../../measure/permutation";
import { random } from "../../measure/standIn/random";
import { pairOf } from "../components/shippedEnvironment";

const { staging, production } = pairOf();
const { config } = staging;

const answer = (change: Partial<FullAnswer> = {}): FullAnswer => ({
  status: 200,
  text: "It is on its way.",
  usage: undefined,
  firstTokenSeconds: 0.1,
  totalSeconds: 0.1,
  fallbacks: 0,
  usd: 0.001,
  deployment: "support-chat.chat-large.1",
  finish: "stop",
  refused: false,
  tools: [],
  logprobs: undefined,
  ...change,
});

describe("features", () => {
  const support = askedOf(staging, "support-chat");
  const triage = askedOf(staging, "ticket-triage");
  const of = (change: Partial<FullAnswer>, asked = support) => featuresOf(answer(change), asked).values;

  it("of a plain answer are these", () => {
    expect(of({})).toEqual({
      valid: 1,
      refused: 0,
      "cut off": 0,
      length: 2.8904,
      lines: 0,
      "tool create_ticket": 0,
      "other tool": 0,
    });
    expect(of({ text: "a\nb\nc" }).lines).toBe(1.0986);
  });

  it.each([
    ['{"queue":"billing","urgency":4,"summary":"Twice."}', 1],
    ['{"queue":"billing","urgency":5,"summary":"Twice."}', 0],
    ['```json\n{"queue":"billing","urgency":4,"summary":"Twice."}\n```', 0],
    ["", 0],
  ])("hold %j to the route's schema", (text, valid) => {
    expect(of({ text }, triage).valid).toBe(valid);
  });

  it("take a call of a tool without a text for valid, and nothing at all for invalid", () => {
    expect(of({ text: "", tools: ["create_ticket"] })).toMatchObject({
      valid: 1,
      "tool create_ticket": 1,
      "other tool": 0,
    });
    expect(of({ text: " " }).valid).toBe(0);
    expect(of({ tools: ["delete_ticket"] })).toMatchObject({ "tool create_ticket": 0, "other tool": 1 });
  });

  it.each([
    [{ text: "I’m sorry, but I cannot help with that." }, 1],
    [{ text: "I can't do that." }, 1],
    [{ text: "I am unable to say." }, 1],
    [{ text: "Sorryful days are over." }, 0],
    [{ text: "I can do that. I'm sorry for the delay." }, 0],
    [{ text: "No.", refused: true }, 1],
    [{ text: "", finish: "content_filter" }, 1],
  ])("call %j a refusal: %i", (change, refused) => {
    expect(of(change).refused).toBe(refused);
  });

  it("know an answer that was cut off, and the mean of its log-probabilities", () => {
    expect(of({ finish: "length" })["cut off"]).toBe(1);
    expect(of({ logprobs: [-0.5, -0.25, 0] }).logprob).toBe(-0.25);
    expect(of({})).not.toHaveProperty("logprob");
  });

  it("have no word of the answer in them", () => {
    const made = featuresOf(answer({ text: "Paris Paris" }), support, [1, 0]);
    expect(JSON.stringify(made).toLowerCase()).not.toContain("paris");
    expect(Object.keys(made)).toEqual(["values", "sketch", "embedding"]);
  });
});

describe("a sketch", () => {
  it("counts words and pairs, however they are written", () => {
    expect(sketchOf("One two").reduce((sum, one) => sum + one, 0)).toBe(3);
    expect(sketchOf("ONE,  two!")).toEqual(sketchOf("one two"));
    expect(sketchOf("two one")).not.toEqual(sketchOf("one two"));
  });

  it("is nearer to a text that shares more", () => {
    const distance = (a: string, b: string) => sketchDistance(sketchOf(a), sketchOf(b));
    const text = "delivery to Norway takes six working days";
    expect(distance(text, text)).toBeLessThan(1e-7);
    expect(distance(text, "delivery to Norway takes six days")).toBeLessThan(
      distance(text, "shipping to Norway needs nearly a week"),
    );
    expect(distance(text, "")).toBe(1);
    expect(distance("", "")).toBe(0);
  });

  it("of an embedding keeps distances nearly", () => {
    const next = random("embedding");
    const vector = () => Array.from({ length: 256 }, () => next() - 0.5);
    const [a, b] = [vector(), vector()];
    const length = (one: number[]) => Math.hypot(...one);
    const exact = Math.hypot(...a.map((one, index) => one / length(a) - (b[index] ?? 0) / length(b)));
    expect(Math.abs(euclidean(project(a), project(b)) / exact - 1)).toBeLessThan(0.35);
    expect(project(a.map((one) => 2 * one))).toEqual(project(a));
    expect(decodeFloats(encodeFloats(project(a)))).toEqual(project(a));
  });
});

describe("the permutation test", () => {
  const pools = [
    { before: 3, after: 3 },
    { before: 3, after: 3 },
  ];
  const shift = (...values: number[][]) => ({
    name: "x",
    parts: values.map((one, pool) => ({ pool, compared: { values: one } })),
  });

  it("gives the share of labellings that are as far apart", () => {
    // Of 20 labellings of one pool two are as far apart as 0, 0, 0 and 1, 1, 1: exactly a tenth.
    const [p = 1] = maxTest(random("exact"), [{ before: 3, after: 3 }], [shift([0, 0, 0, 1, 1, 1])], 9_999);
    expect(Math.abs(p - 0.1)).toBeLessThan(0.01);
  });

  it("counts a shift of all prompts together, and none that cancel out", () => {
    const [same = 0] = maxTest(
      random("p"),
      pools,
      [shift([0, 1, 2, 10, 11, 12], [50, 51, 52, 60, 61, 62])],
      999,
    );
    expect(same).toBeLessThan(0.02);
    const [none = 0] = maxTest(
      random("p"),
      pools,
      [shift([0, 1, 2, 10, 11, 12], [60, 61, 62, 50, 51, 52])],
      999,
    );
    expect(none).toBeGreaterThan(0.5);
  });

  it("sees with distances what cancels out in means", () => {
    const distances = (values: number[]) => values.map((one) => values.map((other) => Math.abs(one - other)));
    const values = [
      [0, 1, 2, 10, 11, 12],
      [60, 61, 62, 50, 51, 52],
    ];
    const parts = values.map((one, pool) => ({ pool, compared: { distances: distances(one) } }));
    expect(maxTest(random("p"), pools, [{ name: "x", parts }], 999)[0]).toBeLessThan(0.02);
  });

  it("sees answers that lie closer together, though none lies further off", () => {
    const values = [0, 6, 12, 18, 24, 30, 15, 15, 15];
    const distances = values.map((one) => values.map((other) => Math.abs(one - other)));
    const narrower = Array.from({ length: 40 }, () => ({ before: 6, after: 3 }));
    const parts = narrower.map((_, pool) => ({ pool, compared: { distances } }));
    expect(maxTest(random("p"), narrower, [{ name: "x", parts }], 999)[0]).toBeLessThan(0.05);
  });

  it("adjusts for every further column, and calls what never varies unchanged", () => {
    const next = random("noise");
    const noise = () => shift(...pools.map(() => Array.from({ length: 6 }, next)));
    const column = shift([0, 1, 2, 3, 4, 5], [0, 1, 5, 2, 3, 4]);
    const alone = maxTest(random("p"), pools, [column], 999)[0] ?? 1;
    const [among = 0] = maxTest(random("p"), pools, [column, ...Array.from({ length: 20 }, noise)], 999);
    expect(among).toBeGreaterThan(2 * alone);
    expect(maxTest(random("p"), pools, [shift([1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0])], 99)).toEqual([1]);
  });

  it("is the same over plain numbers", () => {
    expect(permutationTest(random("p"), [{ before: [[1], [2]], after: [[1], [2]] }], 99)).toBe(1);
  });

  it("cannot give less than the labellings that there are, or were drawn", () => {
    expect(smallestPValue([{ before: 2, after: 2 }])).toBeCloseTo(2 / 6);
    expect(smallestPValue(pools)).toBeCloseTo(2 / 400);
    expect(smallestPValue([...pools, ...pools], 999)).toBe(0.001);
    expect(smallestPValue([])).toBe(1);
  });
});

describe("prompts", () => {
  const line = (change: object = {}) =>
    `${JSON.stringify({ route: "economy-chat", id: "a", messages: [{ role: "user", content: "Hi" }], ...change })}\n`;
  const others = line({ route: "support-chat" }) + line({ route: "ticket-triage" });

  it("are asked of every target, with the route's prompt and tools", () => {
    const cells = cellsOf(staging, readPrompts(line() + others, "p.jsonl", staging));
    expect(cells.map(({ key }) => key)).toEqual([
      "economy-chat.chat-fast.1/a",
      "support-chat.chat-large.1/a",
      "support-chat.chat-in-account.2/a",
      "ticket-triage.chat-small.1/a",
    ]);
    expect(cells[1]?.request.messages.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(cells[1]?.request.tools).toHaveLength(1);
    expect(cells[0]?.request).toEqual({ model: "economy-chat", messages: [{ role: "user", content: "Hi" }] });
  });

  it("have the same digest in both environments, and another one for another request or model", () => {
    const digest = (stack = staging, text = line()) =>
      cellsOf(stack, readPrompts(text + others, "p.jsonl", stack))[0]?.digest;
    expect(digest(production)).toBe(digest());
    expect(digest(staging, line({ messages: [{ role: "user", content: "Ho" }] }))).not.toBe(digest());
    const models = structuredClone(config.models);
    const changed = () => ({ ...staging, config: { ...config, models } });
    Object.assign(models["chat-fast"] ?? {}, { retires: "2030-01-01" });
    expect(digest(changed())).toBe(digest());
    Object.assign(models["chat-fast"] ?? {}, { temperature: 0.5 });
    expect(digest(changed())).not.toBe(digest());
  });

  it.each([
    [
      line({ route: "chat" }),
      "p.jsonl:1 route: it has to be a route: support-chat, ticket-triage, economy-chat.",
    ],
    [line({ id: "A" }), "p.jsonl:1 id: it has to be a name of at most 60 characters: a-z, 0-9 and -."],
    [line() + line(), "p.jsonl:2 id: the route has it twice."],
    [line({ messages: [] }), 'p.jsonl:1 messages: it has to be a list of {"role": …, "content": …}.'],
    ["{", "p.jsonl:1 is no JSON document."],
    [line(), "p.jsonl has no prompt for support-chat, ticket-triage: every route is asked."],
  ])("are refused: %s", (text, message) => {
    expect(() => readPrompts(text, "p.jsonl", staging)).toThrow(message);
  });
});

const values = (value: number): Features => ({ values: { length: value }, sketch: "" });

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

const prompt = (route: string, id: string) =>
  `${JSON.stringify({ route, id, messages: [{ role: "user", content: `Question ${id}` }] })}\n`;
const cells = cellsOf(
  staging,
  readPrompts(
    Object.keys(config.routes)
      .flatMap((route) => ["a", "b"].map((id) => prompt(route, id)))
      .join(""),
    "p.jsonl",
    staging,
  ),
);
const asked = new Map(Object.keys(config.routes).map((route) => [route, askedOf(staging, route)]));
const plan: CanaryPlan = {
  cells,
  repeats: 2,
  seed: "test",
  pace: { lanes: 1, gapMs: 0 },
  logprobs: {},
  embedding: undefined,
};

function context(
  change: Partial<CanaryContext> = {},
  reply: (body: Record<string, unknown>) => FullAnswer = () => answer(),
) {
  const added: CanaryRecord[] = [];
  const sent: Record<string, unknown>[] = [];
  const made: CanaryContext = {
    config,
    asked,
    client: {
      full: async (body) => {
        sent.push(body);
        return reply(body);
      },
      embeddings: async () => [[1, 0, 0]],
    },
    budget: new Budget({ requests: 1_000, seconds: 1_000, usd: 1_000 }, () => 0),
    journal: { earlier: [], add: (record) => added.push(record) },
    ...change,
  };
  return { made, added, sent };
}

describe("a run", () => {
  it("asks every prompt of every target in each round, in another order", async () => {
    const { made, added, sent } = context();
    const records = await runCanary(plan, made);
    expect(records).toEqual(added);
    const keys = records.map(({ cell }) => cell);
    const [first, second] = [keys.slice(0, 8), keys.slice(8)];
    expect(first).not.toEqual(second);
    expect([...first].sort()).toEqual(cells.map(({ key }) => key).sort());
    expect([...second].sort()).toEqual([...first].sort());
    expect(sent[0]).toMatchObject({ model: records[0]?.cell.split("/")[0], logprobs: true });
    expect(records[0]?.features?.values.valid).toBeDefined();
  });

  it("asks no more for log-probabilities where they are refused, and counts both requests", async () => {
    const { made, sent } = context({}, ({ logprobs }) => answer(logprobs ? { status: 400 } : {}));
    const records = await runCanary(plan, made);
    expect(sent).toHaveLength(16 + 4);
    expect(usedBy(records)).toEqual({ requests: 20, seconds: 0, usd: expect.closeTo(0.02) });
    expect(records.every(({ logprobs, features }) => logprobs === false && features !== undefined)).toBe(
      true,
    );
  });

  it("does not ask for them where the baseline has none", async () => {
    const logprobs = Object.fromEntries(cells.map(({ target }) => [target, false]));
    const { made, sent } = context();
    await runCanary({ ...plan, logprobs }, made);
    expect(sent.filter((body) => "logprobs" in body)).toEqual([]);
  });

  it("embeds what was answered", async () => {
    const { made } = context();
    const records = await runCanary({ ...plan, embedding: "embed-documents" }, made);
    expect(
      records.every(({ requests, features }) => requests === 2 && features?.embedding !== undefined),
    ).toBe(true);
  });

  it("goes past the gateway's own cache where it has one", async () => {
    const cached = structuredClone(config);
    cached.behaviour.semanticCache.enabled = true;
    const [off, on] = [context(), context({ config: cached })];
    await runCanary(plan, off.made);
    await runCanary(plan, on.made);
    expect(off.sent[0]).not.toHaveProperty("cache");
    expect(on.sent[0]).toHaveProperty("cache", { "no-cache": true, "no-store": true });
  });

  it("goes on from its journal, and asks again what failed", async () => {
    const bounded = context({ budget: new Budget({ requests: 5, seconds: 9, usd: 9 }, () => 0) });
    const part = await runCanary(plan, bounded.made);
    expect(part).toHaveLength(5);
    expect(bounded.made.budget.reached).toBe("It was stopped at its bound of 5 requests.");
    const [failed, ...good] = part;
    const { features: _, ...without } = failed as CanaryRecord;
    const second = context({ journal: { earlier: [{ ...without, status: 500 }, ...good], add: () => {} } });
    const all = await runCanary(plan, second.made);
    expect(second.sent).toHaveLength(12);
    expect(all.filter(({ features }) => features !== undefined)).toHaveLength(16);
  });

  it("stops at the signal, after the answers to what was sent", async () => {
    const stopped = new AbortController();
    const { made, added } = context({ signal: stopped.signal, progress: () => stopped.abort() });
    await expect(runCanary(plan, made)).rejects.toThrow("aborted");
    expect(added).toHaveLength(1);
  });

  it("keeps below the limits: half of staging's, a tenth of production's", () => {
    expect(paceOf(config)).toEqual({ lanes: 2, gapMs: 1_000 });
    expect(paceOf(production.config).gapMs).toBe(
      Math.ceil(600_000 / production.config.limits.requestsPerMinute),
    );
    expect(usualUsd(config)).toBeCloseTo((100 * 0.2 * 30) / 1_440);
    expect(embeddingModel(config)).toBe("embed-documents");
  });
});

describe("what was served", () => {
  const text = (start: number, ...counts: [string, string, string, number][]) =>
    [
      `process_start_time_seconds ${start}.5`,
      ...counts.map(
        ([model, match, served, count]) =>
          `lockstep_served_answers_total{match="${match}",model="${model}",route="r",served="${served}"} ${count}.0`,
      ),
      'lockstep_other_total{model="x"} 1.0',
    ].join("\n");
  const [large, small] = ["gpt-5.4-2026-03-05", "gpt-5.4-mini-2026-03-17"];
  const read = async (...texts: (string | undefined)[]): Promise<Served> => {
    let next = 0;
    return readServed({ metrics: async () => texts[next++] }, texts.length);
  };
  const record: CanaryRecord = {
    cell: "support-chat.chat-in-account.2/a",
    atSeconds: 1,
    requests: 1,
    usd: 0,
    status: 200,
    deployment: "support-chat.chat-in-account.2",
  };

  it("is what grew in any process; of those that name none, what was asked for", async () => {
    const before = await read(
      text(1, [large, "pinned", large, 3], [small, "other", "old", 4]),
      text(2, [large, "other", "new", 0]),
    );
    const after = await read(
      text(2, [large, "other", "new", 1]),
      text(1, [large, "pinned", large, 4], [small, "other", "old", 4]),
      text(3, [small, "pinned", small, 1]),
    );
    expect(servedModels(config, cells, [record], before, after)).toEqual({
      models: [
        { model: "chat-large", served: [large, "new"] },
        { model: "chat-in-account", served: ["us.anthropic.claude-haiku-4-5-20251001-v1:0"], by: "request" },
        { model: "chat-small", served: [small] },
      ],
      inconclusive: [],
    });
  });

  it("is not known where the gateway does not count it, or an answer named nothing", async () => {
    const none = await read(undefined, "process_start_time_seconds 1.0");
    expect(servedModels(config, cells, [], none, none)).toEqual({
      models: [],
      inconclusive: [
        "The gateway does not count what was served: no lockstep_served_answers_total in /metrics/.",
      ],
    });
    const unknown = await read(text(1, [large, "unknown", "", 1]));
    expect(servedModels(config, cells, [], none, unknown)).toEqual({
      models: [],
      inconclusive: ["An answer for chat-large does not say which model served it."],
    });
  });

  it("is all of what was served in several stretches", () => {
    const of = (...served: string[]) => ({
      models: [{ model: "chat-large", served }],
      inconclusive: ["Why."],
    });
    expect(joined([of("b"), of("a", "b")])).toEqual({
      models: [{ model: "chat-large", served: ["a", "b"] }],
      inconclusive: ["Why."],
    });
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
