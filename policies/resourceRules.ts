import { budgetHasAlarms } from "./resource/budget-has-alarms";
import { environmentComplete } from "./resource/environment-complete";
import { gatewayAsDeclared } from "./resource/gateway-as-declared";
import { namespaceHasQuota } from "./resource/namespace-has-quota";
import { noInlineCredentials } from "./resource/no-inline-credentials";
import { providersExplicit } from "./resource/providers-explicit";
import { secretHasPolicy } from "./resource/secret-has-policy";
import { secretIsolated } from "./resource/secret-isolated";
import { workloadHardened } from "./resource/workload-hardened";
import { workloadImagesPinned } from "./resource/workload-images-pinned";
import type { CompletenessRule, ResourceRule } from "./rule";

/** All rules over resources: each by itself first, then those over all of a stack's. No Pulumi SDK behind it. */
export const resourceRules: readonly (ResourceRule | CompletenessRule)[] = [
  noInlineCredentials,
  providersExplicit,
  secretIsolated,
  budgetHasAlarms,
  workloadHardened,
  workloadImagesPinned,
  gatewayAsDeclared,
  secretHasPolicy,
  namespaceHasQuota,
  environmentComplete,
];
