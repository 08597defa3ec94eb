import { z } from "zod";
import { canonicalJson, sha256 } from "../../config/hash";
import { isRecord } from "../../config/record";
import { valueAt } from "../../config/value";
import { amount, json, parsed, refuse, share } from "./problem";
import type { Run } from "./run";
import { tagged, tags, tagsRemedy } from "./tags";

const count = () => z.int({ error: "a whole number" }).min(0);

const row = z.looseObject({
  id: z.string(),
  provider: z.union([z.string(), z.looseObject({ id: z.string(), label: z.string().optional() })]),
  success: z.boolean(),
  score: share(),
  /** 0 none, 1 an assertion, 2 an error: promptfoo's ResultFailureReason. */
  failureReason: z.int().min(0).max(2).optional(),
  error: z.string().nullish(),
  latencyMs: amount("milliseconds").optional(),
  cost: amount("USD").nullish(),
  vars: z.record(z.string(), z.unknown()).optional(),
  prompt: z.looseObject({ raw: z.string().optional() }).optional(),
  testCase: z.looseObject({ metadata: z.record(z.string(), z.unknown()).nullish() }).optional(),
  response: z
    .looseObject({
      output: z.unknown(),
      cached: z.boolean().optional(),
      tokenUsage: z
        .looseObject({
          prompt: amount("tokens").optional(),
          completion: amount("tokens").optional(),
          completionDetails: z.looseObject({ cacheReadInputTokens: amount("tokens").optional() }).optional(),
        })
        .optional(),
    })
    .nullish(),
});

const file = z.looseObject({
  results: z.looseObject({
    timestamp: z.iso.datetime({ error: "a time in UTC" }),
    version: z.literal(3, { error: "3: results of promptfoo 0.90 or later" }),
    results: z.array(z.unknown()).min(1, "at least one result"),
    stats: z.looseObject({ successes: count(), failures: count(), errors: count() }),
  }),
  metadata: z.looseObject({ promptfooVersion: z.string().optional() }).optional(),
});

const remedy = "Write results anew: promptfoo eval --output results.json.";

/** The JSON that `promptfoo eval --output results.json` writes, version 3. */
export function readPromptfoo(
  text: string,
  name: string,
): { runs: Run[]; version: string | undefined; made: Date } {
  const { results, metadata } = parsed(file, json(text, name, "the file"), name, "the file", remedy);
  const { successes, failures, errors } = results.stats;
  if (successes + failures + errors !== results.results.length)
    refuse({
      file: name,
      at: "results.results",
      found: `${results.results.length} results`,
      allowed: `the ${successes + failures + errors} that results.stats counts`,
      remedy,
    });
  const seen = new Set<string>();
  const runs = results.results.map((data, index) => {
    const at = `results.results[${index}]`;
    const one = parsed(row, data, name, at, remedy);
    if (seen.has(one.id))
      refuse({
        file: name,
        at: `${at}.id`,
        found: "an id that an earlier result has",
        allowed: "every result once",
        remedy,
      });
    seen.add(one.id);
    return runOf(one, name, at);
  });
  return { runs, version: metadata?.promptfooVersion, made: new Date(results.timestamp) };
}

function runOf(one: z.infer<typeof row>, name: string, at: string): Run {
  const { provider, response, testCase } = one;
  const own = parsed(
    tags,
    testCase?.metadata?.lockstep ?? {},
    name,
    `${at}.testCase.metadata.lockstep`,
    tagsRemedy,
  );
  const failed = one.failureReason === 2 || response === undefined || response === null;
  const { id, label } = typeof provider === "string" ? { id: provider, label: undefined } : provider;
  return {
    at,
    label: label ?? id,
    ...(label === undefined ? {} : { alias: id }),
    // promptfoo writes no number of a repeat: repeats ask the same thing.
    caseId: own.case ?? sha256(canonicalJson([one.prompt?.raw ?? "", one.vars ?? {}])).slice(0, 16),
    score: failed ? 0 : one.score,
    pass: one.success && !failed,
    failed,
    cached: response?.cached ?? false,
    ...(one.latencyMs === undefined ? {} : { latencySeconds: one.latencyMs / 1000 }),
    ...(typeof one.cost === "number" && one.cost > 0 ? { toolUsd: one.cost } : {}),
    ...(one.prompt?.raw === undefined ? {} : { prompt: one.prompt.raw }),
    ...answered(response),
    ...tagged(own),
  };
}

function answered(response: z.infer<typeof row>["response"]): Partial<Run> {
  if (response === undefined || response === null) return {};
  const { output, tokenUsage } = response;
  const header = (key: string) => valueAt(response, ["metadata", "http", "headers", `x-litellm-${key}`]);
  const [by, usd] = [header("model-id"), Number(header("response-cost") ?? Number.NaN)];
  const { prompt = 0, completion = 0, completionDetails } = tokenUsage ?? {};
  const cached = Math.min(prompt, completionDetails?.cacheReadInputTokens ?? 0);
  return {
    // promptfoo hands on an answer in JSON as data.
    ...(typeof output === "string" ? { text: output } : {}),
    ...(isRecord(output) || Array.isArray(output) ? { text: JSON.stringify(output) } : {}),
    ...(typeof by === "string" ? { answeredBy: by } : {}),
    ...(Number.isFinite(usd) && usd > 0 ? { gatewayUsd: usd } : {}),
    ...(prompt + completion > 0 ? { tokens: { input: prompt, cached, output: completion } } : {}),
  };
}
