import { z } from "zod";
import { count, mirrored, quantity } from "../relation";

const maxAgeDays = (longest: number) =>
  mirrored(quantity("days", 0.01, longest), "The age at which this evidence no longer counts.");
const ratio = () => quantity("ratio", 0, 1);

/** What evidence has to show before production may become what staging is. One group a kind of evidence. */
export const acceptance = z.strictObject({
  eval: z
    .strictObject({
      minCases: mirrored(
        count("cases", 20, 1_000_000),
        "The fewest cases, for each target of a route.",
      ).default(40),
      minRepeats: mirrored(
        count("repeats", 2, 1_000),
        "The fewest repeats of a case: temperature zero is not deterministic.",
      ).default(3),
      minScore: mirrored(
        ratio(),
        "The lowest acceptable mean score (the lower end of its interval).",
      ).default(0.85),
      minSchemaValidRatio: mirrored(
        ratio(),
        "The lowest acceptable share of answers that satisfy the route's schema.",
      ).default(0.98),
      maxLatencyP95Seconds: mirrored(
        quantity("seconds", 0.01, 3_600),
        "The highest acceptable 95th percentile of latency.",
      ).default(10),
      maxUsdPerRequest: mirrored(
        quantity("USD per request", 0.000001, 1_000),
        "The highest acceptable mean cost of a request.",
      ).default(0.05),
      maxAgeDays: maxAgeDays(90).default(14),
    })
    .prefault({}),
  fingerprint: z
    .strictObject({
      minSamples: mirrored(
        count("samples", 20, 100_000),
        "The fewest samples of the canary's prompts in all.",
      ).default(60),
      maxFalseAlarmRate: mirrored(
        quantity("probability", 0.0001, 0.2),
        "The false-alarm rate that the test is run at.",
      ).default(0.01),
      maxAgeDays: maxAgeDays(30).default(7),
    })
    .prefault({}),
  load: z
    .strictObject({
      minPeakMultiple: mirrored(
        quantity("times peak", 2, 20),
        "The load as a multiple of the expected peak.",
      ).default(3),
      minRequests: mirrored(
        count("requests", 1_000, 100_000_000),
        "The fewest requests: a p99 needs 1,000 or more.",
      ).default(5000),
      maxFirstTokenP95Seconds: mirrored(
        quantity("seconds", 0.01, 600),
        "The highest acceptable p95 of the time to first token.",
      ).default(2.5),
      maxFirstTokenP99Seconds: mirrored(
        quantity("seconds", 0.01, 600),
        "The highest acceptable p99 of the time to first token.",
      ).default(5),
      maxErrorRatio: mirrored(ratio(), "The highest acceptable share of failed requests.").default(0.01),
      maxAgeDays: maxAgeDays(90).default(30),
    })
    .prefault({}),
  cache: z
    .strictObject({
      minHitRatio: mirrored(
        ratio(),
        "The lowest acceptable prompt-cache hit rate of each traffic pattern.",
      ).default(0.6),
      minRequests: mirrored(
        count("requests", 20, 100_000_000),
        "The fewest requests of a traffic pattern.",
      ).default(500),
      maxAgeDays: maxAgeDays(90).default(30),
    })
    .prefault({}),
  retrieval: z
    .strictObject({
      maxIndexAgeHours: mirrored(quantity("hours", 0.1, 720), "The oldest acceptable staging index.").default(
        24,
      ),
      minRecall: mirrored(ratio(), "The lowest acceptable recall of the fixed queries.").default(0.9),
      maxP99Seconds: mirrored(
        quantity("seconds", 0.001, 600),
        "The highest acceptable p99 of retrieval at 100 times the expected concurrency.",
      ).default(0.4),
      maxAgeDays: maxAgeDays(90).default(30),
    })
    .prefault({}),
  traffic: z
    .strictObject({
      minDays: mirrored(
        count("days", 1, 90),
        "The fewest days of production traffic that are compared.",
      ).default(7),
      minRequests: mirrored(
        count("requests", 100, 1_000_000_000),
        "The fewest production requests that are compared.",
      ).default(5000),
      maxPsi: mirrored(
        quantity("population stability index", 0, 10),
        "The highest acceptable index between production's and the tested distribution.",
      ).default(0.2),
      maxJensenShannon: mirrored(
        ratio(),
        "The highest acceptable Jensen–Shannon divergence (base 2) between them; 0.05 unless it is set.",
      ).optional(),
      maxKolmogorovSmirnov: mirrored(
        ratio(),
        "The highest acceptable Kolmogorov–Smirnov distance of numbers; 0.2 unless it is set.",
      ).optional(),
      maxAgeDays: maxAgeDays(90).default(30),
    })
    .prefault({}),
  validity: z
    .strictObject({
      minResponses: mirrored(
        count("responses", 100, 100_000_000),
        "The fewest answers from each environment.",
      ).default(1000),
      maxPassRatioDrop: mirrored(
        ratio(),
        "How far staging's validator pass rate may lie below production's.",
      ).default(0.02),
      maxAgeDays: maxAgeDays(90).default(30),
    })
    .prefault({}),
  routing: z.strictObject({ maxAgeDays: maxAgeDays(90).default(30) }).prefault({}),
  drift: z.strictObject({ maxAgeDays: maxAgeDays(45).default(31) }).prefault({}),
});
