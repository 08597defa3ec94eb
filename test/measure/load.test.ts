import { describe, expect, it } from "vitest";
import { Budget } from "../../measure/budget";
import type { Answer } from "../../measure/client";
import { JournalError } from "../../measure/journal";
import { Latencies } from "../../measure/latencies";
import { arrivalFaults, arrivals, gapsOf } from "../../measure/load/arrivals";
import { usedBy } from "../../measure/load/plan";
import type { LoadRecord } from "../../measure/load/record";
import { loadResults } from "../../measure/load/results";
import { type LoadContext, type LoadPlan, runLoad } from "../../measure/load/run";
import { summaries } from "../../measure/load/summary";
import { exponential, random } from "../../measure/standIn/random";
import { wait } from "../../measure/standIn/reply";
import { arrivalsOf, percentile } from "../../measure/statistics";
import { pairOf } from "../components/shippedEnvironment";

const { config } = pairOf().staging;

describe("arrivals", () => {
  const times = arrivals(random("arrivals"), 5_000, 100);

  it("are as many as are asked for, in order, in the time that their rate takes", () => {
    expect(times).toHaveLength(5_000);
    expect(gapsOf(times).every((gap) => gap >= 0)).toBe(true);
    expect(times[0]).toBeGreaterThanOrEqual(0);
    expect(times[4_999]).toBeLessThan(50);
    expect(times[4_999]).toBeGreaterThan(49.5);
  });

  it("are a Poisson process: variation near 1, no correlation, no burst, exponential gaps", () => {
    const { coefficientOfVariation, lag1Autocorrelation } = arrivalsOf(gapsOf(times));
    expect(Math.abs(coefficientOfVariation - 1)).toBeLessThan(0.05);
    expect(Math.abs(lag1Autocorrelation)).toBeLessThan(0.05);
    expect(arrivalFaults(times)).toEqual([]);
    // Kolmogorov and Smirnov's distance from the exponential distribution, at the level of 1 %.
    const gaps = gapsOf(times).sort((a, b) => a - b);
    const distance = Math.max(
      ...gaps.map((gap, index) => Math.abs((index + 0.5) / gaps.length - (1 - Math.exp(-gap * 100)))),
    );
    expect(distance).toBeLessThan(1.63 / Math.sqrt(gaps.length));
  });

  it("are believed in 99 of 100 runs", () => {
    const seeds = Array.from({ length: 200 }, (_, seed) => arrivals(random("seed", seed), 1_000, 10));
    expect(seeds.filter((one) => arrivalFaults(one).length > 0).length).toBeLessThanOrEqual(2);
  });

  it("with even gaps are none of a Poisson process", () => {
    const even = Array.from({ length: 100 }, (_, index) => index);
    expect(arrivalFaults(even)).toContain(
      "The gaps between arrivals have a coefficient of variation of 0.00; a Poisson process has 1.",
    );
  });

  it("whose gaps depend on each other are none: several workers with one seed", () => {
    const next = random("shared");
    const one = Array.from({ length: 400 }, () => exponential(next, 1));
    const twice = one.flatMap((gap) => [gap, gap]);
    let at = 0;
    const faults = arrivalFaults(
      twice.map((gap) => {
        at += gap;
        return at;
      }),
    );
    expect(faults).toEqual([
      expect.stringMatching(/^Gaps depend on the one before: a correlation of 0\.\d\d;/),
    ]);
  });

  it("that begin with a burst are none", () => {
    const next = random("burst");
    let at = 0;
    const times = Array.from({ length: 400 }, (_, index) => {
      at += exponential(next, index < 90 ? 0.4 : 1);
      return at;
    });
    expect(arrivalFaults(times).join(" ")).toContain("a burst at the start");
  });

  it("are too few to tell with thirty, and enough with thirty-one", () => {
    expect(arrivalFaults(times.slice(0, 30))).toEqual([
      "There are fewer than 31 arrivals: too few to know how they came.",
    ]);
    expect(arrivalFaults(times.slice(0, 31)).join()).not.toContain("too few");
  });
});

describe("latencies", () => {
  const next = random("latencies");
  const values = Array.from({ length: 20_000 }, () => 0.2 * Math.exp(next() * 3));

  it("have the percentiles of an exact computation, to three digits", () => {
    const latencies = Latencies.empty();
    for (const value of values) latencies.add(value);
    for (const share of [0.5, 0.95, 0.99]) {
      const exact = percentile(values, share);
      expect(Math.abs(latencies.percentile(share) / exact - 1)).toBeLessThan(0.001);
    }
    expect(latencies.count).toBe(20_000);
  });

  it("of several pods merge exactly, also through a file", () => {
    const [whole, one, other] = [Latencies.empty(), Latencies.empty(), Latencies.empty()];
    values.forEach((value, index) => {
      whole.add(value);
      (index % 3 === 0 ? one : other).add(value);
    });
    one.merge(Latencies.decode(other.encode()));
    expect(one.encode()).toBe(whole.encode());
    expect(one.percentiles).toEqual(whole.percentiles);
  });

  it("are from a microsecond to an hour", () => {
    const latencies = Latencies.empty();
    for (const seconds of [-1, 0, 4_000]) latencies.add(seconds);
    expect(latencies.percentile(0.5)).toBe(0.000001);
    expect(latencies.percentile(0.99)).toBeCloseTo(3_600, -1);
  });
});

const answer = (change: Partial<Answer> = {}): Answer => ({
  status: 200,
  text: "Yes.",
  usage: { prompt_tokens: 10, completion_tokens: 2 },
  firstTokenSeconds: 0.1,
  totalSeconds: 0.2,
  fallbacks: 0,
  usd: 0.001,
  ...change,
});

const plan: LoadPlan = {
  peakPerSecond: 100,
  steps: [
    { multiple: 2, requests: 40 },
    { multiple: 3, requests: 60 },
  ],
  seed: "test",
};

function context(change: Partial<LoadContext> = {}) {
  const added: LoadRecord[] = [];
  const sent: string[] = [];
  const made: LoadContext = {
    config,
    client: {
      chat: async ({ model }) => {
        sent.push(model);
        return answer();
      },
    },
    requests: Object.keys(config.routes).map((model) => ({
      model,
      messages: [{ role: "user", content: "Hi" }],
    })),
    budget: new Budget({ requests: 1_000, seconds: 1_000, usd: 1_000 }, () => performance.now() / 1000),
    journal: { earlier: [], add: (record) => added.push(record) },
    ...change,
  };
  return { made, added, sent };
}

describe("a run", () => {
  it("warms every route first, and then steps up", async () => {
    const { made, added, sent } = context();
    const records = await runLoad(plan, made);
    expect(records).toEqual(added);
    expect(sent.slice(0, 3)).toEqual(["support-chat", "ticket-triage", "economy-chat"]);
    expect(records.map(({ multiple }) => multiple)).toEqual([
      ...Array(3).fill(0),
      ...Array(40).fill(2),
      ...Array(60).fill(3),
    ]);
  });

  it("does not wait for answers, and counts from the time at which a request was due", async () => {
    let open = 0;
    let most = 0;
    const { made } = context({
      client: {
        chat: async (_, from) => {
          most = Math.max(most, ++open);
          await wait(200);
          open--;
          if (from === undefined) throw new Error("It has to be said when the request was due.");
          const seconds = (performance.now() - from) / 1000;
          return answer({ firstTokenSeconds: seconds, totalSeconds: seconds });
        },
      },
    });
    const records = await runLoad({ ...plan, steps: [{ multiple: 2, requests: 40 }] }, made);
    expect(most).toBeGreaterThan(20);
    for (const { totalMs, lateMs } of records.slice(3)) expect(totalMs).toBeGreaterThanOrEqual(199 + lateMs);
  });

  it("ends where its journal cannot be written, and sends no more", async () => {
    let added = 0;
    const { made, sent } = context({
      journal: {
        earlier: [],
        add: () => {
          if (++added > 20) throw new JournalError("load.jsonl cannot be written any more (ENOSPC).");
        },
      },
    });
    await expect(runLoad(plan, made)).rejects.toThrow("load.jsonl cannot be written any more (ENOSPC).");
    expect(sent.length).toBeGreaterThan(20);
    expect(sent.length).toBeLessThan(40);
  });

  it("goes on from its journal: what was sent is not sent again", async () => {
    const first = context({ budget: new Budget({ requests: 53, seconds: 99, usd: 99 }, () => 0) });
    const part = await runLoad(plan, first.made);
    expect(part).toHaveLength(53);
    expect(first.made.budget.reached).toBe("It was stopped at its bound of 53 requests.");
    const second = context({ journal: { earlier: part, add: () => {} } });
    const all = await runLoad(plan, second.made);
    expect(second.sent).toHaveLength(50);
    expect(all.map(({ stretch }) => stretch)).toEqual([...Array(53).fill(1), ...Array(50).fill(2)]);
    expect(usedBy(part).requests).toBe(53);
    expect(usedBy(part).usd).toBeCloseTo(0.053);
  });

  it("stops at the signal, after the answers to what was sent", async () => {
    const stopped = new AbortController();
    const { made, added } = context({ signal: stopped.signal, progress: () => stopped.abort() });
    await expect(runLoad(plan, made)).rejects.toThrow("aborted");
    expect(added).toHaveLength(4);
  });
});

describe("results", () => {
  /** A thousand requests at each of two multiples, with Poisson arrivals. */
  function records(
    change: (record: LoadRecord, index: number) => Partial<LoadRecord> = () => ({}),
  ): LoadRecord[] {
    return [2, 3].flatMap((multiple) =>
      Array.from(arrivals(random("results", multiple), 1_000, 10 * multiple * 1.005), (seconds, index) => {
        const record: LoadRecord = {
          multiple,
          stretch: 1,
          dueMs: seconds * 1000,
          lateMs: 0.5,
          firstTokenMs: 100,
          totalMs: 300,
          status: 200,
          whole: true,
          hit: index % 2 === 0,
          fallbacks: 0,
          usd: 0.001,
        };
        return { ...record, ...change(record, index) };
      }),
    );
  }
  const found = (made: LoadRecord[], stopped?: string) =>
    loadResults(config, { peakPerSecond: 10, steps: summaries(made), stopped });

  it("are those of the multiple that is asked for", () => {
    const { results, inconclusive, samples } = found(records());
    expect(inconclusive).toEqual([]);
    expect(samples).toBe(1_000);
    expect(results).toMatchObject({
      peakRequestsPerSecond: 10,
      requests: 1_000,
      arrivals: { process: "poisson" },
      fromScheduledTime: true,
      firstToken: { p50Seconds: 0.1, p95Seconds: 0.1, p99Seconds: 0.1 },
      errorRatio: 0,
      fallbackRatio: 0,
      firstTokenP95Seconds: { hit: 0.1, miss: 0.1 },
    });
    expect(results.requestsPerSecond).toBeGreaterThanOrEqual(30);
    expect(results).not.toHaveProperty("bendsAtMultiple");
  });

  it("say at which multiple the time to first token bends", () => {
    const bent = (ms: number) =>
      found(records(({ multiple }) => ({ firstTokenMs: multiple === 3 ? ms : 100 }))).results;
    expect(bent(151)).toHaveProperty("bendsAtMultiple", 3);
    expect(bent(149)).not.toHaveProperty("bendsAtMultiple");
  });

  it("tell hits from misses, and count what was cut off as an error, not as fast", () => {
    const { results } = found(
      records(({ hit }, index) => ({ firstTokenMs: hit ? 50 : 250, whole: index % 100 !== 1 })),
    );
    expect(results).toMatchObject({ firstTokenP95Seconds: { hit: 0.05001, miss: 0.2501 }, errorRatio: 0.01 });
  });

  it("are of whole answers, though most were cut off early", () => {
    const { results } = found(
      records((_, index) => (index % 5 < 3 ? { whole: false, firstTokenMs: 1 } : {})),
    );
    expect(results).toMatchObject({ firstToken: { p50Seconds: 0.1 }, errorRatio: 0.6 });
  });

  it("decide nothing where the generator was late, it was ended, or too few were sent", () => {
    const late = (lateMs: number) => found(records(() => ({ lateMs }))).inconclusive;
    expect(late(19)).toEqual([]);
    expect(late(25)).toEqual([
      "The generator itself was late: by 0.025 s at its 99th percentile, where 0.02 s are the most. Give it more processors, or split it over pods.",
    ]);
    expect(found(records(), "It was stopped at its bound of 1 USD.").inconclusive).toEqual([
      "It was stopped at its bound of 1 USD.",
    ]);
    expect(found(records().filter((_, index) => index !== 1_999)).inconclusive).toEqual([
      "999 requests are too few for a 99th percentile: 1,000 are the least.",
    ]);
  });

  it("are no evidence where requests did not arrive as they should", () => {
    const even = records((_, index) => ({ dueMs: index * 33 }));
    const { results, inconclusive } = found(even);
    expect(results).toMatchObject({ arrivals: { process: "other" } });
    expect(inconclusive).toEqual([expect.stringContaining("coefficient of variation of 0.00")]);
  });
});
