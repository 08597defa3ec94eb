import { describe, expect, it } from "vitest";
import { type RetrievalOptions, searchesOf, settingsOf, withVariables } from "../../cli/retrievalSettings";
import { Corpus } from "../../measure/retrieval/corpus";
import { HttpSearch } from "../../measure/retrieval/http";
import { OpenSearch } from "../../measure/retrieval/opensearch";
import { PgvectorSearch } from "../../measure/retrieval/pgvector";

const options: RetrievalOptions = {
  cwd: ".",
  providers: "real",
  json: false,
  load: true,
  queries: "q.jsonl",
  adapter: "http",
  searchUrl: "https://search.example.com/chunks",
  concurrency: "4",
  corpusNewest: "2026-11-20T10:00:00Z",
};
const pgvector = { adapter: "pgvector", index: "chunks", searchUrl: undefined };
const opensearch = { adapter: "opensearch", index: "chunks" };

describe("settings", () => {
  it("of an endpoint", () => {
    expect(settingsOf(options, 8)).toEqual({
      queries: "q.jsonl",
      adapter: "http",
      searchUrl: new URL("https://search.example.com/chunks"),
      index: "",
      distance: "cosine",
      connections: 10,
      fields: { vector: "embedding", time: "updated_at" },
      vectors: true,
      k: 8,
      concurrency: 4,
      searches: undefined,
      corpus: new Date("2026-11-20T10:00:00Z"),
    });
  });

  it("of OpenSearch, with all that may be named", () => {
    const named = {
      ...opensearch,
      vectorField: "v",
      timeField: "t",
      idField: "doc",
      k: "1000",
      searches: "1000000",
      corpusUrl: "https://corpus.example.com",
    };
    const { corpusNewest: _newest, ...others } = options;
    expect(settingsOf({ ...others, ...named }, 8)).toMatchObject({
      adapter: "opensearch",
      index: "chunks",
      fields: { vector: "v", time: "t", id: "doc" },
      k: 1_000,
      searches: 1_000_000,
      corpus: new URL("https://corpus.example.com"),
    });
  });

  it.each<[Partial<Record<keyof RetrievalOptions, string | undefined>>]>([
    [{ embed: "gateway" }],
    [{ embed: "search" }],
    [{ concurrency: "1" }],
    [{ concurrency: "100" }],
    [{ corpusNewest: "2026-11-20T10:00:00.123456Z" }],
  ])("taken: %j", (changes) => {
    expect(settingsOf({ ...options, ...changes } as RetrievalOptions, 8).vectors).toBe(
      changes.embed !== "search",
    );
  });

  it.each<[Partial<Record<keyof RetrievalOptions, string | undefined>>, string]>([
    [{ queries: undefined }, "--queries is missing:"],
    [{ adapter: undefined }, "--adapter has to be http, opensearch or pgvector."],
    [{ adapter: "faiss" }, "--adapter has to be http, opensearch or pgvector."],
    [
      { ...pgvector, searchUrl: "postgres://a:b@c/d" },
      "Postgres is named by LOCKSTEP_SEARCH_DATABASE alone:",
    ],
    [{ ...pgvector, index: undefined }, "--index is missing: the name of the index, or of the table."],
    [{ ...pgvector, distance: "hamming" }, "--distance has to be one of cosine, l2, inner."],
    [{ ...pgvector, connections: "0" }, "--connections has to be a whole number from 1 to 1,000."],
    [{ ...pgvector, embed: "search" }, "--embed search goes with --adapter http:"],
    [{ searchUrl: undefined }, "--search-url is missing:"],
    [{ searchUrl: "https://a:hidden@b" }, "--search-url cannot be used. It has a user, a password"],
    [{ adapter: "opensearch" }, "--index is missing:"],
    [{ index: "chunks" }, "--index goes with --adapter opensearch or pgvector:"],
    [{ embed: "both" }, "--embed has to be gateway, or search"],
    [{ ...opensearch, embed: "search" }, "--embed search goes with --adapter http:"],
    [{ corpusNewest: undefined }, "Name production's corpus with --corpus-url or --corpus-newest,"],
    [{ corpusUrl: "https://corpus" }, "Name production's corpus with --corpus-url or --corpus-newest,"],
    [{ corpusNewest: undefined, corpusUrl: "corpus" }, "--corpus-url cannot be used. It is no http"],
    [{ corpusNewest: "2026-11-20" }, "--corpus-newest has to be a time in UTC:"],
    [{ corpusNewest: "2026-11-31T10:00:00+01:00" }, "--corpus-newest has to be a time in UTC:"],
    [{ concurrency: undefined }, "--concurrency is missing:"],
    [{ concurrency: "0" }, "--concurrency has to be a whole number from 1 to 100."],
    [{ concurrency: "101" }, "--concurrency has to be a whole number from 1 to 100."],
    [{ concurrency: "1.5" }, "--concurrency has to be a whole number from 1 to 100."],
    [{ k: "1001" }, "--k has to be a whole number from 1 to 1,000."],
    [{ searches: "1000001" }, "--searches has to be a whole number from 1 to 1,000,000."],
  ])("refused: %j", (changes, why) => {
    const made = () => settingsOf({ ...options, ...changes } as RetrievalOptions, 8);
    expect(made).toThrow(why);
    expect(made).not.toThrow(/hidden/);
  });
});

it("variables stand for options that are not given", () => {
  const env = {
    LOCKSTEP_RETRIEVAL_SEARCH_URL: "https://other",
    LOCKSTEP_RETRIEVAL_VECTOR_FIELD: "v",
    LOCKSTEP_RETRIEVAL_MAX_USD: "2",
    LOCKSTEP_RETRIEVAL_K: "",
    LOCKSTEP_RETRIEVAL_RELEASE: "initial",
  };
  expect(withVariables(options, env)).toEqual({ ...options, vectorField: "v", maxUsd: "2" });
});

describe("credentials", () => {
  const own = settingsOf(options, 8);
  const password = { LOCKSTEP_SEARCH_USER: "reader", LOCKSTEP_SEARCH_PASSWORD: "pass wörd" };

  it.each([
    [{}],
    [{ LOCKSTEP_SEARCH_KEY: "k" }],
    [password],
    [{ ...password, LOCKSTEP_SEARCH_KEY: "" }],
    [{ LOCKSTEP_CORPUS_KEY: "k" }],
  ])("taken: %j", (env) => {
    const { search, corpus } = searchesOf(own, env);
    expect(search).toBeInstanceOf(HttpSearch);
    expect(corpus).toBeUndefined();
  });

  it.each<[Record<string, string>, string]>([
    [{ ...password, LOCKSTEP_SEARCH_KEY: "k" }, "Set LOCKSTEP_SEARCH_KEY, or LOCKSTEP_SEARCH_USER"],
    [{ LOCKSTEP_SEARCH_USER: "reader" }, "LOCKSTEP_SEARCH_USER and LOCKSTEP_SEARCH_PASSWORD go together."],
    [{ LOCKSTEP_SEARCH_PASSWORD: "p" }, "LOCKSTEP_SEARCH_USER and LOCKSTEP_SEARCH_PASSWORD go together."],
    [{ LOCKSTEP_SEARCH_KEY: "a b" }, "LOCKSTEP_SEARCH_KEY has a character that no header can have."],
    [{ LOCKSTEP_SEARCH_KEY: "a\n" }, "LOCKSTEP_SEARCH_KEY has a character that no header can have."],
  ])("refused: %j", (env, why) => {
    expect(() => searchesOf(own, env)).toThrow(why);
  });

  it("Postgres is named by its own address, which is a credential", async () => {
    const { searchUrl: _url, ...others } = options;
    const settings = settingsOf({ ...others, adapter: "pgvector", index: "chunks", distance: "inner" }, 8);
    expect(settings).toMatchObject({ adapter: "pgvector", searchUrl: undefined, distance: "inner" });
    const { search } = searchesOf(settings, {
      LOCKSTEP_SEARCH_DATABASE: "postgres://a:hidden@127.0.0.1:1/b",
    });
    expect(search).toBeInstanceOf(PgvectorSearch);
    await search.close();
    for (const database of [undefined, "", "https://a", "postgres://[a"])
      expect(() => searchesOf(settings, { LOCKSTEP_SEARCH_DATABASE: database })).toThrow(
        "LOCKSTEP_SEARCH_DATABASE is not set, or no postgres:// address.",
      );
  });

  it("the corpus is asked with its own", () => {
    const { corpusNewest: _newest, ...others } = options;
    const both = settingsOf({ ...others, corpusUrl: "https://corpus.example.com" }, 8);
    const { corpus } = searchesOf(both, { LOCKSTEP_CORPUS_KEY: "k" });
    expect(corpus).toBeInstanceOf(Corpus);
    expect(searchesOf(settingsOf({ ...options, ...opensearch }, 8), {}).search).toBeInstanceOf(OpenSearch);
  });
});
