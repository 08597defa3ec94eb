import { parseDocument } from "yaml";
import { type Entries, routesProject } from "./pairs";

/** The shipped project with so many routes for both stacks, and so many teams in staging. */
export function teamsProject(shipped: Entries, count: number): Entries {
  const entries = routesProject(shipped, Math.max(count, 1));
  const file = "Pulumi.staging.yaml";
  const document = parseDocument(entries[file] ?? "");
  const team = {
    monthlyUsd: 1,
    dailyUsd: 0.1,
    alertAtPercent: { warning: 60, page: 80 },
    requestsPerMinute: 1,
    tokensPerMinute: 1_000,
    concurrentRequests: 1,
  };
  const names = Array.from({ length: count }, (_, index) => `team-${index + 1}`);
  document.setIn(
    ["config", "lockstep:limits", "teams"],
    // A copy each: the same object twice would be an alias.
    Object.fromEntries(names.map((name) => [name, structuredClone(team)])),
  );
  return { ...entries, [file]: document.toString() };
}
