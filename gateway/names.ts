/** The label of the gateway's pods and Service. */
export const gatewayLabel = { key: "app.kubernetes.io/name", value: "llm-gateway" } as const;

/** The pods' label (its first characters) and annotation (all of it) with the behaviour hash. */
export const behaviourHashKey = "lockstep.dev/behaviour-hash";
