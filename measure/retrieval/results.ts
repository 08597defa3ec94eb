import { readable } from "../../config/numbers";
import { Latencies } from "../latencies";
import type { Measured } from "../measurement";
import { mean, quantileRanks, rounded, wilson } from "../statistics";
import { ageFault, ageHours, type Newest } from "./age";
import { enoughForP99, type RetrievalPlan } from "./plan";
import type { Multiple, Recall, RetrievalRecord, Timed } from "./record";

export interface RetrievalMeasured {
  plan: RetrievalPlan;
  expectedConcurrency?: number;
  /** How many documents a search finds. */
  k: number;
  newest: Newest;
  records: readonly RetrievalRecord[];
  /** Why it was ended before its end. */
  stopped: string | undefined;
}

interface StageSummary {
  multiple: Multiple;
  lanes: number;
  searches: number;
  errors: number;
  latencies: Latencies;
}

const method =
  "Recall: Wilson's score interval over queries. 99th percentiles: order statistics, of searches taken as independent.";

/** @param topK what the behaviour retrieves; something else does not tell of it */
export function retrievalResults(topK: number, measured: RetrievalMeasured): Measured {
  const { plan, expectedConcurrency, k, newest, records, stopped } = measured;
  const recalls = records.filter((one): one is Recall => one.part === "recall");
  if (recalls.length === 0) throw new Error("Nothing was searched for.");
  const begun = plan.stages.map((stage) => summary(stage, records)).filter(({ searches }) => searches > 0);
  // Where every search failed there is no percentile; that they failed is told.
  const stages = begun.filter(({ latencies }) => latencies.count > 0);
  const errors = [...recalls, ...records.filter(isCounted)].filter(({ failed }) => failed).length;
  const recall = rounded(mean(recalls.map((one) => one.recall)));
  const staged = <T>(of: (stage: StageSummary) => T, which = stages) =>
    Object.fromEntries(which.map((stage) => [`at${stage.multiple}`, of(stage)]));
  const fault = ageFault(newest);
  return {
    samples: recalls.length,
    repeats: 1,
    inconclusive: [
      ...(stopped === undefined ? [] : [stopped]),
      ...(fault === undefined ? [] : [fault]),
      ...(k === topK ? [] : [`A search found ${k} documents, and the behaviour retrieves ${topK}.`]),
      ...stages
        .filter(({ latencies }) => latencies.count < enoughForP99)
        .map(
          ({ multiple, latencies: { count } }) =>
            `${readable(count)} whole searches at ${multiple} times the concurrency are too few for a 99th percentile: 1,000 are the least.`,
        ),
    ],
    results: {
      indexAgeHours: rounded(ageHours(newest)),
      indexNewest: newest.index.toISOString(),
      corpusNewest: newest.corpus.toISOString(),
      ...(newest.oldestAfter === undefined ? {} : { missingSince: newest.oldestAfter.toISOString() }),
      queries: recalls.length,
      recall,
      recallInterval: wilson(recall, recalls.length),
      p99Seconds: staged(({ latencies }) => latencies.percentile(0.99)),
      p99Interval: staged(({ latencies }) => {
        const { low, high } = quantileRanks(0.99, latencies.count);
        return {
          low: latencies.percentile(low / latencies.count),
          high: latencies.percentile(high / latencies.count),
        };
      }),
      p50Seconds: staged(({ latencies }) => latencies.percentile(0.5)),
      confidence: 0.95,
      method,
      ...(expectedConcurrency === undefined ? {} : { expectedConcurrency }),
      searches: staged(({ searches }) => searches, begun),
      errors,
    },
    raw: {
      notes: [
        plan.vectors
          ? "Queries were embedded through the gateway, once each; that is no part of the times."
          : "Queries were sent as text: what the search takes to embed them is part of the times.",
        "A closed loop: so many searches are in flight, and the next one begins when one ends; one that stalls is asked less.",
        "Recall is of each query searched for alone; then all are searched for in turn. What warmed up does not count.",
        "Latencies are of whole searches. Each histogram: HdrHistogram V2, compressed, in base64, microseconds, three significant digits.",
      ],
      k,
      recall: recalls.map((one) => ({ query: one.query, recall: rounded(one.recall), failed: one.failed })),
      stages: begun.map(({ latencies, ...stage }) => ({ ...stage, latencies: latencies.encode() })),
    },
  };
}

const isCounted = (record: RetrievalRecord): record is Timed => record.part === "search" && record.counts;

function summary(
  { multiple, lanes }: RetrievalPlan["stages"][number],
  records: readonly RetrievalRecord[],
): StageSummary {
  const made = { multiple, lanes, searches: 0, errors: 0, latencies: Latencies.empty() };
  for (const record of records) {
    if (!isCounted(record) || record.multiple !== multiple) continue;
    made.searches++;
    if (record.failed) made.errors++;
    else made.latencies.add(record.ms / 1000);
  }
  return made;
}
