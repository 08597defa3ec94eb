import { evidenceRule } from "../evidenceRule";

export const routingConforms = evidenceRule("routing", {
  name: "routing-conforms",
  description: "Both running gateways retry, fall back and cool down alike when their providers fail.",
  protects: "From a fallback that works in one environment only, which configuration alone does not show.",
  severity: "high",
});
