import { z } from "zod";
import { problemOfPattern, redactionKinds } from "../redaction";
import { count, free, mirrored, quantity, stricter } from "../relation";
import { email, name } from "./names";
import { retrievalIndex } from "./retrievalIndex";

const ratio = () => quantity("ratio", 0, 1);

/** A regular expression that the gateway's Python and JavaScript read alike, and that no text makes slow. */
const pattern = () =>
  z
    .string()
    .max(200)
    .superRefine((text, context) => {
      const problem = problemOfPattern(text);
      if (problem !== undefined)
        context.addIssue({
          code: "custom",
          message: `a regular expression of the allowed kind; this one ${problem}`,
        });
    });

/** What good looks like: the same in both environments, and alarms are set on it. */
export const objectives = z.strictObject({
  latencyP95Seconds: mirrored(
    quantity("seconds", 0.01, 3_600),
    "The 95th percentile of a request's whole time.",
  ),
  firstTokenP95Seconds: z.strictObject({
    cacheHit: mirrored(
      quantity("seconds", 0.01, 600),
      "The 95th percentile of the time to first token on a prompt-cache hit.",
    ),
    cacheMiss: mirrored(
      quantity("seconds", 0.01, 600),
      "The 95th percentile of the time to first token on a prompt-cache miss.",
    ),
  }),
  errorRatio: mirrored(ratio(), "The share of requests that may fail."),
  fallbackRatio: mirrored(ratio(), "The share of requests that fallbacks may answer."),
  cacheHitRatio: mirrored(
    ratio(),
    "The share of input tokens that should come from the provider's prompt cache.",
  ),
  silentFailureRatio: mirrored(
    ratio(),
    "The share of answers that may fail the validators though they came with status 200.",
  ),
  retrievalP99Seconds: mirrored(quantity("seconds", 0.001, 600), "The 99th percentile of a retrieval."),
});

/** Who is told, how much is looked at and how long it is kept: each environment's own. */
export const monitoring = z.strictObject({
  samplingRatio: stricter(
    ratio(),
    "The share of answers that are sampled and scored; staging looks at more.",
    {
      tighter: "higher",
    },
  ),
  canaryEveryMinutes: stricter(
    count("minutes", 1, 1_440),
    "The interval between runs of the behavioural canary.",
  ),
  contacts: free(z.array(email()).min(1).max(50), "Who gets budget notifications and alarms by e-mail."),
  redact: z
    .strictObject({
      kinds: free(
        z.array(z.enum(redactionKinds)).max(redactionKinds.length),
        "What is taken out of the request log by its form, before it is written.",
      ).default(["email", "phone", "card", "iban"]),
      patterns: z
        .record(
          name,
          free(
            pattern(),
            "A regular expression of what else is taken out of the request log; every repetition has a bound.",
          ),
        )
        .default({}),
    })
    .prefault({}),
  requestLogDays: free(count("days", 7, 3_650), "How long requests and answers are kept."),
  athenaScanLimitGib: free(
    count("GiB", 1, 100_000),
    "The most that one query over the request log may read.",
  ),
  retrievalIndex: retrievalIndex.optional(),
});
