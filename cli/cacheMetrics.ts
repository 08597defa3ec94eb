import { shortHash } from "../components/hardened";
import { series as exposed, grown, hashLabel, selector } from "../components/series";
import type { Stack } from "../config/stack";
import { type CacheSeries, type CountedPattern, countedPatterns } from "../measure/cache/counted";
import { type Growth, growthOf, startOf } from "../measure/cache/growth";
import { askedGrowth, fetchScrape, type Query } from "../measure/cache/prometheus";
import { MetricsError, readScrape, type Scrape } from "../measure/cache/scrape";
import type { LogRange } from "../measure/log/folder";
import { wait } from "../measure/standIn/reply";
import { readInput } from "./evidenceAdd";
import { UsageError } from "./exit";
import { type Around, type AroundOptions, measuredAround, type Surroundings } from "./measuredAround";
import { refusing } from "./orUsage";

export interface MetricsOptions extends AroundOptions {
  metrics?: string[];
  prometheus?: string;
}

/** What metrics told, and how it is bound to a behaviour. */
export interface Counted {
  patterns: Map<string, CountedPattern>;
  growth: Growth;
  /** Undefined for scrapes of which nobody says what the gateway was; they can be told, and are no evidence. */
  around: Omit<Around, "command"> | undefined;
  /** For the statement: what was read. */
  source: string;
}

const series: CacheSeries = {
  inputTokens: exposed.inputTokens,
  cachedTokens: exposed.cachedTokens,
  answers: exposed.answers,
  firstToken: exposed.firstToken,
};

const maxDays = 31;
const maxScrapeBytes = 64 * 1024 * 1024;

/** Asks Prometheus by the alarm's own sums; each series has its pod's behaviour hash. */
export async function countedByPrometheus(
  url: string,
  { from, until }: LogRange,
  { config, behaviourHash }: Stack,
  { env }: Pick<Surroundings, "env">,
): Promise<Counted> {
  checkAddress("--prometheus", url);
  if (until - from > maxDays * 86_400)
    throw new UsageError(
      `--from is more than ${maxDays} days before --until: no Prometheus is asked for more.`,
    );
  const select = selector(config.environment.namespace, `${hashLabel}="${shortHash(behaviourHash)}"`);
  const query = (name: string, by: readonly string[]): Query => ({
    name,
    expression: grown(name, select, `${Math.round(until - from)}s`, by),
  });
  const growth = await orRefusedLater(() =>
    askedGrowth(
      { url, token: tokenOf(env) },
      [
        query(series.answers, ["route"]),
        query(series.inputTokens, ["model_id"]),
        query(series.cachedTokens, ["model_id"]),
        query(series.firstToken, ["route", "cache", "le"]),
      ],
      until,
    ),
  );
  return {
    patterns: patternsOf(growth, config),
    growth,
    around: {
      gateway: { before: behaviourHash, after: behaviourHash },
      started: new Date(from * 1000),
      ended: new Date(until * 1000),
    },
    source: "Prometheus",
  };
}

/** Reads scrapes: two files, one of all since the process began, or the running gateway's around a command. */
export async function countedByScrapes(
  named: readonly string[],
  options: AroundOptions,
  staging: Stack,
  surroundings: Surroundings,
): Promise<Counted> {
  const [first = "", second] = named;
  const live = /^https?:\/\//.test(first);
  if (named.length > 2 || (live && second !== undefined))
    throw new UsageError("--metrics takes the gateway's own URL, one file, or two: before and after.");
  const scrapes: Scrape[] = [];
  if (live) checkAddress("--metrics", first);
  else for (const file of named) scrapes.push(orRefused(() => readScrape(text(options.cwd, file), file)));
  if (live && (options.url === undefined || options.run === undefined))
    throw new UsageError(
      "--metrics with a URL needs --url and --run: it is scraped before and after the command that sends requests.",
    );
  const key = sameHost(first, options.url) ? surroundings.env.LOCKSTEP_GATEWAY_KEY : undefined;
  const scrape = async () =>
    readScrape(
      await fetchScrape(first, key),
      scrapes.length === 0 ? "the first scrape" : "the second scrape",
    );
  const beside = async () => {
    scrapes.push(scrapes.length === 0 ? await scrape() : await settled(scrape));
  };
  const around = await orRefusedLater(() =>
    measuredAround(options, live ? [] : named, staging, { ...surroundings, ...(live ? { beside } : {}) }),
  );
  return orRefused(() => {
    const [before, after] = scrapes.length === 1 ? [undefined, ...scrapes] : scrapes;
    if (after === undefined) throw new UsageError("Nothing was scraped.");
    const growth = growthOf(before, after, Object.values(series));
    const start = startOf(after);
    if (around !== undefined && before === undefined) checkStart(start, around);
    return {
      patterns: patternsOf(growth, staging.config),
      growth,
      around,
      source: `${scrapes.length === 1 ? "a scrape" : "two scrapes"} of the gateway`,
    };
  });
}

/** The gateway counts a request after its answer: scrapes until two in a row have the same counts, for a while. */
async function settled(scrape: () => Promise<Scrape>): Promise<Scrape> {
  const counts = ({ samples }: Scrape) =>
    JSON.stringify([...samples].filter(([, { name }]) => Object.values(series).includes(name)));
  let last = await scrape();
  for (let tries = 0; tries < 10; tries++) {
    await wait(1_000);
    const next = await scrape();
    const same = counts(next) === counts(last);
    last = next;
    if (same) break;
  }
  return last;
}

/** One scrape has all since the process began: that has to be the time that it is said to be of. */
function checkStart(start: number | undefined, { started }: Pick<Around, "started">): void {
  if (start === undefined)
    throw new UsageError(
      "The scrape has no process_start_time_seconds, so that nobody knows since when it counts: give two, before and after.",
    );
  const seconds = Math.abs(start - started.getTime() / 1000);
  if (seconds > 60)
    throw new UsageError(
      `One scrape counts since its process began, at ${new Date(start * 1000).toISOString()}; --started says ${started.toISOString()}.`,
    );
}

function patternsOf(growth: Growth, { routes }: Stack["config"]): Map<string, CountedPattern> {
  const deployments = Object.entries(routes).flatMap(([route, { targets }]) =>
    targets.map(({ model, order }) => [`${route}.${model}.${order}`, route] as const),
  );
  return orRefused(() => countedPatterns(growth, series, new Map(deployments)));
}

function tokenOf(env: Surroundings["env"]): string | undefined {
  const token = env.LOCKSTEP_PROMETHEUS_TOKEN;
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new UsageError(
      "LOCKSTEP_PROMETHEUS_TOKEN is no bearer token: it is empty, or has spaces or line ends.",
    );
  return token;
}

function checkAddress(flag: string, url: string): void {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError(`${flag} is no http or https URL.`);
  const { username, password, search, hash } = new URL(url);
  if (username !== "" || password !== "")
    throw new UsageError(`${flag} has a user or a password in it: a token is LOCKSTEP_PROMETHEUS_TOKEN.`);
  if (search !== "" || hash !== "") throw new UsageError(`${flag} has something after its path.`);
}

const sameHost = (one: string, other: string | undefined): boolean =>
  other !== undefined && URL.canParse(other) && new URL(one).origin === new URL(other).origin;

const text = (cwd: string, file: string): string =>
  Buffer.from(readInput(cwd, file, maxScrapeBytes)).toString("utf8");

const orRefused = refusing(MetricsError);

async function orRefusedLater<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    return orRefused(() => {
      throw error;
    });
  }
}
