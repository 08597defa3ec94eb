import { z } from "zod";
import type { Stack } from "../../config/stack";
import type { FullAnswer } from "../client";
import { validatorOf } from "../schema";
import { rounded } from "../statistics";
import { encodeBytes, encodeFloats, project, sketchOf } from "./sketch";

/** One answer as numbers: nothing of its text can be read from them. */
export const featuresSchema = z.strictObject({
  values: z.record(z.string().min(1).max(80), z.number()),
  /** Counts of hashed words and pairs, in base64. */
  sketch: z.base64().max(400),
  /** The projected embedding, in base64. */
  embedding: z.base64().max(400).optional(),
});
export type Features = z.infer<typeof featuresSchema>;

/** What a route asks of its answers. */
export interface Asked {
  isValid(text: string): boolean;
  /** The names of the functions that it declares. */
  tools: readonly string[];
}

export function askedOf(stack: Stack, route: string): Asked {
  const { config, contents } = stack;
  const { tools = [] } = config.routes[route] ?? {};
  return {
    isValid: validatorOf(stack, route) ?? isSomething,
    tools: tools.map((tool) => {
      const { function: declared } = JSON.parse(
        contents.get(config.behaviour.tools[tool]?.file ?? "") ?? "{}",
      ) as { function?: { name?: string } };
      return declared?.name ?? tool;
    }),
  };
}

const isSomething = (text: string): boolean => text.trim() !== "";

/** How a refusal begins in English; providers' own fields are looked at first. */
const refusal =
  /^\W*(i['’]?m sorry|i am sorry|sorry\b|i can['’]?t\b|i cannot\b|i can not\b|i['’]?m (unable|not able) to|i am (unable|not able) to|as an ai\b)/i;

/**
 * The features of one answer. Lengths are logarithms, so that a share more counts alike for short and long answers.
 */
export function featuresOf(
  answer: Pick<FullAnswer, "text" | "finish" | "refused" | "tools" | "logprobs">,
  { isValid, tools: declared }: Asked,
  embedding?: readonly number[],
): Features {
  const { text, finish, refused, tools, logprobs } = answer;
  const yes = (is: boolean) => (is ? 1 : 0);
  return {
    values: {
      // A call of a tool is said without text.
      valid: yes(isValid(text) || (text === "" && tools.length > 0)),
      refused: yes(refused || finish === "content_filter" || refusal.test(text)),
      "cut off": yes(finish === "length"),
      length: rounded(Math.log1p(text.length), 4),
      lines: rounded(Math.log(text.split("\n").length), 4),
      ...Object.fromEntries(declared.map((tool) => [`tool ${tool}`, yes(tools.includes(tool))])),
      "other tool": yes(tools.some((tool) => !declared.includes(tool))),
      ...(logprobs === undefined
        ? {}
        : { logprob: rounded(logprobs.reduce((sum, one) => sum + one, 0) / logprobs.length, 4) }),
    },
    sketch: encodeBytes(sketchOf(text)),
    ...(embedding === undefined ? {} : { embedding: encodeFloats(project(embedding)) }),
  };
}
