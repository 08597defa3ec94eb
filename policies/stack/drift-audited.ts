import { evidenceRule } from "../evidenceRule";

export const driftAudited = evidenceRule("drift", {
  name: "drift-audited",
  description:
    "What runs in staging was audited against what is declared: prompts, models, policy configuration.",
  protects: "From evidence about a system that has drifted from its configuration.",
  severity: "medium",
});
