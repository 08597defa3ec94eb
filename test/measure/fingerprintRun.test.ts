import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Budget } from "../../measure/budget";
import type { FullAnswer } from "../../measure/client";
import { type CanaryPlan, embeddingModel, paceOf, usualUsd } from "../../measure/fingerprint/plan";
import { cellsOf, readPrompts } from "../../measure/fingerprint/prompts";
import { type CanaryRecord, usedBy } from "../../measure/fingerprint/record";
import { type CanaryContext, runCanary } from "../../measure/fingerprint/run";
import { answer, asked, cells, config, production, staging } from "./canaryCells";

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

  it("that are shipped are ten for each route, and three answers to each are samples enough", () => {
    const text = readFileSync(join(__dirname, "..", "..", "canary", "prompts.jsonl"), "utf8");
    const shipped = readPrompts(text, "canary/prompts.jsonl", staging);
    const counts = Object.keys(config.routes).map(
      (route) => shipped.filter((one) => one.route === route).length,
    );
    expect(counts).toEqual([10, 10, 10]);
    expect(3 * cellsOf(staging, shipped).length).toBeGreaterThanOrEqual(
      config.acceptance.fingerprint.minSamples,
    );
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
