import type { Stack } from "../../../config/stack";
import type { Answer, Usage } from "../../../measure/client";
import { random } from "../../../measure/standIn/random";
import { bootstrap, mean, percentile, rounded } from "../../../measure/statistics";
import type { Measured, Subject } from "../measurement";
import { paced, withinLimits } from "../pace";
import { casesOf, requestOf, schemaCheck, score } from "../requests";

export interface Target {
  route: string;
  model: string;
  /** The deployment's id in LiteLLM, by which a request can name it and no other. */
  id: string;
}

/** Every target of every route, as the running gateway has them. */
export const targetsOf = ({ config }: Stack): Target[] =>
  Object.entries(config.routes).flatMap(([route, { targets }]) =>
    targets.map(({ model, order }) => ({ route, model, id: `${route}.${model}.${order}` })),
  );

/** Quality, schema, latency and cost of each target, asked directly so that no other answers in its place. */
export async function evaluate({ stack, client }: Subject): Promise<Measured> {
  const { minCases, minRepeats } = stack.config.acceptance.eval;
  const targets = targetsOf(stack);
  const pace = withinLimits(stack.config, targets.length);
  const measured = await Promise.all(
    targets.map(async (target) => {
      const cases = casesOf(stack, target.route).slice(0, minCases);
      const valid = schemaCheck(stack, target.route);
      const jobs = cases.flatMap((one) =>
        Array.from({ length: minRepeats }, () => async () => {
          const request = requestOf(stack, target.route, one.user);
          const answer = await client.chat({ model: target.id, ...request });
          const ok = answer.status === 200;
          return {
            id: one.id,
            answer,
            score: ok ? score(one, answer.text) : 0,
            valid: ok && valid(answer.text),
          };
        }),
      );
      const runs = await paced(jobs, pace);
      const scores = cases.map(({ id }) => mean(runs.filter((run) => run.id === id).map((run) => run.score)));
      return {
        result: {
          route: target.route,
          model: target.model,
          cases: cases.length,
          repeats: minRepeats,
          score: bootstrap(random("eval", target.id), scores, 0.95),
          schemaValidRatio: rounded(mean(runs.map((run) => (run.valid ? 1 : 0)))),
          latencyP95Seconds: rounded(
            percentile(
              runs.map(({ answer }) => answer.totalSeconds),
              0.95,
            ),
            3,
          ),
          usdPerRequest: rounded(mean(runs.map(({ answer }) => usd(stack, target.model, answer.usage))), 9),
        },
        raw: {
          deployment: target.id,
          scores: Object.fromEntries(cases.map(({ id }, index) => [id, rounded(scores[index] ?? 0, 3)])),
          latencyMs: runs.map(({ answer }) => Math.round(answer.totalSeconds * 1000)),
          statuses: counts(runs.map(({ answer }) => answer)),
          usdPerRequestByGateway: rounded(mean(runs.map(({ answer }) => answer.usd ?? 0)), 9),
          examples: runs
            .slice(0, 2)
            .map(({ id, answer }) => ({ case: id, text: answer.text, usage: answer.usage })),
        },
      };
    }),
  );
  return {
    samples: Math.min(...measured.map(({ result }) => result.cases)),
    repeats: minRepeats,
    results: {
      confidence: 0.95,
      method:
        "percentile bootstrap of the mean over cases, 4,000 draws; a case's score is the mean of its repeats",
      targets: measured.map(({ result }) => result),
    },
    raw: {
      notes: [
        "Answers are checked without a model: the passage's id and its fact, or queue and urgency; half a point each.",
        "The stand-in is wrong on purpose in about 3 % of its answers.",
        "A request names the deployment by its id: no fallback and no other target can answer.",
        "usdPerRequest is computed from declared prices and the usage in the answer, cached input at its own price.",
      ],
      targets: measured.map(({ raw }) => raw),
    },
  };
}

/** By the declared prices. */
export function usd({ config }: Stack, model: string, usage: Usage | undefined): number {
  const prices = config.models[model]?.usdPerMillionTokens;
  if (prices === undefined || usage === undefined) return 0;
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
  const input = usage.prompt_tokens - cached;
  return (
    (input * prices.input + cached * prices.cachedInput + usage.completion_tokens * prices.output) / 1_000_000
  );
}

/** How many answers came with each status; 0 stands for none. */
export function counts(answers: readonly Answer[]): Record<string, number> {
  const by: Record<string, number> = {};
  for (const { status } of answers) by[status] = (by[status] ?? 0) + 1;
  return by;
}
