import { evidenceRule } from "../evidenceRule";

export const trafficRepresented = evidenceRule("traffic", {
  name: "traffic-represented",
  description: "What staging is tested with is distributed as production's traffic of the last days is.",
  protects: "From an evaluation set that has nothing in common with what users send.",
  severity: "high",
});
