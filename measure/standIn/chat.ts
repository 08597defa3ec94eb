export interface ChatMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

/** The part of OpenAI's request that a stand-in looks at. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  tools?: unknown[];
  stream?: boolean;
}
