import type { KindName } from "./kind";

/** What measures a kind of evidence and adds it to a release, and the page that says how. */
export const producers: Readonly<Record<KindName, { command: string; guide: string }>> = {
  eval: { command: "lockstep evidence eval", guide: "docs/evals.md" },
  fingerprint: { command: "lockstep canary", guide: "docs/canary.md" },
  load: { command: "lockstep evidence load", guide: "docs/load.md" },
  cache: { command: "lockstep evidence cache", guide: "docs/cache.md" },
  retrieval: { command: "lockstep evidence retrieval", guide: "docs/retrieval.md" },
  traffic: { command: "lockstep evidence traffic", guide: "docs/traffic.md" },
  validity: { command: "lockstep evidence validity", guide: "docs/validity.md" },
  routing: { command: "lockstep conform", guide: "docs/conform.md" },
  drift: { command: "lockstep audit", guide: "docs/audit.md" },
};
