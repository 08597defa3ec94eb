import { evidenceRule } from "../evidenceRule";

export const retrievalFresh = evidenceRule("retrieval", {
  name: "retrieval-fresh",
  description:
    "The index is fresh, finds what it should and is fast at a hundred times the expected concurrency.",
  protects: "From answers grounded in yesterday's documents, and from retrieval that stalls under a burst.",
  severity: "high",
});
