import type { ServerResponse } from "node:http";

export const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

export interface Reply {
  id: string;
  model: string;
  text: string;
  usage: Record<string, unknown>;
}

/** The answer as server-sent events, 40 characters each, the usage in the last one; `cut`: only its first half. */
export async function sendStream(
  response: ServerResponse,
  { id, model, text, usage }: Reply,
  { firstMs, perChunkMs, cut = false }: { firstMs: number; perChunkMs: number; cut?: boolean },
): Promise<void> {
  const created = Math.floor(Date.now() / 1000);
  const event = (choices: unknown[], more = {}) =>
    `data: ${JSON.stringify({ id, object: "chat.completion.chunk", created, model, choices, ...more })}\n\n`;
  const part = (delta: Record<string, unknown>, finish_reason: string | null) =>
    event([{ index: 0, delta, finish_reason }]);
  await wait(firstMs);
  if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
  const length = cut ? Math.ceil(text.length / 2) : text.length;
  for (let from = 0; from < length; from += 40) {
    if (from > 0) await wait(perChunkMs);
    const role = from === 0 ? { role: "assistant" } : {};
    response.write(part({ ...role, content: text.slice(from, Math.min(from + 40, length)) }, null));
  }
  if (cut) {
    response.end();
    return;
  }
  response.write(part({}, "stop"));
  response.write(event([], { usage }));
  response.end("data: [DONE]\n\n");
}
