import { grown, series } from "./series";

/** What an environment or a team may spend, and when somebody is told. */
export interface SpendLimits {
  /** The budget of a calendar month, in USD. */
  monthlyUsd: number;
  /** The budget of a day in UTC, in USD. */
  dailyUsd: number;
  /** By name, the shares of either budget at which a notification is sent, in percent. */
  alertAtPercent: Record<string, number>;
}

/** A spend at which somebody is told. */
export interface SpendThreshold {
  /** The name of the share in `alertAtPercent`. */
  name: string;
  /** The team whose spend counts; absent for the environment's. */
  team?: string;
  /** The share of the budget, in percent. */
  percent: number;
  /** The spend, in USD, rounded to a hundredth of a cent. */
  usd: number;
  /** The period whose spend counts: a day in UTC or a calendar month. */
  period: "day" | "month";
}

/**
 * All thresholds of an environment and its teams, for alarms on the gateway's own spend metric: the bills of
 * providers outside AWS, and the split by team, are to be seen nowhere else. Sorted by team (the environment
 * first), period (the day first) and share.
 */
export function spendThresholds(
  limits: SpendLimits & { teams?: Record<string, SpendLimits> },
): SpendThreshold[] {
  return [[undefined, limits] as const, ...teamsOf(limits)].flatMap(([team, spend]) =>
    (["day", "month"] as const).flatMap((period) =>
      percentsOf(spend).map(([name, percent]) => ({
        name,
        ...(team === undefined ? {} : { team }),
        percent,
        usd: usdOf(period === "day" ? spend.dailyUsd : spend.monthlyUsd, percent),
        period,
      })),
    ),
  );
}

/** A budget, the environment's or a team's. */
export interface SpendBudget {
  team?: string;
  usd: number;
  period: "day" | "month";
}

/** All budgets of an environment and its teams, in the same order as their thresholds. */
export function spendBudgets(limits: SpendLimits & { teams?: Record<string, SpendLimits> }): SpendBudget[] {
  return [[undefined, limits] as const, ...teamsOf(limits)].flatMap(([team, { dailyUsd, monthlyUsd }]) => {
    const whose = team === undefined ? {} : { team };
    return [
      { ...whose, usd: dailyUsd, period: "day" as const },
      { ...whose, usd: monthlyUsd, period: "month" as const },
    ];
  });
}

/**
 * What 24 hours will have cost in six hours, or 30 days in five days, if those go as the last ones went: what
 * falls out of the window by then is known, what comes in is not.
 */
export function forecastOf(period: SpendBudget["period"], select: string): string {
  const [kept, pace] = period === "day" ? ["18h", "6h"] : ["25d", "5d"];
  return `${grown(series.spend, select, kept)} + ${grown(series.spend, select, pace)}`;
}

/** The named shares, the smallest first, so that the order of keys in a file changes nothing. */
export const percentsOf = (spend: SpendLimits): [string, number][] =>
  Object.entries(spend.alertAtPercent).sort(([, a], [, b]) => a - b);

/** A share of an amount, rounded to a hundredth of a cent. */
export const usdOf = (usd: number, percent: number): number => Math.round(usd * percent * 100) / 10_000;

const teamsOf = ({ teams = {} }: { teams?: Record<string, SpendLimits> }): [string, SpendLimits][] =>
  Object.entries(teams).sort(([a], [b]) => (a < b ? -1 : 1));
