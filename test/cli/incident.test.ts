import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readPromptfoo } from "../../measure/eval/promptfoo";
import { encodings, lockstep, projectCopy } from "../project";
import { replace } from "../shipped";

const prompt = readFileSync(join(__dirname, "../../prompts/support-answer.md"), "utf8");
const { dir, remove } = projectCopy([
  replace(
    "Pulumi.production.yaml",
    "    requestLogDays: 90\n",
    '    requestLogDays: 90\n    redact:\n      kinds: [email]\n      patterns: { order: "\\\\bORD-\\\\d{6}\\\\b" }\n',
  ),
]);
afterAll(remove);

const secrets = [
  "ada.example@mail.example",
  "+49 30 90182000",
  "4111 1111 1111 1111",
  "DE89370400440532013000",
  "203.0.113.77",
  "ORD-123456",
  "sk-ant-api03-abcdefghijklmnop0123",
  "a-made-up.token_of-ours",
];
const day = "2026-11-20";
const from = Date.parse(`${day}T10:00:00Z`) / 1000;
const record = (id: string, change: object = {}) => ({
  id,
  call_type: "acompletion",
  status: "success",
  startTime: from,
  endTime: from + 1,
  model_group: "support-chat",
  prompt_tokens: 100,
  completion_tokens: 10,
  response_cost: 0.001,
  metadata: { user_api_key_team_alias: "support" },
  messages: [
    { role: "system", content: prompt },
    {
      role: "user",
      content: `Call me: ${secrets.slice(0, 7).join(" or ")}. Authorization: Bearer ${secrets[7]}`,
    },
    {
      role: "assistant",
      content: null,
      tool_calls: [
        {
          id: "t1",
          type: "function",
          function: { name: "create-ticket", arguments: `{"mail":"${secrets[0]}"}` },
        },
      ],
    },
    {
      role: "tool",
      tool_call_id: "t1",
      content: `{{ 7 * 7 }} {% raw %} {# note #} ${Buffer.from(`x ${secrets[0]} y`).toString("base64")} ${encodeURIComponent(String(secrets[0]))}`,
    },
  ],
  response: {
    choices: [{ finish_reason: "stop", message: { role: "assistant", content: "Your card is 4111." } }],
  },
  lockstep: { behaviour_hash: "ab" },
  ...change,
});
const plain = (id: string, text: string, change: object = {}) =>
  record(id, { messages: [{ role: "user", content: text }], ...change });

beforeAll(() => {
  mkdirSync(join(dir, "log", day), { recursive: true });
  const write = (name: string, one: object) =>
    writeFileSync(join(dir, "log", day, `${name}.json`), JSON.stringify(one));
  write("a", record("chatcmpl-1"));
  write("b", plain("chatcmpl-2", "Where is my order?"));
  write("b2", plain("chatcmpl-2", "Where is my order?"));
  write("c", plain("twice", "First?"));
  write("d", plain("twice", "Second?", { model_group: "ticket-triage", startTime: from + 5 }));
  write("e", plain("silent", "x", { messages: [{ role: "user", content: "redacted-by-litellm" }] }));
  write(
    "f",
    record("image", { messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] }),
  );
  write("g", plain("same", "Where is my order?"));
  write("h", plain("gone", "x", { model_group: "old-route" }));
  write("i", record("bare", { messages: [{ role: "system", content: prompt }] }));
  write("j", plain("triage", "The invoice is wrong.", { model_group: "ticket-triage" }));
});
beforeEach(() => rmSync(join(dir, "evals"), { recursive: true, force: true }));

const set = (name: string, text?: string) => {
  mkdirSync(join(dir, "evals"), { recursive: true });
  if (text !== undefined) writeFileSync(join(dir, "evals", name), text);
  return `evals/${name}`;
};
const textOf = (file: string) => readFileSync(join(dir, file), "utf8");
const add = (id: string, to: string, ...args: string[]) =>
  lockstep(
    [
      "incident",
      "add",
      "--log",
      "log",
      "--from",
      day,
      "--until",
      "2026-11-21",
      "--id",
      id,
      "--to",
      to,
      ...args,
    ],
    dir,
  );
const why = ["--reason", "It told a card's number.", "--must-not", "\\b4111\\b", "--yes"];

describe("lockstep incident add", () => {
  it("makes a case that promptfoo reads, without the route's prompt and without what is private", async () => {
    const to = set("incidents.jsonl");
    const { code, stdout, stderr } = await add("chatcmpl-1", to, ...why, "--kind", "pii-leakage", "--core");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("+++ evals/incidents.jsonl\n");
    const [line = "", ...more] = textOf(to).split("\n");
    expect(more).toEqual([""]);
    const made = JSON.parse(line);
    const digest = createHash("sha256").update("chatcmpl-1").digest("hex");
    const today = new Date().toISOString().slice(0, 10);
    expect({ ...made, vars: undefined }).toEqual({
      description: `Incident of ${today}: It told a card's number.`,
      assert: [{ type: "not-regex", value: "\\b4111\\b" }],
      metadata: {
        route: "support-chat",
        lockstep: {
          case: `incident-${digest.slice(0, 12)}`,
          kinds: ["pii-leakage"],
          team: "support",
          core: true,
        },
        incident: {
          reason: "It told a card's number.",
          request_sha256: digest,
          added: today,
          behaviour_hash: "ab",
        },
      },
    });
    for (const secret of secrets)
      for (const form of encodings(secret)) expect(`${line}${stdout}`).not.toContain(form);
    expect(made.vars.messages).not.toMatch(/\{[{%#]|[%#]\}/);
    expect(JSON.parse(`[${made.vars.messages}]`)).toEqual([
      {
        role: "user",
        content:
          "Call me: [redacted:email] or [redacted:phone] or [redacted:card] or [redacted:iban] or [redacted:ipv4] or [redacted:order] or [redacted:credential]. Authorization: Bearer [redacted:credential]",
      },
      {
        role: "assistant",
        tool_calls: [
          {
            id: "t1",
            type: "function",
            function: { name: "create-ticket", arguments: '{"mail":"[redacted:email]"}' },
          },
        ],
      },
      {
        role: "tool",
        tool_call_id: "t1",
        content: "{{ 7 * 7 }} {% raw %} {# note #} [redacted:encoded] [redacted:encoded]",
      },
    ]);
  });

  it("is counted by lockstep evidence eval, as promptfoo hands its tags on", async () => {
    const to = set("incidents.jsonl");
    await add("chatcmpl-1", to, ...why, "--kind", "pii-leakage");
    const testCase = JSON.parse(textOf(to));
    const row = {
      id: "1",
      provider: "support-chat/chat-large",
      success: true,
      score: 1,
      vars: testCase.vars,
      testCase,
      response: { output: "No." },
    };
    const results = {
      results: {
        version: 3,
        timestamp: "2026-11-21T10:00:00Z",
        results: [row],
        stats: { successes: 1, failures: 0, errors: 0 },
      },
    };
    expect(readPromptfoo(JSON.stringify(results), "r.json").runs[0]).toMatchObject({
      caseId: testCase.metadata.lockstep.case,
      kinds: ["pii-leakage"],
      team: "support",
      core: false,
    });
  });

  it.each<[string, string, string, after: (line: string) => string]>([
    [
      "lines",
      "a.jsonl",
      '{"vars": {"q": "x"}}\n\n{"vars": {}}',
      (line) => `{"vars": {"q": "x"}}\n\n{"vars": {}}\n${line}\n`,
    ],
    [
      "lines of Windows with a mark",
      "a.jsonl",
      '\ufeff{"vars": {"q": "x"}}\r\n',
      (line) => `\ufeff{"vars": {"q": "x"}}\r\n${line}\r\n`,
    ],
    [
      "a list",
      "a.yaml",
      "# ours\n- vars: { q: x } # one\n- vars:\n    q: |\n      two\n      lines\n\n# the end\n",
      (line) =>
        `# ours\n- vars: { q: x } # one\n- vars:\n    q: |\n      two\n      lines\n- ${line}\n\n# the end\n`,
    ],
    [
      "an indented list of a whole configuration",
      "a.yml",
      "prompts: ['{{messages}}']\ntests:\n  - vars: { q: x }\n  # another\n  - vars: { q: 'y' } # it\nproviders: [echo]\n",
      (line) =>
        `prompts: ['{{messages}}']\ntests:\n  - vars: { q: x }\n  # another\n  - vars: { q: 'y' } # it\n  - ${line}\nproviders: [echo]\n`,
    ],
    [
      "a list without a last line end",
      "a.yaml",
      "- vars: { q: x }",
      (line) => `- vars: { q: x }\n- ${line}\n`,
    ],
    [
      "a list of Windows",
      "a.yaml",
      "- vars: { q: x }\r\n- vars: { q: y }\r\n",
      (line) => `- vars: { q: x }\r\n- vars: { q: y }\r\n- ${line}\r\n`,
    ],
  ])("keeps every other byte of %s", async (_, name, before, after) => {
    const to = set(name, before);
    const { code, stderr } = await add("chatcmpl-2", to, ...why);
    expect([code, stderr]).toEqual([0, ""]);
    const line = /\{ ?"description".*"request_sha256".*\}/.exec(textOf(to))?.[0] ?? "";
    expect(textOf(to)).toBe(after(line));
    expect(parse(line).metadata.lockstep.case).toMatch(/^incident-[0-9a-f]{12}$/);
  });

  it("refuses the same request, and the same conversation of another", async () => {
    const to = set("a.yaml");
    expect((await add("chatcmpl-2", to, ...why)).code).toBe(0);
    const before = textOf(to);
    const again = await add("chatcmpl-2", to, ...why);
    expect([again.code, again.stderr]).toEqual([
      2,
      "lockstep: evals/a.yaml has this request already: its test 1.\n",
    ]);
    expect((await add("same", to, ...why)).stderr).toBe(
      "lockstep: evals/a.yaml has the same conversation already: its test 1. Add what is asserted there.\n",
    );
    expect(textOf(to)).toBe(before);
    expect((await add("chatcmpl-1", to, ...why)).code).toBe(0);
  });

  it("writes nothing without a yes", async () => {
    const to = set("a.jsonl");
    const { code, stderr, stdout } = await add("chatcmpl-2", to, ...why.slice(0, 4));
    expect([code, existsSync(join(dir, to))]).toEqual([2, false]);
    expect(stderr).toContain("without a terminal to ask on, the command needs --yes.");
    expect(stdout).toContain("Where is my order?");
    const dry = await add("chatcmpl-2", to, ...why.slice(0, 4), "--dry-run");
    expect([dry.code, existsSync(join(dir, to))]).toEqual([0, false]);
  });

  it("chooses among requests with one id by their route, whose schema then is asserted", async () => {
    const to = set("a.jsonl");
    const both = await add("twice", to, ...why);
    expect([both.code, both.stderr]).toEqual([
      2,
      'lockstep: The log has 2 requests "twice": support-chat at 2026-11-20T10:00:00.000Z, ticket-triage at 2026-11-20T10:00:05.000Z. Choose one with --route, or with --from and --until.\n',
    ]);
    expect((await add("twice", to, "--route", "ticket-triage", ...why)).code).toBe(0);
    expect(JSON.parse(textOf(to)).assert).toEqual([
      { type: "is-json" },
      { type: "not-regex", value: "\\b4111\\b" },
    ]);
  });

  it("says where the logged answer would have passed", async () => {
    const args = ["--reason", "It is wrong.", "--yes", "--expected", "Your card"];
    const { code, stderr } = await add("chatcmpl-2", set("a.jsonl"), ...args);
    expect([code, stderr]).toEqual([
      0,
      "lockstep: the logged answer satisfies all of these assertions itself: the case would not have shown the incident.\n",
    ]);
    const rubric = await add(
      "chatcmpl-1",
      set("a.jsonl"),
      "--reason",
      "It is wrong.",
      "--yes",
      "--rubric",
      "Says when.",
    );
    expect([rubric.code, rubric.stderr]).toEqual([0, ""]);
  });

  it.each<[string, string, string[], string]>([
    [
      "an id that is not there",
      "nobody",
      why,
      'The log has no chat completion "nobody" in that time, among 11.',
    ],
    ["a log without messages", "silent", why, "The log has no messages of this request"],
    ["an image", "image", why, "The request has parts that are no text"],
    [
      "a route that is gone",
      "gone",
      why,
      'The request was answered by "old-route", which is no route of production',
    ],
    ["nothing but the prompt", "bare", why, "The request has no message but the route's prompt."],
    [
      "nothing that is asserted",
      "chatcmpl-2",
      ["--reason", "It is wrong.", "--yes"],
      "Nothing is asserted of a right answer",
    ],
    ["a template", "chatcmpl-2", [...why, "--rubric", "{{ x }}"], '--rubric has "{{", "{%" or "{#" in it'],
    [
      "a file",
      "chatcmpl-2",
      [...why, "--expected", "file:///etc/passwd"],
      '--expected has "{{", "{%" or "{#" in it, or names a file: promptfoo would read that.',
    ],
    ["no pattern", "chatcmpl-2", [...why, "--must", "("], '--must "(" is no regular expression.'],
    [
      "a kind that is none",
      "chatcmpl-2",
      [...why, "--kind", "odd"],
      '--kind "odd": it has to be one of adversarial, ',
    ],
    [
      "a private reason",
      "chatcmpl-2",
      [...why.slice(2), "--reason", "It told ada.example@mail.example"],
      "--reason has something in it that is redacted",
    ],
    [
      "a reason of two lines",
      "chatcmpl-2",
      [...why.slice(2), "--reason", "a\nb c"],
      "--reason has to be one line",
    ],
  ])("refuses %s", async (_, id, args, message) => {
    const to = set("a.jsonl");
    const { code, stdout, stderr } = await add(id, to, ...args);
    expect(stderr).toContain(`lockstep: ${message}`);
    expect([code, stdout, existsSync(join(dir, to))]).toEqual([2, "", false]);
  });

  it.each<[string, string | undefined, string]>([
    ["a.csv", "q\n", "evals/a.csv: an eval set ends in .jsonl, .yaml or .yml."],
    ["a.jsonl", '{"vars": {}}\n[1]\n', "evals/a.jsonl:2 is no JSON object: one test a line."],
    ["a.yaml", "- [\n", "evals/a.yaml:"],
    ["a.yaml", "[{ vars: { q: x } }]\n", 'tests have to be a list with a "-" before each'],
    ["a.yaml", "prompts: []\n", 'tests have to be a list with a "-" before each'],
    ["../../outside.jsonl", undefined, "--to has to be a file in the project."],
  ])("refuses to add to %s", async (name, before, message) => {
    const to = name.startsWith("..") ? name : set(name, before);
    const { code, stderr } = await add("chatcmpl-2", to, ...why);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    if (before !== undefined) expect(textOf(to)).toBe(before);
  });
});
