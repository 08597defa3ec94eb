import { z } from "zod";
import { formatPath } from "../../config/relation";
import { short } from "../../lifecycle/assess";
import { closedReleases, proofOf } from "../../lifecycle/proof";
import { day, days } from "../days";
import type { Report, StackRule } from "../rule";

const settings = z.strictObject({
  maximumRehearsalAgeDays: z
    .number()
    .int()
    .min(1)
    .max(365)
    .default(90)
    .describe("How many days ago the way back may have been rehearsed last."),
});

/**
 * Asked for before production takes a change on, and never when it goes back. What is not proven: that the steps
 * work; a rehearsal is what somebody wrote down.
 */
export const rollbackReady: StackRule<typeof settings> = {
  kind: "stack",
  name: "rollback-ready",
  description: "Before production carries a release, its way back leads to a proven hash and was rehearsed.",
  protects: "From finding out in an incident that nobody knows how to go back, or to what.",
  severity: "high",
  exceptions: true,
  gates: "production",
  settings,
  check({ pair, now }, { maximumRehearsalAgeDays }) {
    const proof = proofOf(pair, now);
    const closed = closedReleases(pair.releases.values());
    if (proof === undefined || !proof.promotion || closed.length === 0) return [];
    const proven = closed.flatMap(({ release }) => release.data.closed?.behaviourHash ?? []);
    return proof.releases
      .filter(({ data }) => data.reverts === undefined)
      .flatMap((release): Report[] => {
        const { rollback } = release.data;
        // That there is none is for release-complete.
        if (rollback === undefined) return [];
        const report = (key: "to" | "rehearsed", found: string, allowed: string, remedy: string): Report => ({
          object: `release ${release.id}'s rollback.${key}`,
          path: formatPath(["releases", release.id, "rollback", key]),
          found,
          allowed,
          remedy,
          at: release.position(["rollback", key]),
        });
        const last = closed.at(-1)?.release;
        return [
          ...(proven.includes(rollback.to)
            ? []
            : [
                report(
                  "to",
                  `${short(rollback.to)}, which no closed release has`,
                  `a hash that a closed release proved, such as ${last?.data.closed?.behaviourHash} of ${last?.id}`,
                  "Write the hash that production goes back to.",
                ),
              ]),
          ...rehearsalFault(rollback.rehearsed, now, maximumRehearsalAgeDays).map(([found, allowed]) =>
            report(
              "rehearsed",
              found,
              allowed,
              "Rehearse the steps in staging: let it drop the release, look at its hash, and carry it again.",
            ),
          ),
        ];
      });
  },
};

function rehearsalFault(
  rehearsed: string | undefined,
  now: Date,
  most: number,
): [found: string, allowed: string][] {
  const allowed = `a day at most ${days(most)} ago`;
  if (rehearsed === undefined) return [["nothing", allowed]];
  const age = Math.floor(now.getTime() / day) - Date.parse(rehearsed) / day;
  if (age < 0) return [[`${rehearsed}, which is in the future`, allowed]];
  return age > most ? [[`${rehearsed}, ${days(age)} ago`, allowed]] : [];
}
