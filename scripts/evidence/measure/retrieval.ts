import type { ProjectFiles } from "../../../config/files";
import { mean, percentile, rounded } from "../../../measure/statistics";
import { chunksOf, queriesOf } from "../chunks";
import type { Measured, Subject } from "../measurement";
import { paced } from "../pace";
import { SearchIndex } from "../searchIndex";

const queryCount = 100;
/** So many that one pause of a shared machine, which all searches in flight feel, is not the 99th percentile. */
const searchesPerLevel = 10_000;
const textsPerRequest = 25;

/** Recall and speed of an index over the project's own pages, embedded through the gateway. */
export async function retrieval({ stack, client }: Subject, files: ProjectFiles): Promise<Measured> {
  const declared = stack.config.behaviour.retrieval;
  if (declared === undefined) throw new Error("The configuration declares no retrieval.");
  const { embeddingModel, chunkTokens, chunkOverlapTokens, topK } = declared;
  const chunks = chunksOf(files, chunkTokens, chunkOverlapTokens);
  const queries = queriesOf(chunks, queryCount);
  const embed = async (texts: string[]) => {
    const vectors: number[][] = [];
    for (let from = 0; from < texts.length; from += textsPerRequest)
      vectors.push(
        ...(await client.embeddings(
          `embedding/${embeddingModel}`,
          texts.slice(from, from + textsPerRequest),
        )),
      );
    return vectors;
  };
  const index = await new SearchIndex(await embed(chunks.map(({ text }) => text))).listen();
  const built = performance.now();
  try {
    const asked = await embed(queries.map(({ text }) => text));
    const ranks: number[] = [];
    for (const [number, { chunk }] of queries.entries()) {
      const found = await index.search(asked[number] ?? [], topK);
      ranks.push(found.indexOf(chunk) + 1);
    }
    const speed = async (concurrency: number) => {
      const jobs = Array.from({ length: searchesPerLevel }, (_, number) => async () => {
        const from = performance.now();
        await index.search(asked[number % asked.length] ?? [], topK);
        return performance.now() - from;
      });
      return paced(jobs, { lanes: concurrency, gapMs: 0 });
    };
    const [at10, at50, at100] = [await speed(10), await speed(50), await speed(100)];
    const p99 = (milliseconds: readonly number[]) => rounded(percentile(milliseconds, 0.99) / 1000, 4);
    return {
      samples: queries.length,
      repeats: 1,
      results: {
        indexAgeHours: rounded((performance.now() - built) / 3_600_000),
        queries: queries.length,
        recall: rounded(mean(ranks.map((rank) => (rank > 0 ? 1 : 0)))),
        p99Seconds: { at10: p99(at10), at50: p99(at50), at100: p99(at100) },
      },
      raw: {
        notes: [
          "The index is a stand-in: exact cosine search in memory behind HTTP on loopback, built in this run from the project's own pages, which stand for production's corpus.",
          "The embedding model is a stand-in too, a hashed bag of words; texts were embedded through the gateway.",
          "A query is 20 of the words of a stretch of 40 of its chunk, out of order.",
          "The times are those of a search with the query's vector at hand, with 10, 50 and 100 at once (an expected concurrency of 1); embedding the query is not part of them.",
        ],
        chunks: chunks.length,
        topK,
        ranks,
        searchesPerLevel,
        percentilesMs: { at10: shape(at10), at50: shape(at50), at100: shape(at100) },
      },
    };
  } finally {
    await index.close();
  }
}

const shape = (milliseconds: readonly number[]) =>
  Object.fromEntries(
    [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1].map((share) => [
      `p${share * 100}`,
      rounded(percentile(milliseconds, share), 2),
    ]),
  );
