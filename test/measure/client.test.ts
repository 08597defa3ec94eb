import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../../measure/client";

let server: Server;
let reply: { status: number; headers: Record<string, string>; body: string };
let seen: IncomingHttpHeaders;
beforeAll(async () => {
  server = createServer((request, response) => {
    seen = request.headers;
    request.resume().on("end", () => response.writeHead(reply.status, reply.headers).end(reply.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const request = { model: "chat", messages: [{ role: "user" as const, content: "Hi" }] };
async function asked(choice: object, headers: Record<string, string> = {}, status = 200) {
  reply = { status, headers, body: JSON.stringify({ choices: [choice], usage: null }) };
  const client = new Client(url(), "not-a-key", "lockstep-canary");
  const { firstTokenSeconds: _first, totalSeconds: _total, ...answer } = await client.full(request);
  client.close();
  return answer;
}

describe("a whole answer", () => {
  it("has its text, why it ended, what it cost and who gave it", async () => {
    const headers = { "x-litellm-model-id": "chat.large.1", "x-litellm-response-cost": "0.002" };
    expect(await asked({ finish_reason: "length", message: { content: "Yes" } }, headers)).toEqual({
      status: 200,
      text: "Yes",
      usage: null,
      finish: "length",
      refused: false,
      tools: [],
      logprobs: undefined,
      deployment: "chat.large.1",
      fallbacks: 0,
      usd: 0.002,
    });
    expect(seen["user-agent"]).toBe("lockstep-canary");
  });

  it("has the tools that it calls, a refusal, and log-probabilities", async () => {
    const call = { function: { name: "create_ticket", arguments: "{}" } };
    expect(await asked({ message: { content: null, tool_calls: [call] } })).toMatchObject({
      text: "",
      tools: ["create_ticket"],
    });
    expect(await asked({ message: { content: null, refusal: "No." } })).toMatchObject({ refused: true });
    expect(await asked({ message: { content: "a", refusal: "" } })).toMatchObject({ refused: false });
    const content = [{ logprob: -0.5 }, { logprob: -1 }];
    expect(await asked({ message: { content: "a" }, logprobs: { content } })).toMatchObject({
      logprobs: [-0.5, -1],
    });
    expect(await asked({ message: { content: "a" }, logprobs: null })).toMatchObject({ logprobs: undefined });
  });

  it("is none where it is no JSON, or nobody is there", async () => {
    reply = { status: 502, headers: {}, body: "<html>" };
    const [here, nobody] = [new Client(url(), "k"), new Client("http://127.0.0.1:1", "k")];
    expect(await here.full(request)).toMatchObject({ status: 502, text: "", tools: [], usd: undefined });
    expect(await nobody.full(request)).toMatchObject({ status: 0, text: "", deployment: undefined });
    here.close();
    nobody.close();
  });
});

describe("metrics", () => {
  it("are text, or unknown", async () => {
    const client = new Client(url(), "not-a-key");
    reply = { status: 200, headers: {}, body: "up 1.0\n" };
    expect(await client.metrics()).toBe("up 1.0\n");
    expect(seen.connection).toBe("close");
    reply = { status: 404, headers: {}, body: "" };
    expect(await client.metrics()).toBeUndefined();
    client.close();
  });
});
