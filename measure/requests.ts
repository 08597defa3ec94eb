import { isRecord } from "../config/record";
import type { Stack } from "../config/stack";
import type { ChatMessage, ChatRequest } from "./standIn/chat";

/** A file of requests that cannot be used; one sentence. */
export class RequestsError extends Error {
  override readonly name = "RequestsError";
}

const roles = ["system", "user", "assistant"];

/**
 * Reads requests, one JSON document a line: `{"model": "<route>", "messages": [{"role": …, "content": …}]}`.
 *
 * @throws RequestsError with file and line for the first line that is no such request.
 */
export function readRequests(text: string, file: string, stack: Stack): ChatRequest[] {
  const requests = jsonLines(text, file).map(({ at, data }) => {
    const model = routeOf(stack, data, "model", at);
    return asSent(stack, model, messagesOf(data, at));
  });
  const lacking = Object.keys(stack.config.routes).filter(
    (route) => !requests.some(({ model }) => model === route),
  );
  if (lacking.length > 0)
    throw new RequestsError(`${file} has no request to ${lacking.join(", ")}: every route is asked.`);
  return requests;
}

export interface Line {
  /** File and line. */
  at: string;
  data: Record<string, unknown>;
}

/** The objects of a file with one JSON document a line; empty lines are none. */
export function jsonLines(text: string, file: string): Line[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const at = `${file}:${index + 1}`;
    return [{ at, data: parsed(line, at) }];
  });
}

/** The route that a line names under a key. */
export function routeOf(
  { config }: Pick<Stack, "config">,
  data: Line["data"],
  key: "model" | "route",
  at: string,
): string {
  const name = data[key];
  if (typeof name !== "string" || !Object.hasOwn(config.routes, name))
    throw new RequestsError(`${at} ${key}: it has to be a route: ${Object.keys(config.routes).join(", ")}.`);
  return name;
}

export function messagesOf({ messages }: Line["data"], at: string): ChatMessage[] {
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isMessage))
    throw new RequestsError(`${at} messages: it has to be a list of {"role": …, "content": …}.`);
  return messages as ChatMessage[];
}

/** A request as applications send it: with the prompt and the tools that the route declares, where it has none. */
export function asSent({ config, contents }: Stack, route: string, own: ChatMessage[]): ChatRequest {
  const declared = config.routes[route];
  const prompt = config.behaviour.prompts[declared?.prompt ?? ""]?.file;
  const system = prompt === undefined ? undefined : contents.get(prompt);
  const tools = (declared?.tools ?? []).map((tool) =>
    JSON.parse(contents.get(config.behaviour.tools[tool]?.file ?? "") ?? "null"),
  );
  return {
    model: route,
    messages:
      system === undefined || own.some(({ role }) => role === "system")
        ? own
        : [{ role: "system", content: system }, ...own],
    ...(tools.length === 0 ? {} : { tools }),
  };
}

function parsed(line: string, at: string): Record<string, unknown> {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    throw new RequestsError(`${at} is no JSON document.`);
  }
  if (!isRecord(data)) throw new RequestsError(`${at} is no JSON object.`);
  return data;
}

const isMessage = (message: unknown): boolean =>
  isRecord(message) && roles.includes(String(message.role)) && typeof message.content === "string";
