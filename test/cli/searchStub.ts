import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { wait } from "../../measure/standIn/reply";

/** An index behind a plain endpoint, and behind OpenSearch's: "Question 7" finds "doc-7", among others. */
export class SearchStub {
  /** Of its newest document, and of the corpus's, which `/corpus` tells. */
  newest = "2026-11-20T10:00:00Z";
  corpus = "2026-11-20T10:00:00Z";
  /** The oldest document of the corpus after the time that it is asked about. */
  oldestAfter: string | undefined;
  /** The documents that it has lost. */
  lost = new Set<string>();
  /** The milliseconds that an answer waits, by its number. */
  delay: (count: number) => number = () => 0;
  /** Whether a search fails, by its number. */
  fails: (count: number) => boolean = () => false;
  searches = 0;
  mostInFlight = 0;
  /** Searches that had a vector. */
  vectors = 0;
  readonly authorizations = new Set<string | undefined>();
  private inFlight = 0;
  private readonly server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", async () => {
      this.authorizations.add(request.headers.authorization);
      // What it answers has the credential in it: nothing of that may go anywhere.
      const told = { authorization: request.headers.authorization };
      const body = JSON.parse(Buffer.concat(parts).toString("utf8") || "{}") as Body;
      const end = (answer: object) => response.end(JSON.stringify({ ...told, ...answer }));
      const shards = { timed_out: false, _shards: { failed: 0 } };
      if (request.url?.startsWith("/corpus?after="))
        return end({ newest: this.corpus, oldestAfter: this.oldestAfter });
      if (request.method === "GET") return end({ newest: this.newest });
      if (body.aggs !== undefined)
        return end({ ...shards, aggregations: { newest: { value: Date.parse(this.newest) } } });
      const count = ++this.searches;
      const vector = body.vector ?? body.query.knn?.embedding.vector;
      if (vector !== undefined) this.vectors++;
      this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
      await wait(this.delay(count));
      this.inFlight--;
      if (this.fails(count)) return response.writeHead(503).end(JSON.stringify(told));
      const number = typeof body.query === "string" ? body.query.split(" ")[1] : String(vector?.[0]);
      const ids = [`doc-${number}`, "doc-0", `${told.authorization}`].filter((id) => !this.lost.has(id));
      end({ ...shards, results: ids.map((id) => ({ id })), hits: { hits: ids.map((_id) => ({ _id })) } });
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** As it was in the beginning. */
  reset(): void {
    Object.assign(this, new SearchStub(), { server: this.server });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

interface Body {
  query: string & { knn?: { embedding: { vector: number[] } } };
  vector?: number[];
  aggs?: object;
}
