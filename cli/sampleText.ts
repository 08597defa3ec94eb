import Table from "cli-table3";
import { counted, percent, readable } from "../config/numbers";
import type { Config } from "../config/schema";
import { visible } from "../config/visible";
import type { Choice } from "../measure/sample/choose";
import { alarmedRoutes, type Flagged, type SampleFound } from "../measure/sample/results";
import { falseAlarmsAMonth } from "../measure/sample/shift";
import type { Paint } from "../review/terminal";
import type { SamplePlan } from "./samplePlan";

interface Told {
  plan: SamplePlan;
  choice: Pick<Choice, "answered" | "chosen">;
  found: SampleFound;
  reported: boolean;
  notReported: string | undefined;
}

const timeOf = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 16)}Z`;

/** More are counted. */
const mostFlagged = 1_000;
const mostShown = 20;

/** One line, as a job's log takes it. */
export function sampleJson({ plan, choice, found, reported, notReported }: Told): string {
  const { routes, flagged, inconclusive, alarmRate } = found;
  return `${JSON.stringify({
    version: 1,
    alarm: alarmedRoutes(found).length > 0,
    alarmedRoutes: alarmedRoutes(found),
    from: timeOf(plan.range.from),
    until: timeOf(plan.range.until),
    share: plan.share,
    judge: plan.judge,
    lowScore: plan.lowScore,
    answered: choice.answered,
    chosen: choice.chosen,
    routes,
    alarmRate,
    flagged: flagged.slice(0, mostFlagged),
    flaggedInAll: flagged.length,
    inconclusive: [...inconclusive, ...(notReported === undefined ? [] : [notReported])],
    reported,
  })}\n`;
}

export function sampleText(
  config: Config,
  { plan, choice, found, reported, notReported }: Told,
  style: Paint,
): string {
  const { routes, flagged, inconclusive } = found;
  const table = new Table({
    head: ["route", "sampled", "good", "low", "failed", "unscored", "bad", "objective", "before"],
    style: { head: [], border: [], compact: true },
  });
  for (const [route, one] of Object.entries(routes)) {
    const { good, low, failed, unscored, bad, exceeded, shifted, tests } = one;
    const all = good + low + failed;
    const share = all === 0 ? "–" : `${percent(low + failed, all)} (${interval(bad)})`;
    const before = tests.window.before;
    table.push([
      route,
      readable(all + unscored),
      readable(good),
      readable(low),
      readable(failed),
      readable(unscored),
      exceeded ? style("red", share) : share,
      percent(config.objectives.silentFailureRatio, 1),
      shifted
        ? style("red", `shifted from ${percent(before.bad, before.all)}`)
        : tests.window.outcome === "too few" && tests.day.outcome === "too few"
          ? "too few to compare"
          : `as before (${percent(before.bad, before.all)})`,
    ]);
  }
  const alarmed = alarmedRoutes(found);
  return [
    `${timeOf(plan.range.from)} to ${timeOf(plan.range.until)}: ${counted(choice.chosen, "answer")} of ${readable(choice.answered)} chosen (${percent(plan.share, 1)}), judged by ${plan.judge.deployment} (${plan.judge.modelId}).`,
    table.toString(),
    ...flagged.slice(0, mostShown).map((one) => flaggedLine(one, style)),
    ...(flagged.length > mostShown ? [`… and ${readable(flagged.length - mostShown)} more (--json).`] : []),
    ...[...inconclusive, ...(notReported === undefined ? [] : [notReported])].map((reason) =>
      style("yellow", `Inconclusive: ${reason}`),
    ),
    reported ? "The gateway was told." : style("dim", "The gateway was not told."),
    alarmed.length === 0
      ? inconclusive.length === 0
        ? style("green", "No alarm.")
        : "No alarm, and too little is known."
      : style("red", `Alarm: ${alarmed.map((route) => why(route, found)).join("; ")}.`),
    style(
      "dim",
      `Of shifts, ${falseAlarmsAMonth} false alarm a month at the most, in the mean (p ≤ ${found.alarmRate.toPrecision(2)} a test).`,
    ),
    "",
  ].join("\n");
}

const interval = ({ low, high }: { low: number; high: number }): string =>
  `${percent(low, 1)} to ${percent(high, 1)}`;

function flaggedLine({ id, route, at, cause, score }: Flagged, style: Paint): string {
  const what = score === undefined ? cause : `score ${score}, ${cause}`;
  return `Flagged: ${style("cyan", visible(id).slice(0, 200))} ${route}, ${at.slice(0, 19)}Z: ${what}`;
}

function why(route: string, { routes }: SampleFound): string {
  const { shifted, exceeded } = routes[route] ?? {};
  const words = [
    ...(exceeded ? ["more bad answers than the objective allows"] : []),
    ...(shifted ? ["more than before"] : []),
  ];
  return `${route} has ${words.join(", and ")}`;
}
