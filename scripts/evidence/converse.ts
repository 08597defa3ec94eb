/**
 * What `lockstep evidence cache --run` runs for the example: conversations on every route with a prompt, as many as the
 * acceptance criteria ask requests of. Tickets come one by one; a customer asks several times, and each request has
 * the whole conversation.
 */
import type { Stack } from "../../config/stack";
import type { Client } from "../../measure/client";
import type { ChatMessage } from "../../measure/standIn/chat";
import { wait } from "../../measure/standIn/reply";
import { gatewayOf, readPair } from "./own";
import { paced } from "./pace";
import { casesOf, requestOf } from "./requests";

/** LiteLLM counts after the answer. */
const countedAfterMs = 3_000;

async function converse({ staging }: { staging: Stack }): Promise<void> {
  const { config } = staging;
  const client = gatewayOf(process.env);
  await Promise.all(
    Object.entries(config.routes)
      .filter(([, { prompt }]) => prompt !== undefined)
      .map(([route, { responseSchema }]) => {
        const turns = responseSchema === undefined ? 5 : 1;
        const count = Math.ceil(config.acceptance.cache.minRequests / turns);
        const jobs = Array.from(
          { length: count },
          (_, index) => () => conversation(client, { stack: staging, route, turns, index }),
        );
        return paced(jobs, { lanes: 3, gapMs: 0 });
      }),
  );
  await wait(countedAfterMs);
  client.close();
}

interface Conversation {
  stack: Stack;
  route: string;
  turns: number;
  index: number;
}

async function conversation(client: Client, { stack, route, turns, index }: Conversation): Promise<void> {
  const cases = casesOf(stack, route);
  let before: ChatMessage[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const one = cases[(index * turns + turn) % cases.length];
    // Every user message is another; what repeats is tools, prompt and the conversation so far.
    const request = requestOf(stack, route, `No. ${index}-${turn}\n${one?.user ?? ""}`);
    const [system, user] = [request.messages.slice(0, -1), request.messages.slice(-1)];
    const messages = [...system, ...before, ...user];
    const { status, text } = await client.chat({ ...request, messages, model: route, stream: true });
    if (status !== 200) throw new Error(`${route} answered with status ${status}.`);
    before = [...before, ...user, { role: "assistant", content: text }];
  }
}

converse(readPair(process.cwd()));
