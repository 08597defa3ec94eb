import type { Config } from "../../config/schema";

/** A model that scores answers, as the gateway knows it. */
export interface Judge {
  /** What is asked: a deployment's id, so that no fallback answers in its place. */
  deployment: string;
  /** The key in `models`, and the pinned id. */
  model: string;
  modelId: string;
}

/** A judge that there is not; one sentence. */
export class JudgeError extends Error {
  override readonly name = "JudgeError";
}

/** Of a usual question to the judge: much is read and little is said. */
const usualTokens = { input: 3_000, output: 30 };

/** All deployments of routes, the cheapest to ask first. */
function deploymentsOf({ routes, models }: Config): (Judge & { usd: number; route: string })[] {
  return Object.entries(routes)
    .flatMap(([route, { targets }]) =>
      targets.flatMap(({ model, order }) => {
        const declared = models[model];
        if (declared === undefined || declared.kind !== "chat") return [];
        const { input, output } = declared.usdPerMillionTokens;
        const usd = (usualTokens.input * input + usualTokens.output * output) / 1e6;
        return [{ deployment: `${route}.${model}.${order}`, route, model, modelId: declared.modelId, usd }];
      }),
    )
    .sort((a, b) => a.usd - b.usd || (a.deployment < b.deployment ? -1 : 1));
}

/**
 * The judge: the cheapest deployment, unless a route or a deployment is named. Of a route it is the first one that it
 * calls.
 */
export function judgeOf(config: Config, named: string | undefined): Judge {
  const all = deploymentsOf(config);
  const of = ({ deployment, model, modelId }: Judge) => ({ deployment, model, modelId });
  if (named === undefined) {
    const [cheapest] = all;
    if (cheapest === undefined) throw new JudgeError("No route has a chat model that could judge.");
    return of(cheapest);
  }
  const exact = all.find(({ deployment }) => deployment === named);
  if (exact !== undefined) return of(exact);
  const targets = [...(config.routes[named]?.targets ?? [])].sort((a, b) => a.order - b.order);
  const first = all.find(({ route, model }) => route === named && model === targets[0]?.model);
  if (first === undefined)
    throw new JudgeError(
      `The judge has to be a route or a deployment of one: ${[...Object.keys(config.routes), ...all.map(({ deployment }) => deployment)].join(", ")}.`,
    );
  return of(first);
}

/** The most that one question to a judge costs, in USD, by the declared prices. */
export function judgeUsd(config: Config, { model }: Judge, messages: readonly unknown[]): number {
  const declared = config.models[model];
  if (declared === undefined) return 0;
  const { usdPerMillionTokens: price, maxOutputTokens, contextWindowTokens } = declared;
  // Four characters are a token.
  const input = JSON.stringify(messages).length / 4;
  return (input * price.input + (maxOutputTokens ?? contextWindowTokens) * price.output) / 1e6;
}
