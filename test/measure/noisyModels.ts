import type { FullAnswer } from "../../measure/client";
import { type Asked, type Features, featuresOf } from "../../measure/fingerprint/features";
import { pick, type Random, random } from "../../measure/standIn/random";

/** What a noisy stub does, as chances. */
export interface Noisy {
  /** Of each opening. */
  openings: readonly string[];
  /** Of one more sentence at the end; drawn again after each. */
  more: number;
  /** Of the second of two words that mean the same. */
  other: number;
  /** Of JSON on several lines. */
  pretty: number;
  /** Of JSON that is none. */
  broken: number;
}

export const before: Noisy = {
  openings: ["", "", "Of course. ", "Thank you for your question. "],
  more: 0.3,
  other: 0.3,
  pretty: 0.3,
  broken: 0.02,
};

/** Somewhat more talkative, with other habits of wording and format. */
export const changed: Noisy = {
  openings: ["", "Sure. ", "Of course. ", "Thank you for your question. "],
  more: 0.5,
  other: 0.55,
  pretty: 0.6,
  broken: 0.04,
};

/** Another one altogether, which a few prompts show. */
export const another: Noisy = { ...changed, more: 0.75, other: 0.85, pretty: 0.9 };

const words: readonly (readonly [string, string])[] = [
  ["takes", "needs"],
  ["usually", "normally"],
  ["days", "working days"],
  ["can", "may"],
  ["item", "product"],
  ["send", "return"],
];
const endings = ["Can I help with anything else?", "I hope that helps.", "Please ask if it is not clear."];

export function chat(prompt: number, next: Random, model: Noisy): string {
  const own = random("facts", prompt);
  const word = () => {
    const pair = pick(own, words);
    return next() < model.other ? pair[1] : pair[0];
  };
  const facts = Array.from(
    { length: 3 },
    (_, index) => `The ${word()} ${index} ${word()} ${word()} ${prompt}.`,
  );
  let text = pick(next, model.openings) + facts.join(" ");
  while (next() < model.more) text += ` ${pick(next, endings)}`;
  return text;
}

export function triage(prompt: number, next: Random, model: Noisy): string {
  if (next() < model.broken) return "Here is the JSON: {";
  const summary = chat(prompt, next, { ...model, openings: [""] });
  return JSON.stringify({ queue: "other", summary }, null, next() < model.pretty ? 2 : undefined);
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

export const routes = [
  { route: "chat", says: chat, asked: { isValid: (text) => text !== "", tools: [] } },
  { route: "triage", says: triage, asked: { isValid: isJson, tools: [] } },
] as const satisfies { route: string; says: typeof chat; asked: Asked }[];

const answer = (text: string): FullAnswer => ({
  status: 200,
  text,
  usage: undefined,
  firstTokenSeconds: 0,
  totalSeconds: 0,
  fallbacks: 0,
  usd: undefined,
  deployment: undefined,
  finish: "stop",
  refused: false,
  tools: [],
  logprobs: undefined,
});

/** So many answers of a model to each of a route's prompts. */
export const sampled = (
  next: Random,
  { says, asked }: (typeof routes)[number],
  model: Noisy,
  prompts: number,
  repeats: number,
): Features[][] =>
  Array.from({ length: prompts }, (_, prompt) =>
    Array.from({ length: repeats }, () => featuresOf(answer(says(prompt, next, model)), asked)),
  );
