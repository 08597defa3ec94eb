import { languageSql } from "./language";

/** One dimension in which production's requests are compared with those of a test. */
export interface Dimension {
  /** As results and people name it. */
  name: string;
  /** Its column in the queries. */
  column: string;
  /** Numbers are in bins of production's quantiles; words are their own. */
  sort: "number" | "word";
  /** Its value, in the SQL of Athena (Trino). Never NULL for a word. */
  sql: string;
  /** What is missing where a test has nothing of it: "over 8,000 input tokens", "to the route support-chat". */
  missing(bin: string): string;
}

/**
 * Numbers to three digits: few enough to count each of them, so that quantiles and the Kolmogorov–Smirnov distance are
 * those of the numbers to within a hundredth.
 */
const threeDigits = (column: string): string =>
  [
    `CASE WHEN ${column} < 1000 THEN ${column}`,
    ...[10, 100, 1_000, 10_000].map(
      (step) => `WHEN ${column} < ${step * 1_000} THEN ${column} - ${column} % ${step}`,
    ),
    `ELSE ${column} - ${column} % 100000 END`,
  ].join(" ");

const word = (column: string): string => `coalesce(${column}, '')`;
const named = (what: string, none: string) => (bin: string) => (bin === "" ? none : `${what} ${bin}`);

/** All of them, in the order in which people read them. */
export const dimensions: readonly Dimension[] = [
  {
    name: "input tokens",
    column: "input_tokens",
    sort: "number",
    sql: threeDigits("prompt_tokens"),
    missing: (bin) => `${bin} input tokens`,
  },
  {
    name: "output tokens",
    column: "output_tokens",
    sort: "number",
    sql: threeDigits("completion_tokens"),
    missing: (bin) => `${bin} output tokens`,
  },
  {
    name: "route",
    column: "route",
    sort: "word",
    sql: word("model_group"),
    missing: named("of the route", "without a route"),
  },
  {
    name: "model",
    column: "model_name",
    sort: "word",
    sql: word("model"),
    missing: named("answered by", "without a model"),
  },
  {
    name: "team",
    column: "team",
    sort: "word",
    sql: word("metadata.user_api_key_team_alias"),
    missing: named("of the team", "without a team"),
  },
  {
    name: "tool use",
    column: "tool_use",
    sort: "word",
    sql: [
      "CASE WHEN json_extract_scalar(response, '$.choices[0].message.tool_calls[0].function.name') IS NOT NULL",
      "THEN concat('a call of ', json_extract_scalar(response, '$.choices[0].message.tool_calls[0].function.name'))",
      "WHEN json_extract_scalar(model_parameters, '$.tools[0].type') IS NOT NULL THEN 'tools, none called'",
      "ELSE 'no tools' END",
    ].join(" "),
    missing: named("with", "without tools"),
  },
  {
    name: "language",
    column: "language",
    sort: "word",
    sql: languageSql("said"),
    missing: named("in", "without text"),
  },
  {
    name: "hour",
    column: "hour",
    sort: "word",
    sql: "CAST(CAST(floor(starttime / 3600) AS bigint) % 24 AS varchar)",
    missing: (bin) => `from ${bin}:00 to ${bin}:59 UTC`,
  },
  {
    name: "cache",
    column: "cache",
    sort: "word",
    sql: [
      "CASE WHEN cache_hit THEN 'a hit of the semantic cache'",
      "WHEN metadata.usage_object.prompt_tokens_details.cached_tokens > 0 THEN 'a hit of the prompt cache'",
      "WHEN metadata.usage_object.prompt_tokens_details.cached_tokens IS NULL THEN 'no word of the prompt cache'",
      "ELSE 'no hit of a cache' END",
    ].join(" "),
    missing: named("with", ""),
  },
];
