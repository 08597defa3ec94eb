import { z } from "zod";
import { readable } from "../../config/numbers";
import { atLeast, atMost, holds, type Kind } from "../kind";
import { ratio, seconds, whole } from "../quantities";

const percentiles = z
  .strictObject({ p50Seconds: seconds(), p95Seconds: seconds(), p99Seconds: seconds() })
  .refine(
    ({ p50Seconds, p95Seconds, p99Seconds }) => p50Seconds <= p95Seconds && p95Seconds <= p99Seconds,
    "percentiles that rise",
  );

const step = z.strictObject({
  multiple: z.number().positive().describe("Of the peak."),
  requestsPerSecond: z.number().min(0),
  requests: whole(),
  firstTokenP95Seconds: seconds(),
  errorRatio: ratio(),
});

const results = z.strictObject({
  peakRequestsPerSecond: z.number().positive().describe("The peak that is expected in production."),
  requestsPerSecond: z.number().min(0).describe("The rate that was offered and measured at."),
  requests: whole(),
  arrivals: z.strictObject({
    process: z.enum(["poisson", "other"]),
    coefficientOfVariation: z
      .number()
      .min(0)
      .describe("Of the gaps between arrivals: 1 for a Poisson process."),
    lag1Autocorrelation: z.number().min(-1).max(1).describe("Of the gaps: 0 for a Poisson process."),
  }),
  fromScheduledTime: z.boolean().describe("Whether latency counts from the time at which a request was due."),
  firstToken: percentiles,
  total: percentiles,
  errorRatio: ratio(),
  fallbackRatio: ratio().optional().describe("Absent where the tool that sent them does not see fallbacks."),
  firstTokenP95Seconds: z
    .strictObject({ hit: seconds().optional(), miss: seconds().optional() })
    .optional()
    .describe("Where the provider read the prompt from its cache, and where it did not."),
  steps: z
    .array(step)
    .max(100)
    .optional()
    .describe("What was offered, from the lowest multiple of the peak; the results above are one of them."),
  bendsAtMultiple: z
    .number()
    .positive()
    .optional()
    .describe("The first multiple at which the time to first token had bent; absent where none had."),
});

/** The largest deviation from a Poisson process at which a tail is still believed. */
const tolerance = { coefficientOfVariation: 0.15, lag1Autocorrelation: 0.1 };

/** Time to first token and errors at a multiple of the expected peak, with arrivals as real traffic has them. */
export const load: Kind<z.infer<typeof results>> = {
  name: "load",
  results,
  comparesWithProduction: false,
  random: false,
  minimumSamples: ({ acceptance }) => acceptance.load.minRequests,
  minimumRepeats: () => 1,
  criteria({ arrivals, ...measured }, { acceptance }) {
    const asked = acceptance.load;
    const { coefficientOfVariation, lag1Autocorrelation } = arrivals;
    return [
      atLeast("minRequests", measured.requests, asked.minRequests, "requests"),
      atLeast(
        "minPeakMultiple",
        // Twelve digits: 0.3 is three times 0.1.
        Number((measured.requestsPerSecond / measured.peakRequestsPerSecond).toPrecision(12)),
        asked.minPeakMultiple,
        "times peak",
      ),
      holds(
        "arrivals",
        arrivals.process === "poisson" &&
          Math.abs(coefficientOfVariation - 1) <= tolerance.coefficientOfVariation &&
          Math.abs(lag1Autocorrelation) <= tolerance.lag1Autocorrelation,
        `gaps with a coefficient of variation of ${readable(coefficientOfVariation)} and an autocorrelation of ${readable(lag1Autocorrelation)}`,
        `Poisson arrivals: 1 ± ${tolerance.coefficientOfVariation} and 0 ± ${tolerance.lag1Autocorrelation}`,
      ),
      holds(
        "fromScheduledTime",
        measured.fromScheduledTime,
        measured.fromScheduledTime ? "latency from the scheduled time" : "latency from the time of sending",
        "latency from the scheduled time",
      ),
      atMost(
        "maxFirstTokenP95Seconds",
        measured.firstToken.p95Seconds,
        asked.maxFirstTokenP95Seconds,
        "seconds",
      ),
      atMost(
        "maxFirstTokenP99Seconds",
        measured.firstToken.p99Seconds,
        asked.maxFirstTokenP99Seconds,
        "seconds",
      ),
      atMost("maxErrorRatio", measured.errorRatio, asked.maxErrorRatio, ""),
    ];
  },
};
