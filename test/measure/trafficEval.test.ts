import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readResults } from "../../measure/eval/read";
import { measuredOf } from "../../measure/eval/results";
import { asked, declaredTargets } from "../../measure/eval/targets";
import { evalRecords } from "../../measure/traffic/evalSet";
import { pairOf } from "../components/shippedEnvironment";

const { staging } = pairOf();
const declared = declaredTargets(staging.config);
const line = (given: object) =>
  JSON.stringify({ case: "one", target: "support-chat/chat-large", pass: true, ...given });
const runsOf = (...lines: string[]) =>
  asked(readResults([{ name: "eval.jsonl", bytes: Buffer.from(lines.join("\n")) }]), new Map(), declared);
const recordsOf = (...lines: string[]) => {
  const { lines: text, ...rest } = evalRecords(runsOf(...lines), staging.config, 1_000);
  return { ...rest, records: text.split("\n").map((one) => JSON.parse(one) as unknown) };
};

it("a case is one request, however often and of whatever targets it was asked", () => {
  const usage = { prompt_tokens: 12, completion_tokens: 3 };
  const { cases, silent, records } = recordsOf(
    line({ repeat: 1 }),
    line({ repeat: 2, usage, prompt: "Where is it?", team: "support", tools: ["create-ticket"] }),
    line({ target: "support-chat/chat-in-account" }),
    line({ target: "economy-chat/chat-fast", case: "two" }),
  );
  expect(cases).toBe(2);
  expect(silent).toEqual(["hour", "model_name", "cache"]);
  expect(records).toEqual([
    {
      id: "0 support-chat/chat-large",
      call_type: "acompletion",
      status: "success",
      startTime: 1_000,
      model_group: "support-chat",
      prompt_tokens: 12,
      completion_tokens: 3,
      metadata: { user_api_key_team_alias: "support" },
      messages: [{ role: "user", content: "Where is it?" }],
      response: { choices: [{ message: { tool_calls: [{ function: { name: "create-ticket" } }] } }] },
      model_parameters: { tools: [{ type: "function" }] },
    },
    {
      id: "1 economy-chat/chat-fast",
      call_type: "acompletion",
      status: "success",
      startTime: 1_000,
      model_group: "economy-chat",
      metadata: {},
      response: { choices: [{ message: { tool_calls: [] } }] },
      model_parameters: { tools: [] },
    },
  ]);
});

it("what no case says is not compared", () => {
  expect(recordsOf(line({})).silent).toEqual([
    "hour",
    "model_name",
    "cache",
    "input_tokens",
    "output_tokens",
    "team",
    "tool_use",
    "language",
  ]);
});

it("a prompt of messages is those messages", () => {
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Wo ist mein Paket?" },
  ];
  const { records } = recordsOf(line({ prompt: JSON.stringify(messages) }));
  expect(records).toMatchObject([{ messages }]);
});

it("a prompt is read from promptfoo's file, and is in no evidence", () => {
  const bytes = readFileSync(join(__dirname, "fixtures", "promptfoo.json"));
  const files = readResults([{ name: "promptfoo.json", bytes }]);
  expect(files[0]?.runs.every(({ prompt }) => typeof prompt === "string" && prompt.length > 0)).toBe(true);
  const runs = runsOf(line({ prompt: "A private question." }));
  const one = [
    { name: "eval.jsonl", format: "jsonl" as const, sha256: "0".repeat(64), tool: undefined, runs },
  ];
  expect(JSON.stringify(measuredOf(one, runs, staging))).not.toContain("private");
});
