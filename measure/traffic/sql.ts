import { sha256 } from "../../config/hash";
import type { LogRange } from "../log/folder";
import { dimensions } from "./dimensions";

/**
 * The SQL over the request log, in the dialect of Athena (Trino): DuckDB runs the same text, with Trino's functions
 * where it names them otherwise (`duckdb.ts`). The columns are those of the table that `components/requestTable.ts`
 * declares.
 */
export interface Question {
  /** Seconds since 1970. */
  range: LogRange;
  /** Only what this behaviour answered; production's users ask what they ask of any. */
  behaviourHash: string | undefined;
}

/** The columns of the table that the queries read, as its types are. */
export const columns = {
  id: "string",
  call_type: "string",
  status: "string",
  starttime: "double",
  cache_hit: "boolean",
  model: "string",
  model_group: "string",
  user_agent: "string",
  prompt_tokens: "bigint",
  completion_tokens: "bigint",
  metadata:
    "struct<user_api_key_team_alias:string,usage_object:struct<prompt_tokens_details:struct<cached_tokens:bigint>>>",
  messages: "string",
  response: "string",
  model_parameters: "string",
  lockstep: "struct<behaviour_hash:string>",
} as const;

/** The columns that requests are counted by. */
export const countedColumns: readonly string[] = [
  "state",
  "day_of_range",
  ...dimensions.map(({ column }) => column),
];

/** What a record of the log is; only those that are `counted` are compared. */
export const states = {
  unreadable: "unreadable",
  otherCall: "no chat completion",
  outside: "of another time",
  ours: "of lockstep itself",
  otherBehaviour: "of another behaviour",
  failed: "failed",
  counted: "counted",
} as const;

const chat = "('completion', 'acompletion')";

const stateSql = ({ range, behaviourHash }: Question): string =>
  [
    "CASE WHEN id IS NULL OR call_type IS NULL OR starttime IS NULL OR coalesce(status, '') NOT IN ('success', 'failure')",
    `THEN '${states.unreadable}'`,
    `WHEN call_type NOT IN ${chat} THEN '${states.otherCall}'`,
    `WHEN starttime < ${seconds(range.from)} OR starttime >= ${seconds(range.until)} THEN '${states.outside}'`,
    `WHEN user_agent LIKE 'lockstep-%' THEN '${states.ours}'`,
    ...(behaviourHash === undefined
      ? []
      : [`WHEN coalesce(lockstep.behaviour_hash, '') <> '${behaviourHash}' THEN '${states.otherBehaviour}'`]),
    `WHEN status = 'failure' THEN '${states.failed}' ELSE '${states.counted}' END`,
  ].join(" ");

/** A literal of type double in Trino, whose plain decimals are of another type. */
const seconds = (value: number): string => `${value.toFixed(3)}e0`;

const day = (at: number): string => new Date(at * 1000).toISOString().slice(0, 10);

/** What the last message says, as far as its language shows in it. */
const saidSql =
  "lower(substr(coalesce(json_extract_scalar(json_array_get(messages, -1), '$.content'), " +
  "json_extract_scalar(json_array_get(messages, -1), '$.content[0].text'), ''), 1, 500))";

/** All records of the days in question, each with its state and what it says; a day more for other clocks. */
const statedSql = (question: Question, table: string): string => `
    SELECT *, ${stateSql(question)} AS state
    FROM ${table}
    WHERE day BETWEEN '${day(question.range.from - 86_400)}' AND '${day(question.range.until + 86_400)}'`;

/** The days of the range, of 24 hours each, from 0. */
const dayOfRange = ({ range }: Question): string =>
  `CAST(floor((starttime - ${seconds(range.from)}) / 86400) AS bigint)`;

/** Every record with its state and, where it counts, its value of each dimension; and with these columns of its own. */
export const describedSql = (question: Question, table: string, also: readonly string[] = []): string => `
  SELECT
    state,
    starttime,
${also.map((column) => `    ${column},\n`).join("")}    CASE WHEN state = '${states.counted}' THEN ${dayOfRange(question)} END AS day_of_range,
${dimensions.map(({ column, sql }) => `    CASE WHEN state = '${states.counted}' THEN ${sql} END AS ${column}`).join(",\n")}
  FROM (
    SELECT *, CASE WHEN state = '${states.counted}' THEN ${saidSql} END AS said
    FROM (${statedSql(question, table)}
    ) AS stated
  ) AS heard`;

/**
 * How many requests there are of each value of each dimension, and of each state of a record, with the times of the
 * first and the last: one scan. Each row says which query it answers, so that no other's results are read for it.
 */
export function countsSql(question: Question, table: string): string {
  const sets = countedColumns;
  const numbers = dimensions.filter(({ sort }) => sort === "number").map(({ column }) => column);
  const text = (column: string) =>
    column === "day_of_range" || numbers.includes(column) ? `CAST(${column} AS varchar)` : column;
  const sql = `SELECT
  CASE ${sets.map((column) => `WHEN ${column} IS NOT NULL THEN '${column}'`).join(" ")} END AS dimension,
  coalesce(${sets.map(text).join(", ")}) AS bin,
  requests,
  first_at,
  last_at,
  '@query' AS query
FROM (
  SELECT
    ${sets.join(", ")},
    count(*) AS requests,
    min(starttime) AS first_at,
    max(starttime) AS last_at
  FROM (${describedSql(question, table).replaceAll("\n", "\n  ")}
  ) AS described
  GROUP BY GROUPING SETS (${sets.map((column) => `(${column})`).join(", ")})
) AS grouped
WHERE coalesce(${sets.map(text).join(", ")}) IS NOT NULL`;
  return sql.replace("@query", sha256(sql));
}

/** What every row of a query's results carries. */
export const queryOf = (sql: string): string => /'([0-9a-f]{64})' AS query/.exec(sql)?.[1] ?? "";
