import { type Comparison, compare } from "../../config/compare";
import { mirrorReports } from "../environments";
import type { StackRule } from "../rule";

/** What decides where a request goes and how often it is tried; the rest is behaviour-mirrored's. */
export function isRouting({ path: [key, field] }: Pick<Comparison, "path">): boolean {
  return key === "routes" || (key === "gateway" && (field === "backoff" || field === "redis"));
}

export const routingMirrored: StackRule = {
  kind: "stack",
  name: "routing-mirrored",
  description:
    "Routes, retries, time-outs, fallbacks, cool-downs and breakers are equal in both environments.",
  protects: "From a staging that never exercises the fallback and retry logic that production depends on.",
  severity: "high",
  exceptions: true,
  check({ pair }) {
    const broken = compare(pair.staging, pair.production).filter(
      (one) => one.field.relation === "mirrored" && !one.holds && isRouting(one),
    );
    return mirrorReports(
      pair,
      broken,
      (file) => `Remove the override from ${file}, so that both environments take routing from Pulumi.yaml.`,
    );
  },
};
