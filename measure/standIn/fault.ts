import type { ServerResponse } from "node:http";
import { type Reply, sendJson, sendStream, wait } from "./reply";

/**
 * What a provider does instead of answering. `timeout` takes the request and never says anything; `slow first token`
 * begins a stream and says nothing in it for `slowMs`; `stream cut off` ends one cleanly, in the middle.
 */
export const faults = [
  "429",
  "429 with retry-after",
  "500",
  "503",
  "timeout",
  "slow first token",
  "truncated JSON",
  "stream cut off",
  "connection refused",
  "401",
  "context overflow",
  "empty answer",
  "not JSON",
] as const;
export type Fault = (typeof faults)[number];

/** The seconds that `429 with retry-after` asks for; a whole number, as the header wants it. */
export const retryAfterSeconds = 1;

/** Answers with a fault: `connection refused` is none of these, as nobody is there to answer. */
export async function fail(
  response: ServerResponse,
  fault: Fault,
  { reply, stream, slowMs }: { reply: Reply; stream: boolean; slowMs: number },
): Promise<void> {
  const text = (said: string) => answerJson(response, { ...reply, text: said }, stream);
  switch (fault) {
    case "timeout":
    case "connection refused":
      return;
    case "429 with retry-after":
      response.setHeader("retry-after", retryAfterSeconds);
      return sendJson(response, 429, problem("rate_limit_error", "injected 429"));
    case "429":
      return sendJson(response, 429, problem("rate_limit_error", "injected 429"));
    case "500":
    case "503":
      return sendJson(response, Number(fault), problem("server_error", `injected ${fault}`));
    case "401":
      return sendJson(response, 401, {
        error: { ...problem("authentication_error", "injected 401").error, code: "invalid_api_key" },
      });
    // OpenAI's own code, by which LiteLLM tells it from other bad requests.
    case "context overflow":
      return sendJson(response, 400, {
        error: {
          ...problem("invalid_request_error", "This model's maximum context length is 10 tokens.").error,
          code: "context_length_exceeded",
        },
      });
    case "truncated JSON":
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(completion(reply)).slice(0, 60));
      return;
    case "slow first token":
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      await wait(slowMs);
      return sendStream(response, reply, { firstMs: 0, perChunkMs: 0 });
    case "stream cut off":
      return sendStream(response, reply, { firstMs: 0, perChunkMs: 0, cut: true });
    case "empty answer":
      return text("");
    case "not JSON":
      return text("This is not JSON.");
  }
}

function answerJson(response: ServerResponse, reply: Reply, stream: boolean): void | Promise<void> {
  if (stream) return sendStream(response, reply, { firstMs: 0, perChunkMs: 0 });
  sendJson(response, 200, completion(reply));
}

/** A whole answer in OpenAI's format. */
export const completion = ({ id, model, text, usage }: Reply) => ({
  id,
  object: "chat.completion",
  created: Math.floor(Date.now() / 1000),
  model,
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: text } }],
  usage,
});

export const problem = (type: string, message: string) => ({
  error: { type, message, code: null, param: null },
});
