import { z } from "zod";
import { quote } from "../../config/visible";
import { checkCount, type Growth } from "./growth";
import { MetricsError, numberOf, type Sample } from "./scrape";

/** Where Prometheus' query API is; the token goes nowhere else and is never shown. */
export interface PrometheusApi {
  url: string;
  token: string | undefined;
}

/** A query whose answer has a row for each set of labels, and the series that it is about. */
export interface Query {
  name: string;
  expression: string;
}

const maxBytes = 16 * 1024 * 1024;
const maxSeconds = 60;

/** https://prometheus.io/docs/prometheus/latest/querying/api/ */
const answer = z.object({
  status: z.enum(["success", "error"]),
  error: z.string().optional(),
  warnings: z.array(z.string()).optional(),
  data: z
    .object({
      resultType: z.string(),
      result: z.array(
        z.object({
          metric: z.record(z.string(), z.string()),
          value: z.tuple([z.number(), z.string()]),
        }),
      ),
    })
    .optional(),
});

/**
 * Asks each query at one moment.
 *
 * @throws MetricsError where an answer does not come, is too large or no count.
 */
export async function askedGrowth(
  api: PrometheusApi,
  queries: readonly Query[],
  atSeconds: number,
): Promise<Growth> {
  const rows: Sample[] = [];
  const names = new Set<string>();
  let warned = false;
  // One after the other: a Prometheus that alarms look at is not to be kept busy.
  for (const { name, expression } of queries) {
    const { warnings = [], data } = await asked(api, expression, atSeconds);
    warned ||= warnings.length > 0;
    for (const { metric, value } of data?.result ?? []) {
      const row = {
        name,
        labels: new Map(Object.entries(metric)),
        value: numberOf(value[1]) ?? Number.NaN,
      };
      checkCount(row, "Prometheus");
      rows.push(row);
      names.add(name);
    }
  }
  return {
    rows,
    names,
    notes: [],
    inconclusive: warned
      ? ["Prometheus answered with a warning: a part of what was counted may be missing."]
      : [],
  };
}

async function asked(
  { url, token }: PrometheusApi,
  query: string,
  atSeconds: number,
): Promise<z.infer<typeof answer>> {
  const text = await bounded(`${url.replace(/\/+$/, "")}/api/v1/query`, {
    method: "POST",
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    body: new URLSearchParams({ query, time: String(atSeconds), timeout: `${maxSeconds}s` }),
  });
  let data: unknown;
  try {
    data = JSON.parse(text.body);
  } catch {
    data = undefined;
  }
  const read = answer.safeParse(data);
  if (read.success && read.data.status === "error")
    throw new MetricsError(`Prometheus refuses a query: ${quote((read.data.error ?? "").slice(0, 200))}.`);
  if (text.status !== 200) throw new MetricsError(`Prometheus answered ${text.status}.`);
  if (!read.success || read.data.data?.resultType !== "vector")
    throw new MetricsError("What answered is no Prometheus: its answer is no vector of series.");
  return read.data;
}

/** One scrape of a running gateway. `key`: of the gateway, where that is what is asked. */
export async function fetchScrape(url: string, key: string | undefined): Promise<string> {
  const { status, body } = await bounded(url, {
    headers: {
      accept: "text/plain;version=0.0.4",
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
  });
  if (status !== 200) throw new MetricsError(`The gateway's metrics answered ${status}.`);
  return body;
}

/** No redirect is followed: a credential is for the host that was named. */
async function bounded(url: string, init: RequestInit): Promise<{ status: number; body: string }> {
  const host = new URL(url).host;
  try {
    const signal = AbortSignal.timeout(maxSeconds * 1000);
    const response = await fetch(url, { ...init, redirect: "error", signal });
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of response.body ?? []) {
      bytes += (part as Uint8Array).length;
      if (bytes > maxBytes) throw new MetricsError(`The answer of ${host} is larger than 16 MiB.`);
      parts.push(part as Uint8Array);
    }
    return { status: response.status, body: Buffer.concat(parts).toString("utf8") };
  } catch (error) {
    if (error instanceof MetricsError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = (cause as { code?: unknown }).code;
    const why =
      (error as { name?: unknown }).name === "TimeoutError"
        ? `not within ${maxSeconds} seconds`
        : typeof code === "string"
          ? code
          : "it redirects, or is no web server";
    throw new MetricsError(`${host} does not answer: ${why}.`);
  }
}
