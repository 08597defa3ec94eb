import { quote } from "../../config/visible";
import { Counts } from "./counts";
import { countedColumns, countsSql, type Question, queryOf, states } from "./sql";

/** The table of the request log in Athena: the database is the one that the query is run in. */
export const athenaTable = "requests";

/** Results of a query that cannot be used; one sentence. */
export class AthenaError extends Error {
  override readonly name = "AthenaError";
}

/** What Athena is asked, for a log that is larger than a machine. */
export const athenaSql = (question: Question): string => `${countsSql(question, athenaTable)}\n`;

const header = ["dimension", "bin", "requests", "first_at", "last_at", "query"];

/**
 * The results of `athenaSql`, as Athena writes them: CSV with every field in quotes.
 *
 * @throws AthenaError where they are of another query, or not whole.
 */
export function readAthena(text: string, file: string, question: Question): Counts {
  const refuse = (line: number, why: string): never => {
    throw new AthenaError(
      `${quote(file).slice(1, -1)}:${line}: ${why}. Run the query that --sql prints, and save its results as CSV.`,
    );
  };
  const [head, ...rows] = rowsOf(text);
  if (head === undefined || head.fields.join() !== header.join())
    return refuse(1, `the columns have to be ${header.join(", ")}`);
  const query = queryOf(countsSql(question, athenaTable));
  const counts = new Counts();
  const seen = new Set<string>();
  for (const { line, fields } of rows) {
    const [dimension = "", bin = "", requests = "", first = "", last = "", of] = fields;
    if (fields.length !== header.length)
      return refuse(line, `found ${fields.length} fields, allowed are ${header.length}`);
    if (of !== query)
      return refuse(
        line,
        "this is the result of another query: of another time, behaviour or version of lockstep",
      );
    if (!countedColumns.includes(dimension)) return refuse(line, "the dimension is none of the query's");
    if (!/^\d{1,15}$/.test(requests)) return refuse(line, "requests has to be a whole number");
    const key = `${dimension}\n${bin}`;
    if (seen.has(key)) return refuse(line, "this value stands twice");
    seen.add(key);
    const [firstAt, lastAt] = [time(first), time(last)];
    if (Number.isNaN(firstAt) || Number.isNaN(lastAt))
      return refuse(line, "first_at and last_at have to be numbers");
    counts.add({ dimension, bin, requests: Number(requests), first: firstAt, last: lastAt });
  }
  if (counts.requests === 0)
    return refuse(rows.length + 1, `there is no row of requests that are ${states.counted}`);
  for (const column of countedColumns.filter(
    (one) => !["state", "input_tokens", "output_tokens"].includes(one),
  )) {
    const sum = [...counts.of(column).values()].reduce((all, one) => all + one, 0);
    if (sum !== counts.requests)
      return refuse(
        rows.length + 1,
        `the rows of ${column} are not of all ${counts.requests} requests: some are lacking`,
      );
  }
  return counts;
}

const time = (text: string): number | null => (text === "" ? null : Number(text));

/** RFC 4180, with the line at which each row begins. */
function rowsOf(text: string): { line: number; fields: string[] }[] {
  const rows: { line: number; fields: string[] }[] = [];
  let [field, quoted, line] = ["", false, 1];
  let row = { line, fields: [] as string[] };
  const body = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  for (let at = 0; at < body.length; at++) {
    const char = body[at] as string;
    if (char === "\n") line++;
    if (quoted) {
      if (char !== '"') field += char;
      else if (body[at + 1] === '"') field += body[at++];
      else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "," || char === "\n") {
      row.fields.push(field);
      field = "";
      if (char === "\n") {
        rows.push(row);
        row = { line, fields: [] };
      }
    } else field += char;
  }
  if (field !== "" || row.fields.length > 0) rows.push({ ...row, fields: [...row.fields, field] });
  return rows;
}
