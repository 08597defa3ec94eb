import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { pick, type Random, random } from "../../measure/standIn/random";

/** The time after the last record: 21 November 2026, 00:00 UTC. */
export const until = Date.UTC(2026, 10, 21) / 1000;
const week = 7 * 86_400;
export const from = until - week;

/** Sentences of several languages, as often as they stand here. */
const said = [
  "Where is my parcel? I ordered it two weeks ago, and it has not arrived.",
  "How do I reset the password of my account, please?",
  "The invoice for March is wrong. What do you need from me?",
  "Wo ist mein Paket? Ich habe es vor zwei Wochen bestellt, und es ist nicht da.",
  "Où est mon colis? Je ne le vois pas dans le suivi, et il est en retard.",
  "No sé dónde está mi pedido, pero los correos y las llamadas no ayudan.",
  "注文した荷物はどこですか。二週間たっても届きません。",
  "Где моя посылка? Я заказал её две недели назад.",
  "ok",
];
const routes = ["support-chat", "support-chat", "support-chat", "ticket-triage", "economy-chat"];
const teams = ["support", "support", "sales", "back-office", null];
const tool = {
  type: "function",
  function: {
    name: "create-ticket",
    parameters: { type: "object", properties: { summary: { type: "string" } } },
  },
};

/** One record in the log's layout, without what the queries do not read and that is always the same. */
function record(next: Random, index: number): object {
  const route = pick(next, routes);
  const startTime = from + next() * week;
  const prompt = Math.floor(40 * Math.exp(6 * next() ** 2));
  const completion = 1 + Math.floor(400 * next() ** 3);
  const called = route === "support-chat" && next() < 0.1;
  return {
    id: `chatcmpl-${index}`,
    litellm_call_id: `call-${index}`,
    trace_id: `trace-${index}`,
    call_type: "acompletion",
    cache_hit: null,
    stream: false,
    status: next() < 0.01 ? "failure" : "success",
    custom_llm_provider: "openai",
    startTime,
    endTime: startTime + 1.5,
    completionStartTime: startTime + 0.25,
    response_time: 1.5,
    model: route === "economy-chat" ? "anthropic/claude-sonnet-5" : "openai/gpt-5.4-2026-03-05",
    model_group: route,
    model_id: `${route}.1`,
    response_cost: 0.001,
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    request_tags: ["User-Agent: OpenAI"],
    end_user: null,
    user_agent: "OpenAI/Python 2.8.0",
    metadata: {
      user_api_key_team_alias: pick(next, teams),
      usage_object: {
        prompt_tokens: prompt,
        completion_tokens: completion,
        prompt_tokens_details: { cached_tokens: next() < 0.4 ? prompt - (prompt % 128) : 0 },
      },
    },
    messages: [
      {
        role: "system",
        content: "You answer customers from the knowledge base, in their language, in three sentences.",
      },
      { role: "user", content: `${pick(next, said)} (${index})` },
    ],
    response: {
      object: "chat.completion",
      choices: [
        {
          finish_reason: called ? "tool_calls" : "stop",
          index: 0,
          message: {
            role: "assistant",
            content: called ? null : "It is on its way, and arrives tomorrow before noon.",
            tool_calls: called
              ? [{ id: "call_1", type: "function", function: { name: "create-ticket", arguments: "{}" } }]
              : null,
          },
        },
      ],
    },
    model_parameters: route === "support-chat" ? { stream: false, tools: [tool] } : { stream: false },
    lockstep: { behaviour_hash: "ab".repeat(32) },
  };
}

/** Writes so many records into files of a folder, always the same ones. */
export function writeRecords(folder: string, count: number, files: number): void {
  mkdirSync(folder, { recursive: true });
  const next = random("traffic");
  const each = Math.ceil(count / files);
  for (let file = 0; file < files; file++) {
    const handle = openSync(join(folder, `requests-${file}.jsonl`), "wx");
    const end = Math.min(count, (file + 1) * each);
    for (let index = file * each; index < end; index += 10_000) {
      const lines = Array.from({ length: Math.min(10_000, end - index) }, (_, line) =>
        JSON.stringify(record(next, index + line)),
      );
      writeSync(handle, `${lines.join("\n")}\n`);
    }
    closeSync(handle);
  }
}
