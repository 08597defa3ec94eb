import type { CaseKind } from "../../lifecycle/kinds/eval";

/** One request of an evaluation and how its answer was judged, whichever tool made it. */
export interface Run {
  /** Where it stands in its file, for messages: "results.results[3]", "line 7". */
  at: string;
  /** What the file calls whoever answered; `--target` says which target that is. */
  label: string;
  /** A second name that the file has for it. */
  alias?: string;
  /** The same for every repeat of a case. */
  caseId: string;
  /** A number that the file itself gives the repeat; otherwise repeats are counted. */
  repeat?: number;
  score: number;
  pass: boolean;
  /** It came to no judgement: the request or the check broke. Counts as a failed case. */
  failed: boolean;
  latencySeconds?: number;
  /** What the tool says that the request cost. */
  toolUsd?: number;
  /** What the gateway says, in its own header. */
  gatewayUsd?: number;
  tokens?: Tokens;
  /** What was asked, where the file says it; kept out of evidence. */
  prompt?: string;
  text?: string;
  /** The id of the gateway's deployment that answered, by its header. */
  answeredBy?: string;
  /** It came from the tool's cache: no model was asked. */
  cached: boolean;
  kinds: CaseKind[];
  tools: string[];
  team?: string;
  /** A case of the core reasoning path. */
  core: boolean;
}

/** The input counts the cached tokens too, as providers report it. */
export interface Tokens {
  input: number;
  cached: number;
  output: number;
}

export type Format = "promptfoo" | "jsonl" | "junit";

/** What one file of results says. */
export interface ReadFile {
  name: string;
  format: Format;
  sha256: string;
  /** The tool and its version, where the file tells. */
  tool: { name: string; version?: string } | undefined;
  /** When it was made, where the file tells. */
  made?: Date;
  runs: Run[];
}
