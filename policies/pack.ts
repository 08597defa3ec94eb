import {
  type PolicyPackArgs,
  type ReportViolation,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
  validateResourceOfType,
} from "@pulumi/policy";
import { z } from "zod";
import type { Finding } from "./finding";
import { finding, judge } from "./judge";
import { ownStack } from "./ownStack";
import { at } from "./props";
import type {
  CompletenessRule,
  Report,
  ResourceContext,
  ResourceRule,
  Rule,
  RuleBase,
  Settings,
  StackRule,
} from "./rule";
import { runRule } from "./runRule";
import { policyFaults, ruleFaults } from "./selfCheck";
import type { Subject } from "./subject";
import { after, type Eventually, resourceView, resourceViews } from "./view";

export interface PackOptions {
  rules: readonly (RuleBase | Rule)[];
  /** Called once, when the first policy runs. */
  load(): Subject;
  now(): Date;
  /** How long one policy may take over one resource. Default 60. */
  timeoutSeconds?: number;
  /** Told the name of each policy whenever it is called. */
  called?(policy: string): void;
}

/**
 * The rules as policies. Those over the pair are attached to the stack's root resource, which the engine has
 * analysed before any other: a violation there stops an update with nothing touched.
 *
 * Whatever goes wrong in a rule is reported as a violation of it. Throws where the rules could not be
 * enforced as they stand.
 */
export function packArgs(options: PackOptions): PolicyPackArgs {
  const runner = new Runner(options);
  const faults = ruleFaults(options.rules);
  const policies = faults.length > 0 ? [] : options.rules.map((rule) => runner.policy(rule));
  faults.push(...policyFaults(policies));
  if (faults.length > 0) throw new Error(`The pack cannot be enforced: ${faults.join("; ")}.`);
  return { policies, enforcementLevel: "mandatory" };
}

/** All that the policy SDK wants of a resource class is how it tells the type. */
function markerClass(type: string) {
  const isInstance = (value: unknown) => at(value, "__pulumiType") === type;
  return { __pulumiType: type, isInstance } as unknown as Parameters<typeof validateResourceOfType>[0];
}

export const rootType = "pulumi:pulumi:Stack";

class Runner {
  readonly #options: PackOptions;
  /** The SDK tells each policy its own settings only, and runs them in the order of the rules. */
  readonly #settings = new Map<string, Settings>();
  #subject: Subject | undefined;

  constructor(options: PackOptions) {
    this.#options = options;
  }

  policy(rule: RuleBase | Rule): ResourceValidationPolicy | StackValidationPolicy {
    const common = {
      name: rule.name,
      description: rule.description,
      severity: rule.severity,
      enforcementLevel: "mandatory" as const,
    };
    if (!("kind" in rule))
      return { ...common, validateResource: this.#attached(rule, rootType, () => this.#configValid()) };
    switch (rule.kind) {
      case "stack": {
        const validateResource = this.#attached(rule, rootType, (args) =>
          this.#overPair(rule, args.getConfig()),
        );
        return rule.settings === undefined
          ? { ...common, validateResource }
          : { ...common, configSchema: configSchema(rule.settings), validateResource };
      }
      case "resource":
        return { ...common, validateResource: this.#overResource(rule) };
      case "completeness":
        return {
          ...common,
          validateStack: (args, report) =>
            this.#run(rule, "the stack", args.getConfig(), report, () =>
              after(resourceViews(args.resources), (resources) =>
                this.#findings(rule, (context) => rule.check(resources, context)),
              ),
            ),
        };
    }
  }

  #attached(rule: RuleBase, type: string, findings: (args: ResourceValidationArgs) => Eventually<Finding[]>) {
    return validateResourceOfType(markerClass(type), (_, args, report) =>
      this.#run(rule, args.urn, args.getConfig(), report, () => findings(args)),
    );
  }

  /** Attached to its type where it has one: the SDK then does not even deserialise other resources for it. */
  #overResource(rule: ResourceRule): NonNullable<ResourceValidationPolicy["validateResource"]> {
    const findings = (args: ResourceValidationArgs) =>
      after(resourceView(args), (view) => this.#findings(rule, (context) => rule.check(view, context)));
    const { types } = rule;
    const [only] = types;
    if (types !== "any" && types.length === 1 && only !== undefined)
      return this.#attached(rule, only, findings);
    return (args, report) => {
      if (types !== "any" && !types.includes(args.type)) return;
      return this.#run(rule, args.urn, args.getConfig(), report, () => findings(args));
    };
  }

  #configValid(): Finding[] {
    return this.#load().findings;
  }

  /** Where the pair cannot be read, `config-valid` says so and blocks; there is nothing else to judge. */
  #overPair(rule: StackRule, settings: Settings): Finding[] {
    const { pair, evidence, stack } = this.#load();
    this.#settings.set(rule.name, settings);
    const ruleset = {
      rules: this.#options.rules,
      settings: (name: string) => this.#settings.get(name) ?? {},
    };
    if (pair === undefined) return [];
    const tier = pair.staging.name === stack ? "staging" : "production";
    return judge(rule, { pair, evidence, tier }, this.#options.now(), settings, ruleset);
  }

  /** A resource is one stack's, so only the exceptions of that stack's own file cover it. */
  #findings(
    rule: ResourceRule | CompletenessRule,
    check: (context: ResourceContext) => Eventually<Report[]>,
  ): Eventually<Finding[]> {
    const context = this.#context();
    return after(check(context), (reports) => {
      // Nearly always; what is no list is none of these, and fails below.
      if (Array.isArray(reports) && reports.length === 0) return [];
      const exceptions = ownStack(context)?.own.config.exceptions ?? [];
      return reports.map((report) => finding(rule, report, exceptions, context.now));
    });
  }

  #context(): ResourceContext {
    const { pair, stack } = this.#load();
    return { pair, stack, rules: this.#options.rules, now: this.#options.now() };
  }

  #run(
    rule: RuleBase,
    on: string,
    settings: Settings,
    report: ReportViolation,
    findings: () => Eventually<Finding[]>,
  ) {
    this.#options.called?.(rule.name);
    return runRule(
      rule,
      { on, settings, timeoutSeconds: this.#options.timeoutSeconds ?? 60 },
      findings,
      report,
    );
  }

  #load(): Subject {
    this.#subject ??= this.#options.load();
    return this.#subject;
  }
}

function configSchema(settings: z.ZodType): { properties: Record<string, object> } {
  const { properties } = z.toJSONSchema(settings, { io: "input" });
  return { properties: (properties ?? {}) as Record<string, object> };
}
