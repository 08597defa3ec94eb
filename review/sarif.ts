import { oneLine } from "../policies/finding";
import type { RuleBase } from "../policies/rule";
import type { Review, ReviewFinding } from "./review";

const levels = { critical: "error", high: "error", medium: "warning", low: "note" } as const;

/**
 * The findings of reviews as a SARIF 2.1.0 log, for code scanning: each at its line, exempted ones suppressed.
 *
 * Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function reviewSarif(reviews: readonly Review[], rules: readonly RuleBase[], version: string): object {
  // Two pairs share Pulumi.yaml: what stands there once is told once.
  const findings = [
    ...new Map(reviews.flatMap((review) => review.findings).map((one) => [identity(one), one])).values(),
  ];
  const used = rules.filter(({ name }) => findings.some(({ rule }) => rule === name));
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "Lockstep",
            version,
            rules: used.map(({ name, description, protects, severity }) => ({
              id: name,
              shortDescription: { text: description },
              fullDescription: { text: protects },
              defaultConfiguration: { level: levels[severity] },
            })),
          },
        },
        results: findings.map((finding) => resultOf(finding, used)),
        columnKind: "utf16CodeUnits",
      },
    ],
  };
}

const identity = ({ rule, object, path, found, at, stacks }: ReviewFinding) =>
  JSON.stringify([rule, object, path, found, at ?? stacks]);

function resultOf(finding: ReviewFinding, rules: readonly RuleBase[]): object {
  const { rule, status, object, path, found, allowed, remedy, at, stacks, exception } = finding;
  const index = rules.findIndex(({ name }) => name === rule);
  const undecided = status === "cannot-decide" ? " cannot be decided" : "";
  return {
    ruleId: rule,
    ...(index < 0 ? {} : { ruleIndex: index }),
    level: levels[rules[index]?.severity ?? "high"],
    message: { text: oneLine(`${object}${undecided}: found ${found}; allowed is ${allowed}. ${remedy}`) },
    ...(at === undefined
      ? {}
      : {
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: at.file.split("/").map(encodeURIComponent).join("/") },
                region: { startLine: at.line, startColumn: at.column },
              },
            },
          ],
        }),
    // The line moves with every line above it, so it is no part of what a finding is.
    partialFingerprints: { "lockstep/v1": `${rule} ${at?.file ?? stacks.join(" ")} ${path} ${object}` },
    ...(exception
      ? {
          suppressions: [
            { kind: "external", justification: oneLine(`until ${exception.expires}, ${exception.ticket}`) },
          ],
        }
      : {}),
  };
}
