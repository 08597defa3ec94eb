import type { Config } from "../../config/schema";
import { concurrencyPerReplica, directModels } from "../../gateway/deployments";
import type { Bounds } from "../budget";
import type { Cell } from "./prompts";

export interface Pace {
  /** Requests at once. */
  lanes: number;
  /** Between the beginnings of two requests. */
  gapMs: number;
}

export interface CanaryPlan {
  cells: readonly Cell[];
  /** Answers to each prompt at each target. */
  repeats: number;
  seed: string;
  pace: Pace;
  /** Which targets are asked for log-probabilities; one that is not named here is tried. */
  logprobs: Readonly<Record<string, boolean>>;
  /** The key in `models` of the model that embeds answers, where the gateway has one. */
  embedding: string | undefined;
}

/** Of the limits that are in force; in production it runs beside the traffic that they are for. */
const shares = { staging: 0.5, production: 0.1 } as const;

export function paceOf(config: Config): Pace {
  const share = shares[config.environment.tier];
  return {
    lanes: Math.max(1, Math.floor(share * concurrencyPerReplica(config))),
    gapMs: Math.ceil(60_000 / (share * config.limits.requestsPerMinute)),
  };
}

/** The model that embeds answers: the first that the gateway offers for embeddings. */
export const embeddingModel = (config: Config): string | undefined =>
  directModels(config).find((name) => config.models[name]?.kind === "embedding");

/** What a plan sends at the most, and how long that takes at its pace. */
export function plannedBy({ cells, repeats, pace, embedding }: CanaryPlan): Omit<Bounds, "usd"> {
  const asked = cells.length * repeats;
  const tried = new Set(cells.map(({ target }) => target)).size * pace.lanes;
  return {
    requests: asked * (embedding === undefined ? 1 : 2) + tried,
    seconds: 60 + (2 * asked * pace.gapMs) / 1000 + asked / pace.lanes,
  };
}

export const secondsLeft = ({ pace }: CanaryPlan, asked: number): number => (asked * pace.gapMs) / 1000;

/** Of the day's limit, for all runs of a day together. */
const dailyShare = 0.2;

/** What one run beside normal traffic may spend where nobody names a bound: its part of a fifth of the day's limit. */
export const usualUsd = ({ limits, monitoring }: Config): number =>
  (limits.dailyUsd * dailyShare * monitoring.canaryEveryMinutes) / 1_440;
