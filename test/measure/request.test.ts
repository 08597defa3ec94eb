import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Client } from "../../measure/client";
import { trace } from "../../measure/conform/request";
import type { StandIn } from "../../measure/standIn/standIn";

interface Reply {
  status: number;
  text: string;
  headers?: Record<string, string>;
}

let reply: Reply | "reset";
const gateway = createServer((request, response) => {
  request.resume().on("end", () => {
    if (reply === "reset") return void request.socket.destroy();
    response.writeHead(reply.status, reply.headers).end(reply.text);
  });
});
let client: Client;
beforeAll(async () => {
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  client = new Client(`http://127.0.0.1:${(gateway.address() as AddressInfo).port}`, "key");
});
afterAll(() => {
  client.close();
  gateway.close();
});

async function told(next: Reply | "reset", stream = false): Promise<string> {
  reply = next;
  const standIn = { calls: [] } as unknown as StandIn;
  return (await trace(client, standIn, { route: "chat", tag: "chat/1", stream, valid: "Yes." })).client;
}

const answer = (content: string) => JSON.stringify({ choices: [{ message: { content } }] });
const event = (choice: object) => `data: ${JSON.stringify({ choices: [choice] })}\n\n`;
const yes = event({ delta: { content: "Yes." } });
const stop = event({ delta: {}, finish_reason: "stop" });
const done = "data: [DONE]\n\n";

it.each<[string, Reply | "reset", boolean, string]>([
  ["an answer", { status: 200, text: answer("Yes.") }, false, "200"],
  ["another answer", { status: 200, text: answer("No.") }, false, "200 with another answer"],
  ["no JSON", { status: 200, text: "Yes." }, false, "200 with another answer"],
  [
    "an error by its type",
    { status: 500, text: '{"error":{"type":"server_error"}}' },
    false,
    "500 server_error",
  ],
  ["no more of an error", { status: 500, text: '{"error":{"type":"<b>sk-1</b>"}}' }, false, "500"],
  [
    "the breaker's fallback, whatever it says",
    {
      status: 200,
      text: answer("Sorry."),
      headers: { "x-lockstep-breaker": "open", "x-lockstep-answered-by": "economy" },
    },
    false,
    "200, breaker open, answered by economy",
  ],
  [
    "the declared answer",
    {
      status: 200,
      text: answer("Sorry."),
      headers: { "x-lockstep-breaker": "open", "x-lockstep-answered-by": "answer" },
    },
    false,
    "200, breaker open, the declared answer",
  ],
  ["a whole stream", { status: 200, text: yes + stop + done }, true, "200"],
  ["a stream without its last event", { status: 200, text: yes + stop }, true, "200, the stream breaks off"],
  ["a stream without a finish reason", { status: 200, text: yes + done }, true, "200, the stream breaks off"],
  ["another stream", { status: 200, text: stop + done }, true, "200 with another answer"],
  [
    "a stream that ends in an error",
    { status: 200, text: `${yes}data: {"error":{"code":"502"}}\n\n` },
    true,
    "200, the stream ends in an error 502",
  ],
  ["a connection that breaks", "reset", false, "no answer (ECONNRESET)"],
])("%s", async (_, next, stream, client) => {
  expect(await told(next, stream)).toBe(client);
});

it("finds the calls of its own request, in seconds after it was sent", async () => {
  reply = { status: 200, text: answer("Yes.") };
  const standIn = {
    get calls() {
      const atMs = performance.now();
      return [
        { tag: "chat/1", deployment: "chat.large.1", atMs },
        { tag: "chat/11", deployment: "chat.small.2", atMs },
      ];
    },
  } as unknown as StandIn;
  const seen = await trace(client, standIn, { route: "chat", tag: "chat/1", stream: false, valid: "Yes." });
  expect(seen.calls.map(({ target }) => target)).toEqual(["chat.large.1"]);
  expect(seen.calls[0]?.seconds).toBeGreaterThanOrEqual(seen.seconds);
  expect(seen.calls[0]?.seconds).toBeLessThan(5);
});
