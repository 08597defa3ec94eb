import { evidenceRule } from "../evidenceRule";

export const evalsPassed = evidenceRule("eval", {
  name: "evals-passed",
  description: "Every target of every route has passed its evaluation, with enough cases and repeats.",
  protects: "From launching a model, a prompt or a fallback whose quality, cost or latency nobody measured.",
  severity: "high",
});
