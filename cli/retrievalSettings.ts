import { join } from "node:path";
import { readable } from "../config/numbers";
import type { Config } from "../config/schema";
import { Corpus } from "../measure/retrieval/corpus";
import { HttpSearch } from "../measure/retrieval/http";
import { type Fields, OpenSearch } from "../measure/retrieval/opensearch";
import { operators, PgvectorSearch, postgres } from "../measure/retrieval/pgvector";
import { type Search, SearchError } from "../measure/retrieval/search";
import { addressOf, type Credential } from "../measure/retrieval/service";
import { UsageError } from "./exit";
import type { Environment, MeasuringOptions } from "./measuring";

type RetrievalIndex = NonNullable<Config["monitoring"]["retrievalIndex"]>;

export interface RetrievalOptions extends MeasuringOptions {
  queries?: string;
  adapter?: string;
  searchUrl?: string;
  index?: string;
  vectorField?: string;
  timeField?: string;
  idField?: string;
  distance?: string;
  connections?: string;
  embed?: string;
  k?: string;
  concurrency?: string;
  searches?: string;
  corpusUrl?: string;
  corpusNewest?: string;
  /** False: neither 10, 50 nor 100 times the concurrency; as a job measures, beside everybody else's searches. */
  load: boolean;
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
  "distance",
  "connections",
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
  const load = env.LOCKSTEP_RETRIEVAL_LOAD ?? "";
  if (!["", "yes", "no"].includes(load)) throw new UsageError("LOCKSTEP_RETRIEVAL_LOAD has to be yes or no.");
  return load === "no" ? { ...all, load: false } : all;
}

/**
 * What the stack declares of its index (`monitoring.retrievalIndex`), where nobody says otherwise. Of an index that is
 * named by options or variables nothing is taken from another.
 */
export function withDeclared(
  options: RetrievalOptions,
  index: RetrievalIndex | undefined,
  root: string,
): RetrievalOptions {
  if (index === undefined || options.adapter !== undefined || options.searchUrl !== undefined) return options;
  const { adapter, url, corpusUrl, queries, concurrency, maxUsd } = index;
  const declared: Partial<RetrievalOptions> = {
    adapter,
    ...(url === undefined ? {} : { searchUrl: url }),
    ...(index.index === undefined ? {} : { index: index.index }),
    ...(index.idField === undefined ? {} : { idField: index.idField }),
    ...(concurrency === undefined ? {} : { concurrency: String(concurrency) }),
    ...(options.corpusNewest === undefined ? { corpusUrl } : {}),
    vectorField: index.vectorField,
    timeField: index.timeField,
    distance: index.distance,
    embed: index.embed,
    queries: join(root, queries),
    maxUsd: String(maxUsd),
  };
  return { ...declared, ...definedOf(options) };
}

const definedOf = (options: RetrievalOptions): RetrievalOptions =>
  Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as RetrievalOptions & { [name: string]: unknown };

/** What is measured, and how; no credential in it. */
export interface RetrievalSettings {
  queries: string;
  adapter: Adapter;
  /** Undefined for Postgres, whose address is a credential. */
  searchUrl: URL | undefined;
  /** Of OpenSearch, or a table of Postgres. */
  index: string;
  distance: Distance;
  /** In Postgres. */
  connections: number;
  fields: Fields;
  vectors: boolean;
  k: number;
  /** Undefined where nothing is measured at a multiple of it. */
  concurrency: number | undefined;
  searches: number | undefined;
  corpus: URL | Date;
}

const mostConcurrency = 100;
const adapters = ["http", "opensearch", "pgvector"] as const;
type Adapter = (typeof adapters)[number];
type Distance = keyof typeof operators;
const distances = Object.keys(operators) as Distance[];
/** The pool of the package pg, unless an application says otherwise. */
const usualConnections = "10";

export function settingsOf(options: RetrievalOptions, topK: number): RetrievalSettings {
  const { queries, searchUrl, index, embed = "gateway", corpusUrl, corpusNewest } = options;
  if (queries === undefined) throw new UsageError("--queries is missing: a file of queries, one a line.");
  const adapter = adapters.find((one) => one === options.adapter);
  if (adapter === undefined) throw new UsageError("--adapter has to be http, opensearch or pgvector.");
  if (adapter !== "pgvector" && searchUrl === undefined)
    throw new UsageError("--search-url is missing: where the index is searched.");
  if (adapter === "pgvector" && searchUrl !== undefined)
    throw new UsageError(
      "Postgres is named by LOCKSTEP_SEARCH_DATABASE alone: its address has a password in it.",
    );
  if (adapter !== "http" && index === undefined)
    throw new UsageError("--index is missing: the name of the index, or of the table.");
  if (adapter === "http" && index !== undefined)
    throw new UsageError(
      "--index goes with --adapter opensearch or pgvector: an endpoint has its own address.",
    );
  if (embed !== "gateway" && embed !== "search")
    throw new UsageError("--embed has to be gateway, or search where the endpoint takes text.");
  if (embed === "search" && adapter !== "http")
    throw new UsageError("--embed search goes with --adapter http: the index is searched by vectors.");
  if ((corpusUrl === undefined) === (corpusNewest === undefined))
    throw new UsageError(
      "Name production's corpus with --corpus-url or --corpus-newest, and with one of them only: an index has an age against it.",
    );
  if (options.concurrency === undefined && options.load)
    throw new UsageError("--concurrency is missing: how many searches production has in flight.");
  const { vectorField = "embedding", timeField = "updated_at", idField } = options;
  const distance = distances.find((one) => one === (options.distance ?? "cosine"));
  if (distance === undefined) throw new UsageError(`--distance has to be one of ${distances.join(", ")}.`);
  return {
    queries,
    adapter,
    searchUrl: searchUrl === undefined ? undefined : address("--search-url", searchUrl),
    index: index ?? "",
    distance,
    connections: count("--connections", options.connections ?? usualConnections, 1_000),
    fields: { vector: vectorField, time: timeField, ...(idField === undefined ? {} : { id: idField }) },
    vectors: embed === "gateway",
    k: options.k === undefined ? topK : count("--k", options.k, 1_000),
    concurrency:
      options.concurrency === undefined
        ? undefined
        : count("--concurrency", options.concurrency, mostConcurrency),
    searches: options.searches === undefined ? undefined : count("--searches", options.searches, 1_000_000),
    corpus: corpusUrl === undefined ? time(corpusNewest ?? "") : address("--corpus-url", corpusUrl),
  };
}

/** The index, and production's corpus where it is asked too. */
export function searchesOf(
  settings: RetrievalSettings,
  env: Environment,
): { search: Search; corpus: Corpus | undefined } {
  const { corpus } = settings;
  const key = (name: string): Credential => {
    const value = secret(name, env);
    return value === undefined ? undefined : { key: value };
  };
  return {
    search: searchOf(settings, env, key("LOCKSTEP_SEARCH_KEY")),
    corpus: corpus instanceof URL ? new Corpus(corpus, key("LOCKSTEP_CORPUS_KEY")) : undefined,
  };
}

function searchOf(
  { searchUrl, index, fields, k, distance, connections }: RetrievalSettings,
  env: Environment,
  own: Credential,
): Search {
  if (searchUrl === undefined) {
    const database = env.LOCKSTEP_SEARCH_DATABASE;
    if (database === undefined || !/^postgres(ql)?:\/\//.test(database) || !URL.canParse(database))
      throw new UsageError("LOCKSTEP_SEARCH_DATABASE is not set, or no postgres:// address.");
    const columns = { id: fields.id ?? "id", vector: fields.vector, time: fields.time, distance };
    return new PgvectorSearch(postgres(database, connections), index, columns, k);
  }
  const [user, password] = [
    secret("LOCKSTEP_SEARCH_USER", env),
    secret("LOCKSTEP_SEARCH_PASSWORD", env, /^[^\p{Cc}]+$/u),
  ];
  if ((user === undefined) !== (password === undefined))
    throw new UsageError("LOCKSTEP_SEARCH_USER and LOCKSTEP_SEARCH_PASSWORD go together.");
  if (own !== undefined && user !== undefined)
    throw new UsageError("Set LOCKSTEP_SEARCH_KEY, or LOCKSTEP_SEARCH_USER and its password, not both.");
  const credential = user !== undefined && password !== undefined ? { user, password } : own;
  return index === ""
    ? new HttpSearch(searchUrl, k, credential)
    : new OpenSearch(searchUrl, index, fields, k, credential);
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
