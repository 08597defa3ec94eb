import { compare } from "../../config/compare";
import { describeValue } from "../../config/parse";
import { subject } from "../environments";
import type { StackRule } from "../rule";

export const environmentsSeparate: StackRule = {
  kind: "stack",
  name: "environments-separate",
  description:
    "Account, cluster, namespace, key, topic and log bucket are not shared between the environments.",
  protects: "From an accident in staging that reaches production's resources or data.",
  severity: "critical",
  exceptions: true,
  check({ pair }) {
    return compare(pair.staging, pair.production)
      .filter(
        ({ path, field, holds }) => field.relation === "separate" && !holds && path[0] === "environment",
      )
      .map(({ path, name, staging }) => ({
        object: subject("staging", name),
        path: name,
        found: `${describeValue(staging)}, as in production`,
        allowed: "a value of its own",
        remedy: `Give staging an ${name} of its own in ${pair.staging.file}.`,
        at: pair.staging.position(path),
      }));
  },
};
