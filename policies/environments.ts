import { createHash } from "node:crypto";
import type { Comparison } from "../config/compare";
import type { Pair } from "../config/pair";
import { formatPath, type Path } from "../config/relation";
import type { Tier } from "../config/schema/environment";
import type { Stack } from "../config/stack";
import { describeValue, valueAt } from "../config/value";
import type { Position } from "../config/yaml";
import type { Report } from "./rule";

const projectFile = "Pulumi.yaml";

/** "staging's limits.monthlyUsd"; without a tier, for what both environments share, the path alone. */
export function subject(tier: Tier | undefined, name: string): string {
  return tier === undefined ? name : `${tier}'s ${name}`;
}

/**
 * Judges each environment by itself. What both take from one place, in Pulumi.yaml or in a release that both
 * carry, is reported once, and said to be both's; `check` gets the function that names the subject of a path.
 */
export function inEach(
  pair: Pair,
  check: (stack: Stack, name: (path: Path) => string) => Report[],
): Report[] {
  const seen = new Set<string>();
  return (["staging", "production"] as const).flatMap((tier) => {
    const stack = pair[tier];
    const name = (path: Path) => subject(isShared(pair, path) ? undefined : tier, formatPath(path));
    return check(stack, name).filter(({ at, path }) => {
      const key = `${at?.file}:${at?.line}:${at?.column}:${path}`;
      return seen.size !== seen.add(key).size;
    });
  });
}

function isShared({ staging, production }: Pair, path: Path): boolean {
  const [one, other] = [staging.position(path), production.position(path)];
  return one.file === other.file && one.line === other.line && one.column === other.column;
}

/**
 * Differences in mirrored values as reports: one a value, but one alone for a whole route, model or other
 * entry that only one environment has.
 */
export function mirrorReports(
  pair: Pair,
  differences: Comparison[],
  remedy: (file: string) => string,
): Report[] {
  const missing = new Set<string>();
  return differences.flatMap((difference): Report[] => {
    const path = shallowestMissing(pair, difference.path);
    const whole = formatPath(path);
    if (path.length < difference.path.length) {
      if (missing.has(whole)) return [];
      missing.add(whole);
      const tier = valueAt(pair.staging.config, path) === undefined ? "production" : "staging";
      const at = pair[tier].position(path);
      return [
        {
          object: whole,
          path: whole,
          found: `only in ${tier}`,
          allowed: "the same in both environments",
          remedy: remedy(at.file),
          at,
        },
      ];
    }
    const at = overriding(pair, path);
    return [
      {
        object: whole,
        path: whole,
        found: (["staging", "production"] as const)
          .map((tier) => `${tier} ${shown(pair[tier], difference, tier)}`)
          .join(", "),
        allowed: difference.field.file
          ? "files with the same content in both environments"
          : "the same value in both environments",
        remedy: remedy(at.file),
        at,
      },
    ];
  });
}

/** A difference in a mirrored value stands where a stack file overrides Pulumi.yaml. */
function overriding(pair: Pair, path: Path): Position {
  const places = [pair.staging.position(path), pair.production.position(path)];
  const own = places.find(({ file }) => file !== projectFile);
  return own ?? (places[0] as Position);
}

function shallowestMissing(pair: Pair, path: Path): Path {
  for (let length = 1; length < path.length; length++) {
    const prefix = path.slice(0, length);
    const absent = [pair.staging, pair.production].some(
      ({ config }) => valueAt(config, prefix) === undefined,
    );
    if (absent) return prefix;
  }
  return path;
}

function shown(stack: Stack, difference: Comparison, tier: Tier): string {
  const value = difference[tier];
  const text = describeValue(value);
  if (!difference.field.file || value === undefined) return text;
  const content = stack.contents.get(String(value)) ?? "";
  return `${text} (sha256 ${createHash("sha256").update(content).digest("hex").slice(0, 12)}…)`;
}
