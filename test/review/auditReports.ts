import type { AuditReport } from "../../review/audit/audit";

const areas = [
  "behaviour",
  "prompts",
  "models",
  "routing",
  "policies",
  "limits",
  "secrets",
  "resources",
  "environments",
];

/** An audit that found something in several areas, with texts that try to be markup. */
export const drifted = (): AuditReport => ({
  version: 1,
  project: "lockstep",
  stack: "staging",
  environment: "staging",
  behaviourHash: "c7050e347c2b35f309e4c5945ac266e4fc33e7417f98cfb3eb176bb26744ed8b",
  ended: "2026-11-21T03:17:42.000Z",
  passed: false,
  compared: 1_609,
  inconclusive: ["The running gateway was not asked: name it with --gateway, or in LOCKSTEP_GATEWAY_URL."],
  written: ["releases/initial/evidence/drift-20261121T031742Z-c7050e347c2b.intoto.json"],
  results: {
    audited: { prompts: 0, models: 0, policies: 1 },
    differences: [
      {
        area: "models",
        name: "support-chat.chat-large.1",
        difference: "model differs in the cluster",
        declared: "openai/gpt-5.4-2026-03-05",
        deployed: "openai/gpt-4.1-2025-04-14",
        since: "2026-10-02",
      },
      {
        area: "resources",
        name: "Ingress <img src=x onerror=alert(1)> | @ada `x`",
        difference: "spec.rules differs in the state",
        since: "2026-11-21",
      },
      {
        area: "environments",
        name: "limits.monthlyUsd",
        difference: "staging has to be stricter than production as deployed",
        declared: "20,000",
        deployed: "20,000",
        since: "2026-11-21",
      },
    ],
    areas: areas.map((area, index) => ({
      area,
      compared: 40 * index,
      notAudited:
        index < 3
          ? ["The running gateway was not asked: name it with --gateway, or in LOCKSTEP_GATEWAY_URL."]
          : [],
      leftAside:
        area === "resources"
          ? ["49 values that only an update tells, and 2 secret values, are not compared."]
          : [],
    })),
    expiring: [
      { area: "secrets", name: "credential openai", ends: "2026-12-01" },
      { area: "exceptions", name: "staging: limits-stricter at limits.dailyUsd", ends: "2026-12-10" },
    ],
    last: "2026-10-02",
    gone: [
      {
        area: "limits",
        name: "limits.dailyUsd",
        difference: "the limit differs in the state",
        since: "2026-09-02",
      },
    ],
  },
});

/** The same with nothing to tell. */
export const clean = (): AuditReport => {
  const { results, ...report } = drifted();
  return {
    ...report,
    passed: true,
    inconclusive: [],
    written: [],
    results: {
      audited: { prompts: 2, models: 5, policies: 1 },
      differences: [],
      areas: (results.areas ?? []).map((one) => ({ ...one, notAudited: [], leftAside: [] })),
      expiring: [],
    },
  };
};

/** No difference, and not everything was looked at. */
export const undecided = (): AuditReport => {
  const { results, ...report } = drifted();
  return { ...report, results: { ...results, differences: [], gone: [], expiring: [] } };
};
