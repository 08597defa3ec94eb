import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { renderGateway } from "../../gateway/render";
import { adapt } from "../../measure/adapt";
import { Client } from "../../measure/client";
import { type Running, startProxy } from "../../measure/proxy";
import { litellm, litellmInstalled, sayIfSkipped, skippedNote } from "./litellmEnvironment";
import { Provider } from "./provider";

sayIfSkipped("response headers were not tried on the real proxy.");

const large = "support-chat.chat-large.1";
const provider = new Provider();
let folder: string;
let proxy: Running;

beforeAll(async () => {
  if (!litellmInstalled) return;
  folder = mkdtempSync(join(tmpdir(), "lockstep-headers-"));
  const baseOf = await provider.listen();
  const { pair } = loadPair(projectFiles(join(__dirname, "../..")), "staging");
  if (pair === undefined) throw new Error("The shipped pair cannot be read.");
  const { config, contents, behaviourHash } = pair.staging;
  const gateway = adapt(renderGateway(config, { behaviourHash, files: contents }), {
    baseOf,
    limits: "kept",
  });
  proxy = await startProxy({ litellm, folder, gateway });
  provider.replies[large] = { headers: { "x-request-id": "req_1", "openai-organization": "org-made-up" } };
}, 120_000);
afterAll(async () => {
  await proxy?.stop();
  if (litellmInstalled) await provider.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** The names of a response's headers, sorted; those that the server adds itself are left out. */
async function names(
  client: Client,
  method: string,
  path: string,
  body?: unknown,
): Promise<[number, ...string[]]> {
  const { status, headers } = await client.raw(method, path, body);
  const hop = ["connection", "date", "keep-alive", "server", "transfer-encoding"];
  return [
    status,
    ...Object.keys(headers)
      .filter((name) => !hop.includes(name))
      .sort(),
  ];
}
const chat = (model: string, more: object = {}) =>
  names(proxy.client, "POST", "/v1/chat/completions", {
    model,
    messages: [{ role: "user", content: "The invoice is wrong." }],
    ...more,
  });

const always = [
  "content-security-policy",
  "content-type",
  "vary",
  "x-content-type-options",
  "x-frame-options",
];
const answered = [
  "x-litellm-attempted-fallbacks",
  "x-litellm-attempted-retries",
  "x-litellm-call-id",
  "x-litellm-model-id",
];

// Nothing of the provider's address and headers, LiteLLM's version, the key's spend and the parts of the price.
describe.skipIf(!litellmInstalled)(`response headers of LiteLLM 1.106.2${skippedNote}`, () => {
  it("of an answer", async () => {
    expect(await chat("support-chat")).toEqual([
      200,
      "content-length",
      ...always,
      ...answered,
      "x-litellm-response-cost",
    ]);
  });

  it("of a stream", async () => {
    expect(await chat("support-chat", { stream: true })).toEqual([
      200,
      "cache-control",
      ...always,
      ...answered,
    ]);
  });

  it("of an answer that the breaker put in place of another", async () => {
    provider.replies[large] = { message: { content: "" } };
    expect(await chat("support-chat")).toEqual([
      200,
      "content-length",
      ...always,
      ...answered,
      "x-litellm-response-cost",
      "x-lockstep-answered-by",
      "x-lockstep-breaker",
    ]);
  });

  it("of the provider's error, and of a route that is not there", async () => {
    provider.replies["economy-chat.chat-fast.1"] = {
      status: 400,
      error: "no",
      headers: { "x-request-id": "req_2", "openai-organization": "org-made-up" },
    };
    for (const route of ["economy-chat", "nowhere"]) {
      expect(await chat(route)).toEqual([
        400,
        "content-length",
        ...always,
        "x-litellm-call-id",
        "x-litellm-response-cost",
      ]);
    }
  });

  it("of a key that is not known, and of other endpoints", async () => {
    const stranger = new Client(proxy.url, "not-a-key-at-all");
    expect(await names(stranger, "GET", "/v1/models")).toEqual([400, "content-length", ...always]);
    stranger.close();
    expect(await names(proxy.client, "GET", "/v1/models")).toEqual([200, "content-length", ...always]);
    expect(await names(proxy.client, "GET", "/nowhere")).toEqual([404, "content-length", ...always]);
    // Prometheus follows it.
    expect(await names(proxy.client, "GET", "/metrics")).toContain("location");
  });
});
