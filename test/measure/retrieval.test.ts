import { describe, expect, it } from "vitest";
import { Budget } from "../../measure/budget";
import { ageFault, ageHours } from "../../measure/retrieval/age";
import { closedLoop, mostRuns } from "../../measure/retrieval/closedLoop";
import { embedder } from "../../measure/retrieval/embed";
import { plannedBy, type RetrievalPlan, stagesOf, usedBy } from "../../measure/retrieval/plan";
import { type FixedQuery, readQueries, recallOf } from "../../measure/retrieval/query";
import type { RetrievalRecord } from "../../measure/retrieval/record";
import { retrievalResults } from "../../measure/retrieval/results";
import { type RetrievalContext, runRetrieval } from "../../measure/retrieval/run";
import { SearchError } from "../../measure/retrieval/search";
import { wait } from "../../measure/standIn/reply";
import { quantileRanks, wilson } from "../../measure/statistics";

describe("fixed queries", () => {
  const line = (changes: object) =>
    JSON.stringify({ id: "q-1", text: "Where?", relevant: ["a"], ...changes });

  it("are read, one a line", () => {
    const text = `${line({})}\n\n${line({ id: "billing/2.b", relevant: ["a", "b"] })}\n`;
    expect(readQueries(text, "q.jsonl", 2)).toEqual([
      { id: "q-1", text: "Where?", relevant: ["a"] },
      { id: "billing/2.b", text: "Where?", relevant: ["a", "b"] },
    ]);
  });

  it.each<[string, string]>([
    ["", "q.jsonl has no query."],
    ["{", "q.jsonl:1 is no JSON document."],
    ["[]", "q.jsonl:1 is no JSON object."],
    [line({ id: "" }), "q.jsonl:1 id: it has to be a name"],
    [line({ id: "a b" }), "q.jsonl:1 id: it has to be a name"],
    [line({ id: "a".repeat(101) }), "q.jsonl:1 id: it has to be a name"],
    [line({ id: 1 }), "q.jsonl:1 id: it has to be a name"],
    [line({ text: " " }), "q.jsonl:1 text: it has to be a text that is not empty."],
    [line({ text: undefined }), "q.jsonl:1 text: it has to be a text that is not empty."],
    [line({ relevant: [] }), "q.jsonl:1 relevant: it has to be a list with the id of a document."],
    [line({ relevant: "a" }), "q.jsonl:1 relevant: it has to be a list with the id of a document."],
    [line({ relevant: ["a", 1] }), "q.jsonl:1 relevant: it has to be a list with the id of a document."],
    [line({ relevant: ["a", ""] }), "q.jsonl:1 relevant: it has to be a list with the id of a document."],
    [line({ relevant: ["a", "a"] }), "q.jsonl:1 relevant: it has a document twice."],
    [line({ relevant: ["a", "b", "c"] }), "q.jsonl:1 relevant: it has 3 documents, and a search finds 2."],
    [`${line({})}\n${line({})}`, "q.jsonl:2 id: another query has it too."],
  ])("refused: %s", (text, why) => {
    expect(() => readQueries(text, "q.jsonl", 2)).toThrow(why);
  });

  it("are two thousand at the most", () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, index) => line({ id: `q-${index}` })).join("\n");
    expect(readQueries(lines(2_000), "q.jsonl", 1)).toHaveLength(2_000);
    expect(() => readQueries(lines(2_001), "q.jsonl", 1)).toThrow("q.jsonl has more than 2,000 queries.");
  });

  it("have the share of their documents that was found", () => {
    const query = { id: "q", text: "", relevant: ["a", "b", "c", "d"] };
    expect(recallOf(query, ["d", "x", "d", "a"])).toBe(0.5);
    expect(recallOf(query, [])).toBe(0);
    expect(recallOf(query, ["a", "b", "c", "d", "e"])).toBe(1);
  });
});

describe("the age of an index", () => {
  const at = (time: string) => new Date(`2026-11-${time}Z`);
  const now = at("21T12:00:00");

  it.each([
    ["the corpus has not changed in twenty days, and the index has all", "01T12:00:00", "01T12:00:00", 0],
    ["the index keeps whole seconds", "01T12:00:00", "01T12:00:00.999", 0],
    ["the index lacks what was written a second later", "01T12:00:00", "01T12:00:01.001", 480],
    ["the index lacks what was written just now", "01T12:00:00", "21T11:59:00", 480],
    ["the index is an hour behind", "21T11:00:00", "21T11:30:00", 1],
  ])("%s", (_, index, corpus, hours) => {
    expect(ageHours({ index: at(index), corpus: at(corpus), now })).toBe(hours);
    expect(ageFault({ index: at(index), corpus: at(corpus), now })).toBeUndefined();
  });

  it("counts from the first document that it lacks, where that is told", () => {
    const [index, corpus] = [at("01T12:00:00"), at("21T11:00:00")];
    expect(ageHours({ index, corpus, oldestAfter: at("21T09:00:00"), now })).toBe(3);
    expect(ageHours({ index, corpus: index, oldestAfter: at("01T12:00:00"), now })).toBe(0);
  });

  it.each([
    ["21T12:05:00", "21T12:05:00", undefined],
    ["21T12:05:01", "21T12:05:01", "The newest document in the index is of the future."],
    ["21T12:00:00", "21T12:05:01", "The newest document in the corpus is of the future."],
    ["20T12:00:01", "20T12:00:00", undefined],
    ["20T12:00:02", "20T12:00:00", "The index has a document that is newer than the newest of the corpus:"],
  ])("of %s against %s is told or not: %s", (index, corpus, fault) => {
    const found = ageFault({ index: at(index), corpus: at(corpus), now });
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(fault);
  });
});

describe("intervals", () => {
  // By the formula in Wilson (1927), with 1.959964, in another language.
  it.each([
    [1, 35, 0.901099, 1],
    [0.75, 40, 0.59806, 0.858129],
    [0.94, 100, 0.875232, 0.972214],
    [0, 20, 0, 0.161125],
    [0.5, 0, 0, 1],
  ])("Wilson's of %d in %d", (share, count, low, high) => {
    expect(wilson(share, count)).toEqual({ low, high });
  });

  it("of a 99th percentile are order statistics with it between them in 95 of 100 runs", () => {
    expect(quantileRanks(0.99, 1_000)).toEqual({ low: 983, high: 998 });
    expect(quantileRanks(0.99, 10_000)).toEqual({ low: 9_880, high: 9_921 });
    expect(quantileRanks(0.99, 100)).toEqual({ low: 97, high: 100 });
    for (const count of [1_000, 1_500, 5_000, 10_000]) {
      const { low, high } = quantileRanks(0.99, count);
      // Exactly: the share of samples whose count of values below the quantile is from `low` to below `high`.
      let [term, covered] = [0.99 ** count, 0];
      for (let below = count; below >= 0; below--) {
        // Counted from the other side, where terms do not vanish: `term` is that of `count - below` values above it.
        if (below >= low && below < high) covered += term;
        const above = count - below;
        term *= ((count - above) / (above + 1)) * (0.01 / 0.99);
      }
      expect(covered).toBeGreaterThan(0.95);
      expect(covered).toBeLessThan(0.99);
    }
  });
});

describe("a closed loop", () => {
  it("keeps all lanes busy until the last that counts is done", async () => {
    let [inFlight, most, runs] = [0, 0, 0];
    const counted: number[] = [];
    const whole = await closedLoop(4, 30, async (index, counts) => {
      runs++;
      most = Math.max(most, ++inFlight);
      // The last one that counts takes longer than all that keep it company.
      await wait(index === 37 ? 80 : 5);
      // Whatever counts has the other lanes busy when it ends, but for those that ran out of company.
      if (counts && index < 37) expect(inFlight).toBe(4);
      inFlight--;
      if (counts) counted.push(index);
      return true;
    });
    expect([whole, most, counted.length]).toEqual([true, 4, 30]);
    expect(counted.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index + 8));
    expect(runs).toBe(mostRuns(4, 30));
  });

  it("ends where no more are to be run", async () => {
    let runs = 0;
    const whole = await closedLoop(2, 10, async () => {
      await wait(1);
      return ++runs < 6;
    });
    expect([whole, runs]).toEqual([false, 7]);
  });

  it("ends with what one of them throws", async () => {
    let runs = 0;
    const ended = closedLoop(2, 10, async (index) => {
      runs++;
      await wait(1);
      if (index === 3) throw new Error("broken");
      return true;
    });
    await expect(ended).rejects.toThrow("broken");
    await wait(20);
    expect(runs).toBeLessThanOrEqual(5);
  });
});

describe("a plan", () => {
  it("has 10, 50 and 100 times the concurrency, and ten searches at least for each in flight", () => {
    expect(stagesOf(1)).toEqual([
      { multiple: 10, lanes: 10, searches: 1_000 },
      { multiple: 50, lanes: 50, searches: 1_000 },
      { multiple: 100, lanes: 100, searches: 1_000 },
    ]);
    expect(stagesOf(3, 200)).toEqual([
      { multiple: 10, lanes: 30, searches: 300 },
      { multiple: 50, lanes: 150, searches: 1_500 },
      { multiple: 100, lanes: 300, searches: 3_000 },
    ]);
  });

  it("says what it asks for at the most, and what records used", () => {
    const queries = Array.from({ length: 26 }, (_, index) => ({ id: `${index}`, text: "", relevant: ["a"] }));
    const plan = { queries, vectors: true, stages: stagesOf(1) };
    expect(plannedBy(plan, 2)).toEqual({
      requests: 2 + 26 + 1_030 + 1_150 + 1_300,
      seconds: 2 * (2 + 26 + 103 + 23 + 13),
    });
    expect(plannedBy({ ...plan, vectors: false }, 2).requests).toBe(26 + 1_030 + 1_150 + 1_300);
    expect(
      usedBy(plan, [
        { part: "vector", query: "1", vector: [1], ms: 500, usd: 0.25 },
        { part: "recall", query: "1", recall: 1, failed: false, ms: 500 },
        { part: "search", multiple: 50, counts: false, failed: false, ms: 50_000 },
      ]),
    ).toEqual({ requests: 3, seconds: 2, usd: 0.25 });
  });
});

const queries: FixedQuery[] = ["a", "b", "c"].map((id) => ({
  id,
  text: `text ${id}`,
  relevant: [`doc-${id}`],
}));
const plan: RetrievalPlan = {
  queries,
  vectors: true,
  stages: [
    { multiple: 10, lanes: 2, searches: 20 },
    { multiple: 50, lanes: 4, searches: 20 },
  ],
};

/** A run against an index in memory, with its records. */
function running(changes: Partial<RetrievalContext> = {}, earlier: RetrievalRecord[] = []) {
  const journal: RetrievalRecord[] = [];
  const embedded: string[][] = [];
  const searched: unknown[] = [];
  const context: RetrievalContext = {
    search: {
      search: async (query) => {
        searched.push(query);
        await wait(1);
        return [`doc-${query.text.at(-1)}`];
      },
      newest: async () => new Date(),
      close: async () => undefined,
    },
    embed: async (texts) => {
      embedded.push([...texts]);
      return texts.map((text) => [text.length]);
    },
    mostUsd: (texts) => texts.length / 10,
    budget: new Budget({ requests: 1_000, seconds: 100, usd: 10 }, () => 0),
    journal: { earlier, add: (record) => journal.push(record) },
    ...changes,
  };
  return { context, journal, embedded, searched };
}

describe("a run", () => {
  it("embeds once, searches for each alone, and then for all in turn", async () => {
    const { context, journal, embedded, searched } = running();
    const records = await runRetrieval(plan, context);
    expect(records).toEqual(journal);
    expect(embedded).toEqual([["text a", "text b", "text c"]]);
    expect(records.slice(0, 3)).toEqual(
      ["a", "b", "c"].map((query) => ({
        part: "vector",
        query,
        vector: [6],
        ms: expect.any(Number),
        usd: 0.3 / 3,
      })),
    );
    expect(records.slice(3, 6)).toEqual(
      ["a", "b", "c"].map((query) => ({
        part: "recall",
        query,
        recall: 1,
        failed: false,
        ms: expect.any(Number),
      })),
    );
    expect(searched.slice(0, 5)).toEqual(
      ["a", "b", "c", "a", "b"].map((id) => ({ text: `text ${id}`, vector: [6] })),
    );
    const counted = records.filter((record) => record.part === "search" && record.counts);
    expect(counted.map((record) => "multiple" in record && record.multiple)).toEqual([
      ...Array(20).fill(10),
      ...Array(20).fill(50),
    ]);
    expect(context.budget.used).toMatchObject({ requests: 1 + searched.length, usd: 0.3 / 1 });
  });

  it("sends the text alone where the search embeds it", async () => {
    const { context, embedded, searched } = running();
    await runRetrieval({ ...plan, vectors: false, stages: [] }, context);
    expect([embedded, searched]).toEqual([[], [{ text: "text a" }, { text: "text b" }, { text: "text c" }]]);
  });

  it("goes on with what is left", async () => {
    const first = running();
    const earlier = (await runRetrieval(plan, first.context)).filter(
      (record) =>
        !("query" in record && record.query === "b") && !("multiple" in record && record.multiple === 50),
    );
    const second = running({}, earlier);
    const records = await runRetrieval(plan, second.context);
    expect(second.embedded).toEqual([["text b"]]);
    expect(records.slice(0, earlier.length)).toEqual(earlier);
    const parts = second.journal.map(
      (record) => `${record.part} ${"query" in record ? record.query : record.multiple}`,
    );
    expect(parts.slice(0, 2)).toEqual(["vector b", "recall b"]);
    expect(new Set(parts.slice(2))).toEqual(new Set(["search 50"]));
  });

  it("tells how far it is, and the time that is left", async () => {
    const told: [string, number, number, number][] = [];
    const { context } = running({ progress: (...step) => told.push(step) });
    await runRetrieval({ ...plan, stages: [{ multiple: 10, lanes: 1, searches: 4 }] }, context);
    expect(told.map(([step, done, of]) => `${step} ${done}/${of}`)).toEqual([
      "recall 1/3",
      "recall 2/3",
      "recall 3/3",
      "10 times 1/4",
      "10 times 2/4",
      "10 times 3/4",
      "10 times 4/4",
    ]);
    const left = told.map(([, , , seconds]) => seconds);
    expect([left[2], left[6]]).toEqual([0, 0]);
    expect([left[0], left[3]].every((seconds = 0) => seconds > 0 && seconds < 1)).toBe(true);
  });

  it("ends at its bound, and says so", async () => {
    const budget = new Budget({ requests: 12, seconds: 100, usd: 10 }, () => 0);
    const { context, journal, searched } = running({ budget });
    await runRetrieval(plan, context);
    expect([searched.length, journal.length]).toEqual([11, 14]);
    expect(budget.reached).toBe("It was stopped at its bound of 12 requests.");
  });

  it("embeds nothing that may cost more than is left", async () => {
    const budget = new Budget({ requests: 100, seconds: 100, usd: 0.29 }, () => 0);
    const { context, journal, embedded } = running({ budget });
    await runRetrieval(plan, context);
    expect([journal, embedded]).toEqual([[], []]);
  });

  it("ends by a signal, without what it cut off", async () => {
    const stopped = new AbortController();
    const { context, journal } = running({ signal: stopped.signal });
    let count = 0;
    context.search.search = async () => {
      if (++count === 10) stopped.abort();
      await wait(1);
      if (stopped.signal.aborted) throw new SearchError("It did not answer: ECONNRESET.");
      return [];
    };
    await expect(runRetrieval(plan, context)).rejects.toThrow("abort");
    expect(journal.some((record) => "failed" in record && record.failed)).toBe(false);
    expect(journal.filter(({ part }) => part === "search").length).toBeLessThan(7);
  });

  it("takes a search that failed for one that found nothing, and what is broken for broken", async () => {
    const { context } = running();
    const { search } = context.search;
    let count = 0;
    context.search.search = (query) => {
      if (++count === 2) throw new SearchError("It answered with the status 503.");
      return search(query);
    };
    const records = await runRetrieval({ ...plan, stages: [] }, context);
    expect(records.flatMap((one) => (one.part === "recall" ? [[one.recall, one.failed]] : []))).toEqual([
      [1, false],
      [0, true],
      [1, false],
    ]);
    context.search.search = () => Promise.reject(new TypeError("ours"));
    await expect(runRetrieval(plan, context)).rejects.toThrow("ours");
  });
});

describe("results", () => {
  const at = new Date("2026-11-20T10:00:00Z");
  const newest = { index: at, corpus: at, now: new Date("2026-11-21T10:00:00Z") };
  const stage: RetrievalPlan = { queries, vectors: true, stages: stagesOf(2, 100) };
  const timed = (
    multiple: 10 | 50 | 100,
    count: number,
    ms = (_: number) => 100,
    changes = {},
  ): RetrievalRecord[] =>
    Array.from({ length: count }, (_, index) => ({
      part: "search",
      multiple,
      counts: true,
      failed: false,
      ms: ms(index),
      ...changes,
    }));
  const recalls = (...values: number[]): RetrievalRecord[] =>
    values.map((recall, index) => ({ part: "recall", query: `q-${index}`, recall, failed: false, ms: 5 }));
  const results = (records: RetrievalRecord[], changes = {}) =>
    retrievalResults(8, {
      plan: stage,
      expectedConcurrency: 2,
      k: 8,
      newest,
      records,
      stopped: undefined,
      ...changes,
    });
  const whole = [...timed(10, 1_000, (index) => index + 1), ...timed(50, 1_000), ...timed(100, 2_000)];

  it("are told with their intervals and sample sizes", () => {
    const warm = timed(10, 50, () => 9_000, { counts: false });
    const found = results([...recalls(1, 1, 0.5, 0.5), ...warm, ...whole]);
    expect(found.samples).toBe(4);
    expect(found.inconclusive).toEqual([]);
    const { method, ...told } = found.results;
    expect(method).toContain("Wilson");
    // Three significant digits: a bucket's upper end.
    expect(told).toEqual({
      indexAgeHours: 0,
      indexNewest: "2026-11-20T10:00:00.000Z",
      corpusNewest: "2026-11-20T10:00:00.000Z",
      queries: 4,
      recall: 0.75,
      recallInterval: { low: 0.300642, high: 0.954413 },
      p99Seconds: { at10: 0.9902, at50: 0.1, at100: 0.1 },
      p99Interval: {
        at10: { low: 0.983, high: 0.9984 },
        at50: { low: 0.1, high: 0.1 },
        at100: { low: 0.1, high: 0.1 },
      },
      p50Seconds: { at10: 0.5002, at50: 0.1, at100: 0.1 },
      confidence: 0.95,
      expectedConcurrency: 2,
      searches: { at10: 1_000, at50: 1_000, at100: 2_000 },
      errors: 0,
    });
    const oldestAfter = new Date("2026-11-20T12:00:00Z");
    const behind = { newest: { ...newest, corpus: newest.now, oldestAfter } };
    expect(results([...recalls(1), ...whole], behind).results).toMatchObject({
      indexAgeHours: 22,
      corpusNewest: "2026-11-21T10:00:00.000Z",
      missingSince: "2026-11-20T12:00:00.000Z",
    });
    expect(found.raw).toMatchObject({
      k: 8,
      recall: [1, 1, 0.5, 0.5].map((recall, index) => ({ query: `q-${index}`, recall, failed: false })),
      stages: [
        { multiple: 10, lanes: 20, searches: 1_000, errors: 0 },
        { multiple: 50, lanes: 100, searches: 1_000, errors: 0 },
        { multiple: 100, lanes: 200, searches: 2_000, errors: 0 },
      ],
    });
  });

  it("leave failed searches out of the times, and count them", () => {
    const failed = timed(10, 3, () => 1, { failed: true });
    const { results: told } = results([...recalls(1), ...failed, ...whole]);
    expect(told).toMatchObject({
      errors: 3,
      searches: { at10: 1_003, at50: 1_000, at100: 2_000 },
      p50Seconds: { at10: 0.5002 },
    });
  });

  it("of a stage in which all failed have no percentile", () => {
    const records = [...recalls(1), ...timed(10, 1_000), ...timed(50, 40, () => 1, { failed: true })];
    const { results: told } = results(records);
    expect(told).toMatchObject({
      errors: 40,
      searches: { at10: 1_000, at50: 40 },
      p99Seconds: { at10: 0.1 },
    });
    expect(Object.keys(told.p99Seconds as object)).toEqual(["at10"]);
  });

  it.each<[string, RetrievalRecord[], object, string[]]>([
    [
      "of 999 searches",
      [...recalls(1), ...timed(10, 999)],
      {},
      [
        "999 whole searches at 10 times the concurrency are too few for a 99th percentile: 1,000 are the least.",
      ],
    ],
    ["of 1,000 searches", [...recalls(1), ...timed(10, 1_000)], {}, []],
    ["stopped", [...recalls(1), ...whole], { stopped: "It was stopped." }, ["It was stopped."]],
    [
      "with more documents",
      [...recalls(1), ...whole],
      { k: 9 },
      ["A search found 9 documents, and the behaviour retrieves 8."],
    ],
    [
      "with an index of another corpus",
      [...recalls(1), ...whole],
      { newest: { ...newest, index: new Date("2026-11-20T11:00:00Z") } },
      [
        "The index has a document that is newer than the newest of the corpus: its age against that corpus cannot be told.",
      ],
    ],
  ])("%s", (_, records, changes, inconclusive) => {
    expect(results(records, changes).inconclusive).toEqual(inconclusive);
  });

  it("are none of nothing", () => {
    expect(() => results(whole)).toThrow("Nothing was searched for.");
  });
});

describe("embedding", () => {
  const embed = (...answers: unknown[]) => {
    const asked: unknown[] = [];
    const one = embedder(
      {
        embeddings: async (...request) => {
          asked.push(request);
          const answer = answers.shift();
          if (answer instanceof Error) throw answer;
          return answer as number[][];
        },
      },
      "embedding/m",
    );
    return { one, asked };
  };

  it("asks the model's group", async () => {
    const { one, asked } = embed([
      [1, 2],
      [3, 4],
    ]);
    expect(await one(["a", "b"])).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(asked).toEqual([["embedding/m", ["a", "b"]]]);
  });

  it.each<[unknown, string]>([
    [new Error("/v1/embeddings answered 429."), "The gateway's embedding/m answered 429."],
    [new SyntaxError('"sk-secret" is no JSON'), "The gateway's embedding/m did not answer with vectors."],
    [[[1]], "The gateway's embedding/m answered with 1 vectors for 2 texts."],
    [[[1], []], "The gateway's embedding/m answered with something that is no vector."],
    [[[1], [null]], "The gateway's embedding/m answered with something that is no vector."],
    [[[1], "AAAA"], "The gateway's embedding/m answered with something that is no vector."],
    [[[1], [1, 2]], "The gateway's embedding/m answered with vectors of different lengths."],
  ])("refuses %j", async (answer, why) => {
    await expect(embed(answer).one(["a", "b"])).rejects.toThrow(why);
  });
});
