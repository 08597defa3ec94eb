import { evidenceRule } from "../evidenceRule";

export const cacheHitRate = evidenceRule("cache", {
  name: "cache-hit-rate",
  description: "Each route with a prompt has reached its prompt-cache hit rate in staging.",
  protects: "From costs and first-token times that double because a prompt no longer hits the cache.",
  severity: "medium",
});
