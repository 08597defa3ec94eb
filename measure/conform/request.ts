import type { Client } from "../client";
import type { StandIn } from "../standIn/standIn";
import type { Trace } from "./trace";

export interface Asked {
  route: string;
  /** Told apart by it, at the stand-in's side. Without spaces. */
  tag: string;
  stream: boolean;
  /** What the stand-ins say to it. */
  valid: string;
}

/** Sends one request, and finds the calls that it made. */
export async function trace(
  client: Client,
  standIn: StandIn,
  { route, tag, stream, valid }: Asked,
): Promise<Pick<Trace, "calls" | "client" | "seconds">> {
  const sent = performance.now();
  const told = await ask();
  const seconds = rounded((performance.now() - sent) / 1000);
  const calls = standIn.calls
    .filter((call) => call.tag === tag)
    .map(({ deployment, atMs }) => ({ target: deployment, seconds: rounded((atMs - sent) / 1000) }));
  return { calls, client: told, seconds };

  async function ask(): Promise<string> {
    try {
      const response = await client.raw("POST", "/v1/chat/completions", {
        model: route,
        stream,
        messages: [{ role: "user", content: `#${tag}\nA request that shows how it is routed.` }],
      });
      const { status, headers, text } = response;
      const breaker = headers["x-lockstep-breaker"];
      const by = headers["x-lockstep-answered-by"];
      return [
        `${status}${bodyText(status, text, stream, valid, by !== undefined)}`,
        ...(breaker === undefined ? [] : [`breaker ${breaker}`]),
        ...(by === undefined ? [] : [by === "answer" ? "the declared answer" : `answered by ${by}`]),
      ].join(", ");
    } catch (error) {
      // The connection ended without a whole answer.
      return error instanceof Error && "code" in error ? `no answer (${String(error.code)})` : "no answer";
    }
  }
}

/** What is remarkable about a body; nothing about one that is as it should be. */
function bodyText(status: number, text: string, stream: boolean, valid: string, replaced: boolean): string {
  if (status !== 200) {
    const type = errorOf(text)?.type;
    return typeof type === "string" && /^\w{1,60}$/.test(type) ? ` ${type}` : "";
  }
  if (!stream) return replaced || contentOf(text) === valid ? "" : " with another answer";
  const events = text
    .split("\n\n")
    .filter((event) => event.startsWith("data: {"))
    .map((event) => event.slice("data: ".length));
  const error = events.map(errorOf).find((one) => one !== undefined);
  if (error !== undefined) return `, the stream ends in an error${codeText(error.code)}`;
  const ended = text.includes("[DONE]") && events.some((event) => finishOf(event) !== undefined);
  if (!ended) return ", the stream breaks off";
  const content = events.map(contentOf).join("");
  return replaced || content === valid ? "" : " with another answer";
}

const codeText = (code: unknown): string => (/^\d{3}$/.test(String(code)) ? ` ${code}` : "");

interface Body {
  error?: { type?: unknown; code?: unknown };
  choices?: { message?: { content?: string }; delta?: { content?: string }; finish_reason?: string | null }[];
}

function parsed(text: string): Body | undefined {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return undefined;
  }
}

const errorOf = (text: string) => parsed(text)?.error;
const finishOf = (text: string) => parsed(text)?.choices?.[0]?.finish_reason ?? undefined;
function contentOf(text: string): string {
  const choice = parsed(text)?.choices?.[0];
  return choice?.message?.content ?? choice?.delta?.content ?? "";
}

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
