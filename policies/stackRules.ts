import type { StackRule } from "./rule";
import { alarmsBeforeTraffic } from "./stack/alarms-before-traffic";
import { behaviourMirrored } from "./stack/behaviour-mirrored";
import { breakerConfigured } from "./stack/breaker-configured";
import { cacheHitRate } from "./stack/cache-hit-rate";
import { credentialsSeparate } from "./stack/credentials-separate";
import { driftAudited } from "./stack/drift-audited";
import { environmentsSeparate } from "./stack/environments-separate";
import { evalsPassed } from "./stack/evals-passed";
import { exceptionsAccountable } from "./stack/exceptions-accountable";
import { fingerprintStable } from "./stack/fingerprint-stable";
import { imagesPinned } from "./stack/images-pinned";
import { limitsStricter } from "./stack/limits-stricter";
import { loadPassed } from "./stack/load-passed";
import { modelsPinned } from "./stack/models-pinned";
import { productionProven } from "./stack/production-proven";
import { promptPrefixStable } from "./stack/prompt-prefix-stable";
import { releaseComplete } from "./stack/release-complete";
import { residencyKept } from "./stack/residency-kept";
import { retrievalFresh } from "./stack/retrieval-fresh";
import { rollbackReady } from "./stack/rollback-ready";
import { routingConforms } from "./stack/routing-conforms";
import { routingMirrored } from "./stack/routing-mirrored";
import { silentFailuresBounded } from "./stack/silent-failures-bounded";
import { timeoutsExplicit } from "./stack/timeouts-explicit";
import { trafficRepresented } from "./stack/traffic-represented";

/**
 * All rules over the pair. No Pulumi SDK behind this list: a review of a pull request uses it too. The pack
 * knows a rule's settings when it has run: those on evidence stand behind `production-proven`, whose settings they
 * read, and the last one asks all others what they report.
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
  alarmsBeforeTraffic,
  productionProven,
  releaseComplete,
  rollbackReady,
  evalsPassed,
  fingerprintStable,
  loadPassed,
  cacheHitRate,
  retrievalFresh,
  trafficRepresented,
  silentFailuresBounded,
  routingConforms,
  driftAudited,
  exceptionsAccountable,
] as readonly StackRule[];
