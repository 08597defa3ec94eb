import type { Config } from "../../config/schema";
import { random } from "../standIn/random";
import { boundedMean, clusterBootstrap, mean, percentile, rounded } from "../statistics";
import type { Judged } from "./judge";
import { costOf, declaredUsd } from "./prices";
import type { TargetName } from "./targets";

const confidence = 0.95;

/** The runs of each case. */
export function byCase<T extends { caseId: string }>(runs: readonly T[]): T[][] {
  const cases = new Map<string, T[]>();
  for (const run of runs) {
    const known = cases.get(run.caseId);
    if (known === undefined) cases.set(run.caseId, [run]);
    else known.push(run);
  }
  return [...cases.values()];
}

/** The results of one target; what a single answer says nothing of is left out, never filled in. */
export function measureTarget({ route, model }: TargetName, runs: readonly Judged[], config: Config) {
  const cases = byCase(runs);
  const seed = (what: string) => random("eval", what, route, model);
  const latency = known(cases, ({ latencySeconds }) => latencySeconds);
  const usd = known(cases, (run) => costOf(run, config, model)?.usd);
  const p95 = (values: readonly number[]) => percentile(values, 0.95);
  const valid = runs.map((run) => run.valid);
  const core = cases.filter((one) => one.some((run) => run.core));
  return {
    route,
    model,
    cases: cases.length,
    repeats: Math.min(...cases.map((one) => one.length)),
    score: boundedMean(
      seed("score"),
      cases.map((one) => mean(one.map(({ score }) => score))),
      confidence,
    ),
    ...(valid.includes(undefined) ? {} : { schemaValidRatio: rounded(mean(valid.map(Number))) }),
    ...(latency && {
      latencyP95Seconds: rounded(p95(latency.flat()), 3),
      latencyP95Interval: around(
        rounded(p95(latency.flat()), 3),
        clusterBootstrap(seed("latency"), latency, p95, confidence),
        3,
      ),
    }),
    ...(usd && {
      usdPerRequest: rounded(mean(usd.map(mean)), 9),
      usdPerRequestInterval: around(
        rounded(mean(usd.map(mean)), 9),
        clusterBootstrap(
          seed("usd"),
          usd.map((one) => [mean(one)]),
          mean,
          confidence,
        ),
        9,
      ),
    }),
    ...perToken(runs, config, model),
    coreCases: core.length,
    corePassed: core.filter((one) => one.every(({ pass }) => pass)).length,
  };
}

/** A value of every answer, by case; undefined where one has none, or where nothing was answered. */
function known(
  cases: readonly (readonly Judged[])[],
  value: (run: Judged) => number | undefined,
): number[][] | undefined {
  const answered = cases.map((one) => one.filter(({ failed }) => !failed)).filter((one) => one.length > 0);
  const values = answered.map((one) => one.map(value));
  if (values.length === 0 || values.flat().includes(undefined)) return undefined;
  return values as number[][];
}

/** Rounding may not put the value outside of its interval. */
const around = (value: number, { low, high }: { low: number; high: number }, digits: number) => ({
  low: Math.min(value, rounded(low, digits)),
  high: Math.max(value, rounded(high, digits)),
});

/** What was charged for tokens beside what the declared prices ask for the same ones; of what was charged only. */
function perToken(runs: readonly Judged[], config: Config, model: string) {
  const charged = runs.flatMap((run) => {
    const cost = run.failed ? undefined : costOf(run, config, model);
    const declared = declaredUsd(run.tokens, config, model);
    if (cost === undefined || cost.by === "declared prices" || declared === undefined) return [];
    const { input, output } = run.tokens ?? { input: 0, output: 0 };
    return [{ usd: cost.usd, declared, tokens: input + output }];
  });
  const tokens = charged.reduce((sum, one) => sum + one.tokens, 0);
  if (tokens === 0) return {};
  const million = (of: (one: (typeof charged)[number]) => number) =>
    rounded((charged.reduce((sum, one) => sum + of(one), 0) / tokens) * 1_000_000, 4);
  return {
    usdPerMillionTokens: { measured: million(({ usd }) => usd), declared: million((one) => one.declared) },
  };
}
