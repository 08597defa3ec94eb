import { readable } from "../config/numbers";
import { Corpus } from "../measure/retrieval/corpus";
import { HttpSearch } from "../measure/retrieval/http";
import { type Fields, OpenSearch } from "../measure/retrieval/opensearch";
import { type Search, SearchError } from "../measure/retrieval/search";
import { addressOf, type Credential } from "../measure/retrieval/service";
import { UsageError } from "./exit";
import type { Environment, MeasuringOptions } from "./measuring";

export interface RetrievalOptions extends MeasuringOptions {
  queries?: string;
  adapter?: string;
  searchUrl?: string;
  index?: string;
  vectorField?: string;
  timeField?: string;
  idField?: string;
  embed?: string;
  k?: string;
  concurrency?: string;
  searches?: string;
  corpusUrl?: string;
  corpusNewest?: string;
  json: boolean;
}

/** Options that a variable may stand for, so that a job can run the command as it is. */
const variables = [
  "queries",
  "adapter",
  "searchUrl",
  "index",
  "vectorField",
  "timeField",
  "idField",
  "embed",
  "k",
  "concurrency",
  "searches",
  "corpusUrl",
  "corpusNewest",
  "maxUsd",
  "maxRequests",
  "maxSeconds",
  "journal",
] as const satisfies (keyof RetrievalOptions)[];

/** `--search-url` is `LOCKSTEP_RETRIEVAL_SEARCH_URL`, and so on; an option comes before its variable. */
export function withVariables(options: RetrievalOptions, env: Environment): RetrievalOptions {
  const all = { ...options };
  for (const name of variables) {
    const value = env[`LOCKSTEP_RETRIEVAL_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`];
    if (all[name] === undefined && value !== undefined && value !== "") all[name] = value;
  }
  return all;
}

/** What is measured, and how; no credential in it. */
export interface RetrievalSettings {
  queries: string;
  adapter: "http" | "opensearch";
  searchUrl: URL;
  /** Of OpenSearch. */
  index: string;
  fields: Fields;
  vectors: boolean;
  k: number;
  concurrency: number;
  searches: number | undefined;
  corpus: URL | Date;
}

const mostConcurrency = 100;

export function settingsOf(options: RetrievalOptions, topK: number): RetrievalSettings {
  const { queries, adapter, searchUrl, index, embed = "gateway", corpusUrl, corpusNewest } = options;
  if (queries === undefined) throw new UsageError("--queries is missing: a file of queries, one a line.");
  if (adapter !== "http" && adapter !== "opensearch")
    throw new UsageError("--adapter has to be http or opensearch.");
  if (searchUrl === undefined) throw new UsageError("--search-url is missing: where the index is searched.");
  if (adapter === "opensearch" && index === undefined)
    throw new UsageError("--index is missing: the name of the index.");
  if (adapter === "http" && index !== undefined)
    throw new UsageError("--index goes with --adapter opensearch: an endpoint has its own address.");
  if (embed !== "gateway" && embed !== "search")
    throw new UsageError("--embed has to be gateway, or search where the endpoint takes text.");
  if (embed === "search" && adapter === "opensearch")
    throw new UsageError("--embed search goes with --adapter http: the index is searched by vectors.");
  if ((corpusUrl === undefined) === (corpusNewest === undefined))
    throw new UsageError(
      "Name production's corpus with --corpus-url or --corpus-newest, and with one of them only: an index has an age against it.",
    );
  if (options.concurrency === undefined)
    throw new UsageError("--concurrency is missing: how many searches production has in flight.");
  const { vectorField = "embedding", timeField = "updated_at", idField } = options;
  return {
    queries,
    adapter,
    searchUrl: address("--search-url", searchUrl),
    index: index ?? "",
    fields: { vector: vectorField, time: timeField, ...(idField === undefined ? {} : { id: idField }) },
    vectors: embed === "gateway",
    k: options.k === undefined ? topK : count("--k", options.k, 1_000),
    concurrency: count("--concurrency", options.concurrency, mostConcurrency),
    searches: options.searches === undefined ? undefined : count("--searches", options.searches, 1_000_000),
    corpus: corpusUrl === undefined ? time(corpusNewest ?? "") : address("--corpus-url", corpusUrl),
  };
}

/** The index, and production's corpus where it is asked too. */
export function searchesOf(
  { adapter, searchUrl, index, fields, k, corpus }: RetrievalSettings,
  env: Environment,
): { search: Search; corpus: Corpus | undefined } {
  const key = (name: string): Credential => {
    const value = secret(name, env);
    return value === undefined ? undefined : { key: value };
  };
  const [user, password] = [
    secret("LOCKSTEP_SEARCH_USER", env),
    secret("LOCKSTEP_SEARCH_PASSWORD", env, /^[^\p{Cc}]+$/u),
  ];
  if ((user === undefined) !== (password === undefined))
    throw new UsageError("LOCKSTEP_SEARCH_USER and LOCKSTEP_SEARCH_PASSWORD go together.");
  const own = key("LOCKSTEP_SEARCH_KEY");
  if (own !== undefined && user !== undefined)
    throw new UsageError("Set LOCKSTEP_SEARCH_KEY, or LOCKSTEP_SEARCH_USER and its password, not both.");
  const credential = user !== undefined && password !== undefined ? { user, password } : own;
  return {
    search:
      adapter === "http"
        ? new HttpSearch(searchUrl, k, credential)
        : new OpenSearch(searchUrl, index, fields, k, credential),
    corpus: corpus instanceof URL ? new Corpus(corpus, key("LOCKSTEP_CORPUS_KEY")) : undefined,
  };
}

function secret(name: string, env: Environment, form = /^[\x21-\x7e]+$/): string | undefined {
  const value = env[name];
  if (value === undefined || value === "") return undefined;
  if (!form.test(value)) throw new UsageError(`${name} has a character that no header can have.`);
  return value;
}

function address(name: string, text: string): URL {
  try {
    return addressOf(text);
  } catch (error) {
    if (error instanceof SearchError) throw new UsageError(`${name} cannot be used. ${error.message}`);
    throw error;
  }
}

function count(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    throw new UsageError(`${name} has to be a whole number from 1 to ${readable(most)}.`);
  return value;
}

function time(text: string): Date {
  const value = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(value))
    throw new UsageError("--corpus-newest has to be a time in UTC: 2026-11-20T10:00:00Z.");
  return new Date(value);
}
