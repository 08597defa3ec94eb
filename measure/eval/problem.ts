import { z } from "zod";
import { credentialIn } from "../../config/credentialPattern";
import { formatPath } from "../../config/relation";
import { describeValue, valueAt } from "../../config/value";
import { quote } from "../../config/visible";

/** Results that cannot be used: one sentence with file, place, found, allowed and remedy. Nothing is made of them. */
export class ResultsError extends Error {
  override readonly name = "ResultsError";
}

export interface Fault {
  file: string;
  at: string;
  found: string;
  allowed: string;
  remedy: string;
}

export function refuse({ file, at, found, allowed, remedy }: Fault, more = 0): never {
  const others = more > 0 ? ` (and ${more} more)` : "";
  throw new ResultsError(
    `${quote(file).slice(1, -1)}: ${at}: found ${found}; allowed is ${allowed}. ${remedy}${others}`,
  );
}

/** A word of a file as a message may show it: short, visible, and never a credential. */
export const shown = (text: string): string =>
  credentialIn(text) === undefined ? quote(text.slice(0, 80)) : "a text with a credential in it";

/** Data by a schema, or the first fault with its place. */
export function parsed<T>(schema: z.ZodType<T>, data: unknown, file: string, at: string, remedy: string): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [issue, ...more] = result.error.issues;
  const path = (issue?.path ?? []).filter((step): step is string | number => typeof step !== "symbol");
  const value = valueAt(data, path);
  if (issue?.code === "unrecognized_keys")
    refuse({
      file,
      at,
      found: `the key ${issue.keys.map(shown).join(", ")}`,
      allowed: "known keys only",
      remedy,
    });
  refuse(
    {
      file,
      at: path.length === 0 ? at : `${at}.${formatPath(path)}`,
      // Only what cannot hold a secret is shown as it is.
      found: typeof value === "string" ? "another text" : describeValue(scalar(value)),
      allowed: issue?.message ?? "what the format has",
      remedy,
    },
    more.length,
  );
}

const scalar = (value: unknown) =>
  Array.isArray(value) ? value.map(() => null) : typeof value === "object" && value !== null ? {} : value;

export function json(text: string, file: string, at: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return refuse({
      file,
      at,
      found: "no JSON",
      allowed: "JSON",
      remedy: "Let the tool write it again; NaN and Infinity are no JSON.",
    });
  }
}

/** Numbers of results. JSON.parse makes Infinity of 1e999. */
export const amount = (unit: string) =>
  z.number({ error: `a finite number of ${unit}, 0 or more` }).min(0, `a number of ${unit}, 0 or more`);
export const share = () => z.number({ error: "a number from 0 to 1" }).min(0, "0 to 1").max(1, "0 to 1");
