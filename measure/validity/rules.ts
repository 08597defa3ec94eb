import { z } from "zod";
import { name } from "../../config/schema/names";
import type { LoggedAnswer } from "../log/record";

/** A file of rules that cannot be used; one sentence. */
export class RulesError extends Error {
  override readonly name = "RulesError";
}

const pattern = z.string().min(1).max(500);

const schema = z.array(
  z
    .strictObject({
      /** What an answer that breaks it has done: "conflicting-instructions", "tool-injection", … */
      cause: name,
      route: name,
      /** A regular expression that every answer has to match. */
      must: pattern.optional(),
      /** One that no answer may match. */
      mustNot: pattern.optional(),
    })
    .refine(
      ({ must, mustNot }) => (must === undefined) !== (mustNot === undefined),
      "either must or mustNot",
    ),
);

/** What a route's answers have to be beyond their schema, in the order in which it is asked. */
export interface AnswerRule {
  cause: string;
  route: string;
  breaks(text: string): boolean;
}

/**
 * Reads a JSON list of rules: `[{"route": "support-chat", "cause": "tool-injection", "mustNot": "ignore previous"}]`.
 *
 * @throws RulesError where it is none.
 */
export function readRules(text: string, file: string, routes: readonly string[]): AnswerRule[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new RulesError(`${file} is no JSON.`);
  }
  const read = schema.safeParse(data);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new RulesError(`${file} ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "no rule"}.`);
  }
  return read.data.map(({ cause, route, must, mustNot }, index) => {
    if (!routes.includes(route))
      throw new RulesError(`${file} ${index}.route: it has to be one of ${routes.join(", ")}.`);
    let expression: RegExp;
    try {
      expression = new RegExp(must ?? mustNot ?? "", "iu");
    } catch {
      throw new RulesError(`${file} ${index}: this is no regular expression.`);
    }
    return { cause, route, breaks: (answer) => expression.test(answer) === (mustNot !== undefined) };
  });
}

/** Whether answers of a route satisfy its schema; undefined for a route without one. */
export type Validators = (route: string) => ((text: string) => boolean) | undefined;

/**
 * Why an answer is none that a caller can use, though it came with status 200: the first of these that holds.
 * Undefined for one that passes.
 */
export function causeOf(
  route: string,
  { text, tools, refused, finish }: LoggedAnswer,
  validators: Validators,
  rules: readonly AnswerRule[],
): string | undefined {
  if (finish === undefined || finish === "length") return "cut-off";
  if (refused || finish === "content_filter") return "refusal";
  if (text.trim() === "") return tools ? undefined : "empty";
  if (!tools && validators(route)?.(text) === false) return "invalid-format";
  return rules.find((rule) => rule.route === route && rule.breaks(text))?.cause;
}
