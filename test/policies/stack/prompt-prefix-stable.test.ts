import { describe, expect, it } from "vitest";
import { changesByRequest, placeholders } from "../../../policies/placeholders";
import { promptPrefixStable } from "../../../policies/stack/prompt-prefix-stable";
import { type Edit, override } from "../../shipped";
import { growth } from "../../timing";
import { judged } from "./judged";

const file = "prompts/ticket-triage.md";
/** 160 characters and a line end: about 41 tokens, more than may follow a placeholder. */
const rules = `${"Sort each ticket into a queue. ".repeat(5)}Done.\n`;
const prompt =
  (text: string): Edit =>
  (entries) => ({ ...entries, [file]: text });
const of = (text: string, settings = {}) => judged(promptPrefixStable, [prompt(text)], { settings });

describe("prompt-prefix-stable", () => {
  it("passes the shipped prompts, which have no placeholders", () => {
    expect(judged(promptPrefixStable)).toEqual([]);
  });

  it("refuses a date ahead of the static text, and says what it costs", () => {
    expect(of(`You sort tickets.\nToday is {{date}}.\n${rules}`)).toEqual([
      {
        rule: "prompt-prefix-stable",
        status: "violation",
        object: "behaviour.prompts.ticket-triage.file",
        path: "behaviour.prompts.ticket-triage.file",
        found:
          '"{{date}}" at prompts/ticket-triage.md:2:10: about 7 of 50 tokens stay cacheable and 41 of static text behind it do not (estimated at 4 characters a token)',
        allowed: "what changes by request only where at most 32 tokens of static text follow",
        remedy: `Move "{{date}}" to the end of prompts/ticket-triage.md, or into the user's message.`,
        at: { file, line: 2, column: 10 },
      },
    ]);
  });

  it("accepts it behind the static text", () => {
    expect(of(`You sort tickets.\n${rules}Today is {{date}}.\n`)).toEqual([]);
  });

  it("cannot decide a name that says nothing, until the settings say that it is constant", () => {
    const text = `You work for {{ company }}.\n${rules}`;
    expect(of(text)).toEqual([
      {
        rule: "prompt-prefix-stable",
        status: "cannot-decide",
        object: "behaviour.prompts.ticket-triage.file",
        path: "behaviour.prompts.ticket-triage.file",
        found:
          '"{{ company }}" at prompts/ticket-triage.md:1:14, whose name does not say whether its value changes by request: if so, about 4 of 48 tokens stay cacheable and 41 of static text behind it do not (estimated at 4 characters a token)',
        allowed: "what changes by request only where at most 32 tokens of static text follow",
        remedy: `Move "{{ company }}" to the end of prompts/ticket-triage.md, or into the user's message; or name "company" in the rule's setting constantPlaceholders.`,
        at: { file, line: 1, column: 14 },
      },
    ]);
    expect(of(text, { constantPlaceholders: ["company"] })).toEqual([]);
    expect(of(text, { constantPlaceholders: ["Company"] })).toHaveLength(1);
  });

  it("takes the setting's word for a name that sounds as if it changed", () => {
    const text = `You are {{assistant_name}}.\n${rules}`;
    expect(of(text).map(({ status }) => status)).toEqual(["violation"]);
    expect(of(text, { constantPlaceholders: ["assistant_name"] })).toEqual([]);
  });

  it("tells the first that changes and the first that may", () => {
    const text = `{{company}} {{product}} {{user}} {{date}}\n${rules}`;
    expect(of(text).map(({ status, at }) => [status, at?.column])).toEqual([
      ["violation", 25],
      ["cannot-decide", 1],
    ]);
  });

  it("allows as much static text behind it as the setting says, and not a token more", () => {
    const followed = (characters: number) => of(`{{question}}\n${"x".repeat(characters)}\n`);
    expect(followed(128)).toEqual([]);
    expect(followed(129)).toHaveLength(1);
    const none = { maximumStaticTokensAfter: 0 };
    expect(of("{{question}}\n", none)).toEqual([]);
    expect(of("{{question}}\n.", none)).toHaveLength(1);
  });

  it("shows sixty characters of a placeholder, and cuts a longer one", () => {
    const shown = (length: number) => of(`{{ user ${"|".padEnd(length - 11, "a")} }}\n${rules}`)[0]?.found;
    expect(shown(60)).toContain(`"{{ user |${"a".repeat(48)} }}" at`);
    expect(shown(61)).toContain(`"{{ user |${"a".repeat(49)} …" at`);
  });

  it("names all the names in doubt, and takes one that changes for the whole placeholder", () => {
    expect(of(`{{ company || brand }}\n${rules}`).map(({ status, remedy }) => [status, remedy])).toEqual([
      [
        "cannot-decide",
        `Move "{{ company || brand }}" to the end of ${file}, or into the user's message; or name "company", "brand" in the rule's setting constantPlaceholders.`,
      ],
    ]);
    expect(of(`{{ company || user }}\n${rules}`).map(({ status }) => status)).toEqual(["violation"]);
  });

  it("counts no placeholder before it, and layout as one space", () => {
    const followed = (text: string) =>
      of(`{{company}}{{user}}${text}`, { constantPlaceholders: ["company"] });
    expect(followed(`${"x".repeat(64)}${" \n\t".repeat(10)}${"x".repeat(63)}`)).toEqual([]);
    expect(followed(`${"x".repeat(64)}${" \n\t".repeat(10)}${"x".repeat(64)}`)).toHaveLength(1);
    expect(followed(`${"x".repeat(64)}{{company}}${"x".repeat(64)}`)).toHaveLength(1);
  });

  it("does not count placeholders and layout as static text", () => {
    expect(of(`{{question}}\n${"{{passages}}\n\n   ".repeat(40)}`)).toEqual([]);
  });

  it("reports a prompt that both environments share once, and one of a single environment as its own", () => {
    const edits = [
      override("staging", "behaviour", `file: ${file}`, "file: prompts/other.md"),
      (entries: Record<string, string>) => ({ ...entries, "prompts/other.md": `{{now}}\n${rules}` }),
    ];
    expect(judged(promptPrefixStable, edits).map(({ object, at }) => [object, at])).toEqual([
      ["staging's behaviour.prompts.ticket-triage.file", { file: "prompts/other.md", line: 1, column: 1 }],
    ]);
  });
});

describe("a placeholder", () => {
  it.each([
    ["{{name}}", ["name"]],
    ["{{{ user.name }}}", ["user.name"]],
    ["{{ user.name | upper }}", ["user.name"]],
    ["{{ company || user }}", ["company", "user"]],
    ["{{#each passages}}", ["passages"]],
    ["{name}", ["name"]],
    ["{price:.2f}", ["price"]],
    ["{user.name!r}", ["user.name"]],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a prompt.
    ["${name}", ["name"]],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a prompt.
    ["${new Date().toISOString()}", ["Date", "toISOString"]],
    ["<%= name %>", ["name"]],
    ["{% for passage in passages %}", ["passage", "passages"]],
    ['{%- if user.plan == "gold" -%}', ["user.plan"]],
    ["```\n{{name}}", ["name"]],
  ])("is found in %s", (text, names) => {
    expect(placeholders(`Hello ${text}!`.replace("Hello ```", "```")).map((one) => one.names)).toEqual([
      names,
    ]);
  });

  it.each([
    ["JSON", '{"queue": "billing", "summary": {"a": 1}}'],
    ["JSON in doubled braces", '{{"queue": "billing"}}'],
    ["an empty pair of braces", "{} {{}} {{ }}"],
    ["a set", "{billing, delivery}"],
    ["a closed fenced block", "```json\n{{name}}\n```\n"],
    ["a fenced block of tildes", "~~~\n{{name}}\n~~~\n"],
    ["a comment", "{# date #} {{! date }} <%# date %>"],
    ["the end of a block", "{% endfor %} {{/each}} {% else %} {{else}}"],
    ["a tag that puts nothing in", "{% set today = now() %}"],
    ["an escaped brace", "\\{name}"],
    ["a word in percent signs", "100 % name %"],
  ])("is not %s", (_, text) => {
    expect(placeholders(text)).toEqual([]);
  });

  it("is found behind a fenced block that is closed", () => {
    expect(placeholders("```\n{{name}}\n```\n{{date}}").map(({ start }) => start)).toEqual([17]);
  });

  it("is found between two fenced blocks, and in a block whose fence is shorter than its opening", () => {
    const block = "```\n{{name}}\n```\n";
    expect(placeholders(`${block}{{date}}\n${block}`).map(({ text }) => text)).toEqual(["{{date}}"]);
    expect(placeholders("````\n{{name}}\n```\n{{date}}").map(({ text }) => text)).toEqual([
      "{{name}}",
      "{{date}}",
    ]);
  });

  it.each(["date", "currentDate", "user.name", "document_ids", "NOW", "uuid4", "request-id", "userQuery"])(
    "%s says that its value changes by request",
    (name) => {
      expect(changesByRequest(name)).toBe(true);
    },
  );

  it.each(["company", "nowhere", "update", "idea", "format_instructions", "usage", "tools"])(
    "%s does not say that its value changes",
    (name) => {
      expect(changesByRequest(name)).toBe(false);
    },
  );

  it.each(["{%", "{{", "<%", "${", "{a.", "{#", "{{a|", "```\n"])(
    "is looked for in time in proportion to a text of %j over and over",
    (piece) => {
      expect(growth((size) => placeholders(piece.repeat(size)), 12_500)).toBeLessThan(10);
    },
  );
});
