import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { callbackFiles } from "../../gateway/callback";
import { renderGateway } from "../../gateway/render";
import { adapt } from "../../measure/adapt";
import { type Running, startProxy } from "../../measure/proxy";
import { wait } from "../../measure/standIn/reply";
import { litellm, litellmInstalled, sayIfSkipped, skippedNote } from "./litellmEnvironment";

sayIfSkipped("the breaker was not tried on the real proxy.");

const root = join(__dirname, "../..");
const openSeconds = 3;
const triage = "ticket-triage.chat-small.1";
const support = "support-chat.chat-large.1";
const economy = "economy-chat.chat-fast.1";
const valid = '{"queue":"billing","urgency":2,"summary":"An invoice is wrong."}';
const declared = '{"queue":"other","urgency":2,"summary":"Not sorted: the model gave no valid answer."}';
const sorry = "This service cannot answer right now. Please try again in a few minutes.";

/** A text, or a whole choice. */
type Saying = string | { finish_reason: string; message: object };

/** A stand-in that says what it is told to. */
class Stub {
  readonly says: Record<string, Saying> = {};
  readonly calls: string[] = [];
  /** Where streams break off: at a clean end after the text, or with the connection before the first part. */
  cut: "after the text" | "before the first part" | undefined;
  private readonly server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      // As it starts, LiteLLM asks every deployment for its list of models.
      if (request.method !== "POST") return void response.writeHead(404).end();
      const { model, stream } = JSON.parse(Buffer.concat(parts).toString("utf8")) as {
        model: string;
        stream?: boolean;
      };
      const deployment = decodeURIComponent((request.url ?? "").split("/")[1] ?? "");
      this.calls.push(deployment);
      const saying = this.says[deployment] ?? "";
      if (stream === true) this.stream(response, model, String(saying));
      else {
        const text = { finish_reason: "stop", message: { role: "assistant", content: saying } };
        const choice = { index: 0, ...(typeof saying === "string" ? text : saying) };
        const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
        response.setHeader("content-type", "application/json");
        response.end(
          JSON.stringify({
            id: "1",
            object: "chat.completion",
            created: 1_700_000_000,
            model,
            choices: [choice],
            usage,
          }),
        );
      }
    });
  });

  private stream(response: ServerResponse, model: string, text: string): void {
    const event = (delta: object, finish_reason: string | null) =>
      `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", created: 1_700_000_000, model, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    response.setHeader("content-type", "text/event-stream");
    if (this.cut === "before the first part") {
      this.cut = undefined;
      response.write(": nothing yet\n\n", () => response.destroy());
      return;
    }
    response.write(event({ role: "assistant", content: text }, null));
    if (this.cut === "after the text") return void response.end();
    response.write(event({}, "stop"));
    response.end("data: [DONE]\n\n");
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

const stub = new Stub();
let folder: string;
let proxy: Running;

beforeAll(async () => {
  if (!litellmInstalled) return;
  folder = mkdtempSync(join(tmpdir(), "lockstep-breaker-"));
  const baseOf = await stub.listen();
  const { pair } = loadPair(projectFiles(root), "staging");
  if (pair === undefined) throw new Error("The shipped pair cannot be read.");
  const { contents, behaviourHash } = pair.staging;
  const config = structuredClone(pair.staging.config);
  for (const { breaker } of Object.values(config.routes))
    if (breaker !== undefined) breaker.openSeconds = openSeconds;
  const rendered = renderGateway(config, { behaviourHash, files: contents });
  const { files, env } = adapt(rendered, { baseOf, limits: "kept" });
  // As rendered: state is in a Redis, which is not there.
  files[callbackFiles.data] = rendered.callbackJson;
  proxy = await startProxy({ litellm, folder, gateway: { files, env } });
}, 80_000);
afterAll(async () => {
  await proxy?.stop();
  if (litellmInstalled) await stub.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const ask = async (model: string, more: object = {}) => {
  const { status, headers, text } = await proxy.client.raw("POST", "/v1/chat/completions", {
    model,
    messages: [{ role: "user", content: "The invoice is wrong." }],
    ...more,
  });
  return {
    status,
    text,
    breaker: headers["x-lockstep-breaker"],
    by: headers["x-lockstep-answered-by"],
  };
};
/** A request that is not streamed: what the client sees, and the deployments that were called for it. */
const chat = async (model: string, says: Record<string, Saying>) => {
  Object.assign(stub.says, says);
  stub.calls.length = 0;
  const { status, text, breaker, by } = await ask(model);
  const { choices = [] } = JSON.parse(text) as { choices?: { message: { content?: string | null } }[] };
  return { status, content: choices[0]?.message.content ?? null, breaker, by, calls: [...stub.calls] };
};
const stream = async (model: string) => {
  stub.calls.length = 0;
  const { status, text, breaker, by } = await ask(model, {
    stream: true,
    stream_options: { include_usage: true },
  });
  const events = text
    .split("\n\n")
    .filter((event) => event.startsWith("data: {"))
    .map((event) => JSON.parse(event.slice("data: ".length)) as Event);
  return {
    status,
    content: events.map(({ choices }) => choices?.[0]?.delta.content ?? "").join(""),
    finish: events.flatMap(({ choices }) => choices?.[0]?.finish_reason ?? []),
    errors: events.flatMap(({ error }) => (error === undefined ? [] : [error])),
    done: text.includes("[DONE]"),
    breaker,
    by,
    calls: [...stub.calls],
  };
};
interface Event {
  choices?: { delta: { content?: string }; finish_reason?: string }[];
  error?: { message: string; type: string; code: string };
}

// One after another on one proxy: each begins where the one before has ended.
describe.skipIf(!litellmInstalled)(`the breaker on LiteLLM 1.106.2${skippedNote}`, () => {
  it("gives the fallback's answer for each invalid one, and opens at the third", async () => {
    for (const invalid of ["no JSON", '{"queue":"nowhere"}', ""]) {
      expect(await chat("ticket-triage", { [triage]: invalid, [economy]: valid })).toEqual({
        status: 200,
        content: valid,
        breaker: "invalid",
        by: "economy-chat",
        calls: [triage, economy],
      });
    }
    expect(await chat("ticket-triage", { [triage]: valid, [economy]: valid })).toEqual({
      status: 200,
      content: valid,
      breaker: "open",
      by: "economy-chat",
      calls: [economy],
    });
  });

  it("gives the declared answer while open where the fallback's is not valid either", async () => {
    expect(await chat("ticket-triage", { [economy]: "I cannot sort this." })).toEqual({
      status: 200,
      content: declared,
      breaker: "open",
      by: "answer",
      calls: [economy],
    });
  });

  it("lets one request through after openSeconds, whose valid answer closes it", async () => {
    await wait(openSeconds * 1000 + 200);
    const request = () => chat("ticket-triage", { [triage]: valid, [economy]: valid });
    expect(await request()).toMatchObject({ content: valid, breaker: "half-open", calls: [triage] });
    expect(await request()).toMatchObject({ content: valid, breaker: undefined, calls: [triage] });
  });

  it("passes a whole stream on, and ends one that broke off in an error", async () => {
    stub.says[economy] = "Your order is on its way.";
    expect(await stream("economy-chat")).toEqual({
      status: 200,
      content: "Your order is on its way.",
      finish: ["stop"],
      errors: [],
      done: true,
      breaker: undefined,
      by: undefined,
      calls: [economy],
    });
    stub.cut = "after the text";
    expect(await stream("economy-chat")).toEqual({
      status: 200,
      content: "Your order is on its way.",
      finish: [],
      errors: [
        {
          message: "The streamed answer is not valid (unfinished); discard what was received.",
          type: "invalid_answer",
          param: null,
          code: "502",
        },
      ],
      done: false,
      breaker: undefined,
      by: undefined,
      calls: [economy],
    });
    stub.cut = undefined;
  });

  it("believes the end of a stream that the router had to begin again at a fallback", async () => {
    stub.says[economy] = valid;
    stub.cut = "before the first part";
    expect(await stream("ticket-triage")).toMatchObject({
      content: valid,
      finish: ["stop"],
      errors: [],
      calls: [triage, economy],
    });
  });

  it("takes a refusal for no answer, whichever way it is said, and a tool call for one", async () => {
    const call = { id: "1", type: "function", function: { name: "create_ticket", arguments: "{}" } };
    const say = (message: object, finish_reason: string) =>
      chat("support-chat", {
        [support]: { finish_reason, message: { role: "assistant", content: null, ...message } },
        [economy]: "Good day.",
      });
    expect(await say({ tool_calls: [call] }, "tool_calls")).toMatchObject({
      status: 200,
      content: null,
      breaker: undefined,
    });
    expect(await say({ refusal: "No." }, "stop")).toMatchObject({
      content: "Good day.",
      breaker: "invalid",
      by: "economy-chat",
    });
    // Out of this LiteLLM makes an error, as the route has no contentPolicyFallbacks; but it is counted.
    const filtered = { status: 400, content: null, breaker: undefined, calls: [support] };
    expect(await say({ content: "No." }, "content_filter")).toMatchObject(filtered);
    expect(await say({ content: "No." }, "content_filter")).toMatchObject(filtered);
    expect(await say({ content: "Yes." }, "stop")).toMatchObject({
      content: "Good day.",
      breaker: "open",
      calls: [economy],
    });
  });

  it("gives the declared answer, streamed or not, without any call where there is no fallback", async () => {
    for (const _ of [2, 3]) {
      expect(await chat("economy-chat", { [economy]: "" })).toMatchObject({
        content: sorry,
        breaker: "invalid",
        by: "answer",
      });
    }
    expect(await chat("economy-chat", {})).toEqual({
      status: 200,
      content: sorry,
      breaker: "open",
      by: "answer",
      calls: [],
    });
    expect(await stream("economy-chat")).toMatchObject({
      status: 200,
      content: sorry,
      finish: ["stop"],
      done: true,
      breaker: "open",
      by: "answer",
      calls: [],
    });
  });

  it("counts in the proxy's own metrics, and says once that Redis is not there", async () => {
    const { text } = await proxy.client.raw("GET", "/metrics/");
    const lines = text.split("\n").filter((line) => /^lockstep_(breaker|invalid)_\w+_total\{/.test(line));
    expect(lines.sort()).toEqual([
      'lockstep_breaker_open_total{route="economy-chat"} 2.0',
      'lockstep_breaker_open_total{route="support-chat"} 1.0',
      'lockstep_breaker_open_total{route="ticket-triage"} 2.0',
      'lockstep_invalid_responses_total{reason="empty",route="economy-chat"} 2.0',
      'lockstep_invalid_responses_total{reason="empty",route="ticket-triage"} 1.0',
      'lockstep_invalid_responses_total{reason="not-json",route="economy-chat"} 1.0',
      'lockstep_invalid_responses_total{reason="not-json",route="ticket-triage"} 1.0',
      'lockstep_invalid_responses_total{reason="refused",route="support-chat"} 3.0',
      'lockstep_invalid_responses_total{reason="schema",route="ticket-triage"} 1.0',
      'lockstep_invalid_responses_total{reason="unfinished",route="economy-chat"} 1.0',
    ]);
    const log = readFileSync(join(folder, "proxy.log"), "utf8");
    expect(log.split("counts in this process only").length - 1).toBe(1);
  });
});
