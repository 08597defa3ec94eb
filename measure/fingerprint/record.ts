import type { Bounds } from "../budget";
import type { Features } from "./features";

/** What became of one prompt, as the journal keeps it: no text. */
export interface CanaryRecord {
  /** The key of its cell. */
  cell: string;
  /** Seconds of the measurement that had passed, pauses between its stretches aside. */
  atSeconds: number;
  /** How many were sent for it: a first one may be refused, and an embedding may follow. */
  requests: number;
  usd: number;
  /** HTTP status; 0 where no response came. */
  status: number;
  /** The deployment that LiteLLM says answered. */
  deployment?: string;
  /** Whether its provider gives log-probabilities; absent where it was not asked. */
  logprobs?: boolean;
  /** Absent where there was no answer. */
  features?: Features;
}

export const usedBy = (records: readonly CanaryRecord[]): Bounds => ({
  requests: records.reduce((sum, { requests }) => sum + requests, 0),
  seconds: records.reduce((most, { atSeconds }) => Math.max(most, atSeconds), 0),
  usd: records.reduce((sum, { usd }) => sum + usd, 0),
});
