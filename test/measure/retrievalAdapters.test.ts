import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Corpus } from "../../measure/retrieval/corpus";
import { HttpSearch } from "../../measure/retrieval/http";
import { OpenSearch } from "../../measure/retrieval/opensearch";
import { PgvectorSearch } from "../../measure/retrieval/pgvector";
import type { Search } from "../../measure/retrieval/search";
import { addressOf } from "../../measure/retrieval/service";

interface Asked {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}
const asked: Asked[] = [];
let answer: (response: ServerResponse, count: number) => void;
let url: URL;
const server: Server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const { method, url: path, headers } = request;
    asked.push({ method, path, headers, body: Buffer.concat(parts).toString("utf8") });
    answer(response, asked.length);
  });
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`);
});
const opened: Search[] = [];
afterEach(async () => {
  asked.length = 0;
  for (const one of opened.splice(0)) await one.close();
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

const open = <T extends Search>(one: T): T => {
  opened.push(one);
  return one;
};
const json = (body: unknown, status = 200) => {
  answer = (response) => void response.writeHead(status).end(JSON.stringify(body));
};
/** What was asked for last, but for headers that say nothing. */
const last = () => {
  const { method, path, headers, body } = asked.at(-1) as Asked;
  const { authorization, "content-type": type, "content-length": length } = headers;
  return { method, path, authorization, type, length, body };
};
const query = { text: "Where?", vector: [0.5, -1] };

describe("an address", () => {
  it.each(["http://search:9200", "https://search.example.com/base"])("%s", (text) => {
    expect(addressOf(text).href.replace(/\/$/, "")).toBe(text);
  });

  it.each([
    ["search:9200", "It is no http or https URL."],
    ["ftp://search", "It is no http or https URL."],
    ["https://", "It is no http or https URL."],
    ["https://user@search", "It has a user, a password, a query or a fragment"],
    ["https://:hidden@search", "It has a user, a password, a query or a fragment"],
    ["https://search/?key=hidden", "It has a user, a password, a query or a fragment"],
    ["https://search/#hidden", "It has a user, a password, a query or a fragment"],
  ])("refused: %s", (text, why) => {
    expect(() => addressOf(text)).toThrow(why);
    expect(() => addressOf(text)).not.toThrow(/hidden/);
  });
});

describe("a plain endpoint", () => {
  it("is sent the query, its vector and how many", async () => {
    json({ results: [{ id: "b", score: 1 }, { id: "a" }, { id: "c" }], took: 3 });
    const search = open(new HttpSearch(url, 2, { key: "k-1" }));
    expect(await search.search(query)).toEqual(["b", "a"]);
    expect(last()).toEqual({
      method: "POST",
      path: "/base/",
      authorization: "Bearer k-1",
      type: "application/json",
      length: "42",
      body: '{"query":"Where?","vector":[0.5,-1],"k":2}',
    });
  });

  it("is sent the text alone, without a credential", async () => {
    json({ results: [] });
    const search = open(new HttpSearch(url, 2));
    expect(await search.search({ text: "Wo?" })).toEqual([]);
    expect(last()).toMatchObject({ authorization: undefined, body: '{"query":"Wo?","k":2}' });
  });

  it("tells its newest time, in any zone", async () => {
    json({ newest: "2026-11-20T12:00:00.5+02:00" });
    const search = open(new HttpSearch(url, 2));
    expect(await search.newest()).toEqual(new Date("2026-11-20T10:00:00.500Z"));
    expect(last()).toMatchObject({ method: "GET", path: "/base/", body: "" });
  });

  it.each<[unknown, "search" | "newest", string]>([
    [{ hits: [] }, "search", 'Its answer is not {"results": [{"id": …}]}.'],
    [{ results: [{ id: 1 }] }, "search", 'Its answer is not {"results": [{"id": …}]}.'],
    [{ newest: "2026-11-20" }, "newest", 'Its answer is not {"newest": <a time with its zone>}.'],
    [{ newest: "2026-11-20T10:00:00" }, "newest", 'Its answer is not {"newest": <a time with its zone>}.'],
  ])("refused: %j", async (body, method, why) => {
    json(body);
    const search = open(new HttpSearch(url, 2));
    await expect(method === "search" ? search.search(query) : search.newest()).rejects.toThrow(why);
  });
});

describe("a corpus", () => {
  const after = new Date("2026-11-20T10:00:00Z");
  const times = async (body: unknown) => {
    json(body);
    const corpus = new Corpus(url, { key: "k-2" });
    try {
      return await corpus.times(after);
    } finally {
      await corpus.close();
    }
  };
  const newest = "2026-11-20T14:00:00+02:00";

  it("is asked what is newer than the index, and may tell it", async () => {
    expect(await times({ newest })).toEqual({ newest: new Date("2026-11-20T12:00:00Z") });
    expect(last()).toMatchObject({
      method: "GET",
      path: "/base/?after=2026-11-20T10:00:00.000Z",
      authorization: "Bearer k-2",
      body: "",
    });
    for (const oldestAfter of ["2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z"])
      expect(await times({ newest, oldestAfter })).toEqual({
        newest: new Date("2026-11-20T12:00:00Z"),
        oldestAfter: new Date(oldestAfter),
      });
  });

  it.each([
    [{ newest: 5 }, 'Its answer is not {"newest":'],
    [{ newest, oldestAfter: "2026-11-20" }, 'Its answer is not {"newest":'],
    [{ newest, oldestAfter: "2026-11-20T09:59:59Z" }, "Its oldestAfter is not between"],
    [{ newest, oldestAfter: "2026-11-20T12:00:01Z" }, "Its oldestAfter is not between"],
  ])("refused: %j", async (body, why) => {
    await expect(times(body)).rejects.toThrow(why);
  });
});

describe("OpenSearch", () => {
  const fields = { vector: "embedding", time: "updated_at" };
  const whole = { timed_out: false, _shards: { total: 2, failed: 0 } };

  it("is sent a k-NN query", async () => {
    json({ ...whole, hits: { hits: [{ _id: "b" }, { _id: "a" }] } });
    const search = open(new OpenSearch(url, "chunks-2026", fields, 8, { user: "reader", password: "p:w" }));
    expect(await search.search(query)).toEqual(["b", "a"]);
    const body = '{"size":8,"_source":false,"query":{"knn":{"embedding":{"vector":[0.5,-1],"k":8}}}}';
    expect(last()).toEqual({
      method: "POST",
      path: "/base/chunks-2026/_search",
      // "reader:p:w"
      authorization: "Basic cmVhZGVyOnA6dw==",
      type: "application/json",
      length: String(body.length),
      body,
    });
  });

  it("tells documents by a field, where that is named", async () => {
    json({ ...whole, hits: { hits: [{ _id: "1", _source: { doc: "b" } }] } });
    const search = open(new OpenSearch(url, "a/b", { ...fields, id: "doc" }, 1));
    expect(await search.search(query)).toEqual(["b"]);
    expect(last().path).toBe("/base/a%2Fb/_search");
    expect(last().body).toContain('"_source":["doc"]');
    json({ ...whole, hits: { hits: [{ _id: "1", _source: {} }] } });
    await expect(search.search(query)).rejects.toThrow("A document has no id in the field that is named.");
  });

  it("tells its newest time", async () => {
    json({ ...whole, aggregations: { newest: { value: 1_763_632_800_000, value_as_string: "…" } } });
    const search = open(new OpenSearch(url, "chunks", fields, 8));
    expect(await search.newest()).toEqual(new Date("2025-11-20T10:00:00Z"));
    expect(last().body).toBe('{"size":0,"aggs":{"newest":{"max":{"field":"updated_at"}}}}');
    json({ ...whole, aggregations: { newest: { value: null } } });
    await expect(search.newest()).rejects.toThrow("No document has a time in the field that is named.");
  });

  it.each<[object, string]>([
    [{ timed_out: true, _shards: { failed: 0 }, hits: { hits: [] } }, "Not all of its shards answered."],
    [{ timed_out: false, _shards: { failed: 1 }, hits: { hits: [] } }, "Not all of its shards answered."],
    [{ hits: { hits: [] } }, "Its answer is none of OpenSearch."],
    [whole, "Its answer has no hits."],
  ])("refused: %j", async (body, why) => {
    json(body);
    await expect(open(new OpenSearch(url, "chunks", fields, 8)).search(query)).rejects.toThrow(why);
  });
});

describe("a service", () => {
  const search = (timeoutMs?: number) => open(new HttpSearch(url, 2, { key: "k-1" }, timeoutMs));

  it("that fails is told by its status, and not by what it answers", async () => {
    json({ error: "hidden" }, 503);
    await expect(search().search(query)).rejects.toThrow(/^It answered with the status 503\.$/);
    answer = (response) => void response.writeHead(302, { location: "/elsewhere" }).end();
    await expect(search().search(query)).rejects.toThrow(/^It answered with the status 302\.$/);
    answer = (response) => void response.end("hidden");
    await expect(search().search(query)).rejects.toThrow(/^Its answer is no JSON\.$/);
  });

  it("that does not answer is waited for no longer than told", async () => {
    answer = () => undefined;
    await expect(search(50).search(query)).rejects.toThrow(/^It did not answer in 0\.05 seconds\.$/);
  });

  it("that stops in the middle of an answer has failed", async () => {
    answer = (response) => {
      response.writeHead(200, { "content-length": "100" }).write("{");
      setTimeout(() => response.destroy(), 10);
    };
    await expect(search().search(query)).rejects.toThrow(/^It did not answer: ECONNRESET\.$/);
  });

  it("that says too much is cut off", async () => {
    answer = (response) => void response.end(" ".repeat(16 * 1024 * 1024 + 1));
    await expect(search().search(query)).rejects.toThrow(/^It answered with more than 16 MiB\.$/);
  });

  it("is asked again where it closed a connection that was kept, and only then", async () => {
    const one = search();
    json({ results: [] });
    await one.search(query);
    answer = (response, count) => {
      if (count === 2) response.socket?.resetAndDestroy();
      else response.end('{"results": []}');
    };
    expect(await one.search(query)).toEqual([]);
    expect(asked).toHaveLength(3);
    answer = (response) => void response.socket?.resetAndDestroy();
    await expect(search().search(query)).rejects.toThrow("It did not answer: ECONNRESET.");
    expect(asked).toHaveLength(4);
  });

  it("that is closed ends what is in flight", async () => {
    const one = search();
    const ended = expect(one.search(query)).rejects.toThrow(/^It did not answer/);
    answer = () => void one.close();
    await ended;
  });
});

describe("pgvector", () => {
  const columns = { id: "doc id", vector: "embedding", time: "updated_at", distance: "cosine" } as const;
  const table = (rows: Record<string, unknown>[] | Error, distance: "cosine" | "l2" | "inner" = "cosine") => {
    const queries: unknown[] = [];
    const sql = {
      query: async (text: string, values: unknown[]) => {
        queries.push([text, values]);
        if (rows instanceof Error) throw rows;
        return { rows };
      },
      end: async () => void queries.push("end"),
    };
    return { queries, search: new PgvectorSearch(sql, 'docs.ch"unks', { ...columns, distance }, 8) };
  };

  it("is asked for the nearest", async () => {
    const { queries, search } = table([{ id: "b" }, { id: "a" }]);
    expect(await search.search(query)).toEqual(["b", "a"]);
    expect(queries).toEqual([
      [
        'SELECT "doc id"::text AS id FROM "docs"."ch""unks" ORDER BY "embedding" <=> $1::vector LIMIT $2',
        ["[0.5,-1]", 8],
      ],
    ]);
  });

  it.each([
    ["l2", "<->"],
    ["inner", "<#>"],
  ] as const)("by the distance %s", async (distance, operator) => {
    const { queries, search } = table([], distance);
    await search.search(query);
    expect(JSON.stringify(queries)).toContain(` ${operator} $1::vector`);
  });

  it("tells its newest time, and is ended once", async () => {
    const newest = new Date("2026-11-20T10:00:00Z");
    const { queries, search } = table([{ newest }]);
    expect(await search.newest()).toBe(newest);
    await search.close();
    await search.close();
    expect(queries).toEqual([['SELECT max("updated_at") AS newest FROM "docs"."ch""unks"', []], "end"]);
    await expect(table([{ newest: null }]).search.newest()).rejects.toThrow(
      "No document has a time in the column that is named: a timestamptz.",
    );
  });

  it("that fails is told by its code alone", async () => {
    const failed = (code?: unknown) =>
      table(Object.assign(new Error("hidden"), { code })).search.search(query);
    await expect(failed("57014")).rejects.toThrow(/^It did not answer: 57014\.$/);
    await expect(failed()).rejects.toThrow(/^It did not answer: unknown\.$/);
    await expect(table([{ id: null }]).search.search(query)).rejects.toThrow("A document has no id");
  });
});
