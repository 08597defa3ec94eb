import { compare } from "../../config/compare";
import { formatPath } from "../../config/relation";
import type { Stack } from "../../config/stack";
import { type AreaFound, areaFound, differ, plainText, shortDigest, shown } from "./difference";
import { type Observed, observe } from "./observed";
import type { State } from "./state";

/**
 * Both environments as they were deployed, compared by the relation that each field declares: the comparison that the
 * rules make between the files, over the values that both states show.
 */
export function environmentDrift(
  staging: Stack,
  production: Stack,
  states: Readonly<Record<"staging" | "production", State>>,
): AreaFound {
  const ours = observe(staging.config, states.staging);
  const theirs = observe(production.config, states.production);
  const seen = new Set(ours.map(({ path }) => formatPath(path)));
  const both = new Set(theirs.map(({ path }) => formatPath(path)).filter((name) => seen.has(name)));
  const comparisons = compare(deployedStack(staging, ours), deployedStack(production, theirs)).filter(
    ({ name }) => both.has(name),
  );
  const differences = comparisons
    .filter(({ holds }) => !holds)
    .map(({ name, field, staging: one, production: other }) =>
      differ("environments", {
        name,
        difference: wordsOf[field.relation],
        declared: field.file ? "another content" : textOf(one),
        deployed: field.file ? "another content" : textOf(other),
      }),
    );
  return areaFound("environments", {
    compared: comparisons.length,
    differences,
    leftAside: [
      "Compared between the environments are the values that both states show; the rest is compared by the files.",
    ],
  });
}

const wordsOf = {
  mirrored: "it has to be equal in both environments as deployed",
  stricter: "staging has to be stricter than production as deployed",
  separate: "it must not be shared by both environments as deployed",
  free: "it may differ",
} as const;

/** All of them are fields that are known to hold no secret. */
const textOf = (value: unknown): string | undefined =>
  shortDigest(value) ?? (typeof value === "string" ? plainText(value) : shown("value", value));

/** The stack with the values that were deployed in place of the declared ones. */
function deployedStack(stack: Stack, observed: readonly Observed[]): Stack {
  const config = structuredClone(stack.config);
  const contents = new Map(stack.contents);
  for (const { path, value, file } of observed) {
    if (!file) {
      put(config, path, value);
      continue;
    }
    const named = `deployed:${formatPath(path)}`;
    contents.set(named, String(value));
    put(config, path, named);
  }
  return { ...stack, config, contents };
}

function put(target: unknown, path: Observed["path"], value: unknown): void {
  let at = target as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) {
    const next = at[step];
    // A model that is deployed and not declared is told of elsewhere.
    if (typeof next !== "object" || next === null) return;
    at = next as Record<string | number, unknown>;
  }
  const last = path.at(-1);
  if (last !== undefined) at[last] = value;
}
