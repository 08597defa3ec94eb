import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ChatRequest } from "./chat";
import { embed, encode } from "./embedding";
import { completion, type Fault, fail, problem } from "./fault";
import { PrefixCache, type PrefixCacheOptions, tokensOf } from "./prefixCache";
import { logNormal, type Random, random } from "./random";
import { sendJson, sendStream, wait } from "./reply";

/** One call as it arrived at a provider's side: what a gateway's own headers do not tell. */
export interface Call {
  /** `performance.now()`, in milliseconds. */
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
  /** How late the fault "slow first token" is. Default: a minute. */
  slowMs?: number;
}

export interface Address {
  /** Default: loopback. */
  host?: string;
  /** The port of the first deployment; those of the others follow. Default: whatever is free. */
  firstPort?: number;
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
  private readonly own = new Map<string, { server: Server; port: number; host: string }>();
  private readonly server = this.create();

  constructor(readonly options: StandInOptions) {}

  async listen(): Promise<this> {
    await listening(this.server, "127.0.0.1", 0);
    return this;
  }

  /** A port for each deployment, so that its connections can be refused. Throws where one is taken. */
  async listenFor(
    deployments: readonly string[],
    { host = "127.0.0.1", firstPort = 0 }: Address = {},
  ): Promise<this> {
    for (const [index, deployment] of deployments.entries()) {
      const server = this.create();
      const port = await listening(server, host, firstPort === 0 ? 0 : firstPort + index);
      this.own.set(deployment, { server, port, host });
    }
    return this;
  }

  /** What a deployment's `api_base` has to be, so that its calls can be told from others. */
  baseOf(deployment: string): string {
    const port = this.own.get(deployment)?.port ?? (this.server.address() as AddressInfo).port;
    return `http://127.0.0.1:${port}/${encodeURIComponent(deployment)}/v1`;
  }

  /** Lets every call to a deployment fail until `heal`. Refusing connections takes `listenFor`. */
  async inject(deployment: string, fault: Fault): Promise<void> {
    this.faults.set(deployment, fault);
    if (fault !== "connection refused") return;
    const own = this.own.get(deployment);
    if (own === undefined) throw new Error(`The stand-in has no port of its own for ${deployment}.`);
    await ended(own.server);
  }

  async heal(deployment: string): Promise<void> {
    const fault = this.faults.get(deployment);
    this.faults.delete(deployment);
    const own = this.own.get(deployment);
    if (fault === "connection refused" && own !== undefined) await listening(own.server, own.host, own.port);
  }

  async close(): Promise<void> {
    const servers = [this.server, ...Array.from(this.own.values(), ({ server }) => server)];
    await Promise.all(servers.filter(({ listening: open }) => open).map(ended));
  }

  private create(): Server {
    const server = createServer((request, response) => {
      this.handle(request, response).catch((error: unknown) => {
        if (!response.headersSent) sendJson(response, 400, problem("invalid_request_error", String(error)));
        else response.destroy();
      });
    });
    server.keepAliveTimeout = 60_000;
    return server;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, encoded = "", , ...rest] = (request.url ?? "").split("?")[0]?.split("/") ?? [];
    const deployment = decodeURIComponent(encoded);
    // As it starts, LiteLLM asks every deployment for its list of models.
    if (request.method !== "POST") return sendJson(response, 404, problem("not_found", "no such endpoint"));
    const body = JSON.parse(await textOf(request)) as ChatRequest & EmbeddingRequest;
    const fault = this.faults.get(deployment);
    this.calls.push({
      atMs: performance.now(),
      deployment,
      model: body.model,
      tag: tagOf(body),
      outcome: fault ?? "answered",
    });
    if (fault !== undefined) {
      const text = this.options.answer(body, random(this.options.seed, deployment));
      const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
      const reply = { id: `standin-${this.calls.length}`, model: body.model, text, usage };
      const slowMs = this.options.slowMs ?? 60_000;
      return fail(response, fault, { reply, stream: body.stream === true, slowMs });
    }
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
    sendJson(response, 200, completion(reply));
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

/** The port that it listens on; rejects where it is taken. */
function listening(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function ended(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
