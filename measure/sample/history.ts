import { z } from "zod";
import type { Counted } from "./shift";

/** A history that cannot be used; one sentence. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
}

const count = () => z.int().min(0);

const verdicts = z.strictObject({ good: count(), low: count(), failed: count(), unscored: count() });

const pastWindow = z.strictObject({
  version: z.literal(1),
  /** Seconds since 1970. */
  from: z.number(),
  until: z.number(),
  behaviourHash: z.string(),
  /** What scores are comparable by: the judge's pinned model, the rubric, and from which score on one is low. */
  scale: z.string(),
  routes: z.record(z.string(), verdicts.extend({ shifted: z.boolean() })),
});
/** One window as the history keeps it: counts, and no word of an answer. */
export type PastWindow = z.infer<typeof pastWindow>;
export type RouteCounts = PastWindow["routes"][string];

export const daysOfBaseline = 7;
const daySeconds = 86_400;
/** As long as Prometheus has to keep the series. */
const daysKept = 30;

/** The windows of a history, one JSON object a line. */
export function readHistory(text: string, file: string): PastWindow[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    let data: unknown;
    try {
      data = JSON.parse(line);
    } catch {}
    const read = pastWindow.safeParse(data);
    if (!read.success)
      throw new HistoryError(
        `${file}:${index + 1} is no window of lockstep sample: take the line out, or name another history with --history.`,
      );
    return [read.data];
  });
}

/** With a window in its place, in order; one that is sampled again replaces what was there. */
export function withWindow(history: readonly PastWindow[], now: PastWindow): PastWindow[] {
  return [
    ...history.filter(
      ({ from, until, scale }) =>
        until > now.until - daysKept * daySeconds &&
        !(from === now.from && until === now.until && scale === now.scale),
    ),
    now,
  ].sort((a, b) => a.from - b.from || a.until - b.until);
}

export const historyText = (history: readonly PastWindow[]): string =>
  history.map((window) => `${JSON.stringify(window)}\n`).join("");

const countedOf = (windows: readonly PastWindow[], route: string): Counted =>
  windows.reduce(
    (sum, { routes }) => {
      const { good = 0, low = 0, failed = 0 } = routes[route] ?? {};
      return { bad: sum.bad + low + failed, all: sum.all + good + low + failed };
    },
    { bad: 0, all: 0 },
  );

/**
 * What a window is compared with, for one route: those before it of seven days on the same scale in which it had not
 * shifted, and the same for the last day. A shift that lasts is then an alarm until it is undone, or for a week.
 */
export function comparisons(history: readonly PastWindow[], now: PastWindow, route: string) {
  const own = history.filter(({ scale }) => scale === now.scale);
  const between = (from: number, until: number) =>
    own.filter((past) => past.from >= from && past.until <= until);
  const calm = ({ routes }: PastWindow) => routes[route]?.shifted !== true;
  const since = (until: number) => until - daysOfBaseline * daySeconds;
  const dayAgo = now.until - daySeconds;
  const lastDay = between(dayAgo, now.from);
  return {
    window: {
      now: countedOf([now], route),
      before: countedOf(between(since(now.from), now.from).filter(calm), route),
    },
    day: {
      now: countedOf([...lastDay, now], route),
      before: countedOf(between(since(dayAgo), dayAgo).filter(calm), route),
    },
  };
}
