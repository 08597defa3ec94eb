import type { StackRule } from "./rule";
import { behaviourMirrored } from "./stack/behaviour-mirrored";
import { breakerConfigured } from "./stack/breaker-configured";
import { credentialsSeparate } from "./stack/credentials-separate";
import { environmentsSeparate } from "./stack/environments-separate";
import { exceptionsAccountable } from "./stack/exceptions-accountable";
import { imagesPinned } from "./stack/images-pinned";
import { limitsStricter } from "./stack/limits-stricter";
import { modelsPinned } from "./stack/models-pinned";
import { promptPrefixStable } from "./stack/prompt-prefix-stable";
import { residencyKept } from "./stack/residency-kept";
import { routingMirrored } from "./stack/routing-mirrored";
import { timeoutsExplicit } from "./stack/timeouts-explicit";

/**
 * All rules over the pair. No Pulumi SDK behind this list: a review of a pull request uses it too. The last one
 * asks the others what they report, and by then the pack knows their settings.
 */
export const stackRules: readonly StackRule[] = [
  limitsStricter,
  routingMirrored,
  behaviourMirrored,
  credentialsSeparate,
  environmentsSeparate,
  modelsPinned,
  imagesPinned,
  timeoutsExplicit,
  breakerConfigured,
  residencyKept,
  promptPrefixStable,
  exceptionsAccountable,
] as readonly StackRule[];
