import { request } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Fault } from "../../measure/standIn/fault";
import { StandIn } from "../../measure/standIn/standIn";

const deployment = "chat.large.1";
const standIn = new StandIn({
  seed: 1,
  answer: () => "A valid answer.",
  latency: { firstTokenMedianMs: 0.001, sigma: 0, perChunkMs: 0 },
  cache: { blockTokens: 16, minimumTokens: 0 },
  embeddingDimensions: 8,
  slowMs: 300,
});
beforeAll(() => standIn.listenFor([deployment, "chat.small.2"]));
afterAll(() => standIn.close());

interface Got {
  status: number;
  text: string;
  retryAfter?: string;
  /** When the head came, and when the end, in milliseconds. */
  headMs: number;
  endMs: number;
}

function ask(stream: boolean, to = deployment): Promise<Got> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const sent = request(
      `${standIn.baseOf(to)}/chat/completions`,
      { method: "POST", timeout: 1_000 },
      (response) => {
        const headMs = performance.now() - started;
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("end", () => {
          const retryAfter = response.headers["retry-after"];
          resolve({
            status: response.statusCode ?? 0,
            text,
            headMs,
            endMs: performance.now() - started,
            ...(retryAfter === undefined ? {} : { retryAfter }),
          });
        });
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", reject);
    sent.end(JSON.stringify({ model: "m", stream, messages: [{ role: "user", content: "#a/1\nHello" }] }));
  });
}

async function under(fault: Fault, stream = false): Promise<Got> {
  await standIn.inject(deployment, fault);
  try {
    return await ask(stream);
  } finally {
    await standIn.heal(deployment);
  }
}

it.each<[Fault, number, string]>([
  ["429", 429, '{"error":{"type":"rate_limit_error","message":"injected 429","code":null,"param":null}}'],
  ["500", 500, '{"error":{"type":"server_error","message":"injected 500","code":null,"param":null}}'],
  ["503", 503, '{"error":{"type":"server_error","message":"injected 503","code":null,"param":null}}'],
  [
    "401",
    401,
    '{"error":{"type":"authentication_error","message":"injected 401","code":"invalid_api_key","param":null}}',
  ],
  [
    "context overflow",
    400,
    '{"error":{"type":"invalid_request_error","message":"This model\'s maximum context length is 10 tokens.","code":"context_length_exceeded","param":null}}',
  ],
])("%s is refused in OpenAI's words", async (fault, status, text) => {
  const got = await under(fault);
  expect([got.status, got.text, got.retryAfter]).toEqual([status, text, undefined]);
});

it("a wait is asked for in whole seconds", async () => {
  expect(await under("429 with retry-after")).toMatchObject({ status: 429, retryAfter: "1" });
});

it("half a document is no JSON", async () => {
  const { status, text } = await under("truncated JSON");
  expect([status, text.length]).toEqual([200, 60]);
  expect(() => JSON.parse(text)).toThrow();
});

const said = (text: string) => (JSON.parse(text) as { choices: { message: unknown }[] }).choices[0]?.message;

it.each<[Fault, string]>([
  ["empty answer", ""],
  ["not JSON", "This is not JSON."],
])("%s is a whole answer all the same", async (fault, content) => {
  const { status, text } = await under(fault);
  expect([status, said(text)]).toEqual([200, { role: "assistant", content }]);
});

it("a stream that is cut off ends without a finish reason, a whole one with it", async () => {
  const cut = await under("stream cut off", true);
  expect([
    cut.status,
    cut.text.includes("A valid"),
    cut.text.includes("stop"),
    cut.text.includes("DONE"),
  ]).toEqual([200, true, false, false]);
  const whole = await ask(true);
  expect([whole.text.includes('"finish_reason":"stop"'), whole.text.endsWith("data: [DONE]\n\n")]).toEqual([
    true,
    true,
  ]);
});

it("a slow first token comes after the head of its answer", async () => {
  const { status, text, headMs, endMs } = await under("slow first token", true);
  expect([status, text.includes("A valid answer.")]).toEqual([200, true]);
  expect(endMs - headMs).toBeGreaterThan(250);
});

it("a time-out says nothing, though the call is noted", async () => {
  const before = standIn.calls.length;
  await expect(under("timeout")).rejects.toThrow("no answer");
  expect(standIn.calls.slice(before)).toMatchObject([{ deployment, tag: "a/1", outcome: "timeout" }]);
});

it("refuses connections at one deployment's port only, and is back at the same one", async () => {
  const base = standIn.baseOf(deployment);
  await standIn.inject(deployment, "connection refused");
  await expect(ask(false)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect((await ask(false, "chat.small.2")).status).toBe(200);
  await standIn.heal(deployment);
  expect([standIn.baseOf(deployment), (await ask(false)).status]).toEqual([base, 200]);
  await expect(standIn.inject("chat.other.1", "connection refused")).rejects.toThrow(
    "no port of its own for chat.other.1",
  );
});
