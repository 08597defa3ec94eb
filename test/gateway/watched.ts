import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Alert } from "../../components/alerts";
import { shortHash } from "../../components/hardened";
import { hashLabel, series } from "../../components/series";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { reportPath } from "../../gateway/callback";
import { renderGateway } from "../../gateway/render";
import { adapt } from "../../measure/adapt";
import { litellm } from "../../measure/litellm";
import { type Running, startProxy } from "../../measure/proxy";
import type { ChatRequest } from "../../measure/standIn/chat";
import { embed, encode } from "../../measure/standIn/embedding";
import { PrefixCache, tokensOf } from "../../measure/standIn/prefixCache";
import { sendJson, sendStream, wait } from "../../measure/standIn/reply";
import { document } from "../components/mocks";
import { shippedEnvironment } from "../components/shippedEnvironment";
import { Prometheus } from "./prometheus";

/** A stand-in for providers, with a prompt cache, that fails and names the models that it is told to. */
class Provider {
  readonly says: Record<string, string> = {};
  readonly fails: Record<string, number> = {};
  readonly serves: Record<string, string> = {};
  private readonly caches = new Map<string, PrefixCache>();
  private readonly server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      // As it starts, LiteLLM asks every deployment for its list of models.
      if (request.method !== "POST") return void response.writeHead(404).end();
      const deployment = decodeURIComponent((request.url ?? "").split("/")[1] ?? "");
      void this.answer(response, deployment, JSON.parse(Buffer.concat(parts).toString("utf8")));
    });
  });

  private async answer(response: ServerResponse, deployment: string, body: ChatRequest & { input?: string }) {
    const status = this.fails[deployment];
    const error = { type: "made_up", message: "made up", code: null, param: null };
    if (status !== undefined) return sendJson(response, status, { error });
    const model = this.serves[deployment] ?? body.model;
    if (body.input !== undefined) {
      await wait(20);
      const usage = { prompt_tokens: tokensOf(String(body.input)), total_tokens: 8 };
      const data = [{ object: "embedding", index: 0, embedding: encode(embed(String(body.input), 16)) }];
      return sendJson(response, 200, { object: "list", model, data, usage });
    }
    const text = this.says[deployment] ?? "Your order is on its way.";
    const cache = this.caches.get(deployment) ?? new PrefixCache({ blockTokens: 128, minimumTokens: 1024 });
    this.caches.set(deployment, cache);
    const { tokens, cached } = cache.read(body);
    const usage = {
      prompt_tokens: tokens,
      completion_tokens: tokensOf(text),
      total_tokens: tokens + tokensOf(text),
      prompt_tokens_details: { cached_tokens: cached },
    };
    const firstMs = 40 + (tokens - cached) * 0.1 + 40 * Math.random();
    const reply = { id: "1", model, text, usage };
    if (body.stream === true) return sendStream(response, reply, { firstMs, perChunkMs: 10 });
    await wait(firstMs);
    const choices = [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: text } }];
    sendJson(response, 200, { id: "1", object: "chat.completion", created: 1, model, choices, usage });
  }

  async listen(): Promise<(deployment: string) => string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const { port } = this.server.address() as AddressInfo;
    return (deployment) => `http://127.0.0.1:${port}/${encodeURIComponent(deployment)}/v1`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

export interface Panel {
  title: string;
  type: string;
  fieldConfig: {
    defaults: { unit?: string; thresholds?: { steps: { value: number | null; color: string }[] } };
  };
  targets?: { expr?: string; legendFormat?: string }[];
}

const support = ["support-chat.chat-large.1", "support-chat.chat-in-account.2"] as const;
const triage = "ticket-triage.chat-small.1";
const economy = "economy-chat.chat-fast.1";
const valid = '{"queue":"billing","urgency":2,"summary":"An invoice is wrong."}';
/** Long enough for the prompt cache. */
const head = "Answer from the articles below, and say so where they do not tell. ".repeat(100);

/** The shipped staging on loopback, stand-ins for its providers, and a Prometheus that watches it. */
export class Watched {
  private asked = 0;

  private constructor(
    readonly provider: Provider,
    readonly proxy: Running,
    readonly prometheus: Prometheus | undefined,
    readonly alerts: Alert[],
    readonly panels: Panel[],
  ) {}

  static async start(folder: string, withPrometheus: boolean): Promise<Watched> {
    const { pair } = loadPair(projectFiles(join(__dirname, "../..")), "staging");
    if (pair === undefined) throw new Error("The shipped pair cannot be read.");
    const { config, contents, behaviourHash } = pair.staging;
    const made = await shippedEnvironment("staging");
    const { spec } = made.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule").inputs;
    const alerts = (spec as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);
    const dashboards = made.resources.filter(({ name }) => name.endsWith("-dashboard"));
    const { panels } = document(
      dashboards[0]?.inputs.data as Record<string, unknown>,
      "lockstep-staging.json",
    ) as { panels: Panel[] };

    const provider = new Provider();
    provider.says[triage] = valid;
    const baseOf = await provider.listen();
    const rendered = renderGateway(config, { behaviourHash, files: contents });
    const gateway = adapt(rendered, { baseOf, limits: "kept" });
    const proxy = await startProxy({ litellm, folder: join(folder, "gateway"), gateway });
    const { namespace } = config.environment;
    const prometheus = withPrometheus
      ? await Prometheus.start({
          folder: join(folder, "prometheus"),
          target: { url: proxy.url, path: "/metrics/" },
          // As the operator makes them of the ServiceMonitor, with its podTargetLabels.
          labels: {
            namespace,
            pod: "gateway-0",
            service: "gateway",
            endpoint: "http",
            [hashLabel]: shortHash(behaviourHash),
          },
          rules: alerts,
        })
      : undefined;
    return new Watched(provider, proxy, prometheus, alerts, panels);
  }

  /** Ordinary requests, streamed and not, with prompts that the cache knows from the second on, and embeddings. */
  async usual(): Promise<void> {
    await Promise.all([
      this.ask("support-chat", true),
      this.ask("ticket-triage"),
      this.proxy.client.embeddings("embedding/embed-documents", ["Where is my order?"]),
    ]);
    await Promise.all([this.ask("support-chat"), this.ask("economy-chat", true, false)]);
  }

  /** A route whose providers all refuse the credential: its fallback answers, at last fails too, and it cools down. */
  async refused(times: number): Promise<void> {
    for (const deployment of support) this.provider.fails[deployment] = 401;
    for (let time = 0; time < times; time++) await this.ask("support-chat");
    this.provider.fails[economy] = 400;
    await this.ask("support-chat");
    for (const deployment of [...support, economy]) delete this.provider.fails[deployment];
  }

  /** Requests that end in an error. */
  async failed(times: number): Promise<void> {
    this.provider.fails[economy] = 400;
    for (let time = 0; time < times; time++) await this.ask("economy-chat");
    delete this.provider.fails[economy];
  }

  /** Answers that are not what the route's schema asks for; the third opens the breaker. */
  async invalid(times: number): Promise<void> {
    this.provider.says[triage] = "No JSON.";
    for (let time = 0; time < times; time++) await this.ask("ticket-triage");
    this.provider.says[triage] = valid;
  }

  /** Answers by a model that nobody pinned, streamed and not. */
  async otherModel(served: string): Promise<void> {
    this.provider.serves[economy] = served;
    for (const stream of [false, true]) await this.ask("economy-chat", stream);
    delete this.provider.serves[economy];
  }

  /** What the sampling job tells the gateway after a run. */
  async sampled(route: Record<"good" | "low" | "failed" | "unscored", number> & { shifted: boolean }) {
    const { status } = await this.proxy.client.raw("POST", reportPath, {
      complete: true,
      routes: { "support-chat": route },
    });
    if (status !== 200) throw new Error(`The gateway took no report: ${status}.`);
  }

  /**
   * Two scrapes or more, so that what comes next is growth and no birth: LiteLLM counts a request after its answer, the
   * first ones late. `grown`: until what came in between shows as growth.
   */
  async scraped(grown = false): Promise<void> {
    await wait(2_500);
    const wanted = ['cache="hit"', 'cache="miss"'].map((cache) => {
      const counted = `${series.firstTokenCount}{${cache}}[2m]`;
      return grown ? `changes(${counted}) > 0` : `count_over_time(${counted}) > 1`;
    });
    for (let tries = 0; tries < 40 && !(await this.tells(wanted)); tries++) await wait(500);
  }

  private async tells(expressions: readonly string[]): Promise<boolean> {
    if (this.prometheus === undefined) return true;
    const now = Date.now() / 1000;
    for (const expression of expressions)
      if ((await this.prometheus.range(expression, now, now, 1)).length === 0) return false;
    return true;
  }

  async scrape(): Promise<string> {
    return (await this.proxy.client.raw("GET", "/metrics/")).text;
  }

  async stop(): Promise<void> {
    await this.prometheus?.stop();
    await this.proxy.stop();
    await this.provider.close();
  }

  private ask(model: string, stream = false, known = true) {
    const system = known ? head : `${++this.asked} ${head}`;
    const user = `Where is order ${++this.asked}?`;
    return this.proxy.client.chat({
      model,
      stream,
      messages: [
        { role: "system", content: system },
        { role: "user", content: user },
      ],
    });
  }
}
