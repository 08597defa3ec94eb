import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { sendJson } from "../../measure/standIn/reply";

interface Document {
  id: string;
  vector: readonly number[];
}

/**
 * A stand-in for a vector store as `lockstep evidence retrieval --adapter http` asks one: exact cosine search over
 * vectors of unit length in memory. It was filled from the corpus just now, so its newest document is the corpus'.
 */
export class SearchIndex {
  private readonly documents: readonly { id: string; vector: Float32Array }[];
  private readonly server = createServer((request, response) => {
    if (request.method === "GET") {
      sendJson(response, 200, { newest: this.newest.toISOString() });
      return;
    }
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { vector, k } = JSON.parse(Buffer.concat(parts).toString("utf8")) as Query;
      sendJson(response, 200, { results: this.nearest(Float32Array.from(vector), k) });
    });
  });

  constructor(
    documents: readonly Document[],
    private readonly newest: Date,
  ) {
    this.documents = documents.map(({ id, vector }) => ({ id, vector: Float32Array.from(vector) }));
  }

  /** Where it is asked. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private nearest(query: Float32Array, k: number): { id: string }[] {
    return this.documents
      .map(({ id, vector }) => ({ id, similarity: product(vector, query) }))
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, k)
      .map(({ id }) => ({ id }));
  }
}

interface Query {
  vector: readonly number[];
  k: number;
}

/** A plain loop: this is what takes the time of a search. */
function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
