import { parseFinding } from "../policies/finding";
import type { Receipt } from "../policies/receipt";
import type { Rule, RuleBase } from "../policies/rule";
import type { PolicyReport } from "../preview/policyReport";
import { rootType } from "../preview/resource";
import type { Observed } from "./observed";

/** Why a run proves nothing about a policy. */
export const faultKinds = ["absent", "disabled", "downgraded", "unknown", "passed-over"] as const;

/** A policy, or the pack as a whole, that did not run as it must. */
export interface PolicyFault {
  kind: (typeof faultKinds)[number];
  /** The policy; the pack's name for the pack as a whole. */
  policy: string;
  /** One sentence. */
  message: string;
}

export const packName = "lockstep";

/** Where a policy has to be called. */
interface Expected {
  policy: string;
  on: "root" | "stack" | "any" | readonly string[];
}

/** The policies that the pack has to have, all of them mandatory. */
export const expectedPolicies = (rules: readonly (RuleBase | Rule)[]): Expected[] =>
  rules.map((rule) => {
    if (!("kind" in rule) || rule.kind === "stack") return { policy: rule.name, on: "root" };
    return { policy: rule.name, on: rule.kind === "completeness" ? "stack" : rule.types };
  });

/** Steps that take a resource away: the engine asks no policy about them. */
const isRemoval = (op: string): boolean => /^(delete|discard|remove|read-discard)/.test(op);

/**
 * What keeps a run from proving that every policy was called at its level, by what the engine said and what the pack
 * itself told while it ran. Nothing where it is proven.
 */
export function policyFaults(
  observed: Observed,
  receipts: readonly Receipt[],
  rules: readonly (RuleBase | Rule)[],
): PolicyFault[] {
  if (observed.asked.size === 0 && receipts.length === 0)
    return [
      {
        kind: "absent",
        policy: packName,
        message: "The policy pack did not run: the engine asked it about nothing.",
      },
    ];
  const levels = new Map<string, string>();
  // Two packs of one name, as where the backend adds its own, are judged by the weaker.
  for (const { policy, level } of receipts)
    if ((levels.get(policy) ?? "mandatory") === "mandatory") levels.set(policy, level);
  const own = expectedPolicies(rules);
  const known = new Set(own.map(({ policy }) => policy));
  // What a project adds to its pack has to be mandatory too.
  const added = [...levels.keys()].filter((policy) => !known.has(policy));
  return [
    ...own.flatMap((expected) => faultOf(expected, observed, levels)),
    ...added.flatMap((policy) => levelFault(policy, levels.get(policy))),
    ...passedOver(observed),
    ...advisory(observed),
  ];
}

function faultOf(
  { policy, on }: Expected,
  observed: Observed,
  levels: ReadonlyMap<string, string>,
): PolicyFault[] {
  const due = urnsFor(on, observed);
  // The root is in every stack, and the whole stack is judged at the end of every run that gets there.
  if (due.length === 0)
    return on === "root" || (on === "stack" && observed.summary?.result === "succeeded")
      ? [fault("absent", policy, "was never called")]
      : [];
  const counted = due.filter((set) => set.has(policy));
  if (counted.length < due.length)
    return levels.has(policy) || counted.length > 0
      ? [fault("passed-over", policy, `was not asked about everything that it judges`)]
      : [fault("disabled", policy, "is disabled, or not in the pack")];
  if (!levels.has(policy)) return [fault("absent", policy, "was never called")];
  return levelFault(policy, levels.get(policy));
}

/** What the engine said about each thing that such a policy judges. */
function urnsFor(on: Expected["on"], { asked, askedStack, resources }: Observed): ReadonlySet<string>[] {
  if (on === "stack") return askedStack === undefined ? [] : [askedStack];
  const types = on === "root" ? [rootType] : on;
  return [...asked].flatMap(([urn, policies]) => {
    const type = resources.get(urn)?.type ?? typeIn(urn);
    return types === "any" || types.includes(type) ? [policies] : [];
  });
}

/** The last of the types in a URN. */
const typeIn = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

const levelFault = (policy: string, level: string | undefined): PolicyFault[] =>
  level === "mandatory"
    ? []
    : [
        fault(
          "downgraded",
          policy,
          `ran as ${level === "advisory" ? "advisory" : `"${level}"`}, not mandatory`,
        ),
      ];

/** Resources that took a step although the pack was not asked about them. */
function passedOver({ resources, asked }: Observed): PolicyFault[] {
  const without = [...resources.values()].filter(({ urn, op }) => !isRemoval(op) && !asked.has(urn));
  const [first] = without;
  if (first === undefined) return [];
  const more = without.length === 1 ? "" : ` and ${without.length - 1} more`;
  return [
    fault(
      "passed-over",
      packName,
      `was not asked about ${first.type} ${first.name}${more}`,
      "The policy pack",
    ),
  ];
}

/** In the words of the SDK (@pulumi/policy 1.21.0, server.js). */
export const readUnknown = ({ level, message }: Pick<PolicyReport, "level" | "message">): boolean =>
  level === "advisory" && message.startsWith("can't run policy");

/** Reports that stop nothing, though no exception covers what they tell of. */
function advisory({ reports }: Observed): PolicyFault[] {
  const found = new Map<string, PolicyFault>();
  for (const { policy, level, message } of reports) {
    if (level === "mandatory" || parseFinding(policy, message)?.status === "exempted") continue;
    const isUnknown = readUnknown({ level, message });
    const kind = isUnknown ? "unknown" : "downgraded";
    found.set(
      `${kind} ${policy}`,
      isUnknown
        ? fault(kind, policy, "read a value that is not known before the update, so the SDK made it advisory")
        : fault(kind, policy, `reported at the level "${level}", which stops nothing`),
    );
  }
  return [...found.values()];
}

const fault = (
  kind: PolicyFault["kind"],
  policy: string,
  what: string,
  who = `Policy ${policy}`,
): PolicyFault => ({
  kind,
  policy,
  message: `${who} ${what}.`,
});
