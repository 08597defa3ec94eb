import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** 14 November 2026, 00:00 UTC, and seven days later. */
export const from = Date.UTC(2026, 10, 14) / 1000;
export const range = { from, until: from + 7 * 86_400 };

/** A whole record of the log; what is given replaces what stands here. */
export const record = (id: number, given: Record<string, unknown> = {}) => ({
  id: `chatcmpl-${id}`,
  call_type: "acompletion",
  cache_hit: null,
  status: "success",
  startTime: from + 3_600 * 9 + id,
  endTime: from + 3_600 * 9 + id + 1,
  model: "openai/gpt-5.4-2026-03-05",
  model_group: "support-chat",
  user_agent: "OpenAI/Python 2.8.0",
  prompt_tokens: 120,
  completion_tokens: 30,
  metadata: {
    user_api_key_team_alias: "support",
    usage_object: { prompt_tokens_details: { cached_tokens: 0 } },
  },
  messages: [
    { role: "system", content: "Answer in the language of the customer." },
    { role: "user", content: "Where is my parcel?" },
  ],
  response: {
    choices: [{ finish_reason: "stop", message: { role: "assistant", content: "Here.", tool_calls: null } }],
  },
  model_parameters: { stream: false },
  lockstep: { behaviour_hash: "ab".repeat(32) },
  ...given,
});

/** A folder with these files, whose contents are texts or lists of records. */
export function folderOf(files: Record<string, string | Buffer | readonly object[]>) {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-traffic-test-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const text = Array.isArray(content) ? content.map((one) => JSON.stringify(one)).join("\n") : content;
    writeFileSync(join(folder, path), text as string | Buffer);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Asks for the answer to a call of a tool. */
export const calling = (name: string) => ({
  choices: [
    {
      finish_reason: "tool_calls",
      message: { role: "assistant", content: null, tool_calls: [{ function: { name, arguments: "{}" } }] },
    },
  ],
});

export const user = (content: unknown) => [{ role: "user", content }];
