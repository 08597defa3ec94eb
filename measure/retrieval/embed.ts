import type { Client } from "../client";

/** The gateway's embedding model did not embed; one sentence, with nothing of what it answered. */
export class EmbedError extends Error {
  override readonly name = "EmbedError";
}

/** Embeds through the gateway: by `group`, the model's name there. All vectors have as many numbers. */
export function embedder(client: Pick<Client, "embeddings">, group: string) {
  let dimensions: number | undefined;
  return async (texts: readonly string[]): Promise<number[][]> => {
    const vectors = await client.embeddings(group, [...texts]).catch((error: unknown) => {
      // The message of a broken answer has a piece of it.
      const [told] = /answered \d{3}/.exec(error instanceof Error ? error.message : "") ?? [
        "did not answer with vectors",
      ];
      throw new EmbedError(`The gateway's ${group} ${told}.`);
    });
    if (vectors.length !== texts.length)
      throw new EmbedError(
        `The gateway's ${group} answered with ${vectors.length} vectors for ${texts.length} texts.`,
      );
    for (const vector of vectors) {
      if (!Array.isArray(vector) || vector.length === 0 || !vector.every(Number.isFinite))
        throw new EmbedError(`The gateway's ${group} answered with something that is no vector.`);
      dimensions ??= vector.length;
      if (vector.length !== dimensions)
        throw new EmbedError(`The gateway's ${group} answered with vectors of different lengths.`);
    }
    return vectors;
  };
}
