import Ajv2020 from "ajv/dist/2020";
import type { Stack } from "../../config/stack";
import type { ChatMessage, ChatRequest } from "../../measure/standIn/chat";
import { type Case, supportCases, triageCases } from "./cases";

/** What an application sends to a route: its own prompt and tools, and one user's words. */
export function requestOf(
  { config, contents }: Stack,
  route: string,
  user: string,
): Omit<ChatRequest, "model"> {
  const declared = config.routes[route];
  const prompt = declared?.prompt;
  const system =
    prompt === undefined ? undefined : contents.get(config.behaviour.prompts[prompt]?.file ?? "");
  const tools = (declared?.tools ?? []).map((tool) =>
    JSON.parse(contents.get(config.behaviour.tools[tool]?.file ?? "") ?? "null"),
  );
  const messages: ChatMessage[] = [
    ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
    { role: "user", content: user },
  ];
  return { messages, ...(tools.length === 0 ? {} : { tools }) };
}

/** Routes with a schema sort tickets, the others answer questions. */
export const casesOf = ({ config }: Stack, route: string): readonly Case[] =>
  config.routes[route]?.responseSchema === undefined ? supportCases : triageCases;

/** Whether an answer satisfies the route's schema; every answer does where there is none. */
export function schemaCheck({ config, contents }: Stack, route: string): (text: string) => boolean {
  const file = config.routes[route]?.responseSchema;
  if (file === undefined) return () => true;
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(contents.get(file) ?? "false"));
  return (text) => {
    const data = parsed(text);
    return data !== undefined && validate(data);
  };
}

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
