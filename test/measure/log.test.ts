import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cacheResults, Pattern } from "../../measure/cache/patterns";
import { LogError, readLog, type Unread } from "../../measure/log/folder";
import { readRecord } from "../../measure/log/record";
import { pairOf } from "../components/shippedEnvironment";

/** As LiteLLM 1.106.2 wrote one on a real proxy, without what is not read. */
const record = (change: object = {}) => ({
  id: "chatcmpl-1",
  call_type: "acompletion",
  status: "success",
  stream: true,
  startTime: 1_795_248_074.7,
  endTime: 1_795_248_075.7,
  completionStartTime: 1_795_248_074.9,
  response_cost: 3.2e-5,
  prompt_tokens: 100,
  completion_tokens: 15,
  model_group: "support-chat",
  model_id: "support-chat.chat-large.1",
  metadata: {
    user_api_key_team_alias: "support",
    usage_object: { prompt_tokens_details: { audio_tokens: null, cached_tokens: 64 } },
  },
  lockstep: { behaviour_hash: "ab" },
  ...change,
});
const read = (change: object = {}) => readRecord(JSON.stringify(record(change)));

describe("a record", () => {
  it("is read with the times of a stream", () => {
    expect(read()).toEqual({
      id: "chatcmpl-1",
      route: "support-chat",
      deployment: "support-chat.chat-large.1",
      team: "support",
      success: true,
      stream: true,
      startedAt: 1_795_248_074.7,
      firstTokenSeconds: expect.closeTo(0.2, 5),
      totalSeconds: expect.closeTo(1, 5),
      promptTokens: 100,
      completionTokens: 15,
      cachedTokens: 64,
      usd: 3.2e-5,
      answer: undefined,
      behaviourHash: "ab",
    });
  });

  it("has no time to first token where nothing was streamed, or nothing came", () => {
    for (const change of [
      { stream: null },
      { stream: false },
      { status: "failure" },
      { completionStartTime: null },
    ])
      expect(read(change)).toMatchObject({ firstTokenSeconds: undefined });
  });

  it("does not know what was cached where the provider does not say", () => {
    for (const usage_object of [
      null,
      {},
      { prompt_tokens_details: null },
      { prompt_tokens_details: { cached_tokens: null } },
    ])
      expect(read({ metadata: { usage_object } })).toMatchObject({ cachedTokens: undefined });
    expect(
      read({ metadata: { usage_object: { prompt_tokens_details: { cached_tokens: 0 } } } }),
    ).toMatchObject({
      cachedTokens: 0,
    });
  });

  it("has its answer, whichever way a model refuses or calls a tool", () => {
    const answer = (choice: object) => {
      const one = read({ response: { choices: [choice] } });
      return one === null || "why" in one ? undefined : one.answer;
    };
    const whole = { text: "Yes.", tools: false, refused: false, finish: "stop" };
    const message = { role: "assistant", content: "Yes." };
    expect(answer({ finish_reason: "stop", message })).toEqual(whole);
    expect(answer({ message })).toEqual({ ...whole, finish: undefined });
    expect(answer({ finish_reason: "stop", message: { ...message, refusal: "No." } })).toMatchObject({
      refused: true,
    });
    const specific = { provider_specific_fields: { refusal: "No." } };
    expect(answer({ finish_reason: "stop", message: { ...message, ...specific } })).toMatchObject({
      refused: true,
    });
    expect(
      answer({ finish_reason: "tool_calls", message: { content: null, tool_calls: [{}] } }),
    ).toMatchObject({
      text: "",
      tools: true,
    });
    expect(
      answer({ finish_reason: "stop", message: { content: null, tool_calls: [], function_call: null } }),
    ).toEqual({
      text: "",
      tools: false,
      refused: false,
      finish: "stop",
    });
    expect(read({ response: { text: "redacted" } })).toMatchObject({ answer: undefined });
    expect(read({ response: "nothing" })).toMatchObject({ answer: undefined });
  });

  it("of another kind of call is none, and what is no record says why", () => {
    expect(read({ call_type: "aembedding" })).toBe(null);
    expect(readRecord("{")).toEqual({ why: "it is no JSON" });
    expect(read({ startTime: "yesterday" })).toEqual({ why: "startTime is not as LiteLLM writes it" });
    expect(read({ status: "ok" })).toEqual({ why: "status is not as LiteLLM writes it" });
  });
});

describe("a folder", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lockstep-log-"));
    const write = (path: string, content: string | Buffer) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    };
    const at = (time: string) => ({
      startTime: Date.parse(time) / 1000,
      endTime: Date.parse(time) / 1000 + 1,
    });
    const line = (id: string, time: string) => `${JSON.stringify(record({ id, ...at(time) }))}\n`;
    write("requests/2026-11-19/a.json", line("a", "2026-11-19T10:00:00Z"));
    write("requests/2026-11-20/b.json", line("b", "2026-11-20T10:00:00Z"));
    write(
      "requests/2026-11-20/c.jsonl",
      line("c", "2026-11-20T11:00:00Z") + line("d", "2026-11-20T12:00:00Z"),
    );
    write("requests/2026-11-20/e.jsonl.gz", gzipSync(line("e", "2026-11-20T13:00:00Z")));
    write("requests/2026-11-20/f.json", "nothing");
    write("requests/2026-11-20/notes.txt", "nothing");
    // Not opened: its day lies outside.
    write("requests/2026-11-10/g.json", "nothing");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const ids = async (from: string, until: string) => {
    const unread: Unread = { count: 0, first: [] };
    const found: string[] = [];
    const range = { from: Date.parse(from) / 1000, until: Date.parse(until) / 1000 };
    for await (const { id } of readLog(folder, range, unread)) found.push(id);
    return { found, unread };
  };

  it("is read in every layout, within the range, and says what cannot be read", async () => {
    expect(await ids("2026-11-19T00:00:00Z", "2026-11-21T00:00:00Z")).toEqual({
      found: ["a", "b", "c", "d", "e"],
      unread: { count: 1, first: [`${folder}/requests/2026-11-20/f.json: it is no JSON`] },
    });
    expect((await ids("2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z")).found).toEqual(["b", "c"]);
  });

  it("that is cut off in a packed file says so", async () => {
    const cut = mkdtempSync(join(tmpdir(), "lockstep-log-"));
    const lines = Array.from({ length: 2_000 }, (_, id) =>
      JSON.stringify(record({ id: `${id}-${Math.random()}` })),
    );
    const packed = gzipSync(lines.join("\n"));
    writeFileSync(join(cut, "a.jsonl.gz"), packed.subarray(0, packed.length / 2));
    const unread: Unread = { count: 0, first: [] };
    for await (const _ of readLog(cut, { from: 0, until: 2e9 }, unread));
    expect(unread.first).toContain(`${cut}/a.jsonl.gz: it ends in the middle`);
    rmSync(cut, { recursive: true });
  });

  it("that is not there is refused", async () => {
    const range = { from: 0, until: 1 };
    const all = readLog(join(folder, "none"), range, { count: 0, first: [] });
    await expect(all.next()).rejects.toThrow(LogError);
  });
});

describe("the cache's patterns", () => {
  const pattern = (...cached: (number | undefined)[]) => {
    const made = new Pattern();
    for (const cachedTokens of cached) {
      const one = read();
      if (one === null || "why" in one) throw new Error("no record");
      made.add({
        ...one,
        cachedTokens,
        firstTokenSeconds: cachedTokens === undefined ? 9 : cachedTokens > 0 ? 0.2 : 0.8,
      });
    }
    return made;
  };
  const { config } = pairOf().staging;
  const results = (patterns: Record<string, Pattern>) =>
    cacheResults(config, new Map(Object.entries(patterns)), []);

  it("are the share of input tokens from the cache, and the first tokens apart, from twenty on", () => {
    const many = (count: number, cached: number) => Array<number>(count).fill(cached);
    const found = results({ "support-chat": pattern(...many(20, 75), ...many(19, 0)) });
    expect(found.results).toEqual({
      patterns: [
        {
          route: "support-chat",
          requests: 39,
          hitRatio: Number(((20 * 75) / 3_900).toFixed(6)),
          firstTokenP95Seconds: { hit: 0.2001 },
        },
      ],
      overallHitRatio: Number(((20 * 75) / 3_900).toFixed(6)),
    });
    expect([found.samples, found.inconclusive]).toEqual([39, []]);
  });

  it("decide nothing where a provider does not say what it read, beyond one in a hundred", () => {
    const told = (unknown: number) =>
      results({
        "support-chat": pattern(...Array(200 - unknown).fill(75), ...Array(unknown).fill(undefined)),
      });
    expect(told(2).inconclusive).toEqual([]);
    expect(told(3).inconclusive).toEqual([
      "The provider did not say what it read from its cache for 3 of 200 requests of support-chat.",
    ]);
  });

  it("count a failure as no request, and no more cached tokens than there are", () => {
    const made = pattern(500);
    const failed = read({ status: "failure" });
    if (failed === null || "why" in failed) throw new Error("no record");
    made.add(failed);
    expect([made.requests, made.hitRatio]).toEqual([1, 1]);
  });
});
