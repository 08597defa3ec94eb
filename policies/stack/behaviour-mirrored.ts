import { compare } from "../../config/compare";
import { mirrorReports } from "../environments";
import type { StackRule } from "../rule";
import { isRouting } from "./routing-mirrored";

export const behaviourMirrored: StackRule = {
  kind: "stack",
  name: "behaviour-mirrored",
  description:
    "Models, prompts, tools, retrieval, objectives and acceptance criteria are equal in both environments.",
  protects: "From evaluating one system in staging and running another in production.",
  severity: "high",
  exceptions: true,
  check({ pair }) {
    const broken = compare(pair.staging, pair.production).filter(
      (one) => one.field.relation === "mirrored" && !one.holds && !isRouting(one),
    );
    return mirrorReports(
      pair,
      broken,
      (file) =>
        `Make both environments agree: remove the difference from ${file}; files are compared by content.`,
    );
  },
};
