import { readable } from "../config/numbers";
import type { ColdStart } from "./money";
import type { ReleaseStatus } from "./releaseStatus";

/** Sentences about money without their end; `name` shows what comes from a file. */
type Name = (text: string) => string;

/** What the releases that are open are expected to change in a month's bill. */
export const deltaTexts = (releases: readonly ReleaseStatus[], name: Name): string[] =>
  releases.flatMap(({ id, tokenDelta = [] }) =>
    tokenDelta.map(
      ({ route, monthlyUsd, requestsPerMonth }) =>
        `release ${name(id)}, ${name(route)}: ${signed(monthlyUsd.warm)} with a warm prompt cache, ${signed(monthlyUsd.cold)} with a cold one, at ${readable(requestsPerMonth)} requests a month`,
    ),
  );

const signed = (amount: number) => `${amount < 0 ? "-" : "+"}${usd(Math.abs(amount))} USD a month`;

const usd = (amount: number) => amount.toFixed(2).replace(/\B(?=(?:\d{3})+\.)/g, ",");

/** What the edit of a prompt costs until its new beginning is cached. */
export function coldStartText(cold: ColdStart, name: Name): string {
  const { route, prompt, tokens, kept, isCached, seconds, requests } = cold;
  const stays = `${name(route)}: of the prompt ${name(prompt)} the first ${readable(kept)} of about ${readable(tokens)} tokens stay as they were`;
  if (!isCached) return `${stays}; it is too short for a provider to cache by itself`;
  if (tokens === kept) return `${stays}, so the cache stays warm`;
  return `${stays}; for about ${readable(seconds)} s every request misses the cache, at most ${readable(requests)} of them in production, which costs ${cold.usd < 0.01 ? "less than 0.01" : small(cold.usd)} USD more`;
}

const small = (amount: number) => readable(Number(amount.toPrecision(2)));
