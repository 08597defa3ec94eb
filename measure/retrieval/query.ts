import { isRecord } from "../../config/record";

/** A query with the documents that are to be found for it. */
export interface FixedQuery {
  id: string;
  text: string;
  relevant: readonly string[];
}

/** A file of queries that cannot be used; one sentence. */
export class QueriesError extends Error {
  override readonly name = "QueriesError";
}

/** Their vectors are kept in memory, as numbers and as text: some 90 KiB for each of 3,072 numbers. */
const mostQueries = 2_000;

/**
 * Reads the fixed queries, one JSON document a line: `{"id": …, "text": …, "relevant": ["<document>", …]}`.
 *
 * @param k how many documents a search finds: of more, some could not be found
 * @throws QueriesError with file and line for the first line that is no such query.
 */
export function readQueries(text: string, file: string, k: number): FixedQuery[] {
  const ids = new Set<string>();
  const queries = text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const query = parsed(line, `${file}:${index + 1}`, k);
    if (ids.has(query.id)) throw new QueriesError(`${file}:${index + 1} id: another query has it too.`);
    ids.add(query.id);
    return [query];
  });
  if (queries.length === 0) throw new QueriesError(`${file} has no query.`);
  if (queries.length > mostQueries) throw new QueriesError(`${file} has more than 2,000 queries.`);
  return queries;
}

function parsed(line: string, at: string, k: number): FixedQuery {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    throw new QueriesError(`${at} is no JSON document.`);
  }
  if (!isRecord(data)) throw new QueriesError(`${at} is no JSON object.`);
  const { id, text, relevant } = data;
  if (typeof id !== "string" || !/^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/.test(id))
    throw new QueriesError(
      `${at} id: it has to be a name of at most 100 letters, digits, '.', '_', '/' and '-'.`,
    );
  if (typeof text !== "string" || text.trim() === "")
    throw new QueriesError(`${at} text: it has to be a text that is not empty.`);
  const documents = Array.isArray(relevant) ? (relevant as unknown[]) : [];
  if (documents.length === 0 || documents.some((one) => typeof one !== "string" || one === ""))
    throw new QueriesError(`${at} relevant: it has to be a list with the id of a document.`);
  if (new Set(documents).size < documents.length)
    throw new QueriesError(`${at} relevant: it has a document twice.`);
  if (documents.length > k)
    throw new QueriesError(`${at} relevant: it has ${documents.length} documents, and a search finds ${k}.`);
  return { id, text, relevant: documents as string[] };
}

/** The share of the relevant documents that are among those found. */
export function recallOf({ relevant }: FixedQuery, found: readonly string[]): number {
  const there = new Set(found);
  return relevant.filter((id) => there.has(id)).length / relevant.length;
}
