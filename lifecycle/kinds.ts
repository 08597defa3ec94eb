import type { Kind, KindName } from "./kind";
import { cache } from "./kinds/cache";
import { drift } from "./kinds/drift";
import { evaluation } from "./kinds/eval";
import { fingerprint } from "./kinds/fingerprint";
import { load } from "./kinds/load";
import { retrieval } from "./kinds/retrieval";
import { routing } from "./kinds/routing";
import { traffic } from "./kinds/traffic";
import { validity } from "./kinds/validity";

/** All kinds of evidence, by name. */
export const kinds = {
  eval: evaluation,
  fingerprint,
  load,
  cache,
  retrieval,
  traffic,
  validity,
  routing,
  drift,
} as unknown as Readonly<Record<KindName, Kind>>;
