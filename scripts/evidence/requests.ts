import type { Stack } from "../../config/stack";
import { asSent } from "../../measure/requests";
import { validatorOf } from "../../measure/schema";
import type { ChatRequest } from "../../measure/standIn/chat";
import { type Case, supportCases, triageCases } from "./cases";

/** What an application sends to a route: its own prompt and tools, and one user's words. */
export function requestOf(stack: Stack, route: string, user: string): Omit<ChatRequest, "model"> {
  const { model: _route, ...request } = asSent(stack, route, [{ role: "user", content: user }]);
  return request;
}

/** Routes with a schema sort tickets, the others answer questions. */
export const casesOf = ({ config }: Stack, route: string): readonly Case[] =>
  config.routes[route]?.responseSchema === undefined ? supportCases : triageCases;

/** What `lockstep evidence load` sends: the cases of each route; it adds prompt and tools itself. */
export const loadRequests = (stack: Stack): string =>
  Object.keys(stack.config.routes)
    .flatMap((model) =>
      casesOf(stack, model).map(({ user }) =>
        JSON.stringify({ model, messages: [{ role: "user", content: user }] }),
      ),
    )
    .join("\n");

/** Whether an answer satisfies the route's schema; every answer does where there is none. */
export const schemaCheck = (stack: Stack, route: string): ((text: string) => boolean) =>
  validatorOf(stack, route) ?? (() => true);

/** 0 to 1: half for the source and half for the fact, or half for the queue and half for the urgency. */
export function score({ expected }: Case, text: string): number {
  if (expected.kind === "support")
    return (text.includes(`[${expected.source}]`) ? 0.5 : 0) + (text.includes(expected.fact) ? 0.5 : 0);
  const data = parsed(text) as { queue?: unknown; urgency?: unknown } | undefined;
  return (data?.queue === expected.queue ? 0.5 : 0) + (data?.urgency === expected.urgency ? 0.5 : 0);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
