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
  const teams = Object.entries(limits.teams ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return [[undefined, limits] as const, ...teams].flatMap(([team, spend]) =>
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

/** The named shares, the smallest first, so that the order of keys in a file changes nothing. */
export const percentsOf = (spend: SpendLimits): [string, number][] =>
  Object.entries(spend.alertAtPercent).sort(([, a], [, b]) => a - b);

/** A share of an amount, rounded to a hundredth of a cent. */
export const usdOf = (usd: number, percent: number): number => Math.round(usd * percent * 100) / 10_000;
