import type { Config } from "../../config/schema";
import type { Latencies } from "../latencies";
import type { Measured } from "../measurement";
import { rounded } from "../statistics";
import type { StepSummary } from "./summary";

/** A p99 of fewer is nearly the largest value. */
const enoughForP99 = 1_000;
/** A step whose time to first token is so many times that of the lowest one has bent. */
const bend = 1.5;
/** What a generator may be late by before it, and not the gateway, is what was measured. */
const lateSeconds = 0.02;
const lateRatio = 0.05;

export interface LoadResults {
  peakPerSecond: number;
  /** From the lowest multiple to the highest; at least one. */
  steps: readonly StepSummary[];
  /** Why it was ended before its end. */
  stopped: string | undefined;
  /** Where another tool sent them; absent for our own generator. */
  tool?: OtherTool;
}

/** What is known of another tool's requests. */
export interface OtherTool {
  /** Whether it says of all of them when they were due. */
  fromScheduledTime: boolean;
  /** Whether it says of all of them what the provider's cache did. */
  hits: boolean;
  notes: readonly string[];
}

/** The results are those of the lowest step that reaches the multiple that is asked for. */
export function loadResults({ acceptance }: Pick<Config, "acceptance">, measured: LoadResults): Measured {
  const { steps, peakPerSecond, stopped, tool } = measured;
  const asked = acceptance.load;
  const main = steps.find(({ multiple }) => multiple >= asked.minPeakMultiple) ?? steps.at(-1);
  if (main === undefined) throw new Error("Nothing was sent.");
  const [lowest] = steps;
  const bent = steps.find(
    (step) =>
      errorRatio(step) > asked.maxErrorRatio ||
      step.firstToken.percentile(0.95) > bend * (lowest?.firstToken.percentile(0.95) ?? 0),
  );
  const worst = main.arrivals.reduce((one, other) => (off(other) > off(one) ? other : one));
  const faults = [...new Set(main.arrivals.flatMap((arrivals) => arrivals.faults))];
  const late = main.late.percentile(0.99);
  const allowedLate = Math.max(lateSeconds, lateRatio * main.firstToken.percentile(0.95));
  return {
    samples: main.requests,
    repeats: 1,
    inconclusive: [
      ...(stopped === undefined ? [] : [stopped]),
      ...faults,
      ...(main.requests < enoughForP99
        ? [`${main.requests} requests are too few for a 99th percentile: 1,000 are the least.`]
        : []),
      ...(late > allowedLate
        ? [
            `The generator itself was late: by ${Number(late.toPrecision(2))} s at its 99th percentile, where ${rounded(allowedLate, 3)} s are the most. Give it more processors, or split it over pods.`,
          ]
        : []),
    ],
    results: {
      peakRequestsPerSecond: peakPerSecond,
      requestsPerSecond: rounded(main.requestsPerSecond, 3),
      requests: main.requests,
      arrivals: {
        process: faults.length === 0 ? "poisson" : "other",
        coefficientOfVariation: worst.coefficientOfVariation,
        lag1Autocorrelation: worst.lag1Autocorrelation,
      },
      fromScheduledTime: tool?.fromScheduledTime ?? true,
      firstToken: main.firstToken.percentiles,
      total: main.total.percentiles,
      errorRatio: errorRatio(main),
      ...(tool === undefined ? { fallbackRatio: rounded(main.fallbacks / main.requests) } : {}),
      ...(tool?.hits === false
        ? {}
        : { firstTokenP95Seconds: { ...p95("hit", main.hit), ...p95("miss", main.miss) } }),
      steps: steps.map((step) => ({
        multiple: step.multiple,
        requestsPerSecond: rounded(step.requestsPerSecond, 3),
        requests: step.requests,
        firstTokenP95Seconds: step.firstToken.percentile(0.95),
        errorRatio: errorRatio(step),
      })),
      ...(bent === undefined || bent === lowest ? {} : { bendsAtMultiple: bent.multiple }),
    },
    raw: {
      notes: [
        ...(tool?.notes ?? ownNotes),
        "Each histogram: HdrHistogram V2, compressed, in base64, microseconds, three significant digits.",
      ],
      peakPerSecond,
      steps: steps.map(encoded),
    },
  };
}

const ownNotes = [
  "An open loop: requests are sent when they are due, whether or not earlier ones are answered; latencies count from that time.",
  "Latencies are of whole answers; one without usage at the end of its stream was cut off, and counts as an error.",
];

const errorRatio = ({ errors, requests }: StepSummary): number => rounded(errors / requests);

const off = ({ coefficientOfVariation }: { coefficientOfVariation: number }): number =>
  Math.abs(coefficientOfVariation - 1);

const p95 = (name: string, latencies: Latencies) =>
  latencies.count === 0 ? {} : { [name]: latencies.percentile(0.95) };

/** A summary as a file has it. */
export type EncodedStep = Omit<StepSummary, Histogram> & Record<Histogram, string>;
type Histogram = "firstToken" | "total" | "hit" | "miss" | "late";

export const encoded = (step: StepSummary): EncodedStep => ({
  ...step,
  firstToken: step.firstToken.encode(),
  total: step.total.encode(),
  hit: step.hit.encode(),
  miss: step.miss.encode(),
  late: step.late.encode(),
});
