import { compare } from "../../config/compare";
import type { Pair } from "../../config/pair";
import { describeValue } from "../../config/value";
import { subject } from "../environments";
import type { Report, StackRule } from "../rule";

export const environmentsSeparate: StackRule = {
  kind: "stack",
  name: "environments-separate",
  description:
    "Account, cluster, namespace, key, topic and log bucket are not shared between the environments.",
  protects: "From an accident in staging that reaches production's resources or data.",
  severity: "critical",
  exceptions: true,
  check({ pair }) {
    return [...sharedReports(pair), ...nestedReports(pair)];
  },
};

function sharedReports(pair: Pair): Report[] {
  return compare(pair.staging, pair.production)
    .filter(({ path, field, holds }) => field.relation === "separate" && !holds && path[0] === "environment")
    .map(({ path, name, staging }) => ({
      object: subject("staging", name),
      path: name,
      found: `${describeValue(staging)}, as in production`,
      allowed: "a value of its own",
      remedy: `Give staging an ${name} of its own in ${pair.staging.file}.`,
      at: pair.staging.position(path),
    }));
}

/** A prefix inside the other's: the role that reads the outer one reads both environments' secrets. */
function nestedReports(pair: Pair): Report[] {
  return (["staging", "production"] as const).flatMap((tier) => {
    const other = tier === "staging" ? "production" : "staging";
    const outer = pair[tier].config.environment.secretPrefix;
    const inner = pair[other].config.environment.secretPrefix;
    if (!inner.startsWith(`${outer}/`)) return [];
    return [
      {
        object: subject(tier, "environment.secretPrefix"),
        path: "environment.secretPrefix",
        found: `"${outer}", inside which ${other}'s "${inner}" lies`,
        allowed: "prefixes of which none begins with the other",
        remedy: `Rename one of the prefixes, such as "lockstep/${tier}".`,
        at: pair[tier].position(["environment", "secretPrefix"]),
      },
    ];
  });
}
