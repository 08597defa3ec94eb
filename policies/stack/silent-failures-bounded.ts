import { evidenceRule } from "../evidenceRule";

export const silentFailuresBounded = evidenceRule("validity", {
  name: "silent-failures-bounded",
  description: "Staging's answers pass their validators about as often as production's.",
  protects:
    "From answers that come with status 200 and are cut off, empty, refused or not what was asked for.",
  severity: "high",
});
