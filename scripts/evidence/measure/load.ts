import type { Answer } from "../../../measure/client";
import { exponential, pick, type Random, random } from "../../../measure/standIn/random";
import { wait } from "../../../measure/standIn/reply";
import { arrivalsOf, mean, percentile, rounded } from "../../../measure/statistics";
import type { Measured, Subject } from "../measurement";
import { casesOf, requestOf } from "../requests";
import { counts } from "./eval";

/**
 * The peak that the example states for production: what one process can serve threefold on two cores that other work
 * shares. At 5, with more work than cores beside it, answers were more and more late.
 */
const peakRequestsPerSecond = 3;
/** A little above the multiple that is asked for, so that chance in the gaps does not fall below it. */
const margin = 1.06;

/** Streams at a multiple of the peak, sent when they are due whether or not earlier ones are answered. */
export async function load({ stack, client }: Subject): Promise<Measured> {
  const { minPeakMultiple, minRequests } = stack.config.acceptance.load;
  const offered = peakRequestsPerSecond * minPeakMultiple * margin;
  const next = random("load");
  const routes = Object.keys(stack.config.routes);
  const begin = performance.now() + 1_000;
  const sentAt: number[] = [];
  const pending: Promise<Answer>[] = [];
  let due = begin;
  for (let index = 0; index < minRequests; index++) {
    due += exponential(next, 1_000 / offered);
    const body = bodyOf(index, next);
    await wait(due - performance.now());
    sentAt.push(performance.now());
    pending.push(client.chat(body, due));
  }
  const answers = await Promise.all(pending);
  const gaps = sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? at));
  const good = answers.filter(({ status, usage }) => status === 200 && usage !== undefined);
  const firstToken = good.map(({ firstTokenSeconds }) => firstTokenSeconds);
  const total = good.map(({ totalSeconds }) => totalSeconds);
  const ratio = (count: number) => rounded(count / answers.length);
  return {
    samples: answers.length,
    repeats: 1,
    results: {
      peakRequestsPerSecond,
      requestsPerSecond: rounded(1_000 / mean(gaps), 3),
      requests: answers.length,
      arrivals: { process: "poisson", ...arrivalsOf(gaps) },
      fromScheduledTime: true,
      firstToken: percentiles(firstToken),
      total: percentiles(total),
      errorRatio: ratio(answers.length - good.length),
      fallbackRatio: ratio(answers.filter(({ fallbacks }) => fallbacks > 0).length),
    },
    raw: {
      notes: [
        "One proxy process, the load generator and the stand-ins shared two cores with other work.",
        "The peak is the example's own statement: state yours, from production's traffic.",
        "An answer without usage in its stream counts as an error: it was cut off.",
      ],
      statuses: counts(answers),
      gapsMs: gaps.map(Math.round),
      firstTokenMs: firstToken.map((seconds) => Math.round(seconds * 1000)),
      totalMs: total.map((seconds) => Math.round(seconds * 1000)),
    },
  };

  function bodyOf(index: number, choose: Random) {
    const route = pick(choose, routes);
    const { user } = pick(choose, casesOf(stack, route));
    return { model: route, stream: true, ...requestOf(stack, route, `Request ${index}\n${user}`) };
  }
}

const percentiles = (seconds: readonly number[]) => ({
  p50Seconds: rounded(percentile(seconds, 0.5), 3),
  p95Seconds: rounded(percentile(seconds, 0.95), 3),
  p99Seconds: rounded(percentile(seconds, 0.99), 3),
});
