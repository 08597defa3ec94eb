import { z } from "zod";
import { hideCredentials } from "../../config/credentialPattern";
import { tiers } from "../../config/schema/environment";
import { isoDate, name, sentence, stackName } from "../../config/schema/names";
import { hash } from "../../config/schema/release";
import { visible } from "../../config/visible";
import { servedModel } from "../../lifecycle/kinds/fingerprint";
import { featuresSchema } from "./features";

/** A file that is no baseline; one sentence. */
export class BaselineError extends Error {
  override readonly name = "BaselineError";
}

const schema = z.strictObject({
  version: z.literal(1),
  kind: z.literal("fingerprint baseline"),
  /** Who took these answers for right. */
  signedOffBy: sentence(3, 200),
  date: isoDate(),
  measured: z.strictObject({
    environment: z.enum(tiers),
    stack: stackName(),
    behaviourHash: hash(),
    providers: z.enum(["real", "stub"]),
    started: z.iso.datetime(),
    ended: z.iso.datetime(),
    samples: z.int().min(1),
  }),
  models: z.array(servedModel).max(10_000),
  /** The pinned id of the model whose embeddings are in the features. */
  embedding: z.string().min(1).max(300).optional(),
  cells: z
    .array(
      z.strictObject({
        route: name,
        target: z.string().min(1).max(200),
        prompt: z.string().min(1).max(60),
        digest: z.string().regex(/^[0-9a-f]{16}$/),
        answers: z.array(featuresSchema).min(1).max(1_000),
      }),
    )
    .min(1)
    .max(10_000),
});

/** The answers that were signed off, as features: what later ones are compared with. */
export type Baseline = z.infer<typeof schema>;

/** @throws BaselineError where the text is none. */
export function readBaseline(text: string, file: string): Baseline {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new BaselineError(`${file} is no JSON.`);
  }
  const read = schema.safeParse(data);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new BaselineError(
    `${file} is no baseline: ${visible(hideCredentials(issue?.path.join(".") || "the document"))} is not as "lockstep canary --accept" writes it.`,
  );
}

/** One line a prompt and target, so that a difference says which answers are other ones. */
export function formatBaseline({ cells, ...head }: Baseline): string {
  const lines = cells.map((cell) => `    ${JSON.stringify(cell)}`).join(",\n");
  const top = JSON.stringify(head, null, 2).replace(/\n}$/, "");
  return `${top},\n  "cells": [\n${lines}\n  ]\n}\n`;
}
