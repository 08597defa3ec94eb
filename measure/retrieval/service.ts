import * as http from "node:http";
import * as https from "node:https";
import { SearchError } from "./search";

/** What authorises requests. */
export type Credential = { key: string } | { user: string; password: string } | undefined;

const mostBytes = 16 * 1024 * 1024;

/** The address of a service. Credentials have no place in it: addresses are told. */
export function addressOf(text: string): URL {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new SearchError("It is no http or https URL.");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw new SearchError("It has a user, a password, a query or a fragment: credentials have variables.");
  return url;
}

/** A service that is asked in JSON over connections that stay open, as many as requests are in flight. */
export class Service {
  private readonly agent: http.Agent;
  private readonly headers: Record<string, string>;

  constructor(
    private readonly url: URL,
    credential: Credential,
    private readonly timeoutMs = 30_000,
  ) {
    const protocol = url.protocol === "https:" ? https : http;
    this.agent = new protocol.Agent({ keepAlive: true });
    this.headers = { "content-type": "application/json", ...authorization(credential) };
  }

  /**
   * `path` is put after the address's own.
   *
   * @throws SearchError where the answer is not 200 and JSON, with its status or the connection's error code.
   */
  async json(method: "GET" | "POST", path = "", body = ""): Promise<unknown> {
    const { status, text } = await this.send({ method, path, body }, true);
    if (status !== 200) throw new SearchError(`It answered with the status ${status}.`);
    try {
      return JSON.parse(text);
    } catch {
      throw new SearchError("Its answer is no JSON.");
    }
  }

  async close(): Promise<void> {
    this.agent.destroy();
  }

  private send(asked: Asked, again: boolean): Promise<{ status: number; text: string }> {
    const { method, path, body } = asked;
    const { protocol, pathname } = this.url;
    const headers = { ...this.headers, "content-length": Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const to = new URL((path.startsWith("/") ? pathname.replace(/\/$/, "") : pathname) + path, this.url);
      const sent = (protocol === "https:" ? https : http).request(
        to,
        { agent: this.agent, method, headers },
        (response) => {
          const parts: Buffer[] = [];
          let bytes = 0;
          response.on("data", (part: Buffer) => {
            parts.push(part);
            bytes += part.length;
            if (bytes > mostBytes) sent.destroy(new SearchError("It answered with more than 16 MiB."));
          });
          response.on("error", failed);
          response.on("end", () => {
            clearTimeout(timer);
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString("utf8") });
          });
        },
      );
      const timer = setTimeout(
        () => sent.destroy(new SearchError(`It did not answer in ${this.timeoutMs / 1000} seconds.`)),
        this.timeoutMs,
      );
      const failed = (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        // A kept connection may be closed by the other side just then (RFC 9112, 9.3.1): no failure of a search.
        if (again && sent.reusedSocket && error.code === "ECONNRESET") resolve(this.send(asked, false));
        else if (error instanceof SearchError) reject(error);
        else reject(new SearchError(`It did not answer: ${error.code ?? "unknown"}.`));
      };
      sent.on("error", failed);
      sent.end(body);
    });
  }
}

interface Asked {
  method: string;
  path: string;
  body: string;
}

function authorization(credential: Credential): Record<string, string> {
  if (credential === undefined) return {};
  if ("key" in credential) return { authorization: `Bearer ${credential.key}` };
  const { user, password } = credential;
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}
