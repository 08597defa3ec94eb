import * as http from "node:http";
import * as https from "node:https";
import type { ChatRequest } from "./standIn/chat";

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number };
}

/** What a client sees of one request. Times count from the moment that the caller names, in seconds. */
export interface Answer {
  /** 0 where no response came. */
  status: number;
  text: string;
  usage: Usage | undefined;
  firstTokenSeconds: number;
  totalSeconds: number;
  /** Fallbacks that LiteLLM says it took. */
  fallbacks: number;
  /** LiteLLM's own price of the request, where it says one. */
  usd: number | undefined;
}

/** An answer with what is looked at beyond its text. */
export interface FullAnswer extends Answer {
  /** The deployment that LiteLLM says answered. */
  deployment: string | undefined;
  finish: string | undefined;
  /** OpenAI's own field for a refusal. */
  refused: boolean;
  /** The names of the tools that it calls. */
  tools: string[];
  /** Of each token of the text, where the provider gives them. */
  logprobs: number[] | undefined;
}

/** One entry of `/model/info`. */
export interface Deployment {
  model_name: string;
  litellm_params: Record<string, unknown>;
  model_info: Record<string, unknown>;
}

/** A client of a running gateway. */
export class Client {
  private readonly url: URL;
  private readonly agent: http.Agent;

  /**
   * `url`: where the gateway is, http or https; what is after its host is put before every path. `userAgent`: by which
   * its traffic can be told from others'.
   */
  constructor(
    url: string,
    private readonly key: string,
    private readonly userAgent?: string,
  ) {
    this.url = new URL(url);
    const protocol = this.url.protocol === "https:" ? https : http;
    this.agent = new protocol.Agent({ keepAlive: true });
  }

  /** `from`: the `performance.now()` at which the request was due; by default now. */
  async chat(body: ChatRequest, from = performance.now()): Promise<Answer> {
    const sent = body.stream === true ? { ...body, stream_options: { include_usage: true } } : body;
    const seconds = () => (performance.now() - from) / 1000;
    try {
      const response = await this.send("POST", "/v1/chat/completions", sent);
      const { first, text } = await read(response, seconds);
      const status = response.statusCode ?? 0;
      const content = body.stream === true && status === 200 ? fromStream(text) : fromJson(text);
      const cost = Number(response.headers["x-litellm-response-cost"] ?? Number.NaN);
      return {
        ...content,
        status,
        firstTokenSeconds: first,
        totalSeconds: seconds(),
        fallbacks: Number(response.headers["x-litellm-attempted-fallbacks"] ?? 0),
        usd: Number.isNaN(cost) ? undefined : cost,
      };
    } catch {
      const total = seconds();
      const nothing = { text: "", usage: undefined, fallbacks: 0, usd: undefined };
      return { ...nothing, status: 0, firstTokenSeconds: total, totalSeconds: total };
    }
  }

  /** One answer that is not streamed, with all of it. */
  async full(body: ChatRequest & Record<string, unknown>): Promise<FullAnswer> {
    const from = performance.now();
    const seconds = () => (performance.now() - from) / 1000;
    try {
      const { status, headers, text } = await this.raw("POST", "/v1/chat/completions", body);
      const cost = Number(headers["x-litellm-response-cost"] ?? Number.NaN);
      const deployment = headers["x-litellm-model-id"];
      return {
        ...fullFromJson(text),
        status,
        firstTokenSeconds: seconds(),
        totalSeconds: seconds(),
        fallbacks: Number(headers["x-litellm-attempted-fallbacks"] ?? 0),
        usd: Number.isNaN(cost) ? undefined : cost,
        deployment: typeof deployment === "string" ? deployment : undefined,
      };
    } catch {
      const total = seconds();
      const nothing = { ...fullFromJson(""), fallbacks: 0, usd: undefined, deployment: undefined };
      return { ...nothing, status: 0, firstTokenSeconds: total, totalSeconds: total };
    }
  }

  /** The metrics of one of the gateway's processes; over a connection of its own, so that it may be any of them. */
  async metrics(): Promise<string | undefined> {
    try {
      const response = await this.send("GET", "/metrics/", undefined, false);
      const { text } = await read(response, () => 0);
      return response.statusCode === 200 ? text : undefined;
    } catch {
      return undefined;
    }
  }

  /** One request as it comes back, for what `chat` does not tell. */
  async raw(method: string, path: string, body?: unknown) {
    const response = await this.send(method, path, body);
    const { text } = await read(response, () => 0);
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  }

  async embeddings(model: string, input: string[]): Promise<number[][]> {
    const data = await this.json("POST", "/v1/embeddings", { model, input });
    return (data as { data: { embedding: number[] }[] }).data.map(({ embedding }) => embedding);
  }

  async modelInfo(): Promise<Deployment[]> {
    return ((await this.json("GET", "/model/info")) as { data: Deployment[] }).data;
  }

  /** The behaviour hash that every deployment of the running gateway reports. */
  async behaviourHash(): Promise<string> {
    const told = (await this.modelInfo()).map(
      ({ model_info: { lockstep } }) => (lockstep as { behaviour_hash?: string } | undefined)?.behaviour_hash,
    );
    const [one, ...others] = new Set(told);
    if (one === undefined || others.length > 0)
      throw new Error("The running gateway does not report one behaviour hash.");
    return one;
  }

  /** LiteLLM's version, as the running gateway reports it. */
  async version(): Promise<string> {
    const told = (await this.json("GET", "/health/readiness/details")) as { litellm_version?: unknown };
    if (typeof told.litellm_version !== "string") throw new Error("The gateway does not report its version.");
    return told.litellm_version;
  }

  async ready(): Promise<boolean> {
    try {
      const response = await this.send("GET", "/health/readiness");
      response.resume();
      return response.statusCode === 200;
    } catch {
      return false;
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async json(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await this.send(method, path, body);
    const { text } = await read(response, () => 0);
    if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}.`);
    return JSON.parse(text);
  }

  private send(
    method: string,
    path: string,
    body?: unknown,
    agent: http.Agent | false = this.agent,
  ): Promise<http.IncomingMessage> {
    const text = body === undefined ? "" : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${this.key}`,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(text),
        ...(this.userAgent === undefined ? {} : { "user-agent": this.userAgent }),
      };
      const { protocol, pathname } = this.url;
      const sent = (protocol === "https:" ? https : http).request(
        new URL(pathname.replace(/\/$/, "") + path, this.url),
        { agent, timeout: 300_000, method, headers },
        resolve,
      );
      sent.on("timeout", () => sent.destroy(new Error("no answer in 300 seconds")));
      sent.on("error", reject);
      sent.end(text);
    });
  }
}

/** Providers begin a stream with an empty part. Something is said in text, or in the arguments of a call. */
const saysSomething = /"(content|reasoning_content|arguments)": ?"[^"]/;

/** Reads to the end; `first` is the time of the first part of the answer with content. */
async function read(response: http.IncomingMessage, seconds: () => number) {
  const parts: Buffer[] = [];
  let first: number | undefined;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    if (first === undefined && saysSomething.test(part.toString("latin1"))) first = seconds();
  }
  return { first: first ?? seconds(), text: Buffer.concat(parts).toString("utf8") };
}

interface Body {
  choices?: { message?: { content?: string }; delta?: { content?: string } }[];
  usage?: Usage;
}

function fromJson(text: string): { text: string; usage: Usage | undefined } {
  try {
    const { choices, usage } = JSON.parse(text) as Body;
    return { text: choices?.[0]?.message?.content ?? "", usage };
  } catch {
    return { text: "", usage: undefined };
  }
}

function fromStream(text: string): { text: string; usage: Usage | undefined } {
  const events = text
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice("data: ".length)) as Body);
  return {
    text: events.map(({ choices }) => choices?.[0]?.delta?.content ?? "").join(""),
    usage: events.findLast(({ usage }) => usage !== undefined && usage !== null)?.usage,
  };
}

interface FullChoice {
  finish_reason?: unknown;
  message?: { refusal?: unknown; tool_calls?: { function?: { name?: unknown } }[] | null };
  logprobs?: { content?: { logprob?: unknown }[] | null } | null;
}

function fullFromJson(text: string) {
  const plain = fromJson(text);
  const nothing = { ...plain, finish: undefined, refused: false, tools: [], logprobs: undefined };
  try {
    const [choice] = (JSON.parse(text) as { choices?: FullChoice[] }).choices ?? [];
    const { finish_reason: finish, message, logprobs } = choice ?? {};
    const tokens = (logprobs?.content ?? []).flatMap(({ logprob }) =>
      typeof logprob === "number" ? [logprob] : [],
    );
    return {
      ...plain,
      text: typeof plain.text === "string" ? plain.text : "",
      finish: typeof finish === "string" ? finish : undefined,
      refused: typeof message?.refusal === "string" && message.refusal !== "",
      tools: (message?.tool_calls ?? []).flatMap((call) =>
        typeof call.function?.name === "string" ? [call.function.name] : [],
      ),
      logprobs: tokens.length === 0 ? undefined : tokens,
    };
  } catch {
    return nothing;
  }
}
