import { z } from "zod";
import { count, quantity, stricter } from "../relation";
import { name } from "./names";

const spend = () => ({
  monthlyUsd: stricter(quantity("USD per month", 1, 100_000_000), "The budget of a calendar month."),
  dailyUsd: stricter(quantity("USD per day", 0.1, 10_000_000), "The budget of a day, in UTC."),
  alertAtPercent: z.record(
    name,
    stricter(
      quantity("percent of the budget", 1, 200),
      "A share of the budget at which a notification is sent; staging is told earlier.",
    ),
  ),
});

const traffic = () => ({
  requestsPerMinute: stricter(count("requests per minute", 1, 10_000_000), "Requests admitted in a minute."),
  tokensPerMinute: stricter(
    count("tokens per minute", 1, 10_000_000_000),
    "Input and output tokens admitted in a minute.",
  ),
  concurrentRequests: stricter(count("requests", 1, 1_000_000), "Requests in flight at one time."),
});

const cluster = () =>
  z.strictObject({
    cpuCores: stricter(
      quantity("cores", 0.1, 100_000),
      "The sum of CPU requests and limits in the namespace.",
    ),
    memoryGib: stricter(
      quantity("GiB", 0.1, 1_000_000),
      "The sum of memory requests and limits in the namespace.",
    ),
    pods: stricter(count("pods", 1, 100_000), "The pods in the namespace."),
  });

/** What one team may use of the environment; `cluster` gives it a namespace of its own with that quota. */
export const teamLimits = z.strictObject({ ...spend(), ...traffic(), cluster: cluster().optional() });

/** What the environment may spend, admit and occupy, in all and for each team. */
export const limits = z.strictObject({
  ...spend(),
  ...traffic(),
  cluster: cluster(),
  teams: z.record(name, teamLimits),
});
