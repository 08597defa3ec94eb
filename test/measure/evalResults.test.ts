import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { evaluation, untouchedLines } from "../../lifecycle/kinds/eval";
import { readResults } from "../../measure/eval/read";
import { measuredOf } from "../../measure/eval/results";
import { asked, declaredTargets, labelsOf } from "../../measure/eval/targets";
import { validatorOf } from "../../measure/schema";
import { root } from "../project";

const stack = loadPair(projectFiles(root), "staging").pair?.staging;
if (stack === undefined) throw new Error("The shipped pair cannot be read.");
const { config } = stack;
const declared = declaredTargets(config);

type Line = Record<string, unknown>;
const valid = '{"queue":"billing","urgency":2,"summary":"Charged twice."}';
const usage = { prompt_tokens: 1_000, completion_tokens: 100 };

/** Every target, so many cases, three repeats: all of it good. */
const suite = (cases = 40, repeats = 3): Line[] =>
  declared.flatMap(({ route, model }) =>
    Array.from({ length: cases * repeats }, (_, index) => ({
      case: `case-${Math.floor(index / repeats)}`,
      repeat: (index % repeats) + 1,
      target: `${route}/${model}`,
      score: 1,
      latency_seconds: 1 + (index % 10) / 10,
      output: valid,
      usage,
      ...(index < repeats ? { core: true } : {}),
    })),
  );

const measured = (lines: readonly Line[], targets: readonly string[] = []) => {
  const text = lines.map((line) => JSON.stringify(line)).join("\n");
  const files = readResults([{ name: "r.jsonl", bytes: new TextEncoder().encode(text) }]);
  return measuredOf(files, asked(files, labelsOf(targets, declared), declared), stack);
};
const resultsOf = (found: ReturnType<typeof measured>) => evaluation.results.parse(found.results);
/** What does not pass, as a table shows it. */
const unmet = (found: ReturnType<typeof measured>) =>
  evaluation
    .criteria(resultsOf(found), config)
    .filter(({ outcome }) => outcome !== "passes")
    .map(({ name, subject, measured, outcome }) => `${subject}: ${name} ${outcome}, ${measured}`);
const on = (route: string, model: string, change: (line: Line, index: number) => Line): Line[] => {
  let index = 0;
  return suite().map((line) => (line.target === `${route}/${model}` ? change(line, index++) : line));
};

describe("a whole suite", () => {
  const found = measured(suite());

  it("meets every criterion, and says how it was computed", () => {
    expect(unmet(found)).toEqual([]);
    expect([found.samples, found.repeats, found.inconclusive]).toEqual([40, 3, []]);
    expect(resultsOf(found).targets[0]).toEqual({
      route: "support-chat",
      model: "chat-large",
      cases: 40,
      repeats: 3,
      // Clopper and Pearson's lower end for 40 of 40: 0.025 ** (1 / 40) = 0.9119.
      score: { value: 1, low: 0.911243, high: 1 },
      schemaValidRatio: 1,
      latencyP95Seconds: 1.9,
      latencyP95Interval: { low: 1.9, high: 1.9 },
      // 1,000 tokens at 2.5 USD and 100 at 15 USD a million.
      usdPerRequest: 0.004,
      usdPerRequestInterval: { low: 0.004, high: 0.004 },
      coreCases: 1,
      corePassed: 1,
    });
    expect(found.raw.notes).toEqual([
      "A run that ended in an error or was skipped scores 0 and satisfies no schema; latency and cost are of the others.",
      "Prompts and answers are left out; each file is named with its SHA-256.",
      "Cost of 480 runs: computed from the answer's tokens and the declared prices.",
    ]);
  });

  it("is computed the same again", () => {
    expect(measured(suite())).toEqual(found);
  });

  it("keeps each run but its words", () => {
    const [first] = found.raw.runs as Line[];
    expect(first).toEqual({
      file: 0,
      at: "line 1",
      label: "support-chat/chat-large",
      caseId: "case-0",
      repeat: 1,
      score: 1,
      pass: true,
      latencySeconds: 1,
      tokens: { input: 1_000, cached: 0, output: 100 },
      core: true,
      route: "support-chat",
      model: "chat-large",
      valid: true,
    });
    expect(JSON.stringify(found.raw)).not.toContain("Charged twice");
  });
});

describe("what does not pass", () => {
  it("is a score whose interval is too low", () => {
    const bad = on("support-chat", "chat-large", (line, index) => ({ ...line, score: index < 60 ? 0 : 1 }));
    expect(unmet(measured(bad))).toEqual([
      "support-chat on chat-large: minScore fails, 0.5 (interval 0.339194 to 0.661655)",
      "support-chat on chat-large: core fails, 0 of 1 passed",
    ]);
    const near = on("support-chat", "chat-large", (line, index) => ({ ...line, score: index > 113 ? 0 : 1 }));
    expect(unmet(measured(near))).toEqual([
      "support-chat on chat-large: minScore inconclusive, 0.95 (interval 0.831159 to 0.993627)",
    ]);
  });

  it("is a fallback that nobody evaluated", () => {
    const found = measured(suite().filter(({ target }) => target !== "support-chat/chat-in-account"));
    expect(unmet(found)).toEqual(["support-chat on chat-in-account: targets fails, no case"]);
    expect(
      measured(suite().filter(({ target }) => target !== "economy-chat/chat-fast")).results,
    ).toMatchObject({
      untouched: {
        routes: ["economy-chat"],
        fallbacks: [
          { route: "support-chat", fallback: "economy-chat" },
          { route: "ticket-triage", fallback: "economy-chat" },
        ],
      },
    });
  });

  it("is an answer that its schema does not allow, of a fallback too", () => {
    const odd = { output: '{"queue":"billing"}' };
    const triage = on("ticket-triage", "chat-small", (line, index) =>
      index < 3 ? { ...line, ...odd } : line,
    );
    expect(unmet(measured(triage))).toEqual([
      "ticket-triage on chat-small: minSchemaValidRatio fails, 0.975",
    ]);
    const fallback = on("economy-chat", "chat-fast", (line, index) =>
      index < 3 ? { ...line, ...odd } : line,
    );
    expect(unmet(measured(fallback))).toEqual([
      "economy-chat on chat-fast: minSchemaValidRatio fails, 0.975",
    ]);
    const own = fallback.map((line) =>
      line.target === "economy-chat/chat-fast" ? { ...line, case: `own-${line.case}` } : line,
    );
    expect(unmet(measured(own))).toEqual([]);
  });

  it("is few cases, or each asked once", () => {
    const few = measured(suite(19));
    expect(few.samples).toBe(19);
    expect(few.inconclusive[0]).toBe("support-chat on chat-large: 19 cases, fewer than 20.");
    expect(unmet(few)[0]).toBe("support-chat on chat-large: minCases fails, 19 cases");
    const once = measured(suite(40, 1));
    expect(once.repeats).toBe(1);
    expect(once.inconclusive[0]).toBe(
      "support-chat on chat-large: 40 cases asked once, and temperature zero is not deterministic.",
    );
    expect(unmet(once)[0]).toBe("support-chat on chat-large: minRepeats fails, 1 repeats of each case");
    expect(measured(suite(20)).inconclusive).toEqual([]);
    const last = measured(suite().slice(0, -1));
    expect([last.samples, last.repeats, last.inconclusive]).toEqual([40, 2, []]);
    expect(unmet(last)).toEqual(["economy-chat on chat-fast: minRepeats fails, 2 repeats of each case"]);
    const fewer = measured(suite().slice(0, -3));
    expect([fewer.samples, fewer.repeats]).toEqual([39, 3]);
  });

  it("is what was not measured: latency, cost, the answer's text", () => {
    const without = (key: string) =>
      measured(
        on("ticket-triage", "chat-small", (line, index) =>
          index === 5 ? { ...line, [key]: undefined } : line,
        ),
      );
    expect(without("latency_seconds").inconclusive).toEqual([
      "ticket-triage on chat-small: 1 of 120 answers has no latency.",
    ]);
    expect(unmet(without("latency_seconds"))).toEqual([
      "ticket-triage on chat-small: maxLatencyP95Seconds inconclusive, not measured",
    ]);
    expect(without("usage").inconclusive).toEqual([
      "ticket-triage on chat-small: 1 of 120 answers has no cost and no count of tokens.",
    ]);
    expect(unmet(without("usage"))).toEqual([
      "ticket-triage on chat-small: maxUsdPerRequest inconclusive, not measured",
    ]);
    expect(without("output").inconclusive).toEqual([
      "ticket-triage on chat-small: 1 of 120 answers has no text to hold against the route's schema.",
    ]);
    expect(unmet(without("output"))).toEqual([
      "ticket-triage on chat-small: minSchemaValidRatio inconclusive, not measured",
    ]);
    const elsewhere = on("support-chat", "chat-large", (line) => ({ ...line, output: undefined }));
    expect(measured(elsewhere).inconclusive).toEqual([]);
  });

  it("is latency and cost over the threshold, or on both sides of it", () => {
    const slow = (most: number) =>
      unmet(
        measured(
          on("economy-chat", "chat-fast", (line, index) => ({
            ...line,
            latency_seconds: index % 120 < most ? 9 : 1,
          })),
        ),
      );
    expect(slow(60)).toEqual([
      "economy-chat on chat-fast: maxLatencyP95Seconds fails, 9 seconds (interval 9 to 9)",
    ]);
    expect(slow(6)).toEqual([
      "economy-chat on chat-fast: maxLatencyP95Seconds inconclusive, 1 seconds (interval 1 to 9)",
    ]);
    const dear = on("economy-chat", "chat-fast", (line) => ({ ...line, usd: 0.04 }));
    expect(unmet(measured(dear))).toEqual([
      "economy-chat on chat-fast: maxUsdPerRequest fails, 0.04 USD per request (interval 0.04 to 0.04)",
      "economy-chat on chat-fast: usdPerMillionTokens fails, 36.3636 USD per million tokens",
    ]);
  });

  it("is a price of a token over the declared one", () => {
    // 1,000 tokens at 2 USD and 100 at 10 USD a million.
    const at = (usd: number) => measured(on("economy-chat", "chat-fast", (line) => ({ ...line, usd })));
    expect(unmet(at(0.003))).toEqual([]);
    expect(unmet(at(0.0031))).toEqual([
      "economy-chat on chat-fast: usdPerMillionTokens fails, 2.8182 USD per million tokens",
    ]);
    expect(at(0.003).raw.notes.slice(2)).toEqual([
      "Cost of 360 runs: computed from the answer's tokens and the declared prices.",
      "Cost of 120 runs: as the tool says.",
    ]);
  });

  it("counts cached input at its own price", () => {
    const details = { ...usage, prompt_tokens_details: { cached_tokens: 400 } };
    const found = measured(on("support-chat", "chat-large", (line) => ({ ...line, usage: details })));
    // 600 tokens at 2.5 USD, 400 at 0.25 and 100 at 15 a million.
    expect(resultsOf(found).targets[0]?.usdPerRequest).toBe(0.0031);
  });

  it("is an error, which counts as a failed case", () => {
    const broken = on("economy-chat", "chat-fast", (line, index) =>
      index < 3 ? { case: line.case, repeat: line.repeat, target: line.target, error: "429" } : line,
    );
    const found = measured(broken);
    expect(resultsOf(found).targets[3]).toMatchObject({
      cases: 40,
      score: { value: 0.975 },
      schemaValidRatio: 0.975,
      latencyP95Seconds: 1.9,
      usdPerRequest: 0.003,
    });
    expect(found.inconclusive).toEqual([]);
  });

  it("is an answer that another deployment gave", () => {
    const by = (id: string) =>
      measured(
        on("support-chat", "chat-large", (line, index) => (index < 2 ? { ...line, answered_by: id } : line)),
      );
    expect(by("support-chat.chat-large.1").inconclusive).toEqual([]);
    const strayed = by("economy-chat.chat-fast.1");
    expect(strayed.inconclusive).toEqual([
      'support-chat on chat-large: 2 answers by another deployment ("economy-chat.chat-fast.1"), which says nothing of this one.',
    ]);
    expect(resultsOf(strayed).targets[0]?.score.value).toBe(0.983333);
  });

  it("is a core case that failed once, or no core case at all", () => {
    const failing = on("ticket-triage", "chat-small", (line, index) =>
      index === 1 ? { ...line, pass: false } : line,
    );
    expect(unmet(measured(failing))).toEqual(["ticket-triage on chat-small: core fails, 0 of 1 passed"]);
    const none = on("ticket-triage", "chat-small", ({ core: _, ...line }) => line);
    expect(unmet(measured(none))).toEqual([
      "ticket-triage on chat-small: core inconclusive, no case is tagged core",
    ]);
  });
});

describe("what promptfoo's file tells beside its judgement", () => {
  interface Data {
    results: { results: { response: { cached: boolean; metadata: { http: { headers: object } } } }[] };
  }
  const sample = readFileSync(join(__dirname, "fixtures/promptfoo.json"), "utf8");
  const of = (change: (data: Data) => void) => {
    const data = JSON.parse(sample) as Data;
    for (const { response } of data.results.results)
      Object.assign(response.metadata.http.headers, { "x-litellm-model-id": "economy-chat.chat-fast.1" });
    change(data);
    const files = readResults([{ name: "r.json", bytes: Buffer.from(JSON.stringify(data)) }]);
    return measuredOf(
      files,
      asked(files, labelsOf(["gw-extract=economy-chat/chat-fast"], declared), declared),
      stack,
    );
  };
  const few = "economy-chat on chat-fast: 3 cases, fewer than 20.";
  const once = "economy-chat on chat-fast: 3 cases asked once, and temperature zero is not deterministic.";

  it("is what the gateway charged, for more than is declared here", () => {
    const found = of(() => {});
    expect(found.inconclusive).toEqual([few, once]);
    expect(resultsOf(found).targets).toMatchObject([
      {
        cases: 3,
        score: { value: 0.833333 },
        latencyP95Seconds: 0.218,
        usdPerRequest: 0.000013,
        // 13 and 5 × 2 + 4 × 10 millionths for 9 tokens.
        usdPerMillionTokens: { measured: 1.4444, declared: 5.5556 },
      },
    ]);
    expect(found.raw.notes.slice(2)).toEqual(["Cost of 3 runs: as the gateway's header says."]);
  });

  it("is that no model was asked", () => {
    const cached = of(({ results: { results } }) =>
      Object.assign(results[1]?.response ?? {}, { cached: true }),
    );
    expect(cached.inconclusive).toEqual([
      few,
      once,
      "economy-chat on chat-fast: 1 answer from the tool's cache, where no model was asked.",
    ]);
  });

  it("is that nothing was answered", () => {
    const broken = of(({ results: { results } }) => {
      for (const one of results) Object.assign(one, { failureReason: 2, success: false, response: null });
    });
    expect(broken.inconclusive).toEqual([few, once, "economy-chat on chat-fast: no request was answered."]);
    expect(resultsOf(broken).targets[0]).toMatchObject({ score: { value: 0 }, schemaValidRatio: 0 });
    expect(resultsOf(broken).targets[0]).not.toHaveProperty("latencyP95Seconds");
  });
});

describe("what no case touches", () => {
  it("is told by routes, fallbacks, tools, teams and kinds of case", () => {
    const touching = on("support-chat", "chat-large", (line, index) =>
      index === 0
        ? { ...line, kinds: ["adversarial", "empty"], tools: ["create-ticket"], team: "support" }
        : line,
    );
    const { untouched } = resultsOf(measured(touching));
    expect(untouched && untouchedLines(untouched)).toEqual([
      "teams: search, triage",
      "kinds of case: schema-violation, prompt-injection, prompt-injection-by-tool, pii-leakage, conflicting-instructions, over-long, mixed-language",
    ]);
  });

  it("is not hidden by a misspelt name", () => {
    const tagged = (tags: object) => () =>
      measured(
        on("support-chat", "chat-large", (line, index) => (index === 4 ? { ...line, ...tags } : line)),
      );
    expect(tagged({ tools: ["create-tickets"] })).toThrow(
      'r.jsonl: line 5.tools: found "create-tickets"; allowed is create-ticket. Name it as the stack does.',
    );
    expect(tagged({ team: "sales" })).toThrow(
      'r.jsonl: line 5.team: found "sales"; allowed is support, search, triage. Name it as the stack does.',
    );
  });
});

describe("which target a label stands for", () => {
  const labelled = (target: string, ...options: string[]) =>
    measured([{ case: "a", target, score: 1 }], options);
  const routeOf = (found: ReturnType<typeof measured>) =>
    resultsOf(found).targets.map(({ route, model }) => `${route}/${model}`);

  it("is its own name, a deployment's id, or what --target says", () => {
    expect(routeOf(labelled("economy-chat/chat-fast"))).toEqual(["economy-chat/chat-fast"]);
    expect(routeOf(labelled("openai:chat:support-chat.chat-in-account.2"))).toEqual([
      "support-chat/chat-in-account",
    ]);
    expect(routeOf(labelled("a=b", "a=b=economy-chat/chat-fast"))).toEqual(["economy-chat/chat-fast"]);
  });

  const known =
    "the stack has support-chat/chat-large, support-chat/chat-in-account, ticket-triage/chat-small, economy-chat/chat-fast.";
  it.each<[string, string, string[], string]>([
    [
      "an unknown label",
      "gpt",
      [],
      `No target is known for the label "gpt". Say which one each stands for with --target LABEL=ROUTE/MODEL; ${known}`,
    ],
    ["a route alone", "support-chat", [], `No target is known for the label "support-chat". Say`],
    ["a deployment of another route", "economy-chat.chat-large.1", [], "No target is known for the label"],
    [
      "an undeclared target",
      "gpt",
      ["gpt=support-chat/chat-small"],
      `--target "gpt=support-chat/chat-small": "support-chat/chat-small" is no target; ${known}`,
    ],
    [
      "no label",
      "gpt",
      ["economy-chat/chat-fast"],
      '--target has to be LABEL=ROUTE/MODEL, not "economy-chat/chat-fast".',
    ],
    [
      "a label twice",
      "gpt",
      ["gpt=economy-chat/chat-fast", "gpt=economy-chat/chat-fast"],
      '--target names "gpt" twice.',
    ],
    [
      "a label that no file has",
      "economy-chat/chat-fast",
      ["gpt=economy-chat/chat-fast"],
      '--target names "gpt", which no file has.',
    ],
  ])("%s is refused", (_, target, options, message) => {
    expect(() => labelled(target, ...options)).toThrow(message);
  });

  it("never shows a credential that stands in its place", () => {
    const secret = `sk-ant-${"q7Planted0Key1Value2".repeat(2)}`;
    expect(() => labelled(secret)).toThrow("for the label a text with a credential in it. Say which");
  });

  it("takes every repeat once", () => {
    const twice = () =>
      measured([
        { case: "a", target: "economy-chat/chat-fast", score: 1, repeat: 1 },
        { case: "a", target: "economy-chat/chat-fast", score: 1, repeat: 1 },
      ]);
    expect(twice).toThrow(
      'r.jsonl: line 2: found repeat 1 of the case "a" a second time; allowed is every repeat once. Repeats have to be asked again, not counted twice.',
    );
  });
});

describe("an answer and its schema", () => {
  const judge = (schema: string, text: string) =>
    validatorOf(
      {
        config: { routes: { r: { responseSchema: "s.json" } } } as unknown as typeof config,
        contents: new Map([["s.json", schema]]),
      },
      "r",
    )?.(text);

  it.each<[string, string, boolean]>([
    ['{"type":"integer"}', "4", true],
    ['{"type":"integer"}', '"4"', false],
    ['{"type":"integer"}', "```json\n4\n```", false],
    ['{"type":"string","format":"email"}', '"nobody"', true],
    ['{"prefixItems":[{"type":"string"}]}', "[1]", false],
    ['{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}]}', "[1]", false],
    ['{"$schema":"https://json-schema.org/draft/2019-09/schema","items":[{"type":"string"}]}', "[1]", false],
    ["false", "1", false],
  ])("%s: %s is %s", (schema, text, expected) => {
    expect(judge(schema, text)).toBe(expected);
  });

  it.each([
    "",
    "{",
    '{"type":"whole"}',
    '{"$ref":"https://example.com/s.json"}',
    '{"$schema":"http://json-schema.org/draft-04/schema#"}',
  ])("%j judges nothing", (schema) => {
    expect(() => judge(schema, "1")).toThrow("s.json is no JSON Schema of draft 6, 7, 2019-09 or 2020-12");
  });

  it("is none of a route without one", () => {
    expect(validatorOf(stack, "economy-chat")).toBeUndefined();
  });
});
