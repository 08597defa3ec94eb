import { z } from "zod";
import { amount, parsed, refuse, share } from "./problem";
import type { Run } from "./run";
import { tagged, tags, tagsRemedy } from "./tags";

/** One run as a line of our own JSONL says it, or the properties of a JUnit case. */
export const record = tags.extend({
  case: tags.shape.case.unwrap(),
  target: z.string({ error: "who answered: ROUTE/MODEL, or a label for --target" }).min(1).max(200),
  repeat: z.int({ error: "a whole number" }).min(1).optional(),
  score: share().optional(),
  pass: z.boolean({ error: "true or false" }).optional(),
  error: z.string({ error: "a text" }).optional(),
  latency_seconds: amount("seconds").optional(),
  usd: amount("USD").optional(),
  prompt: z.string({ error: "what was asked, as text" }).optional(),
  output: z.string({ error: "the answer as text" }).optional(),
  answered_by: z.string({ error: "the id of a deployment" }).max(200).optional(),
  usage: z
    .looseObject({
      prompt_tokens: amount("tokens"),
      completion_tokens: amount("tokens"),
      prompt_tokens_details: z.looseObject({ cached_tokens: amount("tokens").nullish() }).nullish(),
    })
    .optional(),
});

export function runOfRecord(data: unknown, file: string, at: string): Run {
  const one = parsed(record, data, file, at, tagsRemedy);
  const failed = one.error !== undefined;
  if (one.score === undefined && one.pass === undefined && !failed)
    refuse({
      file,
      at,
      found: "no judgement",
      allowed: "score, pass or error",
      remedy: "A case that was not judged says nothing: judge it, or give its error.",
    });
  const score = failed ? 0 : (one.score ?? (one.pass === true ? 1 : 0));
  const { usage } = one;
  return {
    at,
    label: one.target,
    caseId: one.case,
    score,
    pass: !failed && (one.pass ?? score === 1),
    failed,
    cached: false,
    ...(one.repeat === undefined ? {} : { repeat: one.repeat }),
    ...(one.latency_seconds === undefined ? {} : { latencySeconds: one.latency_seconds }),
    ...(one.usd === undefined || one.usd === 0 ? {} : { toolUsd: one.usd }),
    ...(one.prompt === undefined ? {} : { prompt: one.prompt }),
    ...(one.output === undefined ? {} : { text: one.output }),
    ...(one.answered_by === undefined ? {} : { answeredBy: one.answered_by }),
    ...(usage === undefined || usage.prompt_tokens + usage.completion_tokens === 0
      ? {}
      : {
          tokens: {
            input: usage.prompt_tokens,
            cached: Math.min(usage.prompt_tokens, usage.prompt_tokens_details?.cached_tokens ?? 0),
            output: usage.completion_tokens,
          },
        }),
    ...tagged(one),
  };
}
