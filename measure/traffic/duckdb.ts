import type { DuckDBConnection } from "@duckdb/node-api";
import { columns } from "./sql";

/** What Trino's functions are in DuckDB where they are named, or answer, otherwise. */
const macros = [
  "regexp_like(text, pattern) AS regexp_matches(text, pattern)",
  "json_array_get(json, place) AS json_extract(json, place)",
  // Trino's is NULL for what is no scalar.
  `json_extract_scalar(json, path) AS CASE WHEN json_type(json, path) IN ('ARRAY', 'OBJECT') THEN NULL
     ELSE json_extract_string(json, path) END`,
];

/** Keys of the log's records that columns have in lower case. */
const keys: Readonly<Record<string, string>> = { starttime: "startTime" };
/** Texts of the table that are JSON in a record. */
const json = new Set(["messages", "response", "model_parameters"]);

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Glue's types as DuckDB writes them. */
const typeOf = (column: string, type: string): string =>
  json.has(column)
    ? "JSON"
    : type
        .replaceAll("struct<", "STRUCT(")
        .replaceAll(">", ")")
        .replaceAll(":", " ")
        .replaceAll("string", "VARCHAR");

export async function defineMacros(connection: DuckDBConnection): Promise<void> {
  for (const macro of macros) await connection.run(`CREATE OR REPLACE MACRO ${macro}`);
}

/** Files of a log as the table that the queries read; a line that cannot be read is a row of NULLs. */
export function tableOf(files: readonly string[], day: string): string {
  const read = Object.entries(columns).map(
    ([column, type]) => `"${keys[column] ?? column}": ${quoted(typeOf(column, type))}`,
  );
  const selected = Object.keys(columns).map((column) => `"${keys[column] ?? column}" AS ${column}`);
  return `(SELECT ${selected.join(", ")}, ${quoted(day)} AS day FROM read_json([${files.map((file) => quoted(file)).join(", ")}],
    format = 'newline_delimited', ignore_errors = true, columns = {${read.join(", ")}}))`;
}
