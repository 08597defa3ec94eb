import { z } from "zod";
import { tiers } from "../config/schema/environment";
import { sentence, stackName } from "../config/schema/names";
import { hash } from "../config/schema/release";
import { type KindName, kindNames } from "./kind";
import { kinds } from "./kinds";
import { sha256 } from "./quantities";

/** https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export const statementType = "https://in-toto.io/Statement/v1";

/** The predicate type of a kind of evidence; the number is the version of the predicate's schema. */
export const predicateType = (kind: KindName) => `https://lockstep.dev/evidence/${kind}/v1`;

const instant = () => z.iso.datetime({ message: 'a time in UTC ("2026-11-21T12:00:00Z")' });

/** What every piece of evidence says, whatever was measured. */
const common = {
  environment: z.enum(tiers).describe("The environment that was measured."),
  stack: stackName().describe("Its stack."),
  gateway: z
    .strictObject({
      before: hash().describe("The behaviour hash that the gateway reported before the measurement."),
      after: hash().describe("The one that it reported afterwards."),
    })
    .describe("What the running gateway said of itself."),
  providers: z
    .enum(["real", "stub"])
    .describe("Whether models answered, or stand-ins: what stubs answer says nothing about a model."),
  tool: z.strictObject({
    name: sentence(1, 100),
    version: sentence(1, 100),
    command: sentence(1, 2_000).describe("The command that measured it, without credentials."),
  }),
  started: instant(),
  ended: instant(),
  samples: z.int().min(0).describe("How many independent things were measured."),
  repeats: z.int().min(1).describe("How often each was measured."),
  inconclusive: z
    .array(sentence(3, 500))
    .max(100)
    .describe("Why the data do not decide, one sentence a reason; empty where they do."),
  raw: z
    .strictObject({
      file: z
        .string()
        .regex(/^[A-Za-z0-9][\w.-]{0,150}$/, "the name of a file beside the statement")
        .describe("The raw output, in the statement's own folder."),
      sha256: sha256(),
    })
    .describe("The raw output that the results were computed from."),
};

const subject = z
  .array(
    z.strictObject({
      name: z.literal("behaviour"),
      digest: z.strictObject({ sha256: hash() }),
    }),
  )
  .length(1);

const statementOf = (kind: KindName) =>
  z.strictObject({
    _type: z.literal(statementType),
    subject,
    predicateType: z.literal(predicateType(kind)),
    predicate: z.strictObject({ ...common, results: kinds[kind].results }),
  });

/** One schema a kind, told apart by the predicate type. */
export const statementSchemas = Object.fromEntries(
  kindNames.map((kind) => [kind, statementOf(kind)]),
) as Record<KindName, ReturnType<typeof statementOf>>;

/** An in-toto Statement about a behaviour hash. */
export type Statement = z.infer<(typeof statementSchemas)[KindName]>;

/** The kind that a predicate type names; undefined for another one. */
export const kindOf = (type: unknown): KindName | undefined =>
  kindNames.find((kind) => predicateType(kind) === type);

/** The behaviour hash that a statement is about. */
export const hashOf = ({ subject: [one] }: Statement): string => one?.digest.sha256 ?? "";
