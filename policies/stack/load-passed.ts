import { evidenceRule } from "../evidenceRule";

export const loadPassed = evidenceRule("load", {
  name: "load-passed",
  description: "Staging has met its latency and error criteria at a multiple of the expected peak.",
  protects: "From tails, rate limits and fallbacks that only show under the arrivals of real traffic.",
  severity: "high",
});
