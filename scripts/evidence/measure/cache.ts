import type { Stack } from "../../../config/stack";
import type { Answer } from "../../../measure/client";
import type { ChatMessage } from "../../../measure/standIn/chat";
import { percentile, rounded } from "../../../measure/statistics";
import type { Measured, Subject } from "../measurement";
import { paced } from "../pace";
import { casesOf, requestOf } from "../requests";
import { counts } from "./eval";

/** The least answers from which a 95th percentile is told. */
const enough = 20;

/** The share of input tokens that came from the provider's prompt cache, for each route with a prompt. */
export async function cache({ stack, client }: Subject): Promise<Measured> {
  const { config } = stack;
  const routes = Object.entries(config.routes).filter(([, { prompt }]) => prompt !== undefined);
  const measured = await Promise.all(
    routes.map(async ([route, { responseSchema }]) => {
      // Tickets come one by one; a customer asks several times, and each request has the whole conversation.
      const turns = responseSchema === undefined ? 5 : 1;
      const conversations = Math.ceil(config.acceptance.cache.minRequests / turns);
      const jobs = Array.from(
        { length: conversations },
        (_, index) => () => conversation({ stack, route, turns, index, ask: (body) => client.chat(body) }),
      );
      const answers = (await paced(jobs, { lanes: 3, gapMs: 0 })).flat();
      return { route, turns, ...summary(answers) };
    }),
  );
  return {
    samples: Math.min(...measured.map(({ pattern }) => pattern.requests)),
    repeats: 1,
    results: { patterns: measured.map(({ route, pattern }) => ({ route, ...pattern })) },
    raw: {
      notes: [
        "The stand-in caches every prefix in blocks of 16 tokens (four characters each), without a minimum, and forgets nothing.",
        "Real providers cache from a minimum on: OpenAI documents 1,024 tokens. The shipped prompts are shorter, so that a real provider would cache single tickets not at all.",
        "Every user message is different; what repeats is tools, system prompt and the conversation so far.",
      ],
      patterns: measured.map(({ route, turns, raw }) => ({ route, turnsOfAConversation: turns, ...raw })),
    },
  };
}

interface Conversation {
  stack: Stack;
  route: string;
  turns: number;
  index: number;
  ask(body: ReturnType<typeof requestOf> & { model: string; stream: boolean }): Promise<Answer>;
}

async function conversation({ stack, route, turns, index, ask }: Conversation): Promise<Answer[]> {
  const cases = casesOf(stack, route);
  const answers: Answer[] = [];
  let before: ChatMessage[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const one = cases[(index * turns + turn) % cases.length];
    const request = requestOf(stack, route, `No. ${index}-${turn}\n${one?.user ?? ""}`);
    const [system, user] = [request.messages.slice(0, -1), request.messages.slice(-1)];
    const messages = [...system, ...before, ...user];
    const answer = await ask({ ...request, messages, model: route, stream: true });
    answers.push(answer);
    before = [...before, ...user, { role: "assistant", content: answer.text }];
  }
  return answers;
}

function summary(answers: readonly Answer[]) {
  const good = answers.filter(({ status, usage }) => status === 200 && usage !== undefined);
  const cachedOf = ({ usage }: Answer) => usage?.prompt_tokens_details?.cached_tokens ?? 0;
  const input = good.reduce((sum, { usage }) => sum + (usage?.prompt_tokens ?? 0), 0);
  const cached = good.reduce((sum, answer) => sum + cachedOf(answer), 0);
  const firstToken = (some: Answer[]) =>
    some.length < enough
      ? undefined
      : rounded(
          percentile(
            some.map((one) => one.firstTokenSeconds),
            0.95,
          ),
          3,
        );
  const hit = firstToken(good.filter((one) => cachedOf(one) > 0));
  const miss = firstToken(good.filter((one) => cachedOf(one) === 0));
  return {
    pattern: {
      requests: good.length,
      hitRatio: input === 0 ? 0 : rounded(cached / input),
      firstTokenP95Seconds: {
        ...(hit === undefined ? {} : { hit }),
        ...(miss === undefined ? {} : { miss }),
      },
    },
    raw: {
      statuses: counts(answers),
      inputTokens: good.map(({ usage }) => usage?.prompt_tokens ?? 0),
      cachedTokens: good.map(cachedOf),
      firstTokenMs: good.map(({ firstTokenSeconds }) => Math.round(firstTokenSeconds * 1000)),
    },
  };
}
