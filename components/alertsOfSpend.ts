import { type Alert, type AlertsArgs, make } from "./alert";
import { grown, selector, series } from "./series";
import { forecastOf, type SpendBudget, type SpendThreshold } from "./spend";

/**
 * The gateway's own spend, at declared prices, over the last 24 hours or 30 days: Prometheus knows no
 * calendar. It is early where the day or the month is young, never late.
 */
export function spendAlert(args: AlertsArgs, threshold: SpendThreshold): Alert {
  const { name, percent, usd, period } = threshold;
  return make(
    args,
    "LockstepSpendThreshold",
    percent >= 100 ? "critical" : "warning",
    "5m",
    `${grown(series.spend, selectorOf(args, threshold), period === "day" ? "1d" : "30d")} > ${usd}`,
    `${whose(args, threshold)} has spent ${percent}% of its ${wordOf[period]} budget.`,
    `Spend over the last ${windowOf[period]} is {{ $value | printf "%.2f" }} USD; ` +
      `${usd} USD is ${percent}% of the budget (${name}).`,
    { ...labelsOf(threshold), threshold: name },
  );
}

/** If the next six hours, or five days, go as the last ones went. */
export function forecastAlert(args: AlertsArgs, budget: SpendBudget): Alert {
  const { period, usd } = budget;
  const ahead = period === "day" ? "six hours" : "five days";
  return make(
    args,
    "LockstepSpendForecast",
    "warning",
    "30m",
    `${forecastOf(period, selectorOf(args, budget))} > ${usd}`,
    `${whose(args, budget)} is about to spend more than its ${wordOf[period]} budget.`,
    `At the pace of the last ${ahead}, ${windowOf[period]} will have cost ` +
      `{{ $value | printf "%.2f" }} USD ${ahead} from now; the budget is ${usd} USD.`,
    labelsOf(budget),
  );
}

type Whose = Pick<SpendBudget, "team" | "period">;

const wordOf = { day: "daily", month: "monthly" } as const;
const windowOf = { day: "24 hours", month: "30 days" } as const;

const selectorOf = ({ namespace }: AlertsArgs, { team }: Whose): string =>
  selector(namespace, ...(team === undefined ? [] : [`team_alias="${team}"`]));

const whose = ({ environment }: AlertsArgs, { team }: Whose): string =>
  team === undefined ? environment : `team ${team} in ${environment}`;

const labelsOf = ({ team, period }: Whose): Record<string, string> => ({
  period,
  ...(team === undefined ? {} : { team }),
});
