import type { Config } from "../config/schema";
import type { Stack } from "../config/stack";

/** What an environment can spend in a month of 30 days if its limits are used to the full. */
export interface WorstCase {
  /** USD per month at the admitted tokens and requests, all of them with the dearest model. */
  usd: number;
  /** The key of that model. */
  model: string;
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
  const [dearest] = costs.sort((a, b) => b.usd - a.usd || (a.model < b.model ? -1 : 1));
  return dearest && { ...dearest, budgetUsd: limits.monthlyUsd };
}

/** What an edit of a prompt does to the part of it that providers keep in their prompt caches. */
export interface ColdStart {
  route: string;
  prompt: string;
  /** Tokens of the new prompt, and those of its beginning that stayed the same; at four characters a token. */
  tokens: number;
  kept: number;
  /** USD by which a request is dearer until the new beginning is cached. */
  usdPerRequest: number;
}

/** The routes whose prompt has another content after a change: at first every request of theirs is a miss. */
export function coldStarts(before: Stack | undefined, after: Stack): ColdStart[] {
  const { routes, behaviour, models } = after.config;
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
    return [{ route, prompt, tokens, kept, usdPerRequest: ((tokens - kept) * difference) / 1_000_000 }];
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
