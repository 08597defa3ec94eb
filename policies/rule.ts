import type { z } from "zod";
import type { Pair } from "../config/pair";
import type { Tier } from "../config/schema/environment";
import type { EvidenceStore } from "../lifecycle/evidence";
import type { KindName } from "../lifecycle/kind";
import type { Finding } from "./finding";

export type Severity = "low" | "medium" | "high" | "critical";

/** What rules of either kind have in common. All wording about a rule stands in the rule. */
export interface RuleBase {
  /** Also the file's name. */
  name: string;
  /** One sentence: what must hold. */
  description: string;
  /** One sentence: the failure that it protects from. */
  protects: string;
  severity: Severity;
  /** Whether an exception may cover it. */
  exceptions: boolean;
}

/** What a rule reports; the rule's name is added for it. `status` is "violation" unless said otherwise. */
export type Report = Omit<Finding, "rule" | "status"> & { status?: "violation" | "cannot-decide" };

/** Settings of one rule, from policies/config.json or `--policy-pack-config`; checked by the rule's schema. */
export type Settings = Readonly<Record<string, unknown>>;

/** A rule over the pair of stacks: a pure function of its argument. */
export interface StackRule<S extends z.ZodType = z.ZodType> extends RuleBase {
  kind: "stack";
  /**
   * The environment whose updates it stops; both where absent. Staging's own updates ask for no evidence: it is
   * where evidence comes from.
   */
  gates?: "production";
  /** The kind of evidence that it judges; absent for the others. */
  evidence?: KindName;
  /** Strict zod object with defaults for all its keys. Absent: the rule has no settings. */
  settings?: S;
  check(context: StackContext, settings: z.infer<S>): Report[];
}

/** What the rules over the pair judge. */
export interface Judged {
  pair: Pair;
  /** The evidence of the project's releases. */
  evidence: EvidenceStore;
  /** The environment whose update is judged. */
  tier: Tier;
}

export interface StackContext {
  pair: Pair;
  evidence: EvidenceStore;
  /** The current time, for whatever has an age. */
  now: Date;
  /** All rules that are enforced beside this one. */
  rules: readonly RuleBase[];
  /** What another rule over the pair reports about it; undefined for rules of other kinds. */
  reportsOf(rule: string): readonly Report[] | undefined;
  /** The settings of another rule. */
  settingsOf<S extends z.ZodType>(rule: StackRule<S>): z.infer<S>;
}

/** Stands in a resource's properties where the value is not known before the update. */
export const UNKNOWN: unique symbol = Symbol.for("lockstep.unknown");

/** A resource as a rule sees it: inputs as plain data, `UNKNOWN` where a value is not known yet. */
export interface ResourceView {
  urn: string;
  type: string;
  name: string;
  props: Readonly<Record<string, unknown>>;
  /** The provider that manages it; undefined for components and for providers themselves. */
  provider: { type: string; name: string; urn: string; props: Readonly<Record<string, unknown>> } | undefined;
  /** URN of the parent, in stack-wide rules only. */
  parent: string | undefined;
  /** By property the URNs of the resources that its value comes from; in stack-wide rules only. */
  dependsOn: Readonly<Record<string, readonly string[]>>;
  protect: boolean;
}

export interface ResourceContext {
  /** All rules that are enforced beside this one. */
  rules: readonly (RuleBase | Rule)[];
  /** The pair, where both stacks could be read; undefined where a pack runs without them. */
  pair: Pair | undefined;
  /** Name of the stack that is being updated. */
  stack: string;
  now: Date;
}

/** A rule over one resource at a time, of any program. Not applicable: no report and another type. */
export interface ResourceRule extends RuleBase {
  kind: "resource";
  /** The Pulumi type tokens that it judges, or all of them. */
  types: readonly string[] | "any";
  check(resource: ResourceView, context: ResourceContext): Report[];
}

/** A rule over all resources of a stack, run at the end: completeness only, never a gate. */
export interface CompletenessRule extends RuleBase {
  kind: "completeness";
  check(resources: readonly ResourceView[], context: ResourceContext): Report[];
}

export type Rule = StackRule | ResourceRule | CompletenessRule;
