import { z } from "zod";

/** A key of a map: a team, a model, a route. Lower case, so that it can name a Kubernetes object. */
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, "a name of at most 40 characters: a-z, 0-9 and -, starting with a letter");

/** The name of a Pulumi stack, without organisation and project. */
export const stackName = () =>
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "a stack name: letters, digits, '.', '_' and '-'");

/** A Kubernetes object's name (RFC 1123 label). */
export const label = () =>
  z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "at most 63 characters: a-z, 0-9 and -");

export const awsRegion = () =>
  z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region, such as "us-east-1"');

/** The path of a file inside the project, with forward slashes and without `..`. */
export const projectFile = () =>
  z
    .string()
    .max(200)
    .regex(
      /^(?!\/)(?!.*(^|\/)\.{1,2}(\/|$))[A-Za-z0-9._/-]+$/,
      "a path relative to the project's root, without '.' or '..' steps",
    );

/** One line of text that a person reads. */
export const sentence = (minimum: number, maximum: number) =>
  z
    .string()
    .min(minimum)
    .max(maximum)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, "one line, without control characters");

export const email = () => z.email().max(254);
export const isoDate = () => z.iso.date();
