import type { FullAnswer } from "../../measure/client";
import { askedOf, type Features } from "../../measure/fingerprint/features";
import { cellsOf, readPrompts } from "../../measure/fingerprint/prompts";
import { pairOf } from "../components/shippedEnvironment";

export const { staging, production } = pairOf();
export const { config } = staging;

export const answer = (change: Partial<FullAnswer> = {}): FullAnswer => ({
  status: 200,
  text: "It is on its way.",
  usage: undefined,
  firstTokenSeconds: 0.1,
  totalSeconds: 0.1,
  fallbacks: 0,
  usd: 0.001,
  deployment: "support-chat.chat-large.1",
  finish: "stop",
  refused: false,
  tools: [],
  logprobs: undefined,
  ...change,
});

/** An answer of which only the length is looked at. */
export const values = (value: number): Features => ({ values: { length: value }, sketch: "" });

const prompt = (route: string, id: string) =>
  `${JSON.stringify({ route, id, messages: [{ role: "user", content: `Question ${id}` }] })}\n`;
/** Two prompts of each route, at every target. */
export const cells = cellsOf(
  staging,
  readPrompts(
    Object.keys(config.routes)
      .flatMap((route) => ["a", "b"].map((id) => prompt(route, id)))
      .join(""),
    "p.jsonl",
    staging,
  ),
);
export const asked = new Map(Object.keys(config.routes).map((route) => [route, askedOf(staging, route)]));
