import { evidenceRule } from "../evidenceRule";

export const fingerprintStable = evidenceRule("fingerprint", {
  name: "fingerprint-stable",
  description: "The models behave like the baseline that somebody signed off, and are those that are pinned.",
  protects:
    "From a provider that changes a model behind its name, and from tests that ran against another one.",
  severity: "high",
});
