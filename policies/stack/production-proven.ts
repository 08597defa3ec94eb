import { z } from "zod";
import { formatPath } from "../../config/relation";
import { short } from "../../lifecycle/assess";
import { keyFault } from "../../lifecycle/envelope";
import { kindNames } from "../../lifecycle/kind";
import { closedReleases, proofOf, skewMilliseconds } from "../../lifecycle/proof";
import type { Report, StackRule } from "../rule";

const settings = z.strictObject({
  requiredKinds: z
    .array(z.enum(kindNames))
    .max(kindNames.length)
    .default([...kindNames])
    .describe("The kinds of evidence that production needs."),
  trustedKeys: z
    .array(
      z
        .string()
        .max(2_000)
        .refine((pem) => keyFault(pem) === undefined, {
          error: ({ input }) => keyFault(String(input)) ?? "no public key",
        }),
    )
    .max(50)
    .default([])
    .describe(
      "Public keys in PEM (Ed25519 or ECDSA P-256). Where there are any, only evidence that one of them signed counts.",
    ),
  stubProviders: z
    .enum(["refuse", "accept"])
    .default("refuse")
    .describe("Whether evidence counts that was measured against stand-ins for the providers."),
});

/**
 * Whether the evidence says what it has to is for the rules on each kind of it. What is not proven: that a
 * release was closed by the command. Its hash and its time stand in a file that a review has to see.
 */
export const productionProven: StackRule<typeof settings> = {
  kind: "stack",
  name: "production-proven",
  description:
    "Production's behaviour is that of a closed release, or of an open one that staging has proven.",
  protects: "From a change that reaches production without having run in staging.",
  severity: "critical",
  exceptions: true,
  gates: "production",
  settings,
  check({ pair, now }) {
    const { production, releases } = pair;
    const future = closedReleases(releases.values())
      .filter(({ at }) => at > now.getTime() + skewMilliseconds)
      .map(({ release }): Report => {
        const path = formatPath(["releases", release.id, "closed", "at"]);
        return {
          object: `release ${release.id}'s closed.at`,
          path,
          found: `${release.data.closed?.at}, which is in the future`,
          allowed: "a time that has been",
          remedy: `Close the release with: lockstep release close ${release.id}`,
          at: release.position(["closed", "at"]),
        };
      });
    if (proofOf(pair, now) !== undefined) return future;
    const hash = production.behaviourHash;
    const proven = closedReleases(releases.values()).at(-1)?.release;
    return [
      ...future,
      {
        object: "production's behaviour hash",
        path: `behaviourHash[${JSON.stringify(hash.slice(0, 12))}]`,
        found: `${short(hash)}, which no closed release has, and production carries none`,
        allowed:
          proven === undefined
            ? "the hash of a release with evidence"
            : `the hash of a release, such as ${short(proven.data.closed?.behaviourHash ?? "")} of ${proven.id}`,
        remedy:
          proven === undefined
            ? "Make the first release, let both stacks carry it, and measure it in staging: lockstep release new <id> --empty"
            : "Turn the edit of the mirrored values into a release: lockstep release new <id> --since <the commit before it>",
        at: { file: "Pulumi.yaml", line: 1, column: 1 },
      },
    ];
  },
};
