import { isRecord } from "../../config/record";
import type { Stack } from "../../config/stack";
import { asSent } from "../requests";
import type { ChatMessage, ChatRequest } from "../standIn/chat";
import { hasCredential, type Redactor } from "./redaction";

/** One request of production's log, as the sample has it. */
export interface Logged {
  route: string;
  /** JSON texts, or null where the log keeps none. */
  messages: string | null;
  parameters: string | null;
}

export type Replayable = { request: ChatRequest & Record<string, unknown> } | { why: string };

/** LiteLLM's own word in the place of a message that is not logged. */
const withheld = "redacted-by-litellm";

/**
 * What the application asked for beside its messages. Temperature and the like are left out: the log has those of
 * production's targets among them, and staging's are what is tested.
 */
const asked = ["tool_choice", "response_format", "stop"] as const;

/**
 * A logged request as the application would send it to staging today: production's own prompt and tools of the route
 * give way to staging's, everything else is as it was, and redacted once more.
 */
export function replayed(
  { route, messages: text, parameters: given }: Logged,
  { staging, production, redactor }: { staging: Stack; production: Stack; redactor: Redactor },
): Replayable {
  if (!Object.hasOwn(staging.config.routes, route)) return { why: "of a route that staging does not have" };
  const logged = parsed(text);
  if (!Array.isArray(logged) || logged.length === 0 || !logged.every(isMessage) || silent(logged))
    return { why: "without their messages" };
  if (hasCredential(logged)) return { why: "with a credential in them" };
  const own = withoutPrompt(logged, route, production, redactor);
  const parameters = parsed(given);
  const said = isRecord(parameters) ? parameters : {};
  const kept = Object.fromEntries(
    [...asked, "tools"].flatMap((key) =>
      said[key] === undefined || said[key] === null ? [] : [[key, said[key]]],
    ),
  );
  if (hasCredential(kept)) return { why: "with a credential in them" };
  const request = asSent(staging, route, redactor.value(own) as ChatMessage[]);
  return { request: { ...(redactor.value(kept) as Record<string, unknown>), ...request } };
}

/** Without the prompt that production declares for the route, which staging's takes the place of. */
function withoutPrompt(
  messages: readonly Record<string, unknown>[],
  route: string,
  { config, contents }: Stack,
  redactor: Redactor,
): unknown[] {
  const file = config.behaviour.prompts[config.routes[route]?.prompt ?? ""]?.file;
  const prompt = file === undefined ? undefined : contents.get(file);
  const [first, ...others] = messages;
  if (prompt === undefined || first?.role !== "system") return [...messages];
  // The log's own redaction has been over it.
  const same = first.content === prompt || first.content === redactor.text(prompt);
  return same ? others : [...messages];
}

const isMessage = (message: unknown): message is Record<string, unknown> =>
  isRecord(message) && typeof message.role === "string";

const silent = (messages: readonly Record<string, unknown>[]): boolean =>
  messages.some(({ content }) => content === withheld);

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
