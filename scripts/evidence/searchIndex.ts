import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { sendJson } from "../../measure/standIn/reply";

/** A stand-in for a vector store: exact cosine search over vectors of unit length in memory, behind HTTP. */
export class SearchIndex {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly vectors: readonly Float32Array[];
  private readonly server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const { vector, topK } = JSON.parse(Buffer.concat(parts).toString("utf8")) as Query;
      sendJson(response, 200, { chunks: this.nearest(Float32Array.from(vector), topK) });
    });
  });

  constructor(vectors: readonly (readonly number[])[]) {
    this.vectors = vectors.map((vector) => Float32Array.from(vector));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  /** The numbers of the nearest chunks, the nearest first. */
  search(vector: readonly number[], topK: number): Promise<number[]> {
    const { port } = this.server.address() as AddressInfo;
    const text = JSON.stringify({ vector, topK } satisfies Query);
    return new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, agent: this.agent, method: "POST" }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () =>
          resolve((JSON.parse(Buffer.concat(parts).toString("utf8")) as { chunks: number[] }).chunks),
        );
      });
      sent.on("error", reject);
      sent.end(text);
    });
  }

  async close(): Promise<void> {
    this.agent.destroy();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private nearest(query: Float32Array, topK: number): number[] {
    return this.vectors
      .map((vector, chunk) => ({ chunk, similarity: product(vector, query) }))
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, topK)
      .map(({ chunk }) => chunk);
  }
}

interface Query {
  vector: readonly number[];
  topK: number;
}

/** A plain loop: this is what takes the time of a search. */
function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
