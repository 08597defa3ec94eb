import type { KindName } from "../lifecycle/kind";

/** What a measurement found out; the rest of a statement is the same for all. */
export interface Measured {
  /** By the kind's own schema: `lifecycle/kinds/`. */
  results: Record<string, unknown>;
  /** How many independent things were measured. */
  samples: number;
  /** How often each was. */
  repeats: number;
  /** Why the data do not decide, one sentence a reason; empty where they do. */
  inconclusive: string[];
  /** What the results were computed from, and what a reader has to know of it. */
  raw: { notes: string[]; [key: string]: unknown };
}

/** A measurement with its times and what the gateway reported around it: all of a statement but its raw output. */
export interface MeasuredGateway {
  environment: "staging" | "production";
  stack: string;
  gateway: { before: string; after: string };
  providers: "real" | "stub";
  tool: { name: string; version: string; command: string };
  started: Date;
  ended: Date;
}

/** The predicate of a statement without `raw`, and the raw output as text. */
export function predicateOf(
  kind: KindName,
  { started, ended, ...gateway }: MeasuredGateway,
  { results, samples, repeats, inconclusive, raw }: Measured,
): { predicate: Record<string, unknown>; raw: string } {
  return {
    predicate: {
      ...gateway,
      started: started.toISOString(),
      ended: ended.toISOString(),
      samples,
      repeats,
      inconclusive,
      results,
    },
    raw: `${JSON.stringify({ kind, ...raw })}\n`,
  };
}
