import { z } from "zod";
import { parsed, refuse, share } from "./problem";
import { runOfRecord } from "./record";
import type { Run } from "./run";

export interface Line {
  at: string;
  data: Record<string, unknown>;
}

const spec = z.looseObject({ completion_fns: z.array(z.string()).length(1, "one completion function") });

const event = z.looseObject({
  run_id: z.string({ error: "the run's id" }).min(1),
  sample_id: z.string({ error: "the sample's id" }).min(1),
  type: z.string({ error: "the event's type" }),
  data: z.looseObject({}),
});

const judged = z.looseObject({ correct: z.boolean({ error: "true or false" }) });
const scored = z.looseObject({ score: share() });
const sampled = z.looseObject({
  sampled: z.union([z.string(), z.array(z.string())], { error: "a text or a list of texts" }).optional(),
  usage: z.unknown().optional(),
});

/** Events that say nothing of the outcome: evals/record.py of openai/evals. */
const silent = [
  "raw_sample",
  "embedding",
  "cond_logp",
  "pick_option",
  "function_call",
  "function_call_result",
  "extra",
];
const remedy = "Let oaieval write it with --record_path.";

export const isEvalsLog = ([first]: readonly Line[]): boolean => first !== undefined && "spec" in first.data;

interface Sample {
  at: string;
  outcome?: { pass: boolean; score: number };
  error?: string;
  output?: string;
  usage?: unknown;
}

/**
 * The log of `oaieval` (openai/evals): `spec`, then events, each of a sample. `match` and `metrics` judge, `sampling`
 * has the answer. Several runs of one eval are several files, or behind each other in one: repeats.
 */
export function readEvalsLog(lines: readonly Line[], file: string): Run[] {
  const targets = new Map<string, string>();
  const samples = new Map<string, Sample>();
  let target = "";
  for (const { at, data } of lines) {
    if ("final_report" in data) continue;
    if ("spec" in data) {
      target = parsed(spec, data.spec, file, `${at}.spec`, remedy).completion_fns[0] ?? "";
      continue;
    }
    const one = parsed(event, data, file, at, remedy);
    const key = JSON.stringify([one.run_id, one.sample_id]);
    const sample: Sample = samples.get(key) ?? { at };
    samples.set(key, sample);
    targets.set(key, target);
    // A sample that was begun and never judged is a case that failed.
    if (!silent.includes(one.type)) take(sample, one, file, at);
  }
  return [...samples].map(([key, { at, outcome, error, output, usage }]) => {
    const [, sampleId] = JSON.parse(key) as [string, string];
    // Neither an answer nor a judgement is no error of the reader's, but a case that failed.
    const why = error ?? (outcome === undefined ? "no judgement" : undefined);
    return runOfRecord(
      {
        case: sampleId,
        target: targets.get(key),
        ...outcome,
        ...(why === undefined ? {} : { error: why }),
        ...(output === undefined ? {} : { output }),
        ...(usage === undefined || usage === null ? {} : { usage }),
      },
      file,
      at,
    );
  });
}

function take(sample: Sample, { type, data }: z.infer<typeof event>, file: string, at: string): void {
  const within = `${at}.data`;
  if (type === "sampling") {
    const { sampled: text, usage } = parsed(sampled, data, file, within, remedy);
    // Of several calls for one sample the last is the answer.
    if (text !== undefined) sample.output = typeof text === "string" ? text : (text.at(-1) ?? "");
    if (usage !== undefined) sample.usage = usage;
    return;
  }
  if (type === "error") {
    sample.error = "error";
    return;
  }
  if (type !== "match" && type !== "metrics")
    refuse({
      file,
      at: `${at}.type`,
      found: "another event",
      allowed: ["match", "metrics", "sampling", "error", ...silent].join(", "),
      remedy: "Write the outcomes as records of their own: docs/evals.md.",
    });
  if (sample.outcome !== undefined)
    refuse({
      file,
      at,
      found: "a second judgement of the same sample",
      allowed: "one in each run",
      remedy: "Log one of them, or write the outcomes as records of their own: docs/evals.md.",
    });
  if (type === "match") {
    const { correct } = parsed(judged, data, file, within, remedy);
    sample.outcome = { pass: correct, score: correct ? 1 : 0 };
  } else {
    const { score } = parsed(scored, data, file, within, remedy);
    sample.outcome = { pass: score === 1, score };
  }
}
