import { z } from "zod";
import { isRecord } from "../../config/record";

/** A number that Python's JSON writes as null where it is none. */
const number = z.number().nullish();

/** The part of LiteLLM's StandardLoggingPayload that measurements read; all else is left aside. */
const payload = z.object({
  id: z.string(),
  call_type: z.string(),
  status: z.enum(["success", "failure"]),
  stream: z.boolean().nullish(),
  startTime: z.number(),
  endTime: z.number(),
  completionStartTime: number,
  model_group: z.string().nullish(),
  model_id: z.string().nullish(),
  response_cost: number,
  prompt_tokens: number,
  completion_tokens: number,
  user_agent: z.string().nullish(),
  messages: z.unknown().optional(),
  metadata: z
    .object({
      user_api_key_team_alias: z.string().nullish(),
      usage_object: z
        .object({ prompt_tokens_details: z.object({ cached_tokens: number }).nullish() })
        .nullish(),
    })
    .nullish(),
  response: z
    .object({
      choices: z
        .array(
          z.object({
            finish_reason: z.string().nullish(),
            message: z
              .object({
                content: z.unknown().optional(),
                tool_calls: z.array(z.unknown()).nullish(),
                function_call: z.unknown().optional(),
                refusal: z.string().nullish(),
                provider_specific_fields: z.object({ refusal: z.string().nullish() }).nullish(),
              })
              .nullish(),
          }),
        )
        .nullish(),
    })
    .nullish()
    .catch(null),
  lockstep: z.object({ behaviour_hash: z.string() }).nullish(),
});

/** What a model answered. */
export interface LoggedAnswer {
  text: string;
  tools: boolean;
  refused: boolean;
  /** "stop", "length", …; undefined for an answer that did not come to its end. */
  finish: string | undefined;
}

/** One request of the log. Times in seconds since 1970. */
export interface LoggedRequest {
  id: string;
  /** The route whose target answered, or the last one that was tried. */
  route: string;
  deployment: string | undefined;
  team: string | undefined;
  success: boolean;
  stream: boolean;
  startedAt: number;
  /** Of streams that said something. */
  firstTokenSeconds: number | undefined;
  totalSeconds: number;
  promptTokens: number;
  completionTokens: number;
  /** Of the prompt, read from the provider's cache; undefined where the provider does not tell. */
  cachedTokens: number | undefined;
  usd: number;
  /** What was sent; undefined where the log keeps none. */
  messages: readonly unknown[] | undefined;
  userAgent: string | undefined;
  /** Undefined where the log keeps none. */
  answer: LoggedAnswer | undefined;
  /** What the gateway was that wrote it; undefined in records of others than ours. */
  behaviourHash: string | undefined;
}

/** Whether it is the canary's, or what the judge was asked: our own jobs name themselves, and are nobody's traffic. */
export const isOurs = ({ userAgent }: Pick<LoggedRequest, "userAgent">): boolean =>
  userAgent?.startsWith("lockstep-") === true;

const chat = ["completion", "acompletion"];

/** A chat completion of the log; `null` for another kind of call; a reason where it is no record. */
export function readRecord(text: string): LoggedRequest | null | { why: string } {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { why: "it is no JSON" };
  }
  const read = payload.safeParse(data);
  if (!read.success)
    return { why: `${read.error.issues[0]?.path.join(".") || "it"} is not as LiteLLM writes it` };
  const one = read.data;
  if (!chat.includes(one.call_type)) return null;
  const first = one.completionStartTime ?? undefined;
  const stream = one.stream === true;
  return {
    id: one.id,
    route: one.model_group ?? "",
    deployment: one.model_id ?? undefined,
    team: one.metadata?.user_api_key_team_alias ?? undefined,
    success: one.status === "success",
    stream,
    startedAt: one.startTime,
    firstTokenSeconds:
      stream && one.status === "success" && first !== undefined
        ? Math.max(0, first - one.startTime)
        : undefined,
    totalSeconds: Math.max(0, one.endTime - one.startTime),
    promptTokens: one.prompt_tokens ?? 0,
    completionTokens: one.completion_tokens ?? 0,
    cachedTokens: one.metadata?.usage_object?.prompt_tokens_details?.cached_tokens ?? undefined,
    usd: one.response_cost ?? 0,
    messages: kept(one.messages),
    userAgent: one.user_agent ?? undefined,
    answer: answerOf(one.response?.choices?.[0]),
    behaviourHash: one.lockstep?.behaviour_hash,
  };
}

/** What LiteLLM puts in the place of words that are not to be logged (its `constants.py`). */
const leftOut = "redacted-by-litellm";

function kept(messages: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(messages) || messages.length === 0) return undefined;
  const [first] = messages;
  return isRecord(first) && first.content === leftOut ? undefined : messages;
}

type Choice = NonNullable<NonNullable<NonNullable<z.infer<typeof payload>["response"]>["choices"]>[number]>;

function answerOf(choice: Choice | undefined): LoggedAnswer | undefined {
  const message = choice?.message;
  if (choice === undefined || message === undefined || message === null) return undefined;
  const { content, tool_calls, function_call, refusal, provider_specific_fields } = message;
  if (content === leftOut) return undefined;
  return {
    text: typeof content === "string" ? content : "",
    tools: (tool_calls?.length ?? 0) > 0 || (function_call !== undefined && function_call !== null),
    refused: Boolean(refusal || provider_specific_fields?.refusal),
    finish: choice.finish_reason ?? undefined,
  };
}
