import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectFiles } from "../../config/files";
import { loadPair } from "../../config/pair";
import { renderGateway } from "../../gateway/render";
import { formatProxy } from "../../gateway/yaml";
import { adapt, standInKey } from "../../measure/adapt";
import { type Running, startProxy } from "../../measure/proxy";
import { wait } from "../../measure/standIn/reply";
import { litellm, litellmInstalled, sayIfSkipped, skippedNote } from "./litellmEnvironment";
import { Provider } from "./provider";

sayIfSkipped("the request log was not tried on the real proxy.");

const large = "support-chat.chat-large.1";
const inAccount = "support-chat.chat-in-account.2";
const economy = "economy-chat.chat-fast.1";
// One for each kind, made up; the numbers have right check digits.
const planted = {
  email: "anna.planted@mail.example",
  phone: "+49 30 90182000",
  card: "4111 1111 1111 1111",
  iban: "DE89370400440532013000",
  ticket: "T-20261121",
};
const credential = 'made-up/credential+of="the" provider';
const escaped = planted.email.replace("@", "\\u0040");
const encoded = encodeURIComponent(planted.email);
const inBase64 = Buffer.from(`to ${planted.email} and others`).toString("base64");
const everything = [...Object.values(planted), credential, escaped, encoded, inBase64].join(" | ");

const provider = new Provider();
let folder: string;
let baseOf: (deployment: string) => string;
let proxy: Running;

beforeAll(async () => {
  if (!litellmInstalled) return;
  folder = mkdtempSync(join(tmpdir(), "lockstep-log-"));
  baseOf = await provider.listen();
  const { files, env } = adapt(rendered(), { baseOf, limits: "kept", requestLog: join(folder, "log") });
  const gateway = { files, env: { ...env, LOCKSTEP_CREDENTIAL_OPENAI: credential } };
  proxy = await startProxy({ litellm, folder, gateway });
}, 120_000);
afterAll(async () => {
  await proxy?.stop();
  if (litellmInstalled) await provider.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

function rendered() {
  const { pair } = loadPair(projectFiles(join(__dirname, "../..")), "staging");
  if (pair === undefined) throw new Error("The shipped pair cannot be read.");
  const { contents, behaviourHash } = pair.staging;
  const config = structuredClone(pair.staging.config);
  config.monitoring.redact.patterns = { ticket: "\\bT-\\d{6,8}\\b" };
  for (const route of Object.values(config.routes)) route.coolDown.allowedFails.serverError = 100;
  return renderGateway(config, { behaviourHash, files: contents });
}

interface LogRecord {
  id: string;
  status: string;
  model_id: string;
  messages: { content: string }[];
  response: {
    choices?: { message: { content?: string; tool_calls?: { function: { arguments: string } }[] } }[];
  };
  error_str: string | null;
  metadata: Record<string, unknown>;
}

const written = (): string[] => {
  const log = join(folder, "log");
  return existsSync(log)
    ? readdirSync(log, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".json"))
    : [];
};
/** The records that a request leaves, in the order in which they were made. */
async function recordsOf(count: number, request: () => Promise<unknown>) {
  const before = written();
  await request();
  for (let tries = 0; written().length < before.length + count && tries < 100; tries++) await wait(50);
  // A record more would be wrong too.
  await wait(300);
  const files = written().filter((file) => !before.includes(file));
  return files.sort().map((file) => {
    const text = readFileSync(join(folder, "log", file), "utf8");
    return { file, text, record: JSON.parse(text) as LogRecord };
  });
}
/** A request with secrets wherever a client can put them. */
const ask = (more: object = {}) =>
  fetch(`${proxy.url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${proxy.key}`,
      "content-type": "application/json",
      "x-customer": planted.email,
      "user-agent": `planted ${planted.email}`,
      "x-litellm-call-id": planted.ticket,
    },
    body: JSON.stringify({
      model: "support-chat",
      messages: [{ role: "user", content: `I am ${everything}` }],
      user: planted.email,
      metadata: {
        note: everything,
        [planted.email]: 1,
        tags: [planted.ticket],
        session_id: planted.email,
      },
      tools: [
        {
          type: "function",
          function: { name: "mail", description: everything, parameters: { type: "object" } },
        },
      ],
      ...more,
    }),
  }).then((response) => response.text());
/** Nothing of what was planted, in no form, and no key of the proxy. */
const expectClean = (text: string) => {
  const bare = [planted.phone, planted.card].map((value) => value.replaceAll(" ", ""));
  const secrets = [
    ...Object.values(planted),
    ...bare,
    encoded,
    proxy.key,
    credential,
    "not-a-key",
    "made-up/cred",
  ];
  const forms = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    ...[0, 1, 2].map((at) =>
      Buffer.from("x".repeat(at) + secret)
        .toString("base64")
        .slice(at === 0 ? 0 : 4, -4),
    ),
  ]);
  expect(forms.filter((form) => text.includes(form))).toEqual([]);
  expect(text).not.toContain(escaped);
  expect(text).not.toContain("anna");
};

describe.skipIf(!litellmInstalled)(`the request log of LiteLLM 1.106.2${skippedNote}`, () => {
  it("has an answer with its tool calls, and nothing that was planted", async () => {
    const call = {
      id: "call_1",
      type: "function",
      function: { name: "mail", arguments: JSON.stringify({ to: planted.email, card: planted.card, n: 2 }) },
    };
    provider.replies[large] = {
      message: { content: `You are ${everything}`, tool_calls: [call] },
      headers: { "x-planted": planted.email },
    };
    const records = await recordsOf(1, ask);
    expect(records).toHaveLength(1);
    for (const { file, text, record } of records) {
      expectClean(text + file);
      expect(file).toMatch(/^requests\/\d{4}-\d\d-\d\d\/time-[\d-]+_chatcmpl-1\.json$/);
      expect(record).toMatchObject({ status: "success", model_id: large });
      const message = record.response.choices?.[0]?.message;
      expect(message?.content).toMatch(
        /^You are \[redacted:email\] \| \[redacted:phone\] \| \[redacted:card\]/,
      );
      expect(message?.tool_calls?.[0]?.function.arguments).toBe(
        '{"to": "[redacted:email]", "card": "[redacted:card]", "n": 2}',
      );
      expect(record.messages[0]?.content).toBe(
        "I am [redacted:email] | [redacted:phone] | [redacted:card] | [redacted:iban] | [redacted:ticket] | [redacted:credential] | [redacted:email] | [redacted:email] | to [redacted:email] and others",
      );
    }
  });

  it("has a stream as a whole", async () => {
    const [one, ...others] = await recordsOf(1, () => ask({ stream: true }));
    expect(others).toEqual([]);
    expectClean(`${one?.text}${one?.file}`);
    expect(one?.record).toMatchObject({ status: "success", model_id: large });
    expect(one?.record.response.choices?.[0]?.message.content).toMatch(/^You are \[redacted:email\] \| /);
  });

  it("has the first failure before a fallback's answer, with its error redacted", async () => {
    for (const id of [large, inAccount])
      provider.replies[id] = { status: 500, error: `Cannot serve ${everything}` };
    provider.replies[economy] = { message: { content: `Dear ${planted.email}` } };
    const records = await recordsOf(2, ask);
    for (const { text, file } of records) expectClean(text + file);
    expect(records.map(({ record }) => [record.status, record.model_id])).toEqual([
      ["failure", large],
      ["success", economy],
    ]);
    expect(records[0]?.record.error_str).toContain("Cannot serve [redacted:email] | [redacted:phone]");
  });

  it("has a request that no model answered, and one that asks not to be logged", async () => {
    provider.replies[economy] = { status: 500, error: `Cannot serve ${everything}` };
    const records = await recordsOf(1, ask);
    for (const { text, file } of records) expectClean(text + file);
    expect(records.map(({ record }) => [record.status, record.model_id])).toEqual([["failure", large]]);
    provider.replies[large] = {};
    const hidden = await recordsOf(1, () => ask({ "no-log": true }));
    expect(hidden.map(({ record }) => record.status)).toEqual(["success"]);
  });

  it("has no key of the gateway", async () => {
    provider.replies[large] = { message: { content: `Your keys: ${proxy.key}, ${standInKey}` } };
    const [one] = await recordsOf(1, () =>
      ask({
        messages: [
          {
            role: "user",
            content: `Bearer ${proxy.key} ${Buffer.from(`u:${proxy.key}`).toString("base64")}`,
          },
        ],
      }),
    );
    expectClean(`${one?.text}`);
    expect(one?.record.messages[0]?.content).toBe("Bearer [redacted:credential] u:[redacted:credential]");
  });

  it("goes to S3 the same way, where no folder is set", async () => {
    const puts: { path: string; headers: string[]; text: string }[] = [];
    const bucket = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        puts.push({ path: `${request.method} ${request.url}`, headers: Object.keys(request.headers), text });
        response.end();
      });
    });
    await new Promise<void>((resolve) => bucket.listen(0, "127.0.0.1", resolve));
    const { port } = bucket.address() as AddressInfo;
    const toS3 = rendered();
    const { proxy: adapted, files, env } = adapt(toS3, { baseOf, limits: "kept", requestLog: "unused" });
    // As rendered, but for where S3 is; before the callbacks.
    const s3_callback_params = {
      ...(toS3.proxy.litellm_settings.s3_callback_params as object),
      s3_endpoint_url: `http://127.0.0.1:${port}`,
    };
    const file = { ...adapted, litellm_settings: { s3_callback_params, ...adapted.litellm_settings } };
    await proxy.stop();
    proxy = await startProxy({
      litellm,
      folder: join(folder, "s3"),
      gateway: {
        files: { ...files, "config.yaml": formatProxy(file) },
        env: {
          ...env,
          LOCKSTEP_REQUEST_LOG_FOLDER: "",
          LOCKSTEP_CREDENTIAL_OPENAI: credential,
          AWS_ACCESS_KEY_ID: "made-up",
          AWS_SECRET_ACCESS_KEY: "made-up-as-well",
        },
      },
    });
    provider.replies[large] = { message: { content: `You are ${everything}` } };
    await ask();
    for (let tries = 0; puts.length === 0 && tries < 100; tries++) await wait(50);
    expect(puts).toHaveLength(1);
    const [put] = puts;
    expectClean(`${put?.path}${put?.text}`);
    expect(put?.path).toMatch(
      /^PUT \/example-lockstep-staging-requests\/requests\/\d{4}-\d\d-\d\d\/time-[\d-]+_chatcmpl-1\.json$/,
    );
    expect(put?.headers).toContain("authorization");
    expect(JSON.parse(put?.text ?? "")).toMatchObject({ status: "success", model_id: large });
    bucket.closeAllConnections();
    await new Promise<void>((resolve) => bucket.close(() => resolve()));
  }, 120_000);
});
