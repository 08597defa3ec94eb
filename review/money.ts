import type { Config } from "../config/schema";
import type { Stack } from "../config/stack";

/** What an environment can spend in a month of 30 days if its limits are used to the full. */
export interface WorstCase {
  /** USD per month at the admitted tokens and requests, all of them with the dearest model. */
  usd: number;
  /** The key of that model. */
  model: string;
  /** The same for each model that a route calls, the dearest first. */
  byModel: readonly { model: string; usd: number }[];
  /** The declared budget, which alarms and does not stop anybody. */
  budgetUsd: number;
}

const minutesPerMonth = 30 * 24 * 60;

/**
 * The dearest way to use the limits: as many output tokens as the requests may have, the rest of the admitted
 * tokens as input, nothing from a cache, every minute of a month. Undefined where no route has a priced model.
 */
export function worstCase({ limits, models, routes }: Config): WorstCase | undefined {
  const used = new Set(Object.values(routes).flatMap(({ targets }) => targets.map(({ model }) => model)));
  const costs = [...used].flatMap((key) => {
    const model = Object.hasOwn(models, key) ? models[key] : undefined;
    if (model === undefined) return [];
    const { input, output } = model.usdPerMillionTokens;
    const outputTokens = Math.min(
      limits.tokensPerMinute,
      limits.requestsPerMinute * (model.maxOutputTokens ?? 0),
    );
    const inputTokens = limits.tokensPerMinute - outputTokens;
    // Where input is dearer than output, all of it is input.
    const mixed = inputTokens * input + outputTokens * output;
    const perMinute = Math.max(mixed, limits.tokensPerMinute * input) / 1_000_000;
    return [{ model: key, usd: perMinute * minutesPerMonth }];
  });
  const byModel = costs.sort((a, b) => b.usd - a.usd || (a.model < b.model ? -1 : 1));
  const [dearest] = byModel;
  return dearest && { ...dearest, byModel, budgetUsd: limits.monthlyUsd };
}

/**
 * What an edit of a prompt does to the part of it that providers keep in their prompt caches: how much of its
 * beginning is lost, what that costs, and for how long.
 *
 * A provider has the new beginning once the first answer to it begins, so until then every request misses
 * (https://platform.claude.com/docs/en/build-with-claude/prompt-caching); that time is taken to be the objective
 * for a first token without the cache. It forgets what nobody asks for in five minutes, and of a prompt that is
 * shorter than {@link shortestCached} it keeps nothing.
 */
export interface ColdStart {
  route: string;
  prompt: string;
  /** Tokens of the new prompt, and those of its beginning that stayed the same; at four characters a token. */
  tokens: number;
  kept: number;
  /** False where the prompt alone is too short to be kept: then only tools and messages behind it can make up for it. */
  isCached: boolean;
  /** USD by which a request is dearer until the new beginning is cached. */
  usdPerRequest: number;
  /** How long every request is one of those, and how many production admits in that time. */
  seconds: number;
  requests: number;
  /** What they cost together, at most. */
  usd: number;
}

/**
 * Tokens below which OpenAI and Azure OpenAI cache nothing, and most of Anthropic's models neither (512 to 4,096 by
 * model): https://developers.openai.com/api/docs/guides/prompt-caching
 */
export const shortestCached = 1_024;

/** The routes whose prompt has another content after a change: at first every request of theirs is a miss. */
export function coldStarts(before: Stack | undefined, after: Stack): ColdStart[] {
  const { routes, behaviour, models, objectives, limits } = after.config;
  const seconds = objectives.firstTokenP95Seconds.cacheMiss;
  const requests = Math.ceil((limits.requestsPerMinute * seconds) / 60);
  return Object.entries(routes).flatMap(([route, { prompt, targets }]): ColdStart[] => {
    if (prompt === undefined) return [];
    const text = contentOf(after, behaviour.prompts[prompt]?.file);
    const oldPrompt = before?.config.routes[route]?.prompt;
    const oldFile = oldPrompt === undefined ? undefined : before?.config.behaviour.prompts[oldPrompt]?.file;
    const old = before && contentOf(before, oldFile);
    if (text === undefined || old === undefined || text === old) return [];
    const [first] = [...targets].sort((a, b) => a.order - b.order);
    const price = first && models[first.model]?.usdPerMillionTokens;
    const tokens = Math.ceil(text.length / 4);
    const kept = Math.floor(commonPrefix(old, text) / 4);
    const difference = price ? Math.max(0, price.input - price.cachedInput) : 0;
    const isCached = tokens >= shortestCached;
    const usdPerRequest = isCached ? ((tokens - kept) * difference) / 1_000_000 : 0;
    return [
      {
        route,
        prompt,
        tokens,
        kept,
        isCached,
        usdPerRequest,
        seconds,
        requests,
        usd: requests * usdPerRequest,
      },
    ];
  });
}

const contentOf = (stack: Stack, file: string | undefined) =>
  file === undefined ? undefined : stack.contents.get(file);

function commonPrefix(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let index = 0;
  while (index < length && a[index] === b[index]) index++;
  return index;
}
