import type { Deployed } from "../../lifecycle/deployed";

const urn = (type: string, name: string) => `urn:pulumi:production::lockstep::${type}::${name}`;

/** What an update left behind, to be changed by a test. */
export const deployedRecord = (more: Partial<Deployed> = {}): Deployed => ({
  version: 1,
  project: "lockstep",
  stack: "production",
  environment: "production",
  time: "2026-11-20T09:15:00.000Z",
  commit: "756d4f9f7aedf275fd32d9b45494acf1e3a0ea5d",
  uncommitted: [],
  behaviourHash: "c7050e347c2b35f309e4c5945ac266e4fc33e7417f98cfb3eb176bb26744ed8b",
  carries: [],
  pulumi: "3.260.0",
  policyPack: { version: "0.1.0", settings: "a".repeat(64) },
  policies: { "limits-stricter": "mandatory" },
  changes: { create: 2 },
  resources: [
    urn("lockstep:index:Environment$aws:sns/topic:Topic", "production-alarms"),
    urn("pulumi:pulumi:Stack", "lockstep-production"),
  ],
  ...more,
});
