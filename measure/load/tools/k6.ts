import { z } from "zod";
import { json, parsed, refuse } from "../../eval/problem";
import { earlySeconds, type ToolRequest, type ToolResults } from "./request";

/** https://grafana.com/docs/k6/latest/results-output/real-time/json/ */
const point = z.object({
  type: z.literal("Point"),
  metric: z.string(),
  data: z.object({
    time: z.iso.datetime({ offset: true, error: "a time with its zone" }),
    value: z.number({ error: "a finite number" }),
    tags: z.record(z.string(), z.string()).nullish(),
  }),
});
const metric = z.object({ type: z.literal("Metric") });
const line = z.union([point, metric]);

/** The remedy where k6's own summary was given. */
export const k6Remedy =
  "Let k6 write every point with `k6 run --out json=points.json`, and give that file (docs/load.md#what-other-tools-measured).";

const timings = ["http_req_duration", "http_req_blocked", "http_req_failed"] as const;
const chat = /\/chat\/completions(?:[?#]|$)/;

interface Open {
  at: string;
  time: string;
  seconds: number;
  tags: Record<string, string>;
  values: Map<string, number>;
}

/**
 * Reads what `k6 run --out json` writes, a point a line. A request's points have the time of its end and follow each
 * other; it began so long before as it waited for its connection and took.
 *
 * @param lines with their number in the file
 * @throws ResultsError where a line is no point, or a request lacks one.
 */
export function readK6(lines: Iterable<readonly [number: number, text: string]>, file: string): ToolResults {
  const requests: (ToolRequest & { key: string | undefined })[] = [];
  const firstTokens = new Map<string, number>();
  const failedChecks = new Set<string>();
  let dropped = 0;
  let open: Open | undefined;
  const close = () => {
    if (open !== undefined) requests.push({ ...requestOf(open, file), key: open.tags.due });
    open = undefined;
  };
  for (const [number, text] of lines) {
    const at = `line ${number}`;
    const read = parsed(line, json(text, file, at), file, at, "Give the file as k6 wrote it.");
    if (read.type === "Metric") continue;
    const { time, value } = read.data;
    const tags = read.data.tags ?? {};
    if (read.metric === "dropped_iterations") dropped += value;
    else if (read.metric === "http_reqs") {
      close();
      const url = tags.url ?? tags.name ?? "";
      if (chat.test(url)) open = { at, time, seconds: secondsOf(time), tags, values: new Map() };
    } else if (timings.some((name) => name === read.metric)) {
      if (open?.time === time) open.values.set(read.metric, value);
    } else if (tags.due !== undefined && read.metric === "first_token_ms")
      firstTokens.set(tags.due, value / 1000);
    else if (tags.due !== undefined && read.metric === "checks" && value === 0) failedChecks.add(tags.due);
  }
  close();
  if (requests.length === 0)
    refuse({
      file,
      at: "its points",
      found: "no request to /chat/completions",
      allowed: "the requests that k6 sent to the gateway",
      remedy: "Send them by k6's http module, and keep the system tag url.",
    });
  const told = requests.map(({ key, ...request }) => {
    if (key === undefined) return request;
    const first = firstTokens.get(key);
    return {
      ...request,
      firstToken: first === undefined ? undefined : (request.due ?? request.start) + first,
      whole: request.whole && !failedChecks.has(key),
    };
  });
  return {
    tool: { name: "k6", version: undefined },
    runs: [told],
    notes: [
      "From k6's points: a request began when it ended, less what it took and waited for a connection. It is due when its tag says.",
      "k6 sees no tokens: where the script tells no first_token_ms, the time to first token is that of the whole answer, which is no less.",
      "An answer that was cut off is an error only where a check of the script says so. Neither fallbacks nor what a provider's cache held are known.",
    ],
    refused:
      dropped > 0
        ? [
            `k6 dropped ${dropped} iterations for want of free VUs: what the gateway was slowest at was not sent. Give it more preAllocatedVUs.`,
          ]
        : [],
  };
}

function requestOf({ at, seconds: end, tags, values }: Open, file: string): ToolRequest {
  const [duration, blocked, failed] = timings.map((name) => {
    const value = values.get(name);
    if (value === undefined || value < 0)
      return refuse({
        file,
        at,
        found: value === undefined ? `a request without ${name}` : `a ${name} below zero`,
        allowed: `${timings.join(", ")} for every request, at the same time as its http_reqs`,
        remedy: "Give the file as k6 wrote it, with its system tags.",
      });
    return value;
  }) as [number, number, number];
  const sent = end - duration / 1000;
  const began = sent - blocked / 1000;
  const due = tags.due === undefined ? undefined : dueOf(tags.due, sent, file, at);
  // On a busy machine k6's waiting for a connection overlaps with its sending: nothing was sent before it was due.
  const start = due === undefined ? began : Math.max(began, due);
  return {
    due,
    start,
    firstToken: undefined,
    end,
    whole: failed === 0 && tags.status === "200",
    hit: undefined,
  };
}

/** The tag in which a script says when a request was due, in milliseconds since 1970. */
function dueOf(text: string, sent: number, file: string, at: string): number {
  const due = Number(text) / 1000;
  if (!/^\d{13}(\.\d+)?$/.test(text) || due > sent + earlySeconds)
    refuse({
      file,
      at,
      found: "a tag due that is no time at which the request was due, or after it was sent",
      allowed: "milliseconds since 1970",
      remedy: "Tag each request with the time at which it is due, before it is sent.",
    });
  return due;
}

/** Date.parse has milliseconds; k6 writes nanoseconds. */
function secondsOf(time: string): number {
  const fraction = /\.(\d+)/.exec(time)?.[1];
  const whole = Math.floor(Date.parse(time) / 1000);
  return whole + (fraction === undefined ? 0 : Number(`0.${fraction}`));
}
