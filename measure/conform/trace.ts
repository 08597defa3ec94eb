import type { FaultName } from "../../lifecycle/kinds/routing";

/** One call as it arrived at a provider's side. */
export interface TracedCall {
  /** The deployment's id: "<route>.<model>.<order>". */
  target: string;
  /** From the moment that the request was sent. */
  seconds: number;
}

/**
 * alone: one after the other, all before the cool-down opens; together: at once; after: one after the other once
 * it should be open; recovered: without the fault, when it should be over.
 */
export type Phase = "alone" | "together" | "after" | "recovered";

/** What one request did, and what the client got. */
export interface Trace {
  fault: FaultName;
  route: string;
  phase: Phase;
  calls: TracedCall[];
  /** Such as "200", "200, breaker open, answered by economy-chat", "503 server_error". */
  client: string;
  seconds: number;
}

/** Where two environments do not do the same, or either not what is declared. */
export interface Difference {
  fault: FaultName;
  route: string;
  difference: string;
}
