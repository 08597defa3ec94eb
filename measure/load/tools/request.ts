/** One request as another tool tells it; times in seconds since 1970. */
export interface ToolRequest {
  /** When it was due; undefined where the tool does not say. */
  due: number | undefined;
  start: number;
  /** Undefined where the tool sees no tokens. */
  firstToken: number | undefined;
  end: number;
  /** Answered, and by what the tool tells not cut off. */
  whole: boolean;
  /** Whether the provider read any of the prompt from its cache; undefined where the tool does not say. */
  hit: boolean | undefined;
}

/** What another load generator measured. */
export interface ToolResults {
  tool: { name: "k6" | "guidellm"; version: string | undefined };
  /** One a rate that was offered; each has requests. */
  runs: readonly (readonly ToolRequest[])[];
  /** What a reader has to know of them. */
  notes: readonly string[];
  /** Why nothing can be believed of it, whatever its latencies are; empty where there is no such reason. */
  refused: readonly string[];
}

/** What a tool may be early by: clocks are read in milliseconds. */
export const earlySeconds = 0.005;
