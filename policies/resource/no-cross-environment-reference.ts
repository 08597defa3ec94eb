import { hideCredentials } from "../../config/credentialPattern";
import type { Pair } from "../../config/pair";
import { isRecord } from "../../config/record";
import { formatPath, type Path } from "../../config/relation";
import { type EnvironmentName, environmentNames, NameFinder } from "../environmentNames";
import { ownStack } from "../ownStack";
import { objectOf, shown } from "../props";
import { resourceStrings } from "../resourceStrings";
import type { Report, ResourceRule, ResourceView } from "../rule";

const referenceType = "pulumi:pulumi:StackReference";

/** Judged by other rules: a provider's target by `providers-explicit`, a secret's name by `secret-isolated`. */
const elsewhere = (type: string): readonly string[] => {
  if (type.startsWith("pulumi:providers:")) return ["allowedAccountIds", "context", "kubeconfig"];
  return type === "aws:secretsmanager/secret:Secret" ? ["name"] : [];
};

/**
 * Over every type. What is not known yet is not judged in a preview but in the update, before the resource is
 * created. The engine shows a StackReference to no policy while it reads it; it is judged where one arrives.
 */
export const noCrossEnvironmentReference: ResourceRule = {
  kind: "resource",
  name: "no-cross-environment-reference",
  description: "No resource of an environment names what belongs to its counterpart.",
  protects: "From staging that reads, writes or pages production, and the other way round.",
  severity: "critical",
  exceptions: true,
  types: "any",
  check(resource, context) {
    const stacks = ownStack(context);
    if (stacks === undefined || context.pair === undefined) return [];
    const { own, counterpart } = stacks;
    const { tier } = counterpart.config.environment;
    if (resource.type === referenceType) return referenceReports(resource, counterpart.name, tier);
    const finder = finderOf(context.pair, own.config.environment.tier);
    const skipped = elsewhere(resource.type);
    const { texts } = resourceStrings(resource.props);
    if (!finder.inAny(texts)) return [];
    const found: Place[] = [];
    for (const key of Object.keys(resource.props))
      if (!skipped.includes(key)) search(resource.props[key], [key], finder, found);
    return found.map(
      ({ path, name }): Report => ({
        object: `${objectOf(resource)}'s ${hideCredentials(formatPath(path))}`,
        path: resource.urn,
        found: `${shown(name.value)}, ${tier}'s environment.${name.field}`,
        allowed: `what is ${own.config.environment.tier}'s own, or nobody's`,
        remedy: "Take the value from the stack's own configuration.",
      }),
    );
  },
};

const finders = new WeakMap<Pair, Partial<Record<"staging" | "production", NameFinder>>>();

/** Made once a pair: every string of every resource is looked through. */
function finderOf(pair: Pair, tier: "staging" | "production"): NameFinder {
  const made = finders.get(pair) ?? {};
  finders.set(pair, made);
  const other = tier === "staging" ? "production" : "staging";
  made[tier] ??= new NameFinder(environmentNames(pair[tier].config), environmentNames(pair[other].config));
  return made[tier];
}

/** A foreign name and where it stands. */
interface Place {
  path: Path;
  name: EnvironmentName;
}

/** Over all strings of a value, keys of maps too. `path` is where the walk is: copied only for what is found. */
function search(value: unknown, path: (string | number)[], finder: NameFinder, found: Place[]): void {
  if (typeof value === "string") add(value, path, finder, found);
  else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      path.push(index);
      search(value[index], path, finder, found);
      path.pop();
    }
  } else if (isRecord(value)) {
    for (const key of Object.keys(value)) {
      add(key, path, finder, found);
      path.push(key);
      search(value[key], path, finder, found);
      path.pop();
    }
  }
}

function add(text: string, path: Path, finder: NameFinder, found: Place[]): void {
  for (const name of finder.in(text)) found.push({ path: [...path], name });
}

/** "stack", "organisation/stack" or "organisation/project/stack", of this project. */
function referenceReports(resource: ResourceView, counterpart: string, tier: string): Report[] {
  const { name } = resource.props;
  const parts = typeof name === "string" ? name.split("/") : [];
  const [, project] = resource.urn.split("::");
  if (parts.at(-1) !== counterpart || (parts.length > 2 && parts.at(-2) !== project)) return [];
  return [
    {
      object: objectOf(resource),
      path: resource.urn,
      found: `a reference to ${tier}'s stack ${shown(name)}`,
      allowed: "references to other projects' stacks",
      remedy: "Declare the value in the stack's own configuration.",
    },
  ];
}
