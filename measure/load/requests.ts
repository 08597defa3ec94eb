import { isRecord } from "../../config/record";
import type { Stack } from "../../config/stack";
import type { ChatMessage, ChatRequest } from "../standIn/chat";

/** A file of requests that cannot be used; one sentence. */
export class RequestsError extends Error {
  override readonly name = "RequestsError";
}

const roles = ["system", "user", "assistant"];

/**
 * Reads the requests that are sent, one JSON document a line: `{"model": "<route>", "messages": [{"role": …,
 * "content": …}]}`. The prompt and the tools that the route declares are added where a request has none, as
 * applications send them.
 *
 * @throws RequestsError with file and line for the first line that is no such request.
 */
export function readRequests(text: string, file: string, { config, contents }: Stack): ChatRequest[] {
  const lines = text.split("\n");
  const requests = lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const at = `${file}:${index + 1}`;
    const { model, messages } = parsed(line, at);
    const route = typeof model === "string" ? config.routes[model] : undefined;
    if (typeof model !== "string" || route === undefined)
      throw new RequestsError(`${at} model: it has to be a route: ${Object.keys(config.routes).join(", ")}.`);
    if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isMessage))
      throw new RequestsError(`${at} messages: it has to be a list of {"role": …, "content": …}.`);
    const own = messages as ChatMessage[];
    const prompt = config.behaviour.prompts[route.prompt ?? ""]?.file;
    const system = prompt === undefined ? undefined : contents.get(prompt);
    const tools = (route.tools ?? []).map((tool) =>
      JSON.parse(contents.get(config.behaviour.tools[tool]?.file ?? "") ?? "null"),
    );
    return [
      {
        model,
        messages:
          system === undefined || own.some(({ role }) => role === "system")
            ? own
            : [{ role: "system" as const, content: system }, ...own],
        ...(tools.length === 0 ? {} : { tools }),
      },
    ];
  });
  const lacking = Object.keys(config.routes).filter(
    (route) => !requests.some(({ model }) => model === route),
  );
  if (lacking.length > 0)
    throw new RequestsError(`${file} has no request to ${lacking.join(", ")}: load is put on every route.`);
  return requests;
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
