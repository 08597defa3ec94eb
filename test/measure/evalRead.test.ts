import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { caseKinds } from "../../lifecycle/kinds/eval";
import { fields } from "../../measure/eval/junit";
import { readResults } from "../../measure/eval/read";
import type { Format, Run } from "../../measure/eval/run";

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (name: string, text: string, format?: Format): Run[] =>
  readResults([{ name, bytes: bytes(text) }], format)[0]?.runs ?? [];
const refusal = (name: string, text: string, format?: Format): string => {
  try {
    read(name, text, format);
  } catch (error) {
    return (error as Error).message;
  }
  return "read";
};

const sample = readFileSync(join(__dirname, "fixtures", "promptfoo.json"), "utf8");
interface Sample {
  results: { version: number; results: Record<string, unknown>[]; stats: Record<string, number> };
}
/** The sample, changed. */
const promptfoo = (change: (data: Sample) => void): string => {
  const data = JSON.parse(sample) as Sample;
  change(data);
  return JSON.stringify(data);
};
const row = (index: number, changes: object) =>
  promptfoo(({ results: { results } }) => Object.assign(results[index] ?? {}, changes));

describe("promptfoo", () => {
  it("is read as promptfoo 0.123 writes it", () => {
    const [file] = readResults([{ name: "results.json", bytes: bytes(sample) }]);
    expect(file?.format).toBe("promptfoo");
    expect(file?.tool).toEqual({ name: "promptfoo", version: "0.123.1" });
    expect(file?.made).toEqual(new Date("2026-11-21T08:06:36.207Z"));
    const same = {
      label: "gw-extract",
      alias: "openai:chat:extract",
      failed: false,
      cached: false,
      // 0 as the tool has it is no cost; the gateway's header is.
      gatewayUsd: 0.000013,
      tokens: { input: 5, cached: 0, output: 4 },
      answeredBy: "extract-primary-a",
      kinds: [],
      tools: [],
      core: false,
    };
    expect(file?.runs).toEqual([
      {
        ...same,
        at: "results.results[0]",
        caseId: "a7d464c260e0f627",
        score: 1,
        pass: true,
        latencySeconds: 0.122,
        prompt: "Reply in JSON: 2 + 2",
        text: '{"answer": 4, "by": "A"}',
      },
      {
        ...same,
        at: "results.results[1]",
        caseId: "992e7303e147f928",
        score: 1,
        pass: true,
        latencySeconds: 0.201,
        prompt: "Reply in JSON: 5 + 7",
        text: '{"answer": 12, "by": "A"}',
      },
      {
        ...same,
        at: "results.results[2]",
        caseId: "0b7d7a6cd306a101",
        score: 0.5,
        pass: false,
        latencySeconds: 0.218,
        prompt: "Reply in JSON: 1 + 1",
        text: '{"answer": 2, "by": "A"}',
      },
    ]);
  });

  it("gives repeats of a test the same case, and tagged ones the case that they name", () => {
    const ids = (text: string) => read("r.json", text).map(({ caseId }) => caseId);
    const [first] = ids(sample);
    const repeated = promptfoo(({ results: { results } }) => {
      const [one, two] = results;
      Object.assign(two ?? {}, { vars: one?.vars, prompt: one?.prompt, testIdx: 1 });
    });
    expect(ids(repeated).slice(0, 2)).toEqual([first, first]);
    expect(
      ids(row(0, { testCase: { metadata: { lockstep: { case: "sum", kinds: ["empty"], core: true } } } }))[0],
    ).toBe("sum");
  });

  it("takes tags from metadata.lockstep, and leaves other metadata alone", () => {
    const metadata = {
      kinds: "something else",
      lockstep: {
        kinds: ["prompt-injection-by-tool", "empty", "empty"],
        tools: ["create-ticket"],
        team: "support",
        core: true,
      },
    };
    expect(read("r.json", row(0, { testCase: { metadata } }))[0]).toMatchObject({
      kinds: ["prompt-injection-by-tool", "empty"],
      tools: ["create-ticket"],
      team: "support",
      core: true,
    });
  });

  it("counts an error as a failed case, whatever score stands there", () => {
    const error = { success: false, score: 0.5, failureReason: 2, error: "API error: 429", response: null };
    expect(read("r.json", row(1, error))[1]).toMatchObject({ failed: true, pass: false, score: 0 });
    expect(read("r.json", row(1, { response: undefined }))[1]).toMatchObject({ failed: true, score: 0 });
  });

  it("takes the tool's own cost, cached input, answers as data, and what came from its cache", () => {
    const response = {
      output: { answer: 4 },
      cached: true,
      tokenUsage: { prompt: 100, completion: 7, completionDetails: { cacheReadInputTokens: 60 } },
    };
    const [run] = read("r.json", row(0, { cost: 0.5, response }));
    expect(run).toMatchObject({
      toolUsd: 0.5,
      text: '{"answer":4}',
      cached: true,
      tokens: { input: 100, cached: 60, output: 7 },
    });
    expect(run).not.toHaveProperty("gatewayUsd");
  });

  it.each<[string, string, string]>([
    [
      "another version",
      promptfoo(({ results }) => Object.assign(results, { version: 2 })),
      "r.json: the file.results.version: found 2; allowed is 3: results of promptfoo 0.90 or later. Write results anew: promptfoo eval --output results.json.",
    ],
    [
      "fewer results than it counts",
      promptfoo(({ results: { results } }) => results.splice(1, 1)),
      "r.json: results.results: found 2 results; allowed is the 3 that results.stats counts. Write results anew: promptfoo eval --output results.json.",
    ],
    [
      "a result twice",
      promptfoo(({ results: { results } }) => {
        results[1] = { ...results[0] };
      }),
      "r.json: results.results[1].id: found an id that an earlier result has; allowed is every result once. Write results anew: promptfoo eval --output results.json.",
    ],
    [
      "a score over 1",
      row(0, { score: 1.5 }),
      "r.json: results.results[0].score: found 1.5; allowed is 0 to 1. Write results anew: promptfoo eval --output results.json.",
    ],
    [
      "a latency without an end",
      row(0, { latencyMs: 7 }).replace('"latencyMs":7', '"latencyMs":1e999'),
      "r.json: results.results[0].latencyMs: found Infinity; allowed is a finite number of milliseconds, 0 or more. Write results anew: promptfoo eval --output results.json.",
    ],
    [
      "a negative latency",
      row(0, { latencyMs: -1 }),
      "r.json: results.results[0].latencyMs: found -1; allowed is a number of milliseconds, 0 or more. Write results anew: promptfoo eval --output results.json.",
    ],
    [
      "an unknown kind of case",
      row(2, { testCase: { metadata: { lockstep: { kinds: ["jailbreak"] } } } }),
      "r.json: results.results[2].testCase.metadata.lockstep.kinds[0]: found another text; allowed is one of adversarial, schema-violation, prompt-injection, prompt-injection-by-tool, pii-leakage, conflicting-instructions, over-long, empty, mixed-language. docs/evals.md has what a case may be tagged with.",
    ],
    [
      "NaN",
      row(0, { score: 7 }).replace('"score":7', '"score":NaN'),
      "r.json: the file: found no JSON; allowed is JSON. Let the tool write it again; NaN and Infinity are no JSON.",
    ],
    [
      "half a file",
      sample.slice(0, 3_000),
      "r.json: the file: found no JSON; allowed is JSON. Let the tool write it again; NaN and Infinity are no JSON.",
    ],
  ])("%s is refused", (_, text, message) => {
    expect(refusal("r.json", text)).toBe(message);
  });
});

const line = (changes: object = {}) =>
  JSON.stringify({ case: "a", target: "chat/large", score: 1, ...changes });

describe("JSONL", () => {
  it("is one record a line, with a byte order mark, CRLF and empty lines", () => {
    const all = {
      case: "b",
      target: "label",
      repeat: 2,
      score: 0.5,
      pass: true,
      latency_seconds: 1.25,
      usd: 0.001,
      output: "Yes.",
      answered_by: "chat.large.1",
      usage: { prompt_tokens: 10, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 4 } },
      kinds: ["empty"],
      tools: ["create-ticket"],
      team: "support",
      core: true,
    };
    const none = { kinds: [], tools: [], core: false, cached: false };
    expect(read("r.jsonl", `\uFEFF${line()}\r\n\r\n${JSON.stringify(all)}\n`)).toEqual([
      { at: "line 1", label: "chat/large", caseId: "a", score: 1, pass: true, failed: false, ...none },
      {
        at: "line 3",
        label: "label",
        caseId: "b",
        repeat: 2,
        score: 0.5,
        pass: true,
        failed: false,
        cached: false,
        latencySeconds: 1.25,
        toolUsd: 0.001,
        text: "Yes.",
        answeredBy: "chat.large.1",
        tokens: { input: 10, cached: 4, output: 3 },
        kinds: ["empty"],
        tools: ["create-ticket"],
        team: "support",
        core: true,
      },
    ]);
  });

  it.each([
    [{ score: 0.5 }, { score: 0.5, pass: false, failed: false }],
    [
      { score: undefined, pass: true },
      { score: 1, pass: true, failed: false },
    ],
    [
      { score: undefined, pass: false },
      { score: 0, pass: false, failed: false },
    ],
    [
      { score: 1, pass: true, error: "timeout" },
      { score: 0, pass: false, failed: true },
    ],
  ])("%j is judged as %j", (given, judged) => {
    expect(read("r.jsonl", line(given))[0]).toMatchObject(judged);
  });

  it.each<[string, string, string]>([
    [
      "no judgement",
      line({ score: undefined }),
      "line 1: found no judgement; allowed is score, pass or error.",
    ],
    ["a list", "[1]", "line 1: found no JSON object; allowed is one JSON object a line."],
    ["a broken line", `${line()}\n{"case":`, "line 2: found no JSON; allowed is JSON."],
    ["nothing", " \n", "the file: found no line; allowed is one JSON object a line."],
    ["a misspelt key", line({ latency: 1 }), 'line 1: found the key "latency"; allowed is known keys only.'],
    [
      "a score in words",
      line({ score: "1" }),
      "line 1.score: found another text; allowed is a number from 0 to 1.",
    ],
    ["half a repeat", line({ repeat: 1.5 }), "line 1.repeat: found 1.5; allowed is a whole number."],
    [
      "a case on two lines",
      line({ case: "a\nb" }),
      "line 1.case: found another text; allowed is 1 to 200 characters on one line.",
    ],
    [
      "no case",
      line({ case: undefined }),
      "line 1.case: found nothing; allowed is a text that names the case.",
    ],
    [
      "no target",
      line({ target: undefined }),
      "line 1.target: found nothing; allowed is who answered: ROUTE/MODEL, or a label for --target.",
    ],
  ])("%s is refused", (_, text, message) => {
    expect(refusal("r.jsonl", text)).toContain(`r.jsonl: ${message} `);
  });
});

const event = (sample: string, type: string, data: object, run = "run-1") =>
  JSON.stringify({ run_id: run, event_id: 0, sample_id: sample, type, data, created_by: "", created_at: "" });
const spec = JSON.stringify({ spec: { completion_fns: ["gpt"], eval_name: "e", run_id: "run-1" } });
const log = (...lines: string[]) => [spec, ...lines, '{"final_report": {"accuracy": 1}}'].join("\n");

describe("the log of openai/evals", () => {
  it("gives a run for each sample of each run", () => {
    const text = log(
      event("e.1", "raw_sample", {}),
      event("e.1", "sampling", {
        sampled: ["first", "4"],
        usage: { prompt_tokens: 9, completion_tokens: 1 },
      }),
      event("e.1", "match", { correct: true, expected: "4", picked: "4" }),
      event("e.1", "match", { correct: false }, "run-2"),
      event("e.2", "metrics", { score: 0.25 }),
      event("e.3", "sampling", { sampled: "no judgement follows" }),
      event("e.4", "error", { message: "429" }),
      event("e.5", "raw_sample", {}),
    );
    expect(
      read("log.jsonl", text).map(({ at, label, caseId, score, pass, failed, text, tokens }) => ({
        at,
        label,
        caseId,
        score,
        pass,
        failed,
        ...(text && { text }),
        ...(tokens && { tokens }),
      })),
    ).toEqual([
      {
        at: "line 2",
        ...{ label: "gpt", caseId: "e.1", score: 1, pass: true, failed: false, text: "4" },
        tokens: { input: 9, cached: 0, output: 1 },
      },
      { at: "line 5", label: "gpt", caseId: "e.1", score: 0, pass: false, failed: false },
      { at: "line 6", label: "gpt", caseId: "e.2", score: 0.25, pass: false, failed: false },
      {
        at: "line 7",
        ...{ label: "gpt", caseId: "e.3", score: 0, pass: false, failed: true, text: "no judgement follows" },
      },
      { at: "line 8", label: "gpt", caseId: "e.4", score: 0, pass: false, failed: true },
      { at: "line 9", label: "gpt", caseId: "e.5", score: 0, pass: false, failed: true },
    ]);
  });

  it.each<[string, string, string]>([
    [
      "an unknown event",
      log(event("e.1", "vote", {})),
      "line 2.type: found another event; allowed is match, metrics,",
    ],
    [
      "a second judgement",
      log(event("e.1", "match", { correct: true }), event("e.1", "match", { correct: true })),
      "line 3: found a second judgement of the same sample; allowed is one in each run.",
    ],
    [
      "a match that is none",
      log(event("e.1", "match", {})),
      "line 2.data.correct: found nothing; allowed is true or false.",
    ],
    [
      "a metric of another name",
      log(event("e.1", "metrics", { bleu: 0.4 })),
      "line 2.data.score: found nothing; allowed is a number from 0 to 1.",
    ],
  ])("%s is refused", (_, text, message) => {
    expect(refusal("log.jsonl", text)).toContain(`log.jsonl: ${message}`);
  });
});

const junit = (cases: string, suite = "") =>
  `<?xml version="1.0"?>\n<testsuites>\n<testsuite name="support-chat/chat-large">${suite}\n${cases}\n</testsuite></testsuites>`;
const properties = (...pairs: [string, string][]) =>
  `<properties>${pairs.map(([name, value]) => `<property name="${name}" value="${value}"/>`).join("")}</properties>`;

describe("JUnit XML", () => {
  it("has a run in every testcase", () => {
    const text = junit(
      [
        '<testcase classname="evals.sum" name="two &amp; two" time="0.5"/>',
        '<testcase name="wrong" time="1e-1"><failure message="4, not 5">…</failure></testcase>',
        '<testcase name="broken"><error/><failure/></testcase>',
        '<testcase name="left out"><skipped/></testcase>',
        `<testcase name="tagged">${properties(
          ["lockstep.case", "sum-1"],
          ["lockstep.target", "other"],
          ["lockstep.score", "0.75"],
          ["lockstep.kinds", "empty, over-long"],
          ["lockstep.core", "true"],
          ["lockstep.prompt_tokens", "12"],
          ["lockstep.completion_tokens", "3"],
          ["lockstep.output", "&lt;4&gt;"],
          ["owner", "anybody"],
        )}<failure/></testcase>`,
      ].join("\n"),
      properties(["lockstep.team", "support"]),
    );
    const of = {
      label: "support-chat/chat-large",
      tools: [],
      kinds: [],
      core: false,
      cached: false,
      team: "support",
    };
    expect(read("r.xml", text)).toEqual([
      {
        ...of,
        at: "line 4",
        caseId: "evals.sum.two & two",
        score: 1,
        pass: true,
        failed: false,
        latencySeconds: 0.5,
      },
      { ...of, at: "line 5", caseId: "wrong", score: 0, pass: false, failed: false, latencySeconds: 0.1 },
      { ...of, at: "line 6", caseId: "broken", score: 0, pass: false, failed: true },
      { ...of, at: "line 7", caseId: "left out", score: 0, pass: false, failed: true },
      {
        ...of,
        ...{ at: "line 8", label: "other", caseId: "sum-1", score: 0.75, pass: false, failed: false },
        ...{
          kinds: ["empty", "over-long"],
          core: true,
          tokens: { input: 12, cached: 0, output: 3 },
          text: "<4>",
        },
      },
    ]);
  });

  const bomb = `<!DOCTYPE lolz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>`;
  it.each<[string, string, string]>([
    [
      "entities of its own",
      junit("<testcase name='a'/>").replace("<testsuites>", `${bomb}<testsuites>`),
      "line 2: found a document type declaration; allowed is none.",
    ],
    [
      "an unknown entity",
      junit("<testcase name='&a;'/>"),
      "line 4: found no well-formed XML; allowed is well-formed XML.",
    ],
    ["half a document", junit("<testcase name='a'/>").slice(0, -20), "line 5: found no well-formed XML;"],
    ["HTML", "<html><body/></html>", "line 1: found another document; allowed is testsuites or testsuite."],
    ["no case", junit(""), "the file: found no testcase; allowed is at least one."],
    [
      "a time with a comma",
      junit("<testcase name='a' time='1,250.0'/>"),
      "line 4.latency_seconds: found another text; allowed is a finite number of seconds, 0 or more.",
    ],
    [
      "an unknown property",
      junit(`<testcase name='a'>${properties(["lockstep.cost", "1"])}</testcase>`),
      "line 4: found another property; allowed is lockstep.case, lockstep.target,",
    ],
    [
      "a property twice",
      junit(`<testcase name='a'>${properties(["lockstep.usd", "1"], ["lockstep.usd", "2"])}</testcase>`),
      "line 4: found lockstep.usd a second time; allowed is every property once.",
    ],
    [
      "a case without a name",
      junit("<testcase/>"),
      "line 4.case: found another text; allowed is 1 to 200 characters on one line.",
    ],
  ])("%s is refused", (_, text, message) => {
    expect(refusal("r.xml", text)).toContain(`r.xml: ${message}`);
  });
});

describe("the guide", () => {
  const page = readFileSync(join(__dirname, "../../docs/evals.md"), "utf8");
  const example = (language: string) => page.split(`\`\`\`${language}\n`)[1]?.split("```")[0] ?? "";

  it("has examples that are read", () => {
    const shown = (name: string, text: string) =>
      read(name, text).map(({ label, caseId, score, failed, core, tokens }) => ({
        ...{ label, caseId, score, failed, core },
        tokens: tokens?.input,
      }));
    const first = { label: "support-chat/chat-large", caseId: "delivery-norway", score: 1, failed: false };
    expect(shown("a.jsonl", example("json"))).toEqual([
      { ...first, core: true, tokens: 412 },
      { ...first, caseId: "print-prompt", score: 0, failed: true, core: false, tokens: undefined },
    ]);
    expect(shown("a.xml", example("xml"))).toEqual([{ ...first, core: true, tokens: 412 }]);
  });

  it("names every kind of case and every property", () => {
    for (const kind of caseKinds) expect(page).toContain(`\`${kind}\``);
    for (const key of Object.keys(fields)) expect(page).toContain(`\`${key}\``);
  });
});

describe("files", () => {
  it("are told apart by their content, and read as what they are called", () => {
    const formatOf = (name: string, text: string, format?: Format) =>
      readResults([{ name, bytes: bytes(text) }], format)[0]?.format;
    expect(formatOf("results", JSON.stringify(JSON.parse(sample)))).toBe("promptfoo");
    expect(formatOf("results", line())).toBe("jsonl");
    expect(formatOf("results", junit("<testcase name='a'/>"))).toBe("junit");
    expect(formatOf("results", line(), "jsonl")).toBe("jsonl");
    expect(refusal("results", line(), "junit")).toMatch(/^results: line 1: found no well-formed XML;/);
  });

  it("have at most 20,000 runs in all, and nothing deeper than the stack", () => {
    const many = (count: number) => `${line()}\n`.repeat(count);
    expect(read("r.jsonl", many(20_000))).toHaveLength(20_000);
    expect(refusal("r.jsonl", many(20_001))).toBe(
      "r.jsonl: the files: found 20,001 runs in all; allowed is at most 20,000. Evaluate fewer cases, or each of them less often.",
    );
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const nested = row(0, { vars: { q: "deep" } }).replace('"q":"deep"', `"q":${deep}`);
    expect(refusal("r.json", nested)).toMatch(/^r\.json: the file: found (values too deep|no JSON)/);
  });

  it("are counted once, in UTF-8", () => {
    const twice = () =>
      readResults([
        { name: "a.jsonl", bytes: bytes(line()) },
        { name: "b.jsonl", bytes: bytes(line()) },
      ]);
    expect(twice).toThrow(
      "b.jsonl: the file: found the bytes of a file named before; allowed is every file once. Repeats have to be asked again, not counted twice.",
    );
    const utf16 = () => readResults([{ name: "a.jsonl", bytes: Buffer.from(line(), "utf16le") }]);
    expect(utf16).toThrow("a.jsonl: the file: found another encoding, or a zero byte; allowed is UTF-8.");
    expect(() => readResults([{ name: "a.jsonl", bytes: Uint8Array.of(0xff, 0xfe) }])).toThrow(
      "allowed is UTF-8",
    );
  });
});
