import { alarmHasAction } from "./resource/alarm-has-action";
import { budgetHasAlarms } from "./resource/budget-has-alarms";
import { environmentComplete } from "./resource/environment-complete";
import { exceptionsUsed } from "./resource/exceptions-used";
import { gatewayAsDeclared } from "./resource/gateway-as-declared";
import { iamNarrow } from "./resource/iam-narrow";
import { limitsAsDeclared } from "./resource/limits-as-declared";
import { logStorePrivate } from "./resource/log-store-private";
import { modelIdPinned } from "./resource/model-id-pinned";
import { namespaceHasQuota } from "./resource/namespace-has-quota";
import { networkIsolated } from "./resource/network-isolated";
import { noCrossEnvironmentReference } from "./resource/no-cross-environment-reference";
import { noInlineCredentials } from "./resource/no-inline-credentials";
import { providersExplicit } from "./resource/providers-explicit";
import { secretHasPolicy } from "./resource/secret-has-policy";
import { secretIsolated } from "./resource/secret-isolated";
import { secretRecoverable } from "./resource/secret-recoverable";
import { workloadHardened } from "./resource/workload-hardened";
import { workloadImagesPinned } from "./resource/workload-images-pinned";
import type { CompletenessRule, ResourceRule } from "./rule";

/** All rules over resources: each by itself first, then those over all of a stack's. No Pulumi SDK behind it. */
export const resourceRules: readonly (ResourceRule | CompletenessRule)[] = [
  noInlineCredentials,
  providersExplicit,
  noCrossEnvironmentReference,
  secretIsolated,
  secretRecoverable,
  iamNarrow,
  networkIsolated,
  logStorePrivate,
  budgetHasAlarms,
  alarmHasAction,
  limitsAsDeclared,
  workloadHardened,
  workloadImagesPinned,
  modelIdPinned,
  gatewayAsDeclared,
  secretHasPolicy,
  namespaceHasQuota,
  environmentComplete,
  exceptionsUsed,
];
