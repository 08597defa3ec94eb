import type { ChatRequest } from "../../measure/standIn/chat";
import { wordsOf } from "../../measure/standIn/embedding";
import { pick, type Random } from "../../measure/standIn/random";

/** How often a stand-in is wrong on purpose, so that scores and intervals are not all 1; never about deliveries. */
export const wrongRatio = 0.03;

/** Answers by rules from the prompt's text alone: sorts a ticket, or finds the passage nearest to the question. */
export function answer({ messages }: ChatRequest, next: Random): string {
  const user = messages.findLast(({ role }) => role === "user")?.content ?? "";
  const wrong = next() < wrongRatio && !isCore(user);
  const system = messages.find(({ role }) => role === "system")?.content ?? "";
  return system.includes("Return one JSON object") ? sorted(user, wrong, next) : grounded(user, wrong, next);
}

/** Deliveries stand for the core reasoning path, which has to be right every time. */
const isCore = (user: string) =>
  /Question: How long does delivery|Ticket: (The parcel|The courier|My shipment|The delivery)/.test(user);

const openings = ["", "Thank you for your question. ", "Here is what I found. ", "Of course. "] as const;
const closings = ["", " Can I help with anything else?", " I hope that helps."] as const;

function grounded(user: string, wrong: boolean, next: Random): string {
  const [, question = user] = user.split("Question: ");
  const asked = new Set(wordsOf(question));
  const passages = [...user.matchAll(/^\[(\w+)\] (.+)$/gm)]
    .map(([, id = "", text = ""]) => ({
      id,
      text,
      shared: [...new Set(wordsOf(text))].filter((word) => asked.has(word)).length,
    }))
    .sort((a, b) => b.shared - a.shared);
  const found = passages[wrong ? 1 : 0];
  const opening = pick(next, openings);
  if (found === undefined)
    return `${opening}I do not find that in the passages. May I hand over to a person?`;
  return `${opening}${found.text} [${found.id}]${pick(next, closings)}`;
}

const queues: readonly [string, RegExp][] = [
  ["billing", /charged|invoice|refund|payment/i],
  ["delivery", /parcel|courier|shipment|delivery/i],
  ["account", /log ?in|password|account/i],
];

const summaries = ["The customer writes: ", "In short: ", ""] as const;

function sorted(user: string, wrong: boolean, next: Random): string {
  const text = user.replace(/^(.*\n)*Ticket: /, "");
  const queue = queues.find(([, pattern]) => pattern.test(text))?.[0] ?? "other";
  const urgency = /lose money/.test(text) ? 4 : /no hurry/.test(text) ? 1 : 2;
  const [first = ""] = text.split(/(?<=[.?!])\s/);
  const result = { queue: wrong ? "other" : queue, urgency, summary: `${pick(next, summaries)}${first}` };
  // Models put JSON on one line or on several; both are valid.
  return JSON.stringify(result, null, next() < 0.3 ? 2 : undefined);
}
