import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ChatRequest } from "./chat";
import { embed, encode } from "./embedding";
import { PrefixCache, type PrefixCacheOptions, tokensOf } from "./prefixCache";
import { logNormal, type Random, random } from "./random";
import { sendJson, sendStream, wait } from "./reply";

/** What a provider does instead of answering. `timeout`: takes the request and never says anything. */
export type Fault = "429" | "500" | "503" | "timeout";

/** One call as it arrived at a provider's side: what a gateway's own headers do not tell. */
export interface Call {
  /** Milliseconds since the stand-in was started. */
  atMs: number;
  /** The gateway's deployment id, from the address that was called. */
  deployment: string;
  /** The model that was asked for, and that the answer names. */
  model: string;
  /** The word after `#` at the beginning of the last message, by which whoever measures tells requests apart. */
  tag: string | undefined;
  outcome: "answered" | Fault;
}

export interface StandInOptions {
  /** Variation and answer times are the same for the same seed, prompt and count of that prompt. */
  seed: number;
  answer(request: ChatRequest, next: Random): string;
  latency: { firstTokenMedianMs: number; sigma: number; perChunkMs: number };
  cache: PrefixCacheOptions;
  embeddingDimensions: number;
}

/**
 * A stand-in for model providers on loopback, in OpenAI's format: chat completions, streamed or not, and
 * embeddings. It says nothing about any model.
 */
export class StandIn {
  readonly calls: Call[] = [];
  private readonly faults = new Map<string, Fault>();
  private readonly asked = new Map<string, number>();
  private readonly caches = new Map<string, PrefixCache>();
  private readonly started = performance.now();
  private readonly server = createServer((request, response) => {
    this.handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) sendJson(response, 400, problem("invalid_request_error", String(error)));
      else response.destroy();
    });
  });

  constructor(readonly options: StandInOptions) {}

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.server.keepAliveTimeout = 60_000;
    return this;
  }

  /** What a deployment's `api_base` has to be, so that its calls can be told from others. */
  baseOf(deployment: string): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/${encodeURIComponent(deployment)}/v1`;
  }

  /** Lets every call to a deployment fail until `heal`. */
  inject(deployment: string, fault: Fault): void {
    this.faults.set(deployment, fault);
  }

  heal(deployment: string): void {
    this.faults.delete(deployment);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, encoded = "", , ...rest] = (request.url ?? "").split("?")[0]?.split("/") ?? [];
    const deployment = decodeURIComponent(encoded);
    const body = JSON.parse(await textOf(request)) as ChatRequest & EmbeddingRequest;
    const fault = this.faults.get(deployment);
    this.calls.push({
      atMs: Math.round(performance.now() - this.started),
      deployment,
      model: body.model,
      tag: tagOf(body),
      outcome: fault ?? "answered",
    });
    if (fault === "timeout") return;
    if (fault !== undefined)
      return sendJson(response, Number(fault), problem("stand_in_fault", `injected ${fault}`));
    if (rest.join("/") === "embeddings") return this.embeddings(body, response);
    if (rest.join("/") === "chat/completions") return this.chat(deployment, body, response);
    sendJson(response, 404, problem("not_found", "no such endpoint"));
  }

  private async chat(deployment: string, request: ChatRequest, response: ServerResponse): Promise<void> {
    const prompt = JSON.stringify([request.tools ?? [], request.messages]);
    const count = this.asked.get(prompt) ?? 0;
    this.asked.set(prompt, count + 1);
    const next = random(this.options.seed, deployment, prompt, count);
    const text = this.options.answer(request, next);
    const cache = this.caches.get(request.model) ?? new PrefixCache(this.options.cache);
    this.caches.set(request.model, cache);
    const { tokens, cached } = cache.read(request);
    const usage = {
      prompt_tokens: tokens,
      completion_tokens: tokensOf(text),
      total_tokens: tokens + tokensOf(text),
      prompt_tokens_details: { cached_tokens: cached },
    };
    const { firstTokenMedianMs, sigma, perChunkMs } = this.options.latency;
    // A prefix that was read from the cache need not be computed: half of the wait depends on it.
    const share = 0.5 + 0.5 * (1 - cached / tokens);
    const firstMs = logNormal(next, firstTokenMedianMs, sigma) * share;
    const reply = { id: `standin-${this.calls.length}`, model: request.model, text, usage };
    if (request.stream === true) return sendStream(response, reply, { firstMs, perChunkMs });
    await wait(firstMs + perChunkMs * Math.ceil(text.length / 40));
    sendJson(response, 200, {
      id: reply.id,
      object: "chat.completion",
      created: Math.floor(Date.now() / 1000),
      model: request.model,
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: text } }],
      usage,
    });
  }

  private embeddings({ model, input, encoding_format }: EmbeddingRequest, response: ServerResponse): void {
    const texts = typeof input === "string" ? [input] : input;
    const data = texts.map((text, index) => {
      const vector = embed(text, this.options.embeddingDimensions);
      return {
        object: "embedding",
        index,
        embedding: encoding_format === "base64" ? encode(vector) : vector,
      };
    });
    const tokens = texts.reduce((sum, text) => sum + tokensOf(text), 0);
    sendJson(response, 200, {
      object: "list",
      model,
      data,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
  }
}

interface EmbeddingRequest {
  model: string;
  input: string | string[];
  encoding_format?: "float" | "base64";
}

/** In the text, because LiteLLM leaves `user` out for models that it does not know as OpenAI's. */
const tagOf = ({ messages }: Partial<ChatRequest>): string | undefined =>
  /^#(\S+)\n/.exec(messages?.at(-1)?.content ?? "")?.[1];

const problem = (type: string, message: string) => ({ error: { type, message, code: null, param: null } });

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
