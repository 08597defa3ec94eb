import { z } from "zod";
import { formatPath } from "../config/relation";
import type { Position } from "../config/yaml";
import { assess, isAsked } from "../lifecycle/assess";
import type { KindName } from "../lifecycle/kind";
import { kinds } from "../lifecycle/kinds";
import { type Proof, proofOf } from "../lifecycle/proof";
import type { Report, RuleBase, StackContext, StackRule } from "./rule";
import { productionProven } from "./stack/production-proven";

const settings = z.strictObject({
  maximumAgeDays: z
    .number()
    .positive()
    .max(90)
    .default(90)
    .describe(
      "The age at which this evidence no longer counts, where the acceptance criteria allow a higher one.",
    ),
});

type Head = Pick<RuleBase, "name" | "description" | "protects" | "severity">;

/**
 * A rule over one kind of evidence: what proves production's behaviour has to hold the acceptance criteria, which
 * are mirrored values themselves and so part of the behaviour hash that the evidence is about. Where no release
 * is asked for evidence, `production-proven` says so.
 */
export function evidenceRule(kind: KindName, head: Head): StackRule<typeof settings> {
  return {
    kind: "stack",
    ...head,
    exceptions: true,
    gates: "production",
    evidence: kind,
    settings,
    check(context, { maximumAgeDays }) {
      const { pair, evidence: store, now } = context;
      const { requiredKinds, ...trust } = context.settingsOf(productionProven);
      const proof = proofOf(pair, now);
      if (proof === undefined || !requiredKinds.includes(kind)) return [];
      const { config } = pair.production;
      if (!isAsked(kinds[kind], proof, config)) return [];
      const { evidence, shortfalls } = assess(kind, { proof, config, store, trust, now, maximumAgeDays });
      const id = proof.releases.at(-1)?.id ?? "";
      return shortfalls.map(
        ({ path, ...rest }): Report => ({
          object: `the ${kind} evidence of release ${id}${path.length === 0 ? "" : `, ${path[0]}`}`,
          path: formatPath(["releases", id, kind, ...path]),
          ...rest,
          at: evidence === undefined ? askedAt(context, proof) : { file: evidence.file, line: 1, column: 1 },
        }),
      );
    },
  };
}

/** Where the release became production's: the line of production's file, or the release's own once it is closed. */
function askedAt({ pair: { production } }: StackContext, { releases, promotion }: Proof): Position {
  const release = releases.at(-1);
  if (promotion || release === undefined) return production.position(["carries", releases.length - 1]);
  return release.position(["closed"]);
}
