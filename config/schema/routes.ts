import { z } from "zod";
import { count, mirrored, quantity } from "../relation";
import { name, projectFile, sentence } from "./names";

/** The classes of error that a gateway tells apart, as the field names them. */
export const errorClasses = [
  "rateLimit",
  "timeout",
  "serverError",
  "serviceUnavailable",
  "badRequest",
  "authentication",
  "notFound",
  "contentPolicy",
] as const;
export type ErrorClass = (typeof errorClasses)[number];

const perErrorClass = (leaf: () => z.ZodNumber) =>
  z.strictObject(
    Object.fromEntries(errorClasses.map((key) => [key, leaf()])) as Record<ErrorClass, z.ZodNumber>,
  );

const alias = () => name.clone();
const aliases = (description: string) => mirrored(z.array(alias()).max(20), description);

export const target = z.strictObject({
  model: mirrored(alias(), "The key in `models` of the model to call."),
  order: mirrored(
    count("1", 1, 100),
    "The place in line: targets of order 2 are called when all of order 1 fail.",
  ),
  weight: mirrored(count("1", 1, 1_000), "The share of calls among targets of the same order."),
});

/** What happens when a model answers with something that is no answer. */
export const breaker = z.strictObject({
  invalidResponses: mirrored(
    count("responses", 1, 100),
    "Invalid answers in the window that open the breaker.",
  ),
  windowSeconds: mirrored(quantity("seconds", 1, 3_600), "The window in which invalid answers are counted."),
  openSeconds: mirrored(
    quantity("seconds", 1, 3_600),
    "How long the breaker stays open before one request is let through.",
  ),
  answer: mirrored(
    sentence(1, 2_000),
    "The deterministic answer given while the breaker is open and no fallback is left.",
  ),
});

/** One alias that applications call, and all that happens behind it. */
export const route = z.strictObject({
  description: mirrored(sentence(1, 200), "What the route is for."),
  targets: z.array(target).min(1).max(50),
  prompt: mirrored(alias(), "The key in `behaviour.prompts` of the system prompt.").optional(),
  tools: aliases("The keys in `behaviour.tools` of the tools offered to the model.").optional(),
  responseSchema: mirrored(projectFile(), "A JSON Schema file that every answer must satisfy.", {
    file: true,
  }).optional(),
  timeoutSeconds: mirrored(quantity("seconds", 0.1, 3_600), "The time-out of one attempt.").optional(),
  streamTimeoutSeconds: mirrored(
    quantity("seconds", 0.1, 3_600),
    "The time-out until the first part of a streamed answer.",
  ).optional(),
  deadlineSeconds: mirrored(
    quantity("seconds", 0.1, 7_200),
    "The longest that a request may take with all its retries and fallbacks.",
  ).optional(),
  retries: perErrorClass(() =>
    mirrored(count("retries", 0, 10), "Retries of a request that failed with this class of error."),
  ),
  fallbacks: aliases("The routes tried in turn when all targets fail."),
  contextWindowFallbacks: aliases("The routes tried when the request does not fit the context window."),
  contentPolicyFallbacks: aliases("The routes tried when the provider refuses on its content policy."),
  coolDown: z.strictObject({
    seconds: mirrored(quantity("seconds", 1, 3_600), "How long a failing target is left alone."),
    allowedFails: perErrorClass(() =>
      mirrored(
        count("failures", 0, 1_000),
        "Failures of this class that a target may have before it cools down.",
      ),
    ),
  }),
  breaker: breaker.optional(),
});

export const routes = z.record(name, route);
