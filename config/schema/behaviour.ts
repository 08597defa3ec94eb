import { z } from "zod";
import { count, mirrored, quantity } from "../relation";
import { name, projectFile } from "./names";

/** What the models are told and shown. */
export const behaviour = z.strictObject({
  prompts: z.record(
    name,
    z.strictObject({
      file: mirrored(projectFile(), "The file that holds the system prompt.", { file: true }),
    }),
  ),
  tools: z.record(
    name,
    z.strictObject({
      file: mirrored(projectFile(), "The file that holds the tool's definition, in JSON.", { file: true }),
    }),
  ),
  semanticCache: z.strictObject({
    enabled: mirrored(z.boolean(), "Whether similar requests are answered from the cache."),
    similarity: mirrored(
      quantity("cosine similarity", 0.5, 1),
      "The similarity from which a cached answer is given.",
    ),
    ttlSeconds: mirrored(count("seconds", 1, 2_592_000), "How long an answer stays in the cache."),
    embeddingModel: mirrored(name.clone(), "The key in `models` of the model that embeds requests."),
  }),
  retrieval: z
    .strictObject({
      embeddingModel: mirrored(
        name.clone(),
        "The key in `models` of the model that embeds documents and queries.",
      ),
      chunkTokens: mirrored(count("tokens", 16, 100_000), "The length of a chunk."),
      chunkOverlapTokens: mirrored(count("tokens", 0, 50_000), "The tokens that neighbouring chunks share."),
      topK: mirrored(count("chunks", 1, 1_000), "The chunks that are retrieved."),
      rerankModel: mirrored(name.clone(), "The key in `models` of the model that reranks chunks.").optional(),
      rerankThreshold: mirrored(
        quantity("relevance score", 0, 1),
        "The score under which a chunk is dropped.",
      ).optional(),
    })
    .optional(),
});
