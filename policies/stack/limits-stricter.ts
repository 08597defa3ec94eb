import { z } from "zod";
import { compare } from "../../config/compare";
import { readable } from "../../config/numbers";
import { describeValue } from "../../config/value";
import { subject } from "../environments";
import type { StackRule } from "../rule";

const settings = z.strictObject({
  maximumRatio: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe(
      "The largest share of production's value that staging may have; 1 asks for any value strictly below.",
    ),
});

export const limitsStricter: StackRule<typeof settings> = {
  kind: "stack",
  name: "limits-stricter",
  description: "Staging's limits are strictly tighter than production's.",
  protects: "From tests that spend production's money, and from a budget signal that tests distort.",
  severity: "high",
  exceptions: true,
  settings,
  check({ pair }, { maximumRatio }) {
    return compare(pair.staging, pair.production)
      .filter(({ field }) => field.relation === "stricter")
      .filter(
        ({ holds, staging, production, field }) =>
          !holds || above(maximumRatio, staging, production, field.tighter),
      )
      .map(({ path, name, field, staging, production }) => {
        const unit = field.unit === undefined ? "" : ` ${field.unit}`;
        const higher = field.tighter === "higher";
        const bound = shown(production);
        return {
          object: subject("staging", name),
          path: name,
          found: staging === undefined ? "no limit" : `${shown(staging)}${unit}`,
          allowed:
            maximumRatio < 1 && !higher
              ? `at most ${maximumRatio} times production's ${bound}${unit}`
              : `${higher ? "more" : "less"} than production's ${bound}${unit}`,
          remedy:
            staging === undefined
              ? `Add ${name} to ${pair.staging.file}.`
              : `${higher ? "Raise" : "Lower"} ${name} in ${pair.staging.file}, or ${higher ? "lower" : "raise"} production's.`,
          at: pair.staging.position(path),
        };
      });
  },
};

const shown = (value: unknown) => (typeof value === "number" ? readable(value) : describeValue(value));

function above(
  ratio: number,
  staging: unknown,
  production: unknown,
  tighter: "lower" | "higher" | undefined,
): boolean {
  if (ratio === 1 || tighter === "higher") return false;
  // Divided, since 0.57 * 100 is less than 57.
  return typeof staging === "number" && typeof production === "number" && staging / production > ratio;
}
