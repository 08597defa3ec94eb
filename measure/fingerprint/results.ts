import { counted } from "../../config/numbers";
import type { Config } from "../../config/schema";
import type { Measured } from "../measurement";
import { rounded } from "../statistics";
import type { Baseline } from "./baseline";
import { compare, permutations, type RouteComparison, type Sides } from "./compare";
import type { Features } from "./features";
import type { Cell } from "./prompts";
import type { CanaryRecord } from "./record";
import type { ServedFound } from "./served";

/** Of what was asked: with more failures those that answered may be another sort. */
const mostFailed = 0.05;

export interface CanaryFound {
  cells: readonly Cell[];
  repeats: number;
  records: readonly CanaryRecord[];
  served: ServedFound;
  providers: "real" | "stub";
  /** The pinned id of the model that embedded answers. */
  embedding: string | undefined;
  /** Why it was ended before its end. */
  stopped: string | undefined;
}

/** New answers by cell. */
export function answersOf(records: readonly CanaryRecord[]): Map<string, Features[]> {
  const answers = new Map<string, Features[]>();
  for (const { cell, features } of records) {
    if (features === undefined) continue;
    answers.set(cell, [...(answers.get(cell) ?? []), features]);
  }
  return answers;
}

const id = ({ route, target, prompt, digest }: Baseline["cells"][number] | Cell): string =>
  JSON.stringify([route, target, prompt, digest]);

/** Each cell's answers beside those that were signed off for the same request to the same pinned model. */
export function sidesOf(
  { cells, records }: Pick<CanaryFound, "cells" | "records">,
  baseline: Pick<Baseline, "cells">,
): Sides[] {
  const signed = new Map(baseline.cells.map((cell) => [id(cell), cell.answers]));
  const answers = answersOf(records);
  return cells.map((cell) => ({
    route: cell.route,
    before: signed.get(id(cell)) ?? [],
    after: answers.get(cell.key) ?? [],
  }));
}

/** What was found, against the baseline. */
export function canaryResults(
  { acceptance }: Pick<Config, "acceptance">,
  found: CanaryFound,
  baseline: Baseline,
): Measured & { routes: RouteComparison[] } {
  const rate = acceptance.fingerprint.maxFalseAlarmRate;
  const sides = sidesOf(found, baseline);
  const { routes, statistics, inconclusive } = compare(sides, {
    rate,
    seed: baseline.measured.behaviourHash,
  });
  const both = sides.filter(({ before, after }) => before.length >= 2 && after.length >= 2);
  const samples = both.reduce((sum, { after }) => sum + after.length, 0);
  const signed = both.reduce((sum, { before }) => sum + before.length, 0);
  return {
    samples,
    repeats: Math.max(1, Math.min(...both.map(({ after }) => after.length))) || 1,
    inconclusive: [
      ...(found.stopped === undefined ? [] : [found.stopped]),
      ...unlike(found, baseline),
      ...unanswered(found, sides),
      ...inconclusive,
      ...found.served.inconclusive,
    ],
    results: {
      falseAlarmRate: rate,
      method: `permutation test within prompts and targets, ${permutations} permutations, largest of ${statistics} statistics (Westfall and Young's maxT): shifts of format, refusal, length, tools and log-probabilities, energy distances of wording and meaning; ${samples} answers against the baseline's ${signed}; the rate is over all routes`,
      baseline: { signedOffBy: baseline.signedOffBy, date: baseline.date },
      routes: routes.map(({ features: _, ...route }) => route),
      models: found.served.models,
    },
    routes,
    raw: {
      notes: [
        "p-values are adjusted: an alarm is one at or below the false-alarm rate, which holds over all routes and features.",
        "Each answer as numbers: its values, a sketch of hashed words and pairs, and its embedding in 32 random directions.",
        "Targets are asked by their deployment, fallbacks too; log-probabilities where the provider gives them.",
        "The ids that providers named are those of all traffic while it ran.",
      ],
      baseline: { ...baseline.measured, signedOffBy: baseline.signedOffBy, date: baseline.date },
      routes,
      answers: found.cells.map(({ key, digest }, index) => ({
        cell: key,
        digest,
        answers: sides[index]?.after,
      })),
    },
  };
}

/** In what the baseline is of another sort, so that a difference would say nothing. */
const unlike = (found: CanaryFound, { measured, embedding }: Baseline): string[] => [
  ...(measured.providers === found.providers
    ? []
    : [`The baseline is of ${measured.providers} providers, and these answers of ${found.providers} ones.`]),
  ...(embedding === found.embedding || embedding === undefined
    ? []
    : ["The baseline's embeddings are of another model."]),
];

function unanswered({ cells, repeats, records }: CanaryFound, sides: readonly Sides[]): string[] {
  const without = sides.filter(({ before }) => before.length === 0).length;
  const failed = records.filter(({ features }) => features === undefined);
  const share = failed.length / Math.max(1, cells.length * repeats);
  const thin = sides.filter(({ before, after }) => before.length > 0 && after.length < 2).length;
  const statuses = [...new Set(failed.map(({ status }) => status))].sort((a, b) => a - b);
  return [
    ...(without === 0
      ? []
      : [
          `The baseline has no answers to ${without} of ${counted(cells.length, "prompt")} as they are asked now: sign off new ones with --accept.`,
        ]),
    ...(share <= mostFailed
      ? []
      : [
          `${rounded(100 * share, 1)} % of the requests had no answer (status ${statuses.join(", ")}); ${100 * mostFailed} % are the most.`,
        ]),
    ...(thin === 0 ? [] : [`${counted(thin, "prompt")} had fewer than two answers.`]),
  ];
}
