import { partsOf } from "../environmentParts";
import { ownStack } from "../ownStack";
import type { CompletenessRule } from "../rule";

export const environmentComplete: CompletenessRule = {
  kind: "completeness",
  name: "environment-complete",
  description: "A stack with a Lockstep configuration has all parts of an environment.",
  protects: "From a gateway without a budget, a quota, an alarm or a log, that looks deployed.",
  severity: "high",
  exceptions: true,
  check(resources, context) {
    const own = ownStack(context)?.own;
    if (own === undefined) return [];
    return partsOf(own.config)
      .filter((part) => !resources.some((one) => one.type === part.type && part.fits(one, resources)))
      .map(({ name, type }) => ({
        object: `${own.config.environment.tier}'s environment`,
        // The part is in the path, so that an exception covers one part and not all of them.
        path: `${own.name}: ${name}`,
        found: `no resource ${type} that is ${name}`,
        allowed: "all parts of an environment",
        remedy: "Add it to the program, or use the component Environment, which has all of them.",
      }));
  },
};
