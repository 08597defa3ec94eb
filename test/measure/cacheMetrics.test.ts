import { describe, expect, it } from "vitest";
import { disagreements } from "../../measure/cache/agreement";
import { bucketQuantile, type CacheSeries, countedPatterns } from "../../measure/cache/counted";
import { growthOf } from "../../measure/cache/growth";
import { cacheResults, type FoundPattern } from "../../measure/cache/patterns";
import { MetricsError, readScrape } from "../../measure/cache/scrape";

const series: CacheSeries = {
  inputTokens: "input_total",
  cachedTokens: "cached_total",
  answers: "answers_total",
  firstToken: "first_bucket",
};
const routes = new Map([
  ["chat.large.1", "chat"],
  ["chat.small.2", "chat"],
  ["triage.small.1", "triage"],
]);
const scrape = (text: string, from = "after.txt") => readScrape(text, from);
const thrown = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof MetricsError) return error.message;
    throw error;
  }
  return "";
};

const before = `# HELP input_total Of "input".
# TYPE input_total counter
input_total{model_id="chat.large.1",user="a"} 1000.0
cached_total{model_id="chat.large.1",user="a"} 900.0
answers_total{route="chat",model="large"} 10.0
first_bucket{route="chat",cache="hit",le="1.0"} 9.0
first_bucket{route="chat",cache="hit",le="2.0"} 9.0
first_bucket{route="chat",cache="hit",le="+Inf"} 9.0
process_start_time_seconds 1.7e+09
`;
const after = `input_total{user="a",model_id="chat.large.1"} 3000.0
input_total{model_id="chat.small.2",user="b"} 1000.0
input_total{model_id="embedding.small",user="b"} 70000.0
cached_total{model_id="chat.large.1",user="a"} 2400.0
answers_total{route="chat",model="large"} 40.0
answers_total{route="embedding",model="small"} 5.0
first_bucket{route="chat",cache="hit",le="1.0"} 28.0
first_bucket{route="chat",cache="hit",le="2.0"} 29.0
first_bucket{route="chat",cache="hit",le="+Inf"} 29.0
first_bucket{route="chat",cache="miss",le="1.0"} 0.0
first_bucket{route="chat",cache="miss",le="2.0"} 10.0
first_bucket{route="chat",cache="miss",le="+Inf"} 10.0
process_start_time_seconds 1.7e+09
`;
const patternsOf = (from: string | undefined, to: string) =>
  countedPatterns(
    growthOf(from === undefined ? undefined : scrape(from, "before.txt"), scrape(to), Object.values(series)),
    series,
    routes,
  );

describe("Prometheus' text", () => {
  it.each<[string, string, [string, [string, string][], number]]>([
    ["no labels", "up 1\n", ["up", [], 1]],
    ["a time", 'up{a="b"} 1e-3 1700000000000\n', ["up", [["a", "b"]], 0.001]],
    ["escapes", 'up{a="\\\\\\"\\n{}, =#"} -2\n', ["up", [["a", '\\"\n{}, =#']], -2]],
    ["a comma at the end", 'up{a="b",} .5\n', ["up", [["a", "b"]], 0.5]],
    ["tabs and spaces", "up \t 1. \n", ["up", [], 1]],
    ["an infinity", "up +Inf\n", ["up", [], Number.POSITIVE_INFINITY]],
    ["no number", "up NaN\n", ["up", [], Number.NaN]],
    ["OpenMetrics with an exemplar", 'up 1 1.5 # {id="x"} 0.5 1.2\n# EOF\n', ["up", [], 1]],
    ["a label of a prototype", 'up{__proto__="b"} 1\n', ["up", [["__proto__", "b"]], 1]],
  ])("is read: %s", (_, text, [name, labels, value]) => {
    const [one] = scrape(text).samples.values();
    expect(one).toEqual({ name, labels: new Map(labels), value });
  });

  it.each<[string, string, string]>([
    ["cut off", 'up 1\nup{a="b', "after.txt ends in the middle of a line: it was cut off."],
    ["nothing", "# HELP up Up.\n", "after.txt has no series at all."],
    ["no value", "up\n", "its value is no number"],
    ["a word for a value", "up one\n", "its value is no number"],
    ["hexadecimal", "up 0x10\n", "its value is no number"],
    ["two values", "up 1 2 3\n", "its value is no number"],
    ["a time that is none", "up 1 now\n", "its time is none"],
    ["an exemplar in the classic format", 'up 1 # {id="x"} 1\n', "something follows its value"],
    ["no name", '{a="b"} 1\n', "it does not begin with the name of a series"],
    ["a label without a value", "up{a} 1\n", "the label a has no value"],
    ["a label twice", 'up{a="1",a="2"} 1\n', "the label a stands there twice"],
    ["no comma", 'up{a="1" b="2"} 1\n', "nothing separates the label a from what follows"],
    ["an open value", 'up{a="1} 1\n', "the value of the label a does not end"],
    ["an unknown escape", 'up{a="\\x"} 1\n', "the label a has an escape that is none"],
    ["Windows' line ends", "up 1\r\nup2 1\r\n", "its value is no number"],
    ["HTML", "<html></html>\n", "it does not begin with the name of a series"],
    [
      "the same series twice",
      'up{a="1",b="2"} 1\nup{b="2",a="1"} 2\n',
      "stands there twice with the same labels",
    ],
    ["an unknown type", "# TYPE up odometer\n", "its type is none that there is"],
    ["a type twice", "# TYPE up gauge\n# TYPE up gauge\nup 1\n", "the type of up stands there twice"],
    ["something after the end", "up 1\n# EOF\nup2 1\n", "something follows the end"],
  ])("is refused: %s", (_, text, why) => {
    expect(thrown(() => scrape(text))).toContain(why);
  });

  it("is refused with its line and without any label's value", () => {
    const why = thrown(() => scrape('up 1\nup{api_key_alias="sk-secret-1" x} 1\n'));
    expect(why).toBe(
      "after.txt:2 is no line of Prometheus' text format: nothing separates the label api_key_alias from what follows.",
    );
  });

  it("takes time that grows with its length only", () => {
    const started = performance.now();
    const text = `up{a="${"\\\\".repeat(500_000)}"} 1\n`;
    expect(scrape(text).samples.size).toBe(1);
    for (const hostile of [" ".repeat(200_000), "1".repeat(200_000), "# ".repeat(100_000)])
      expect(thrown(() => scrape(`up${hostile}x\n`))).not.toBe("");
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("growth between two scrapes", () => {
  it("is summed by route, over deployments, and exact", () => {
    const patterns = patternsOf(before, after);
    expect([...patterns.keys()]).toEqual(["chat"]);
    expect(patterns.get("chat")).toMatchObject({
      requests: 30,
      promptTokens: 3_000,
      cachedTokens: 1_500,
      hitRatio: 0.5,
      // 19 of 20 hits lie in the first bucket: its upper end. Ten misses are too few.
      firstTokenP95Seconds: { hit: 1 },
    });
  });

  it("is all that was counted, of one scrape", () => {
    const chat = patternsOf(undefined, after).get("chat");
    expect(chat).toMatchObject({ requests: 40, promptTokens: 4_000, cachedTokens: 2_400, hitRatio: 0.6 });
    expect(growthOf(undefined, scrape(after), []).notes).toEqual([
      "One scrape: all that the process has counted since it began.",
    ]);
  });

  const again = (text: string) =>
    text.replace("1.7e+09", "1.7e+09").replace(/_seconds .*/, "_seconds 1.8e+09");
  it("counts from zero where the process began anew, even if a counter is higher than before", () => {
    const growth = growthOf(scrape(before), scrape(again(after)), Object.values(series));
    const [own] = growth.rows;
    expect(own?.value).toBe(3_000);
    expect(growth.notes).toEqual([
      "The gateway's process began anew between the scrapes: what it had counted since the first one is not in the sums.",
    ]);
  });

  const without = (text: string) => text.replace(/process_start.*\n/, "");
  it("knows by a counter that fell or vanished, where nothing says when the process began", () => {
    const fell = without(after).replace("3000.0", "999.0");
    expect(patternsOf(without(before), fell).get("chat")?.promptTokens).toBe(1_999);
    const vanished = `# TYPE cached_total counter\n${without(after).replace(/cached_total.*\n/, "")}`;
    expect(patternsOf(without(before), vanished.replace("3000.0", "3000.5")).get("chat")).toMatchObject({
      promptTokens: 4_000.5,
    });
    expect(patternsOf(without(before), without(after)).get("chat")?.promptTokens).toBe(3_000);
  });

  it("is refused of scrapes in the wrong order, or of two processes", () => {
    expect(thrown(() => patternsOf(after, before))).toBe(
      "input_total is lower in after.txt than in before.txt, and the process is the same: give them in order.",
    );
    expect(thrown(() => patternsOf(again(before), after))).toBe(
      "The process of after.txt began before that of before.txt: give them in order, both of the same pod.",
    );
  });

  it.each(["NaN", "+Inf", "-Inf", "-1", "1e300"])("is refused of a counter at %s", (value) => {
    expect(thrown(() => patternsOf(before, after.replace("3000.0", value)))).toBe(
      `after.txt has ${Number(value.replace("Inf", "Infinity"))} for input_total, which counts: it has to be a number from 0.`,
    );
    // What is not read may be anything: a budget that is not limited is infinite.
    expect(patternsOf(before, `${after}budget ${value}\n`).size).toBe(1);
  });

  it.each(["input_total", "answers_total", "cached_total"])("names %s where it is missing", (name) => {
    const lacking = after
      .split("\n")
      .filter((line) => !line.startsWith(name))
      .join("\n");
    expect(thrown(() => patternsOf(undefined, lacking))).toBe(
      `The series ${name} is missing: nothing can be told of the cache without it.`,
    );
  });

  it("knows of no hit without the counter of hits, where streams missed", () => {
    const cold = after.replace(/cached_total.*\n/, "").replace(/.*cache="hit".*\n/g, "");
    expect(patternsOf(undefined, cold).get("chat")).toMatchObject({ cachedTokens: 0, hitRatio: 0 });
    // Nobody counts it, and no stream tells either.
    expect(thrown(() => patternsOf(undefined, cold.replace(/first_bucket.*\n/g, "")))).toBe(
      "The series cached_total is missing: nothing can be told of the cache without it.",
    );
    // Declared, and nothing was counted: OpenMetrics names it without its suffix.
    const silent = `# TYPE cached counter\n${cold.replace(/first_bucket.*\n/g, "")}`;
    const [why] = patternsOf(undefined, silent).get("chat")?.unknown("chat") ?? [];
    expect(why).toMatch(
      /^Nothing of chat came from the cache and none of it was streamed: metrics do not tell/,
    );
  });

  it.each<[string, string, string]>([
    [
      "that fall",
      'hit",le="2.0"} 29.0\nhit",le="2.0"} 27.0',
      "The buckets of first_bucket do not rise for chat: that is no histogram.",
    ],
    [
      "without the last",
      'hit",le="+Inf"} 29.0\nhit",le="3"} 29.0',
      "The buckets of first_bucket have no last one (+Inf) for chat.",
    ],
    [
      "without a bound",
      'hit",le="1.0"} 28.0\nhit",le="one"} 28.0',
      "A bucket of the time to first token has no bound.",
    ],
  ])("is refused of buckets %s", (_, change, why) => {
    const [from = "", to = ""] = change.split("\n");
    expect(after).toContain(from);
    expect(thrown(() => patternsOf(undefined, after.replace(from, to)))).toBe(why);
  });

  it("is inconclusive where the provider does not say, from more than one stream in a hundred on", () => {
    const streams = (unknown: number) =>
      patternsOf(
        undefined,
        `${after}first_bucket{route="chat",cache="unknown",le="+Inf"} ${unknown}\n`.replace(
          "29.0\nfirst",
          "29.0\nfirst",
        ),
      )
        .get("chat")
        ?.unknown("chat");
    expect(streams(0)).toEqual([]);
    expect(streams(1)).toEqual([
      "The provider did not say what it read from its cache for 1 of 40 streams of chat.",
    ]);
    const more = after.replace("2400.0", "4001.0");
    expect(patternsOf(undefined, more).get("chat")?.unknown("chat")).toEqual([
      "More of chat's input is counted as read from the cache than was sent.",
    ]);
  });
});

describe("a quantile of buckets", () => {
  const buckets = new Map([
    [0.1, 0],
    [0.2, 50],
    [0.4, 90],
    [Number.POSITIVE_INFINITY, 100],
  ]);
  it.each([
    [0.25, 0.15],
    [0.5, 0.2],
    [0.7, 0.3],
    // Beyond the last bound it is that bound, as Prometheus has it.
    [0.95, 0.4],
  ])("at %f is %f", (share, seconds) => {
    expect(bucketQuantile(share, buckets)).toBeCloseTo(seconds, 12);
  });
});

describe("the results", () => {
  const config = { routes: { chat: { prompt: "chat" }, triage: { prompt: "triage" }, plain: {} } } as never;
  const pattern = (requests: number, promptTokens: number, cachedTokens: number): FoundPattern => ({
    requests,
    promptTokens,
    cachedTokens,
    hitRatio: promptTokens === 0 ? 0 : cachedTokens / promptTokens,
    firstTokenP95Seconds: {},
    unknown: () => [],
    raw: {},
  });

  it("have the ratio over all routes that production's alarm counts, weighted by tokens", () => {
    const patterns = new Map([
      ["chat", pattern(10, 9_000, 9_000)],
      ["plain", pattern(10, 1_000, 0)],
    ]);
    expect(cacheResults(config, patterns, []).results).toMatchObject({
      patterns: [{ hitRatio: 1 }, { hitRatio: 0 }],
      overallHitRatio: 0.9,
    });
  });

  it.each<[string, FoundPattern, string[]]>([
    ["the same", pattern(500, 1_000, 600), []],
    ["two in a hundred more", pattern(510, 1_000, 600), []],
    [
      "more than that",
      pattern(511, 1_000, 600),
      ["The log has 500 requests of chat, the metrics 511: they are not of the same traffic."],
    ],
    ["0.02 more hits", pattern(500, 1_000, 620), []],
    [
      "more hits than that",
      pattern(500, 1_000, 621),
      ["The hit ratio of chat is 0.6 by the log and 0.621 by the metrics: more than 0.02 apart."],
    ],
  ])("of two sources agree or not: %s", (_, counted, why) => {
    const log = new Map([["chat", pattern(500, 1_000, 600)]]);
    expect(disagreements(config, log, new Map([["chat", counted]]))).toEqual(why);
  });
});
