import { projectFiles } from "../../config/files";
import { Client } from "../../measure/client";
import type { Running } from "../../measure/proxy";
import { chunksOf, queriesOf } from "./chunks";
import { readPair } from "./own";
import type { Copy } from "./project";
import { SearchIndex } from "./searchIndex";

/** So many that the lower end of the recall's interval can reach what is accepted. */
const queryCount = 400;
const textsPerRequest = 25;

/** An index over the project's own pages, which stand for production's corpus, embedded through the gateway. */
export async function retrieval(copy: Copy, gateway: Running, add: readonly string[]): Promise<void> {
  const declared = readPair(copy.dir).staging.config.behaviour.retrieval;
  if (declared === undefined) throw new Error("The configuration declares no retrieval.");
  const { embeddingModel, chunkTokens, chunkOverlapTokens } = declared;
  const chunks = chunksOf(projectFiles(copy.dir), chunkTokens, chunkOverlapTokens);
  const idOf = (chunk: number) => `${chunks[chunk]?.file}#${chunks[chunk]?.from}`;
  const queries = queriesOf(chunks, queryCount).map(({ chunk, text }, index) =>
    JSON.stringify({ id: `query-${index + 1}`, text, relevant: [idOf(chunk)] }),
  );
  const newest = new Date();
  const client = new Client(gateway.url, gateway.key);
  const vectors: number[][] = [];
  for (let from = 0; from < chunks.length; from += textsPerRequest) {
    const texts = chunks.slice(from, from + textsPerRequest).map(({ text }) => text);
    vectors.push(...(await client.embeddings(`embedding/${embeddingModel}`, texts)));
  }
  client.close();
  const index = new SearchIndex(
    vectors.map((vector, chunk) => ({ id: idOf(chunk), vector })),
    newest,
  );
  const url = await index.listen();
  try {
    await copy.lockstep(
      [
        ...["evidence", "retrieval", "--queries", copy.write("queries.jsonl", `${queries.join("\n")}\n`)],
        ...["--adapter", "http", "--search-url", url, "--corpus-url", url, "--concurrency", "1", ...add],
      ],
      gateway,
    );
  } finally {
    await index.close();
  }
}
