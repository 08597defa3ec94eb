import { gzipSync } from "node:zlib";
import { TrinoSQL } from "dt-sql-parser";
import { afterEach, describe, expect, it } from "vitest";
import { storage } from "../../components/requestTable";
import { athenaSql } from "../../measure/traffic/athena";
import { countLog } from "../../measure/traffic/readLog";
import { columns, countedColumns, type Question } from "../../measure/traffic/sql";
import { calling, folderOf, from, range, record, user } from "./trafficRecords";

const anyBehaviour: Question = { range, behaviourHash: undefined };
const oneBehaviour: Question = { range, behaviourHash: "ab".repeat(32) };
const trino = new TrinoSQL();

describe("the SQL for Athena", () => {
  it.each([
    ["production's", anyBehaviour],
    ["staging's", oneBehaviour],
  ])("%s is Trino's by its grammar", (_, question) => {
    expect(trino.validate(athenaSql(question))).toEqual([]);
  });

  it.each([
    ["a keyword", "GROUP BY", "GROUPED BY"],
    ["a bracket", "count(*)", "count(*"],
    ["DuckDB's own words", "count(*)", "count(*) FILTER WHERE true"],
    ["DuckDB's struct literals", "count(*)", "{'a': 1}"],
  ])("with %s wrong is refused", (_, right, wrong) => {
    const sql = athenaSql(oneBehaviour);
    expect(sql).toContain(right);
    expect(trino.validate(sql.replace(right, wrong))).not.toEqual([]);
  });

  it("reads columns that the log's table has, with their types", () => {
    const table = new Map(storage("s3://log/").columns.map(({ name, type }) => [name, type]));
    for (const [name, type] of Object.entries(columns)) {
      const declared = table.get(name) ?? "";
      if (!type.startsWith("struct<")) expect([name, declared]).toEqual([name, type]);
      // The table's structs have more fields than are read.
      else for (const field of type.match(/\w+:\w+/g) ?? []) expect(declared).toContain(field);
    }
  });

  it("reads no column but those", () => {
    const known = new Set([...Object.keys(columns), ...countedColumns]);
    const own =
      /^(day|said|first_at|last_at|dimension|bin|requests|query|stated|heard|described|grouped|state)$/;
    const words = athenaSql(oneBehaviour)
      .replace(/'(?:[^']|'')*'/g, "")
      .match(/\b[a-z_]+\b(?!\()/g);
    const functions =
      /^(day_of_range|varchar|bigint|user_api_key_team_alias|usage_object|prompt_tokens_details|cached_tokens|behaviour_hash|e)$/;
    expect(
      [...new Set(words)].filter((one) => !known.has(one) && !own.test(one) && !functions.test(one)),
    ).toEqual([]);
  });

  it("is another query for another time and another behaviour", () => {
    const ids = [
      anyBehaviour,
      oneBehaviour,
      { ...anyBehaviour, range: { ...range, until: range.until + 1 } },
    ].map((question) => /'([0-9a-f]{64})' AS query/.exec(athenaSql(question))?.[1]);
    expect(new Set(ids).size).toBe(3);
    expect(athenaSql(anyBehaviour)).toContain("WHERE day BETWEEN '2026-11-13' AND '2026-11-22'");
  });
});

describe("the same SQL in DuckDB", () => {
  const made: { remove(): void }[] = [];
  afterEach(() => {
    for (const one of made.splice(0)) one.remove();
  });
  async function count(files: Parameters<typeof folderOf>[0], question = anyBehaviour) {
    const log = folderOf(files);
    const temporary = folderOf({});
    made.push(log, temporary);
    const counts = await countLog(log.folder, question, { temporary: temporary.folder });
    return { counts, bins: (column: string) => Object.fromEntries([...counts.of(column)].sort()) };
  }

  it("counts every dimension", async () => {
    const { counts, bins } = await count({
      "requests.jsonl": [
        record(0),
        record(1, { prompt_tokens: 999, completion_tokens: 1_234, model_group: "ticket-triage" }),
        record(2, { prompt_tokens: 12_345, response: calling("create-ticket"), startTime: from + 86_400 }),
        record(3, {
          prompt_tokens: 12_399,
          model_parameters: { tools: [{ type: "function", function: { name: "create-ticket" } }] },
          metadata: { usage_object: { prompt_tokens_details: { cached_tokens: 64 } } },
        }),
        record(4, { cache_hit: true, metadata: null, prompt_tokens: null, model: null, model_group: null }),
      ],
    });
    expect(bins("state")).toEqual({ counted: 5 });
    expect(bins("day_of_range")).toEqual({ 0: 4, 1: 1 });
    expect(bins("input_tokens")).toEqual({ 120: 1, 999: 1, 12300: 2 });
    expect(bins("output_tokens")).toEqual({ 30: 4, 1230: 1 });
    expect(bins("route")).toEqual({ "": 1, "support-chat": 3, "ticket-triage": 1 });
    expect(bins("model_name")).toEqual({ "": 1, "openai/gpt-5.4-2026-03-05": 4 });
    expect(bins("team")).toEqual({ "": 2, support: 3 });
    expect(bins("tool_use")).toEqual({
      "a call of create-ticket": 1,
      "no tools": 3,
      "tools, none called": 1,
    });
    expect(bins("hour")).toEqual({ 0: 1, 9: 4 });
    expect(bins("cache")).toEqual({
      "a hit of the prompt cache": 1,
      "a hit of the semantic cache": 1,
      "no hit of a cache": 3,
    });
    expect([counts.first, counts.last]).toEqual([from + 9 * 3_600, from + 86_400]);
  });

  it.each<[string, unknown, string]>([
    ["English", "Where is my parcel, and what does it cost?", "English"],
    ["German", "Wo ist mein Paket?", "German"],
    ["French", "Où est mon colis, vous le savez?", "French"],
    ["Spanish", "Dónde están los paquetes, y qué pasa?", "Spanish"],
    ["Portuguese", "Onde está minha encomenda, você sabe?", "Portuguese"],
    ["Italian", "Il mio pacco non è arrivato", "Italian"],
    ["Dutch", "Waar is mijn pakket, ik heb het niet", "Dutch"],
    ["Russian", "Где моя посылка?", "a language in Cyrillic script"],
    ["Japanese", "荷物はどこですか", "Japanese"],
    ["Chinese", "我的包裹在哪里", "Chinese"],
    ["Korean", "소포가 어디에 있나요", "Korean"],
    ["Arabic", "أين طردي", "a language in Arabic script"],
    ["a Greek letter in English", "What are the values of α, please?", "English"],
    ["one word", "ok", "Latin script"],
    ["digits", "12345", "no letters"],
    ["nothing", "", "no text"],
    ["a list of parts", [{ type: "text", text: "Where is my parcel?" }], "English"],
    ["words inside of words", "mythology thesis", "Latin script"],
  ])("tells the language of %s", async (_, content, language) => {
    const { bins } = await count({ "one.json": [record(0, { messages: user(content) })] });
    expect(bins("language")).toEqual({ [language]: 1 });
  });

  it("counts what is none of the requests by what it is", async () => {
    const { counts, bins } = await count(
      {
        "requests/2026-11-14/one.json": [record(0)],
        "requests/2026-11-14/two.json": [record(1, { call_type: "aembedding" })],
        "three.jsonl": [
          record(2, { status: "failure" }),
          record(3, { startTime: from - 1 }),
          record(4, { startTime: range.until }),
          record(5, { lockstep: { behaviour_hash: "cd".repeat(32) } }),
          record(6, { user_agent: "lockstep-canary" }),
          record(7, { call_type: undefined }),
        ],
        // Not opened: a day outside of the time.
        "requests/2026-10-01/four.json": [record(8)],
        "five.txt": [record(9)],
      },
      oneBehaviour,
    );
    expect(bins("state")).toEqual({
      counted: 1,
      failed: 1,
      "no chat completion": 1,
      "of another behaviour": 1,
      "of another time": 2,
      "of lockstep itself": 1,
      unreadable: 1,
    });
    expect(counts.unreadShare).toBe(0.5);
  });

  it("counts each line that cannot be read, and each file that cannot be", async () => {
    const good = JSON.stringify(record(0));
    const { counts } = await count({
      "lines.jsonl": `${good}\n{"id": "1", "call_ty\n[1]\n${JSON.stringify(record(2, { startTime: "noon" }))}\n`,
      "whole.jsonl.gz": gzipSync(`${good}\n${good}\n`),
      "no.jsonl.gz": "this is no gzip",
      "long.jsonl": `${good}\n{"id": "${"x".repeat(17 * 1024 * 1024)}"}\n${good}\n`,
      "empty.jsonl": "",
    });
    expect([counts.requests, counts.state("unreadable"), counts.brokenFiles.length]).toEqual([5, 5, 1]);
  });

  it("reads a file with one document however it is laid out", async () => {
    const { counts } = await count({
      "requests/2026-11-15/pretty.json": JSON.stringify(record(0), null, 2).replaceAll("\n", "\r\n"),
      "requests/2026-11-15/line.json": `${JSON.stringify(record(1))}\n`,
      "requests/2026-11-15/empty.json": " \n",
      "requests/2026-11-15/two.json": `${JSON.stringify(record(2))}\n${JSON.stringify(record(3))}`,
      "requests/2026-11-15/long.json": JSON.stringify(record(4, { text: "x".repeat(16 * 1024 * 1024) })),
      "requests/2026-11-15/cut.json": JSON.stringify(record(5)).slice(0, 100),
    });
    expect([counts.requests, counts.state("unreadable"), counts.brokenFiles.length]).toEqual([2, 4, 2]);
  });

  it("takes names of files as they are", async () => {
    const { counts } = await count({
      "it's [1]/a*b?.jsonl": [record(0)],
      "it's [1]/ab.jsonl": [record(1), record(2)],
      "x{y}/é 1.json": [record(3)],
    });
    expect([counts.requests, counts.brokenFiles]).toEqual([4, []]);
  });

  it("finds nothing in an empty folder, and says which folder is not there", async () => {
    expect((await count({})).counts.requests).toBe(0);
    await expect(countLog("/nowhere", anyBehaviour, { temporary: "/tmp" })).rejects.toThrow(
      "There is no folder /nowhere.",
    );
  });
});
