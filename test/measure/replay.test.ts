import { afterEach, describe, expect, it } from "vitest";
import { Budget } from "../../measure/budget";
import type { FullAnswer } from "../../measure/client";
import { JournalError } from "../../measure/journal";
import { outputOfAnswer, outputOfLog, validatorsOf } from "../../measure/replay/outputs";
import { Redactor } from "../../measure/replay/redaction";
import { replayed } from "../../measure/replay/request";
import { type Planned, type ReplayRecord, runReplay, usedBy } from "../../measure/replay/run";
import { allotted, type Drawn, drawSample } from "../../measure/replay/sample";
import { pairOf } from "../components/shippedEnvironment";
import { replace } from "../shipped";
import { calling, folderOf, from, range, record } from "./trafficRecords";

const { staging, production } = pairOf();
const none = { kinds: [], patterns: {} };
const all = { kinds: ["email", "phone", "card", "iban", "ipv4"] as const, patterns: {} };

describe("what is declared to be redacted", () => {
  // The same cases as in gateway/callback/test_lockstep_log.py.
  it.each<[string, string]>([
    ["Write to anna.b+x@mail.example.co.uk.", "Write to [redacted:email]."],
    ["<anna@example.com>", "<[redacted:email]>"],
    ["jürgen@bücher.example", "[redacted:email]"],
    ["name: anna@", "name: anna@"],
    ["anna@example", "anna@example"],
    ["+49 30 901820", "[redacted:phone]"],
    ["+1 (555) 010-9999", "[redacted:phone]"],
    ["0049 30 901820", "[redacted:phone]"],
    ["030 90182000", "[redacted:phone]"],
    ["call 555-010-9999 now", "call [redacted:phone] now"],
    ["2026-11-21 18:05:33", "2026-11-21 18:05:33"],
    ["1795248074", "1795248074"],
    ["chatcmpl-0049309018200", "chatcmpl-0049309018200"],
    ["4111111111111111", "[redacted:card]"],
    ["4111 1111-1111 1111, thanks", "[redacted:card], thanks"],
    ["4111111111111112", "4111111111111112"],
    ["DE89370400440532013000", "[redacted:iban]"],
    ["GB82 WEST 1234 5698 7654 32", "[redacted:iban]"],
    ["DE89370400440532013001", "DE89370400440532013001"],
    ["from 10.0.0.255.", "from [redacted:ipv4]."],
    ["10.0.0.256", "10.0.0.256"],
    ["[redacted:email] and [redacted:card]", "[redacted:email] and [redacted:card]"],
  ])("%s", (text, expected) => {
    expect(new Redactor([{ ...all, kinds: [...all.kinds] }]).text(text)).toBe(expected);
    expect(new Redactor([none]).text(text)).toBe(text);
  });

  it("by either environment is taken out of every text of a document, and counted", () => {
    const redactor = new Redactor([
      { kinds: ["email"], patterns: { ticket: "T-\\d{4}" } },
      { kinds: ["ipv4"], patterns: {} },
    ]);
    const value = {
      to: ["anna@example.com", { note: "T-1234 at 10.0.0.1" }],
      count: 4111111111111111,
      nothing: null,
    };
    expect(redactor.value(value)).toEqual({
      to: ["[redacted:email]", { note: "[redacted:ticket] at [redacted:ipv4]" }],
      count: 4111111111111111,
      nothing: null,
    });
    expect(redactor.texts).toBe(2);
  });
});

describe("a logged request as it is sent again", () => {
  const prompt = production.contents.get("prompts/support-answer.md") ?? "";
  const redactor = () => new Redactor([none]);
  const messages = (...own: object[]) => JSON.stringify(own);
  const asked = { role: "user", content: "Where is my parcel?" };
  const of = (given: Partial<Parameters<typeof replayed>[0]>, ours = staging) =>
    replayed(
      { route: "support-chat", messages: messages(asked), parameters: null, ...given },
      { staging: ours, production, redactor: redactor() },
    );

  it("has staging's prompt and tools in the place of production's", () => {
    const changed = pairOf(replace("prompts/support-answer.md", prompt, `${prompt}\nBe brief.`)).staging;
    const made = of({ messages: messages({ role: "system", content: prompt }, asked) }, changed);
    expect(made).toMatchObject({
      request: {
        model: "support-chat",
        messages: [{ role: "system", content: `${prompt}\nBe brief.` }, asked],
        tools: [JSON.parse(staging.contents.get("tools/create-ticket.json") ?? "")],
      },
    });
  });

  it("keeps another prompt, and what was asked of the format, and no temperature", () => {
    const own = { role: "system", content: "You are someone else." };
    const parameters = JSON.stringify({
      temperature: 0.9,
      max_tokens: 5,
      stream: true,
      response_format: { type: "json_object" },
      tools: [{ type: "function", function: { name: "own" } }],
    });
    const made = of({ route: "economy-chat", messages: messages(own, asked), parameters });
    expect(made).toEqual({
      request: {
        model: "economy-chat",
        messages: [own, asked],
        response_format: { type: "json_object" },
        tools: [{ type: "function", function: { name: "own" } }],
      },
    });
  });

  it.each<[string, Partial<Parameters<typeof replayed>[0]>]>([
    ["of a route that staging does not have", { route: "other-chat" }],
    ["without their messages", { messages: null }],
    ["without their messages", { messages: messages({ role: "user", content: "redacted-by-litellm" }) }],
    ["without their messages", { messages: '["text"]' }],
    ["without their messages", { messages: "[]" }],
    [
      "with a credential in them",
      { messages: messages({ role: "user", content: `key AKIA${"ABCD2345".repeat(2)}` }) },
    ],
    ["with a credential in them", { parameters: JSON.stringify({ stop: [`AKIA${"ABCD2345".repeat(2)}`] }) }],
  ])("%s is not sent", (why, given) => {
    expect(of(given)).toEqual({ why });
  });
});

describe("an answer", () => {
  const validators = validatorsOf(staging);
  const drawn = (response: unknown, route = "support-chat"): Drawn =>
    ({ route, response: response === null ? null : JSON.stringify(response), outputTokens: 7 }) as Drawn;
  const answer = (given: Partial<FullAnswer>): FullAnswer =>
    ({
      text: "Here.",
      usage: { prompt_tokens: 1, completion_tokens: 7 },
      finish: "stop",
      refused: false,
      tools: [],
      ...given,
    }) as FullAnswer;
  const message = (given: object, finish = "stop") => ({
    choices: [{ finish_reason: finish, message: given }],
  });

  it.each<[string, string, unknown, Partial<FullAnswer>, object]>([
    [
      "a text",
      "support-chat",
      message({ content: "Here." }),
      {},
      { valid: undefined, refused: false, tools: [], finish: "stop" },
    ],
    ["an invalid document", "ticket-triage", message({ content: "Here." }), {}, { valid: false }],
    [
      "a valid document",
      "ticket-triage",
      message({ content: '{"queue":"other","urgency":2,"summary":"Sorted."}' }),
      { text: '{"queue":"other","urgency":2,"summary":"Sorted."}' },
      { valid: true },
    ],
    [
      "a call",
      "ticket-triage",
      calling("create-ticket"),
      { text: "", tools: ["create-ticket"], finish: "tool_calls" },
      { valid: undefined, tools: ["create-ticket"], finish: "tool_calls" },
    ],
    [
      "a refusal",
      "support-chat",
      message({ content: null, refusal: "No." }),
      { text: "", refused: true },
      { refused: true },
    ],
    [
      "one stopped by a filter",
      "support-chat",
      message({ content: "" }, "content_filter"),
      { text: "", finish: "content_filter" },
      { refused: true, finish: "content_filter" },
    ],
  ])("that is %s is the same in the log and on the wire", (_, route, response, given, expected) => {
    const wire = outputOfAnswer(route, answer(given), validators);
    expect(outputOfLog(drawn(response, route), validators)).toEqual(wire);
    expect(wire).toMatchObject({ tokens: 7, ...expected });
  });

  it("is not known where the log keeps none", () => {
    expect(outputOfLog(drawn(null), validators)).toBeUndefined();
    expect(outputOfLog(drawn({ choices: [] }), validators)).toBeUndefined();
    expect(outputOfLog(drawn(message({ content: "redacted-by-litellm" })), validators)).toBeUndefined();
  });
});

describe("a sample", () => {
  const made: { remove(): void }[] = [];
  afterEach(() => {
    for (const one of made.splice(0)) one.remove();
  });

  it("has of each stratum its share, by the largest remainders", () => {
    const strata = new Map([
      ["a", 600],
      ["b", 395],
      ["c", 5],
    ]);
    expect(Object.fromEntries(allotted(strata, 10))).toEqual({ a: 6, b: 4, c: 0 });
    expect(Object.fromEntries(allotted(strata, 200))).toEqual({ a: 120, b: 79, c: 1 });
    expect(Object.fromEntries(allotted(strata, 5_000))).toEqual({ a: 600, b: 395, c: 5 });
  });

  it("is the same in every run, whatever files the log is in", async () => {
    const records = Array.from({ length: 384 }, (_, index) =>
      record(index, {
        startTime: from + index * 900,
        model_group: index % 4 === 0 ? "ticket-triage" : "support-chat",
        prompt_tokens: index % 2 === 0 ? 100 : 3_000,
      }),
    );
    const draw = async (files: Record<string, object[]>) => {
      const log = folderOf(files);
      const temporary = folderOf({});
      made.push(log, temporary);
      return await drawSample(log.folder, { range, behaviourHash: undefined }, 48, {
        temporary: temporary.folder,
      });
    };
    const one = await draw({ "a.jsonl": records });
    const other = await draw({ "a.jsonl": records.slice(200), "b/c.jsonl": records.slice(0, 200) });
    expect(other).toEqual(one);
    expect(one).toHaveLength(48);
    expect(one.filter(({ route }) => route === "ticket-triage")).toHaveLength(12);
    expect(one.filter(({ bins }) => bins.input_tokens === "3000")).toHaveLength(24);
    expect(one.map(({ startedAt }) => startedAt)).toEqual(
      one.map(({ startedAt }) => startedAt).sort((a, b) => a - b),
    );
    expect(JSON.parse(one[0]?.messages ?? "")).toEqual(record(0).messages);
  });
});

describe("sending", () => {
  const plan = (count: number, gap: number): Planned[] =>
    Array.from({ length: count }, (_, index) => ({
      startedAt: 1_000 + index * gap,
      request: { model: "support-chat", messages: [{ role: "user" as const, content: `${index}` }] },
    }));
  const unbounded = { requests: 100, seconds: 100, usd: 1_000 };
  const clock = () => performance.now() / 1000;

  function context(answers: (at: number) => Partial<FullAnswer> = () => ({}), earlier: ReplayRecord[] = []) {
    const sent: { content: string; at: number }[] = [];
    const added: ReplayRecord[] = [];
    const begin = performance.now();
    return {
      sent,
      added,
      config: staging.config,
      validators: validatorsOf(staging),
      budget: new Budget(unbounded, clock, usedBy(earlier)),
      journal: { earlier, add: (one: ReplayRecord) => void added.push(one) },
      client: {
        full: async (body: { messages: { content: string }[] }) => {
          sent.push({ content: body.messages[0]?.content ?? "", at: performance.now() - begin });
          return {
            status: 200,
            text: "Here.",
            tools: [],
            refused: false,
            finish: "stop",
            usage: undefined,
            usd: 0.001,
            ...answers(sent.length),
          } as unknown as FullAnswer;
        },
      },
    };
  }

  it("keeps the recorded spacing, divided by the speed", async () => {
    const one = context();
    const records = await runReplay(plan(4, 10), 100, one);
    expect(records.map(({ index, status }) => [index, status])).toEqual(
      [0, 1, 2, 3].map((index) => [index, 200]),
    );
    const gaps = one.sent.slice(1).map(({ at }, index) => at - (one.sent[index]?.at ?? 0));
    for (const gap of gaps) expect(gap).toBeGreaterThan(60);
    expect((one.sent.at(-1)?.at ?? 0) - (one.sent[0]?.at ?? 0)).toBeGreaterThan(290);
  });

  it("goes on after what an earlier run has sent, and keeps no word of an answer", async () => {
    const first = context();
    await runReplay(plan(2, 0.01), 1, first);
    expect(JSON.stringify(first.added)).not.toContain("Here.");
    const second = context(undefined, first.added);
    const records = await runReplay(plan(4, 0.01), 1, second);
    expect(second.sent.map(({ content }) => content)).toEqual(["2", "3"]);
    expect(records.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  });

  it("ends where its journal cannot be written, and sends no more", async () => {
    const one = context();
    one.journal.add = () => {
      throw new JournalError("replay.jsonl cannot be written any more (ENOSPC).");
    };
    await expect(runReplay(plan(20, 0.05), 1, one)).rejects.toThrow("cannot be written any more (ENOSPC).");
    expect(one.sent.length).toBeLessThan(5);
  });

  it("stops at its bound", async () => {
    const one = context();
    one.budget = new Budget({ ...unbounded, requests: 2 }, clock);
    expect(await runReplay(plan(4, 0), 1, one)).toHaveLength(2);
    expect(one.budget.reached).toBe("It was stopped at its bound of 2 requests.");
  });

  it("stops when it is told to, with what was sent in the journal", async () => {
    const stopped = new AbortController();
    const one = context((count) => {
      if (count === 2) stopped.abort(new Error("told to"));
      return {};
    });
    await expect(runReplay(plan(10, 0.1), 1, { ...one, signal: stopped.signal })).rejects.toThrow("told to");
    expect(one.added).toHaveLength(2);
  });

  it("tells of a request that was not answered, and of no output", async () => {
    const [record] = await runReplay(
      plan(1, 0),
      1,
      context(() => ({ status: 503, usd: undefined })),
    );
    expect(record).toMatchObject({ status: 503, output: null });
    expect(record?.usd).toBeGreaterThan(0);
  });
});
