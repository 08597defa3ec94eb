import { canonicalJson, sha256 } from "../../config/hash";
import type { Config } from "../../config/schema";
import type { Stack } from "../../config/stack";
import { asSent, jsonLines, messagesOf, RequestsError, routeOf } from "../requests";
import type { ChatMessage, ChatRequest } from "../standIn/chat";

export interface CanaryPrompt {
  route: string;
  id: string;
  messages: ChatMessage[];
}

/**
 * Reads the fixed prompts, one JSON document a line: `{"route": "<route>", "id": "<id>", "messages": [{"role": …,
 * "content": …}]}`.
 *
 * @throws RequestsError with file and line for the first line that is no such prompt, and where a route has none.
 */
export function readPrompts(text: string, file: string, stack: Stack): CanaryPrompt[] {
  const seen = new Set<string>();
  const prompts = jsonLines(text, file).map(({ at, data }) => {
    const route = routeOf(stack, data, "route", at);
    const { id } = data;
    if (typeof id !== "string" || !/^[a-z0-9][a-z0-9-]{0,59}$/.test(id))
      throw new RequestsError(`${at} id: it has to be a name of at most 60 characters: a-z, 0-9 and -.`);
    if (seen.has(`${route}/${id}`)) throw new RequestsError(`${at} id: the route has it twice.`);
    seen.add(`${route}/${id}`);
    return { route, id, messages: messagesOf(data, at) };
  });
  const lacking = Object.keys(stack.config.routes).filter(
    (name) => !prompts.some(({ route }) => route === name),
  );
  if (lacking.length > 0)
    throw new RequestsError(`${file} has no prompt for ${lacking.join(", ")}: every route is asked.`);
  return prompts;
}

/** One prompt at one target: its answers are draws from one source. */
export interface Cell {
  key: string;
  route: string;
  /** The id of the target's deployment, by which LiteLLM calls it and no other: fallbacks are asked too. */
  target: string;
  /** The target's key in `models`. */
  model: string;
  prompt: string;
  /** As applications send it to the route. */
  request: ChatRequest;
  /** Of all that is asked for: the same request, to the same pinned model. */
  digest: string;
}

export function cellsOf(stack: Stack, prompts: readonly CanaryPrompt[]): Cell[] {
  const { routes, models } = stack.config;
  const cells = prompts.flatMap(({ route, id, messages }) => {
    const request = asSent(stack, route, messages);
    return (routes[route]?.targets ?? []).map(({ model, order }): Cell => {
      const target = `${route}.${model}.${order}`;
      const asked = {
        messages: request.messages,
        tools: request.tools ?? [],
        model: sourceOf(models[model]),
      };
      const digest = sha256(canonicalJson(asked)).slice(0, 16);
      return { key: `${target}/${id}`, route, target, model, prompt: id, request, digest };
    });
  });
  return [...new Map(cells.map((cell) => [cell.key, cell])).values()];
}

/** What answers depend on; not prices, dates, credentials and times. */
function sourceOf(model: Config["models"][string] | undefined): Record<string, unknown> {
  const {
    usdPerMillionTokens: _price,
    retires: _retires,
    credential: _credential,
    timeoutSeconds: _timeout,
    contextWindowTokens: _window,
    ...source
  } = model ?? ({} as Config["models"][string]);
  return source;
}
