import type { KindName } from "../../lifecycle/kind";
import type { Running } from "../../measure/proxy";
import { drift } from "./drift";
import { readPair } from "./own";
import { type Copy, script } from "./project";
import { loadRequests } from "./requests";
import { retrieval } from "./retrieval";

/** Measured on a gateway with staging's limits, beside what else is measured, or on one without, with the machine to itself. */
export interface OnGateway {
  on: "beside" | "alone";
  run(copy: Copy, gateway: Running): Promise<void>;
}

/** Measured by a command that starts its gateways itself. */
export interface OnOwn {
  on: "own";
  run(copy: Copy): Promise<void>;
}

export type Step = OnGateway | OnOwn;

/**
 * The peak that the example states for production: what one process can serve threefold, with the load generator and
 * the providers' stand-ins on the same two cores.
 */
const peakRequestsPerSecond = 2;

const add = ["--release", "initial", "--providers", "stub"];

/** The commands of each kind, as a team would run them, with stand-ins for the providers. */
export const steps: Partial<Record<KindName, Step>> = {
  drift: { on: "beside", run: (copy, gateway) => drift(copy, gateway, add) },
  retrieval: { on: "beside", run: (copy, gateway) => retrieval(copy, gateway, add) },
  eval: {
    on: "beside",
    run: (copy, gateway) =>
      copy.lockstep(
        [
          ...["evidence", "eval", "answers.jsonl", "--tool", "scripts/evidence/evaluate.ts"],
          ...["--tool-version", "1", "--url", gateway.url],
          ...["--run", script("evaluate.ts", "answers.jsonl"), ...add],
        ],
        gateway,
      ),
  },
  fingerprint: {
    on: "beside",
    async run(copy, gateway) {
      const by = ["--accept", "--by", "npm run evidence (an example)", "--yes"];
      await copy.lockstep(["canary", "--providers", "stub", ...by], gateway);
      await copy.lockstep(["canary", ...add], gateway);
    },
  },
  routing: { on: "own", run: (copy) => copy.lockstep(["conform", "--release", "initial"]) },
  cache: {
    on: "alone",
    run: (copy, gateway) =>
      copy.lockstep(
        [
          ...["evidence", "cache", "--metrics", `${gateway.url}/metrics/`, "--url", gateway.url],
          ...["--run", script("converse.ts"), ...add],
        ],
        gateway,
      ),
  },
  load: {
    on: "alone",
    run: (copy, gateway) =>
      copy.lockstep(
        [
          ...["evidence", "load", "--peak", String(peakRequestsPerSecond)],
          ...["--requests", copy.write("requests.jsonl", loadRequests(readPair(copy.dir).staging)), ...add],
        ],
        gateway,
      ),
  },
};
