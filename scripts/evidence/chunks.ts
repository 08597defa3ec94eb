import type { ProjectFiles } from "../../config/files";
import { wordsOf } from "../../measure/standIn/embedding";
import { random, shuffle } from "../../measure/standIn/random";

export interface Chunk {
  file: string;
  /** Where it begins in its file, in characters. */
  from: number;
  text: string;
}

const charactersPerToken = 4;

/** The pages of docs/ and of the folders in it, cut into overlapping chunks. */
export function chunksOf(files: ProjectFiles, tokens: number, overlapTokens: number): Chunk[] {
  const [size, step] = [tokens * charactersPerToken, (tokens - overlapTokens) * charactersPerToken];
  return pages(files).flatMap((file) => {
    const read = files.read(file);
    const text = read.found ? Buffer.from(read.bytes).toString("utf8") : "";
    const count = Math.max(1, Math.ceil((text.length - (size - step)) / step));
    return Array.from({ length: count }, (_, index) => ({
      file,
      from: index * step,
      text: text.slice(index * step, index * step + size),
    }));
  });
}

const pages = (files: ProjectFiles): string[] =>
  ["docs", ...files.list("docs").map((name) => `docs/${name}`)].flatMap((folder) =>
    files
      .list(folder)
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  );

/** Half of the words of one passage: what a person remembers of it. Its chunk is known. */
export interface Query {
  chunk: number;
  text: string;
}

/** Queries about chunks all over the pages, the same for the same pages. */
export function queriesOf(chunks: readonly Chunk[], count: number): Query[] {
  const long = chunks.flatMap(({ text }, chunk) => (wordsOf(text).length >= 60 ? [chunk] : []));
  return shuffle(random("queries"), long)
    .slice(0, count)
    .map((chunk) => {
      const next = random("query", chunk);
      const words = wordsOf(chunks[chunk]?.text ?? "");
      const from = Math.floor(next() * (words.length - 40));
      return {
        chunk,
        text: shuffle(next, words.slice(from, from + 40))
          .slice(0, 20)
          .join(" "),
      };
    });
}
