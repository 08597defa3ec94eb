import { z } from "zod";
import { distanceCounts, finding, limit } from "../review/report";

const level = z.enum(["advisory", "mandatory", "disabled", "remediate"]);

const pair = z
  .strictObject({
    project: z.string().describe("The Pulumi project's name; empty where Pulumi.yaml cannot be read."),
    passed: z
      .boolean()
      .describe("True when nothing blocks: every stack was evaluated and no finding blocks."),
    stacks: z.array(
      z.strictObject({
        name: z.string(),
        tier: z.enum(["staging", "production"]).optional(),
        behaviourHash: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .optional(),
        carries: z
          .array(z.string())
          .optional()
          .describe("The open releases that it carries, in order; absent where the stack cannot be read."),
        evaluated: z.boolean().describe("False when the program or the pack could not be run to its end."),
        resources: z.array(
          z.strictObject({
            urn: z.string(),
            type: z.string(),
            name: z.string(),
            parent: z.string().describe("URN; empty for the root and for default providers."),
            provider: z.string().describe("URN; empty for components and providers."),
          }),
        ),
        diagnostics: z.array(
          z.strictObject({ severity: z.enum(["debug", "info", "warning", "error"]), message: z.string() }),
        ),
        engine: z
          .strictObject({
            pulumi: z.string().describe("The version of Pulumi's command line."),
            changes: z
              .record(z.string(), z.int())
              .describe("How many resources take each step: create, update, replace, delete, same, …"),
            faults: z
              .array(
                z.strictObject({
                  kind: z.enum(["absent", "disabled", "downgraded", "unknown", "passed-over"]),
                  policy: z.string(),
                  message: z.string(),
                }),
              )
              .describe("What keeps the run from proving that every policy ran at its level."),
          })
          .optional()
          .describe("With --engine: what the real engine said against the state of what is deployed."),
      }),
    ),
    policies: z.array(z.strictObject({ name: z.string(), description: z.string(), level })),
    findings: z.array(finding),
    limits: z.array(limit),
    distance: distanceCounts,
  })
  .describe("What was found out about one pair of stacks.");

/** What `lockstep preview --json` prints, described in docs/preview.schema.json. */
export const outputSchema = z
  .strictObject({
    version: z.literal(1).describe("The version of this format."),
    passed: z.boolean().describe("True when every pair passed."),
    pairs: z.array(pair),
  })
  .describe("The output of lockstep preview --json");

export type PreviewOutput = z.infer<typeof outputSchema>;
export type PreviewReport = z.infer<typeof pair>;
export type StackReport = PreviewReport["stacks"][number];
export type FindingReport = PreviewReport["findings"][number];

/** The JSON Schema of the output. */
export const outputJsonSchema = () => z.toJSONSchema(outputSchema);
