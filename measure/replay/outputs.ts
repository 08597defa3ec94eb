import { isRecord } from "../../config/record";
import type { Stack } from "../../config/stack";
import type { FullAnswer } from "../client";
import { validatorOf } from "../schema";
import type { Drawn } from "./sample";

/** What of an answer is compared: never its words. */
export interface Output {
  route: string;
  /** Undefined where nobody counted. */
  tokens: number | undefined;
  /** Whether it satisfies its route's schema; undefined for a route without one, and for a call of a tool. */
  valid: boolean | undefined;
  refused: boolean;
  /** The names of the tools that it calls. */
  tools: string[];
  finish: string;
}

export type Validators = (route: string) => ((text: string) => boolean) | undefined;

/** Compiled once a route. */
export function validatorsOf(stack: Stack): Validators {
  const compiled = new Map(
    Object.keys(stack.config.routes).map((route) => [route, validatorOf(stack, route)] as const),
  );
  return (route) => compiled.get(route);
}

interface Answer {
  text: string;
  tokens: number | undefined;
  refused: boolean;
  tools: string[];
  finish: string | undefined;
}

const outputOf = (
  route: string,
  { text, tokens, refused, tools, finish }: Answer,
  validators: Validators,
): Output => ({
  route,
  tokens,
  valid: tools.length > 0 ? undefined : validators(route)?.(text),
  refused: refused || finish === "content_filter",
  tools: [...new Set(tools)].sort(),
  finish: finish === undefined ? "none" : /^[a-z_]{1,40}$/.test(finish) ? finish : "another",
});

/** Of what staging answered. */
export const outputOfAnswer = (route: string, answer: FullAnswer, validators: Validators): Output =>
  outputOf(route, { ...answer, tokens: answer.usage?.completion_tokens }, validators);

/** Of what production answered, by its log; undefined where that keeps no answer. */
export function outputOfLog(
  { route, response, outputTokens }: Drawn,
  validators: Validators,
): Output | undefined {
  const choice = choiceOf(response);
  const message = choice?.message;
  if (choice === undefined || !isRecord(message) || message.content === "redacted-by-litellm")
    return undefined;
  const { content, tool_calls: calls, refusal, provider_specific_fields: own } = message;
  return outputOf(
    route,
    {
      text: typeof content === "string" ? content : "",
      tokens: outputTokens ?? undefined,
      refused: says(refusal) || (isRecord(own) && says(own.refusal)),
      tools: Array.isArray(calls) ? calls.flatMap(nameOf) : [],
      finish: typeof choice.finish_reason === "string" ? choice.finish_reason : undefined,
    },
    validators,
  );
}

const says = (text: unknown): boolean => typeof text === "string" && text !== "";

const nameOf = (call: unknown): string[] =>
  isRecord(call) && isRecord(call.function) && typeof call.function.name === "string"
    ? [call.function.name]
    : [];

function choiceOf(response: string | null): Record<string, unknown> | undefined {
  try {
    const data: unknown = JSON.parse(response ?? "null");
    if (!isRecord(data) || !Array.isArray(data.choices)) return undefined;
    return data.choices.find(isRecord);
  } catch {
    return undefined;
  }
}
