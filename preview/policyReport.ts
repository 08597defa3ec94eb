export type EnforcementLevel = "advisory" | "mandatory" | "disabled" | "remediate";
/** In the order of their numbers in the protocol. */
export const levels: readonly EnforcementLevel[] = ["advisory", "mandatory", "disabled", "remediate"];

/** A policy as the pack announces it. */
export interface PolicyInfo {
  name: string;
  description: string;
  level: EnforcementLevel;
}

/** What a policy reported about one resource. */
export interface PolicyReport {
  policy: string;
  level: EnforcementLevel;
  message: string;
  urn: string;
}
