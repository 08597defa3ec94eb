import type { ChatRequest } from "./chat";
import { fnv } from "./random";

export interface PrefixCacheOptions {
  /** A prefix is cached in whole blocks of this many tokens. */
  blockTokens: number;
  /** The shortest prefix that is cached; OpenAI documents 1,024 tokens. */
  minimumTokens: number;
}

const charactersPerToken = 4;

/** A count that needs no tokenizer: four characters each, as providers' rules of thumb have it. */
export const tokensOf = (text: string): number => Math.max(1, Math.ceil(text.length / charactersPerToken));

/** A provider's prompt cache: the blocks from the beginning that some earlier request had as well. Never evicts. */
export class PrefixCache {
  private readonly seen = new Set<number>();

  constructor(private readonly options: PrefixCacheOptions) {}

  read(request: ChatRequest): { tokens: number; cached: number } {
    // Tools come before the messages, as providers count them.
    const text =
      (request.tools ?? []).map((tool) => JSON.stringify(tool)).join("\n") +
      request.messages.map(({ role, content }) => `\n<${role}>\n${content}`).join("");
    const { blockTokens, minimumTokens } = this.options;
    const size = blockTokens * charactersPerToken;
    let cached = 0;
    let hash = 0;
    let unbroken = true;
    for (let end = size; end <= text.length; end += size) {
      hash = fnv(`${hash} ${text.slice(end - size, end)}`);
      unbroken &&= this.seen.has(hash);
      if (unbroken) cached += blockTokens;
      this.seen.add(hash);
    }
    return { tokens: tokensOf(text), cached: cached >= minimumTokens ? cached : 0 };
  }
}
