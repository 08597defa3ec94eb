import { counted } from "../../config/numbers";
import type { Config } from "../../config/schema";
import { rounded, wilson } from "../statistics";
import { type AnswerRule, causeOf, type Validators } from "../validity/rules";
import type { Choice, Chosen } from "./choose";
import { comparisons, type PastWindow, type RouteCounts } from "./history";
import type { ScoreRecord } from "./run";
import { alarmRate, fisherGreater, smallestP } from "./shift";

/** An answer that something is wrong with; none of its words. */
export interface Flagged {
  id: string;
  route: string;
  /** ISO 8601. */
  at: string;
  /** The silent failure's cause, or the judge's reason. */
  cause: string;
  score?: number;
}

/** A route's two tests against its own past. */
export interface RouteFound extends RouteCounts {
  /** The share of bad answers, with its interval at 95 % (Wilson). */
  bad: { value: number; low: number; high: number };
  /** Whether that share is above the objective. */
  exceeded: boolean;
  tests: Record<"window" | "day", Test>;
}

export interface Test {
  now: { bad: number; all: number };
  before: { bad: number; all: number };
  pValue: number;
  outcome: "shifted" | "as before" | "too few";
}

export interface SampleFound {
  routes: Record<string, RouteFound>;
  flagged: Flagged[];
  /** Why it is not known of every chosen answer; empty where it is. */
  inconclusive: string[];
  alarmRate: number;
  window: PastWindow;
}

/** Those that a rule of ours already knows to be no use: the judge is not asked. */
export function failuresOf(
  chosen: readonly Chosen[],
  validators: Validators,
  rules: readonly AnswerRule[],
): Map<string, string> {
  const causes = new Map<string, string>();
  for (const { id, route, answer } of chosen) {
    const cause = causeOf(route, answer, validators, rules);
    if (cause !== undefined) causes.set(id, cause);
  }
  return causes;
}

export interface SampleInput {
  choice: Choice;
  failures: ReadonlyMap<string, string>;
  scores: ReadonlyMap<string, ScoreRecord>;
  history: readonly PastWindow[];
  /** The window without its routes. */
  window: Omit<PastWindow, "routes" | "version">;
  /** From this score downwards an answer is bad. */
  lowScore: number;
  /** Why the run did not get to its end. */
  stopped: string | undefined;
  unread: readonly string[];
}

/** With more unscored than this the judge says too little. */
const mostUnscored = 0.05;

/** What a window came to, held against the objective and the windows before it. */
export function sampleResults(config: Config, input: SampleInput): SampleFound {
  const { choice, failures, scores, history, lowScore } = input;
  const routes: PastWindow["routes"] = Object.fromEntries(
    Object.keys(config.routes)
      .sort()
      .map((route) => [route, { good: 0, low: 0, failed: 0, unscored: 0, shifted: false }]),
  );
  const flagged: Flagged[] = [];
  for (const { id, route, at } of choice.all()) {
    const counts = routes[route];
    if (counts === undefined) continue;
    const [cause, verdict] = [failures.get(id), scores.get(id)?.verdict];
    const about = { id, route, at: new Date(at * 1000).toISOString() };
    if (cause !== undefined) {
      counts.failed++;
      flagged.push({ ...about, cause });
    } else if (verdict === undefined) counts.unscored++;
    else if (verdict.score <= lowScore) {
      counts.low++;
      flagged.push({ ...about, cause: verdict.reason, score: verdict.score });
    } else counts.good++;
  }
  const window: PastWindow = { version: 1, ...input.window, routes };
  const rate = alarmRate((window.until - window.from) / 3600, Object.keys(routes).length);
  const found = Object.fromEntries(
    Object.entries(routes).map(([route, counts]): [string, RouteFound] => {
      const { window: own, day } = comparisons(history, window, route);
      const tests = { window: tested(own, rate), day: tested(day, rate) };
      counts.shifted = Object.values(tests).some(({ outcome }) => outcome === "shifted");
      const { bad, all } = own.now;
      const share = all === 0 ? 0 : bad / all;
      return [
        route,
        {
          ...counts,
          bad: { value: rounded(share), ...wilson(share, all) },
          exceeded: share > config.objectives.silentFailureRatio,
          tests,
        },
      ];
    }),
  );
  return {
    routes: found,
    flagged,
    inconclusive: inconclusiveOf(input, Object.values(routes)),
    alarmRate: rate,
    window,
  };
}

function tested({ now, before }: Pick<Test, "now" | "before">, rate: number): Test {
  const enough = smallestP(now, before) <= rate;
  const pValue = fisherGreater(now, before);
  const outcome = !enough ? "too few" : pValue <= rate ? "shifted" : "as before";
  return { now, before, pValue: Number(pValue.toPrecision(4)), outcome };
}

function inconclusiveOf({ choice, stopped, unread }: SampleInput, routes: readonly RouteCounts[]): string[] {
  const unscored = routes.reduce((sum, route) => sum + route.unscored, 0);
  const asked = routes.reduce((sum, { good, low }) => sum + good + low, unscored);
  return [
    ...(stopped === undefined ? [] : [stopped]),
    ...(unscored > asked * mostUnscored ? [`The judge scored ${asked - unscored} of ${asked} answers.`] : []),
    ...(choice.dropped > 0
      ? [`${counted(choice.dropped, "chosen answer")} did not fit the bound of ${choice.all().length}.`]
      : []),
    ...(choice.silent > choice.chosen * mostUnscored
      ? [`${choice.silent} of ${choice.chosen} chosen records have no messages or no answer in them.`]
      : []),
    ...unread,
  ];
}

/** Whether somebody is to be told. */
export const alarmedRoutes = ({ routes }: SampleFound): string[] =>
  Object.entries(routes)
    .filter(([, { shifted, exceeded }]) => shifted || exceeded)
    .map(([route]) => route);

/** What the gateway counts: `gateway/callback/lockstep_sampled.py`. */
export const reportOf = ({ window, inconclusive }: SampleFound) => ({
  complete: inconclusive.length === 0,
  routes: window.routes,
});
