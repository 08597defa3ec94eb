import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A gateway that says what it runs, streams one answer and embeds: for commands that measure one. */
export class GatewayStub {
  /** What it says that it runs; a test may change it under a running measurement. */
  behaviourHash: string;
  requests = 0;
  /** Models and texts that were embedded; a text's vector is the number in it, and a half. */
  readonly embedded: string[] = [];
  /** Called before an answer; may wait, or answer itself and return true. */
  before: (count: number, response: ServerResponse) => Promise<boolean> | boolean = () => false;
  /** Bodies of chat requests. */
  readonly bodies: string[] = [];
  private readonly server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8");
      void this.answer(request.url ?? "", request.headers.authorization, response, body);
    });
  });

  constructor(behaviourHash: string) {
    this.behaviourHash = behaviourHash;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async answer(
    path: string,
    key: string | undefined,
    response: ServerResponse,
    body: string,
  ): Promise<void> {
    if (key !== "Bearer sk-stub") return void response.writeHead(401).end("{}");
    if (path === "/model/info") {
      const info = {
        model_name: "a",
        litellm_params: {},
        model_info: { lockstep: { behaviour_hash: this.behaviourHash } },
      };
      return void response.end(JSON.stringify({ data: [info] }));
    }
    this.bodies.push(body);
    if (await this.before(++this.requests, response)) return;
    if (path === "/v1/embeddings") {
      const { model, input } = JSON.parse(body) as { model: string; input: string[] };
      this.embedded.push(...input.map((text) => `${model}: ${text}`));
      const data = input.map((text, index) => ({ index, embedding: [Number(/\d+/.exec(text)?.[0]), 0.5] }));
      return void response.end(JSON.stringify({ data }));
    }
    response.writeHead(200, { "content-type": "text/event-stream", "x-litellm-response-cost": "0.001" });
    const event = (body: object) => `data: ${JSON.stringify(body)}\n\n`;
    response.write(event({ choices: [{ index: 0, delta: { role: "assistant", content: "" } }] }));
    response.write(event({ choices: [{ index: 0, delta: { content: "Yes." } }] }));
    response.write(event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }));
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 2,
      prompt_tokens_details: { cached_tokens: this.requests % 2 === 0 ? 64 : 0 },
    };
    response.end(`${event({ choices: [], usage })}data: [DONE]\n\n`);
  }
}
