import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { wait } from "../../measure/standIn/reply";

/** What a provider does with one call. */
export interface Reply {
  status?: number;
  message?: object;
  /** The text of an error. */
  error?: string;
  totalTokens?: number;
  delayMs?: number;
  headers?: Record<string, string>;
}

/** One call as it arrived. */
export interface Arrived {
  deployment: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

/** A model provider on loopback that does what the test tells it to, in OpenAI's format. */
export class Provider {
  readonly calls: Arrived[] = [];
  /** The most calls that it was answering at once. */
  mostInFlight = 0;
  private inFlight = 0;
  /** What it does for a deployment; answers "Good day." where nothing is said. */
  readonly replies: Record<string, Reply> = {};
  private readonly server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      // As it starts, LiteLLM asks every deployment for its list of models.
      if (request.method !== "POST") return void response.writeHead(404).end();
      const deployment = decodeURIComponent((request.url ?? "").split("/")[1] ?? "");
      const body = JSON.parse(Buffer.concat(parts).toString("utf8")) as Record<string, unknown>;
      this.calls.push({ deployment, headers: request.headers, body });
      void this.answer(response, body, this.replies[deployment] ?? {});
    });
  });

  private async answer(
    response: ServerResponse,
    { model, stream }: Record<string, unknown>,
    { status = 200, message = { content: "Good day." }, error, totalTokens = 15, delayMs, headers }: Reply,
  ): Promise<void> {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    if (delayMs !== undefined) await wait(delayMs);
    this.inFlight--;
    for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
    const head = { id: "chatcmpl-1", created: 1_700_000_000, model };
    if (status !== 200) {
      response.writeHead(status, { "content-type": "application/json" });
      return void response.end(JSON.stringify({ error: { type: "made_up", message: error ?? "no" } }));
    }
    const usage = { prompt_tokens: totalTokens - 5, completion_tokens: 5, total_tokens: totalTokens };
    if (stream === true) {
      const event = (choices: object[], more: object = {}) =>
        response.write(
          `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices, ...more })}\n\n`,
        );
      response.setHeader("content-type", "text/event-stream");
      for (const delta of deltas(message)) event([{ index: 0, delta, finish_reason: null }]);
      event([{ index: 0, delta: {}, finish_reason: "stop" }]);
      event([], { usage });
      return void response.end("data: [DONE]\n\n");
    }
    const choice = { index: 0, finish_reason: "stop", message: { role: "assistant", ...message } };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ ...head, object: "chat.completion", choices: [choice], usage }));
  }

  async listen(): Promise<(deployment: string) => string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const { port } = this.server.address() as AddressInfo;
    return (deployment) => `http://127.0.0.1:${port}/${encodeURIComponent(deployment)}/v1`;
  }

  /** The deployments that were called since the last time that this was asked. */
  called(): string[] {
    return this.calls.splice(0).map(({ deployment }) => deployment);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** A text in parts of three characters, so that nothing in it arrives whole; anything else at once. */
function deltas(message: object): object[] {
  const { content, ...more } = message as { content?: string };
  const parts = (content ?? "").match(/[\s\S]{1,3}/g) ?? [];
  return [{ role: "assistant", ...more }, ...parts.map((text) => ({ content: text }))];
}
